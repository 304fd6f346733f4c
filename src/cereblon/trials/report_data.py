"""Fill the report of a run: every number is computed by outcomes, evidence or comparison, none here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

import polars as pl
import pyarrow as pa

from cereblon.core.parameter import BASES, all_parameters
from cereblon.evidence import Study, load_study, vocabulary
from cereblon.model.engine.trajectory import RESULT_CODES
from cereblon.model.regimens.calendar import calendar_rows
from cereblon.outcomes.curves import bands_of, curves_of
from cereblon.outcomes.dose_sums import intensity_of
from cereblon.outcomes.followed import followed_subjects
from cereblon.report import ReportData
from cereblon.report.report_data import INTERVAL_PARTS
from cereblon.trials.alike import alike_sentences
from cereblon.trials.comparison import LEVEL, ComparisonRow, Predictions, source_text, verdict
from cereblon.trials.folder import RunFolder
from cereblon.trials.run import Prepared
from cereblon.trials.run_counts import RunCounts
from cereblon.trials.single_subjects import PICTURED, pictures_of
from cereblon.trials.study_plan import arms_left_out
from cereblon.trials.trial import TrialPlan
from cereblon.trials.under_rules import read_under_rules
from cereblon.vocabulary.endpoints import headline_endpoints

Row = dict[str, Any]
_ANSWERS = frozenset({"pfs_hr", "os_hr", "pfs_median", "os_median", "orr", "cr_or_better"})
_BARS: tuple[str, ...] = headline_endpoints("response")
POINT = (
    "Prediction intervals include chance in trials of this size and differences between trials. They leave out the "
    "uncertainty of the model's parameters and of its structure."
)
DRAWN = (
    "Prediction intervals include chance in trials of this size, differences between trials and the uncertainty of "
    "the fitted parameters. They leave out that of assumed parameters and of the model's structure."
)
LIMITS = (
    "This is a research tool. The model describes groups of trial patients; it gives no advice on the treatment of a "
    "patient.",
    "Many numbers of the model are assumed, not measured; they are listed first in the table of parameters.",
    "The risks of adverse events other than low blood counts and neuropathy, of death and of a later line rest on "
    "few published numbers. Adverse events that are not listed were not simulated.",
    "Urine protein, plasmacytomas and bone lesions are not simulated; response rests on serum, marrow and residual "
    "disease.",
)


def report_data(
    run: RunFolder,
    prepared: Prepared,
    found: RunCounts,
    predictions: Predictions,
    rows: Sequence[ComparisonRow],
    *,
    command: str,
    created: date,
) -> ReportData:
    """Gather what the report of a run shows.

    Parameters
    ----------
    run, prepared
        The run and its trial.
    found
        Its counts, with the subjects that pictures choose among.
    predictions, rows
        From `comparison`.
    command
        The command that makes the run again.
    created
        Date printed on the page.
    """
    plan = prepared.plan
    study = load_study(plan.study) if plan.study else None
    if found.rankings is None:
        raise ValueError("a report needs counts with pictured subjects")
    pictures = pictures_of(run, found.rankings)
    return ReportData(
        title=plan.title,
        trial=plan.id,
        description=_description(prepared, study),
        population_name=prepared.population.name,
        run_id=run.run_id,
        created=created.isoformat(),
        seed=plan.seed,
        versions=dict(run.header["versions"]),
        command=command,
        arms=_arms(prepared, study),
        replicates=plan.replicates,
        role=study.role if study else "",
        publications=_publications(study),
        predicted=_predicted(predictions),
        comparison=[_comparison(row) for row in rows],
        verdict=[dict(row) for row in verdict(rows)] if rows else [],
        km=_curves(found, plan),
        km_published=[*_published_marks(rows), *_digitised(plan, study)],
        km_band=_band(plan),
        response_bars=_bars(predictions, rows, list(plan.arms)),
        waterfall=_frame(pictures.waterfall).drop("marker").to_dicts(),
        spaghetti=_frame(pictures.spaghetti).to_dicts(),
        swimmer=[lane | {"regimen": _regimen(prepared, lane)} for lane in pictures.swimmer.to_pylist()],
        swimmer_events=pictures.swimmer_events.to_pylist(),
        followed=followed_subjects(run.block_tables(0)),
        calendars=_calendars(prepared),
        dose_intensity=_frame(intensity_of(found.doses)).to_dicts(),
        **_under_rules(run),
        adverse_events=_adverse_events(predictions, rows),
        population=_population(predictions, prepared, study),
        parameters=_parameters(prepared),
        limits=_limits(prepared, study, rows),
        failures=found.failures,
        failure_reasons=_failures(found),
    )


def _limits(prepared: Prepared, study: Study | None, rows: Sequence[ComparisonRow]) -> tuple[str, ...]:
    """Say what the result cannot tell."""
    plan, known = prepared.plan, DRAWN if prepared.ensemble else POINT
    of_this_trial = (*_chosen_among(plan), *_left_out(plan, study), *interval_parts(rows))
    return (LIMITS[0], known, *LIMITS[1:], *of_this_trial, *plan.notes, *prepared.accepted)


def _failures(found: RunCounts) -> list[dict[str, object]]:
    """Count the subjects of each result code other than success."""
    failed = sorted((code, count) for code, count in found.results.items() if code != 0)
    return [{"reason": RESULT_CODES[code], "subjects": count} for code, count in failed]


def _chosen_among(plan: TrialPlan) -> list[str]:
    if plan.subjects <= PICTURED:
        return []
    return [f"Pictures of single subjects choose among the first {PICTURED:,} of {plan.subjects:,} subjects."]


def interval_parts(rows: Sequence[ComparisonRow]) -> list[str]:
    """Say of each main result what its prediction interval is made of, where parameter draws tell."""
    found = {}
    for row in rows:
        if row.sd_parameter is None or row.endpoint not in headline_endpoints() or row.published is None:
            continue
        of = f"{row.arm} against {row.versus}" if row.versus else row.arm
        at = "" if row.month is None else f" at {row.month:g} months"
        parts = (row.sd_parameter, row.sd_trial, row.sd_sampling, row.sd_assumed)
        said = zip(("fitted parameters", "trials", "chance", "assumed numbers"), parts, strict=True)
        made_of = ", ".join(f"{name} {sd or 0.0:.2f}" for name, sd in said)
        found[row.endpoint, of, at] = (
            f"{INTERVAL_PARTS} {vocabulary().endpoint(row.endpoint).label}, {of}{at}, is made of {made_of} (standard "
            f"deviations on the {'logit' if row.unit == 'percent' else 'logarithm'})."
        )
    return list(found.values())


def _left_out(plan: TrialPlan, study: Study | None) -> list[str]:
    left = {} if study is None else arms_left_out(study, plan)
    return [*alike_sentences(plan), *(f"Arm {arm} is not simulated: {reason}." for arm, reason in left.items())]


def _frame(table: pa.Table) -> pl.DataFrame:
    frame = pl.DataFrame(pl.from_arrow(table))
    return frame.with_columns(pl.col(pl.Categorical).cast(pl.String))


def _under_rules(run: RunFolder) -> dict[str, Any]:
    """Read what other dose rules would have changed, if the run was compared with others."""
    found = read_under_rules(run)
    if found is None:
        return {}
    return {"rule_effects": found.effects, "rule_doses": found.doses, "rule_subjects": found.subjects}


def _description(prepared: Prepared, study: Study | None) -> str:
    plan = prepared.plan
    arms = " and ".join(f"{arm.label or key} ({arm.size})" for key, arm in plan.arms.items())
    trials = "1 virtual trial" if plan.replicates == 1 else f"{plan.replicates} virtual trials, each"
    text = f"{trials} with {arms}, followed for {plan.follow_up_months:g} months."
    if prepared.run_ins and plan.counted_from == "start":
        text += f" They start with {_first_treatment(prepared)}, and all is counted from there."
    elif prepared.run_ins:
        text += f" Of these, who is well after {_first_treatment(prepared)} is randomised."
    text = " ".join([text, *plan.estimand_sentences])
    return text if study is None else f"{text} Beside them stands what {study.name} published."


def _first_treatment(prepared: Prepared) -> str:
    parts = [f"{one.weeks} weeks of {one.regimen.label}" for one in prepared.run_ins]
    if len(parts) > 1:
        parts = [f"{part} ({100 * one.share:.0f} %)" for part, one in zip(parts, prepared.run_ins, strict=True)]
    return " or ".join(parts)


def _arms(prepared: Prepared, study: Study | None) -> list[Row]:
    rows: list[Row] = []
    for key, arm in prepared.plan.arms.items():
        published = study.patients(prepared.plan.published_arm(key)) if study else None
        names = ", then ".join(line.label for line in prepared.lines[key])
        rows.append(
            {
                "arm": key,
                "label": arm.label or key,
                "regimen": names,
                "n": arm.size,
                "published_n": None if published is None else int(published),
            }
        )
    return rows


def _publications(study: Study | None) -> list[Row]:
    if study is None:
        return []
    return [
        {
            "label": source.citation or source.reference,
            "address": source_text(source),
        }
        for source in (study.sources[key] for key in study.publications)
    ]


def _predicted(predictions: Predictions) -> list[Row]:
    """Give the main results: of comparisons, medians, response, and adverse events of grade 3 or 4."""
    rows: list[Row] = []
    for key, value in predictions.values.items():
        endpoint, arm, versus, grade, month = key
        is_severe = endpoint.startswith("ae_") and grade == "3-4"
        if arm == "all" or month is not None or (endpoint not in _ANSWERS and not is_severe):
            continue
        low, high = predictions.intervals.get(key, (None, None))
        unit = vocabulary().endpoint(endpoint).units[0]
        row = {"endpoint": endpoint, "arm": arm, "versus": versus or None, "grade": grade or None, "unit": unit}
        rows.append(row | {"value": value, "low": low, "high": high})
    return rows


def _comparison(row: ComparisonRow) -> Row:
    shown = {name: value for name, value in asdict(row).items() if not name.startswith("sd_")}
    return shown | {"versus": row.versus or None, "grade": row.grade or None, "cut": row.cut or None}


def _band(plan: TrialPlan) -> str:
    if plan.replicates > 1:
        return f"{LEVEL:.0%} of replicate trials of the planned size"
    return f"{LEVEL:.0%} confidence interval of the one trial simulated"


def _curves(found: RunCounts, plan: TrialPlan) -> list[Row]:
    if plan.replicates == 1:
        return _frame(curves_of(found.pooled, level=LEVEL)).to_dicts()
    months = found.asked.heights_months
    return _frame(bands_of(found.pooled, found.replicates, months=months, level=LEVEL)).to_dicts()


def _published_marks(rows: Sequence[ComparisonRow]) -> list[Row]:
    marks: list[Row] = []
    for row in rows:
        curve, _, kind = row.endpoint.partition("_")
        month = row.published if kind == "median" else row.month
        if curve not in ("pfs", "os") or kind not in ("median", "rate") or row.published is None or month is None:
            continue
        marks.append(
            {
                "endpoint": curve,
                "arm": row.arm,
                "kind": kind,
                "month": month,
                "percent": None if kind == "median" else row.published,
                "interval": row.published_interval,
                "cut": row.cut or None,
                "source": row.source,
                "source_quality": row.source_quality,
            }
        )
    return marks


def _digitised(plan: TrialPlan, study: Study | None) -> list[Row]:
    """Give the points that a study file holds of the printed curves of the arms simulated."""
    if study is None:
        return []
    return [
        {
            "endpoint": curve.endpoint,
            "arm": key,
            "kind": "curve",
            "month": month,
            "percent": percent,
            "interval": None,
            "cut": curve.figure,
            "source": source_text(study.sources[curve.source]),
            "source_quality": study.sources[curve.source].quality,
        }
        for key in plan.arms
        for curve in study.curves
        if curve.arm == plan.published_arm(key)
        for month, percent in curve.points
    ]


def _bars(predictions: Predictions, rows: Sequence[ComparisonRow], arms: Sequence[str]) -> list[Row]:
    bars: list[Row] = []
    for endpoint in _BARS:
        for arm in arms:
            value = predictions.values.get((endpoint, arm, "", "", None))
            if value is not None:
                low, high = predictions.intervals.get((endpoint, arm, "", "", None), (None, None))
                cell = {"arm": arm, "origin": "simulated", "category": endpoint, "percent": value}
                bars.append(cell | {"low": low, "high": high})
    for row in rows:
        if row.endpoint in _BARS and row.published is not None:
            bars.append({"arm": row.arm, "category": row.endpoint, **_published(row)})
    return bars


def _published(row: ComparisonRow) -> Row:
    low, high = row.published_interval or (None, None)
    return {
        "origin": "published",
        "percent": row.published,
        "low": low,
        "high": high,
        "cut": row.cut or None,
        "source": row.source,
        "source_quality": row.source_quality,
    }


def _adverse_events(predictions: Predictions, rows: Sequence[ComparisonRow]) -> list[Row]:
    printed = [row for row in rows if row.endpoint.startswith("ae_") and row.published is not None and row.grade]
    shown = {(row.endpoint, row.grade) for row in printed}
    found: list[Row] = [
        {"arm": row.arm, "event": row.endpoint, "grade": row.grade} | _published(row) for row in printed
    ]
    for key, value in predictions.values.items():
        endpoint, arm, _, grade, _ = key
        if value is None or not endpoint.startswith("ae_") or (grade != "3-4" and (endpoint, grade) not in shown):
            continue
        low, high = predictions.intervals.get(key, (None, None))
        cell = {"arm": arm, "event": endpoint, "grade": grade, "origin": "simulated", "percent": value}
        found.append(cell | {"low": low, "high": high})
    return found


def _regimen(prepared: Prepared, lane: Row) -> str | None:
    line = int(lane["line"])
    return prepared.lines[lane["arm"]][line - 1].label if line else None


def _calendars(prepared: Prepared) -> dict[str, list[Any]]:
    calendars: dict[str, list[Any]] = {}
    for key, arm in prepared.plan.arms.items():
        calendars[arm.label or key] = list(calendar_rows(prepared.lines[key][0]))
    return calendars


def _population(predictions: Predictions, prepared: Prepared, study: Study | None) -> list[Row]:
    rows: list[Row] = []
    printed = _published_baseline(prepared, study)
    for endpoint, arm, _, _, _ in predictions.values:
        value = predictions.values[(endpoint, arm, "", "", None)] if endpoint.startswith("baseline_") else None
        if value is None:
            continue
        found = printed.get((endpoint, arm)) or printed.get((endpoint, "all"))
        text, source, quality = found if found else (None, None, None)
        rows.append(
            {
                "variable": endpoint.removeprefix("baseline_").replace("_", " "),
                "arm": arm,
                "simulated": f"{value:.1f} {vocabulary().endpoint(endpoint).units[0]}",
                "published": text,
                "source": source,
                "source_quality": quality,
            }
        )
    return rows


def _published_baseline(prepared: Prepared, study: Study | None) -> dict[tuple[str, str], tuple[str, str, str]]:
    if study is None:
        return {}
    arms = {prepared.plan.published_arm(arm): arm for arm in prepared.plan.arms} | {"all": "all"}
    found = {}
    for fact in study.facts:
        if not fact.endpoint.startswith("baseline_") or fact.subgroup or fact.value is None or fact.arm not in arms:
            continue
        source = study.source_of(fact)
        text = f"{fact.value:g} {fact.unit}"
        found[(fact.endpoint, arms[fact.arm])] = (text, source_text(source), str(source.quality))
    return found


def _parameters(prepared: Prepared) -> list[Row]:
    order = {basis: place for place, basis in enumerate(("assumed", "fitted", "derived", "published"))}
    if set(order) != set(BASES):
        raise ValueError("a basis has no place in the order of the report")
    used = set(prepared.parameters)
    rows = [
        {
            "group": group,
            "name": name,
            "value": prepared.plan.parameters.get(group, {}).get(name, parameter.value),
            "unit": parameter.unit,
            "basis": parameter.basis,
            "meaning": parameter.meaning,
            "source": parameter.source,
        }
        for group, parameters in all_parameters().items()
        if group in used
        for name, parameter in parameters.items()
    ]
    return sorted(rows, key=lambda row: (order[row["basis"]], row["group"], row["name"]))
