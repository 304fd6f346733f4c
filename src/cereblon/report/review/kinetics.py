"""Pharmacokinetics of lenalidomide and its dose in renal impairment: parameters, simulated exposure, and studies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import altair as alt
import numpy as np
from markupsafe import Markup

from cereblon.core.parameter import load_parameters
from cereblon.core.plain_text import capital
from cereblon.evidence import Study
from cereblon.evidence.wording import qualifier_text
from cereblon.model.dosing.description import describe_starting_dose
from cereblon.model.dosing.library import load_rule_set
from cereblon.model.dosing.measures import MEASURES
from cereblon.model.dosing.rule_set import RuleSet, StartRule
from cereblon.model.drugs.drug import drug_of, needed_numbers
from cereblon.model.drugs.kinetics import load_kinetics
from cereblon.model.drugs.patient import patients
from cereblon.model.exposure.course import Schedule
from cereblon.model.exposure.exposure import Dosing, Exposure, expose
from cereblon.report import style
from cereblon.report.document import Block, Figure, Paragraph, Section, Table
from cereblon.report.narrow import NarrowLine, narrow_line
from cereblon.report.review.adverse_events import event_name
from cereblon.report.review.naming import arm_name
from cereblon.report.review.traces import Traces

KEY = "exposure"
FULL_MG = 25.0
CLEARANCES: tuple[float, ...] = (90.0, 45.0, 20.0)
RENAL_STUDIES: tuple[str, ...] = ("len-renal-pk-phase2", "pre1003", "klein-renal-rd", "rd-severe-renal-2016")


def kinetics_chapter(studies: Sequence[Study], traces: Traces) -> Section:
    """Write the chapter on pharmacokinetics and dose in renal impairment."""
    return Section(
        "Pharmacokinetics and the kidney",
        [
            *_exposure(traces),
            *_label(traces),
            replace(_parameters(traces), folded=True),
            replace(_published(studies, traces), folded=True),
        ],
        key="kinetics",
    )


def _parameters(traces: Traces) -> Section:
    rows = [
        [
            traces.name(parameter.meaning),
            traces.parameter("lenalidomide", parameter),
            Markup("{}").format(parameter.basis),
        ]
        for name, parameter in load_parameters("lenalidomide").items()
        if name not in needed_numbers(drug_of("lenalidomide"))  # what the drug does to the clone
    ]
    words = Markup("The simulator uses these numbers; each link leads to its source.")
    return Section("What the body does to lenalidomide", [Table(["number", "value", "basis"], rows, words)])


def _exposure(traces: Traces) -> list[Block | Section]:
    """Simulate the first day at the full dose and at the dose of the label, by creatinine clearance."""
    doses = [(clearance, mg) for clearance in CLEARANCES for mg in dict.fromkeys((FULL_MG, label_dose(clearance)))]
    exposure = _expose(doses)
    traces.simulate(
        KEY,
        "one dose on an empty stomach in the reference patient with the creatinine clearance stated, `cereblon pk`; a"
        " typical patient without variability, without random numbers",
    )
    area = exposure.metrics["auc_inf"]
    base = float(area.values[0])
    rows = [
        [
            traces.simulation(KEY, f"who-{clearance:g}-{mg:g}", f"{clearance:g} mL/min"),
            traces.simulation(KEY, f"dose-{clearance:g}-{mg:g}", f"{mg:g} mg"),
            traces.simulation(KEY, f"area-{clearance:g}-{mg:g}", f"{value:.0f} {area.unit}"),
            traces.simulation(KEY, f"ratio-{clearance:g}-{mg:g}", f"{value / base:.2f}"),
        ]
        for (clearance, mg), value in zip(doses, map(float, area.values), strict=True)
    ]
    ratios = {
        (clearance, mg): value / base for (clearance, mg), value in zip(doses, map(float, area.values), strict=True)
    }
    _, lowered, impaired = CLEARANCES
    doses_there = {clearance: label_dose(clearance) for clearance in (lowered, impaired)}
    opening = Markup(
        "Lenalidomide leaves the body mostly through the kidney, so the dose follows kidney function. In the"
        " simulator the same dose gives {} times the exposure when creatinine clearance falls from {} to {}. With the"
        " starting doses of the label the exposure is {} times that of normal function at {} ({}) and, counted per"
        " day, {} times at {} ({} every other day). Bortezomib, carfilzomib and daratumumab need no such change."
    ).format(
        traces.simulation(KEY, "ratio-impaired", f"{ratios[impaired, FULL_MG]:.1f}"),
        traces.simulation(KEY, "clearance-normal", f"{CLEARANCES[0]:g}"),
        traces.simulation(KEY, "clearance-impaired", f"{impaired:g} mL/min"),
        traces.simulation(KEY, "labelled-lowered", f"{ratios[lowered, doses_there[lowered]]:.1f}"),
        traces.simulation(KEY, "clearance-lowered", f"{lowered:g} mL/min"),
        traces.simulation(KEY, "label-lowered", f"{doses_there[lowered]:g} mg"),
        traces.simulation(KEY, "labelled-impaired", f"{ratios[impaired, doses_there[impaired]] / 2:.1f}"),
        traces.simulation(KEY, "clearance-impaired", f"{impaired:g} mL/min"),
        traces.simulation(KEY, "label-impaired", f"{doses_there[impaired]:g} mg"),
    )
    caption = Markup("Simulated concentration after one dose, by creatinine clearance; a typical patient.")
    table = Table(
        ["creatinine clearance", "dose", "area under the curve", "relative to the first row"],
        rows,
        Markup("Below the lowest limit the label gives its dose every other day, so its exposure per day is half."),
    )
    return [
        Paragraph(opening),
        Figure(
            _chart(exposure, doses),
            caption,
            "Simulated concentration curves, summed up in the table behind the fold",
            lines=_lines(ratios),
        ),
        Section("Simulated exposure by kidney function", [table], folded=True),
    ]


def label_dose(clearance: float) -> float:
    """Give the starting dose of the label for combination treatment, mg, at a creatinine clearance in mL/min."""
    doses = [
        rule.at_most
        for rule in _starting_rules(load_rule_set("us-label"), "combination")
        if all(c.holds(0.0) for c in rule.when if c.measure == "dialysis")
        and rule.at_most is not None
        and all(c.holds(clearance) for c in rule.when if c.measure == "crcl")
    ]
    return min([FULL_MG, *doses])


def _starting_rules(rules: RuleSet, use: str) -> list[StartRule]:
    """List the starting doses of lenalidomide by kidney function, in combination or maintenance."""
    value = float(MEASURES["use"].words.index(use))
    return [
        rule
        for rule in rules.start
        if rule.drug == "lenalidomide" and all(c.holds(value) for c in rule.when if c.measure == "use")
    ]


def _expose(doses: Sequence[tuple[float, float]]) -> Exposure:
    kinetics = load_kinetics("lenalidomide")
    people = patients({"crcl_ml_min": [clearance for clearance, _ in doses]})
    order = Dosing(
        mg=np.asarray([mg for _, mg in doses]), route="oral", schedule=Schedule(starts=(0.0,), length=1.0), cycles=1
    )
    return expose(kinetics, people, np.zeros((len(doses), kinetics.n_eta)), order, days=1.0)


def _chart(exposure: Exposure, doses: Sequence[tuple[float, float]]) -> alt.VConcatChart:
    rows = [
        {
            "who": f"{clearance:g} mL/min, {mg:g} mg",
            "hours": round(float(hour), 3),
            "level": round(float(level), 4),
        }
        for (clearance, mg), curve in zip(doses, exposure.levels, strict=True)
        for hour, level in zip(exposure.hours, curve, strict=True)
    ]
    names = [f"{clearance:g} mL/min, {mg:g} mg" for clearance, mg in doses]
    colors = list(style.SIMULATED[: len(names)])
    chart = (
        style.chart(rows)
        .properties(width=600, height=230)
        .mark_line(strokeWidth=1.9)
        .encode(
            x=alt.X("hours:Q", axis=alt.Axis(title="hours after the dose")),
            y=alt.Y("level:Q", axis=alt.Axis(title=f"concentration, {exposure.unit}")),
            color=alt.Color("who:N", scale=alt.Scale(domain=names, range=colors), legend=None),
        )
    )
    keys = [style.Key("line", name, color) for name, color in zip(names, colors, strict=True)]
    return style.with_legend(alt.vconcat(chart), keys)


def _lines(ratios: Mapping[tuple[float, float], float]) -> list[NarrowLine]:
    """Give the exposure of each kind of patient as a bar, for windows too narrow for curves and their legend."""
    most = max(ratios.values())
    return [
        narrow_line(
            (0.0, most),
            {"low": 0.0, "high": ratio},
            (
                "" if place else f"exposure, times that of the first line ({FULL_MG:g} mg, normal kidney)",
                f"{clearance:g} mL/min, {mg:g} mg",
                f"{ratio:.2f}",
            ),
            color=style.SIMULATED[place % len(style.SIMULATED)],
        )
        for place, ((clearance, mg), ratio) in enumerate(ratios.items())
    ]


def _label(traces: Traces) -> list[Block]:
    rules = load_rule_set("us-label")
    used = [rule for use in ("combination", "maintenance") for rule in _starting_rules(rules, use)]
    rows = []
    for rule in used:
        dose, _, who = describe_starting_dose(rules, rule).partition(": ")
        rows.append([traces.rule(rules, rule, words) for words in (capital(who), dose)])
    blocks: list[Block] = [Table(["patient", "starting dose of the label"], rows)]
    if any(rule.basis == "assumed" for rule in used):
        caution = Markup("The maintenance doses in renal impairment are assumed: we have not read them in a label.")
        blocks.append(Paragraph(caution, tone="caution"))
    return blocks


def _published(studies: Sequence[Study], traces: Traces) -> Section:
    rows = []
    for study in studies:
        if study.id not in RENAL_STUDIES:
            continue
        for fact in study.facts:
            if fact.flag is not None:
                continue
            what = traces.name(event_name(fact.endpoint))
            narrowed = qualifier_text(fact)
            rows.append(
                [
                    traces.name(study.name),
                    arm_name(study, fact.arm, traces),
                    what,
                    traces.fact(study, fact, narrowed) if narrowed else Markup(""),
                    traces.fact(study, fact),
                ]
            )
    if not rows:
        nothing = Markup("Our library has no study of patients with impaired kidneys.")
        return Section("Studies of patients with impaired kidneys", [Paragraph(nothing)])
    head = ["study", "arm", "what", "in whom", "published"]
    return Section("Studies of patients with impaired kidneys", [Table(head, rows)])
