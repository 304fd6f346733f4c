"""The answer to a planned trial: chance of success, looks, size and duration, with report, tables and pictures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, final

import numpy as np

from cereblon.core.rows import Row
from cereblon.questions.design_looks import look_row, look_sentence, precise, rounded
from cereblon.questions.result import Result
from cereblon.report.answer_section import NOTHING_PUBLISHED
from cereblon.report.design_tables import closed_forms_table, grid_table, looks_table, numbers_table, search_table
from cereblon.report.document import (
    Block,
    Bullets,
    Code,
    Document,
    Figure,
    Paragraph,
    Section,
    Table,
    notes_sections,
    part,
)
from cereblon.report.word_tables import check_word as check_word
from cereblon.trial_design.closed_forms import (
    ConstantHazards,
    lachin_foulkes_patients,
    schoenfeld_events,
    schoenfeld_power,
)
from cereblon.trial_design.co_primary import CoPrimary
from cereblon.trial_design.evaluation import Assurance, Evaluation
from cereblon.trial_design.forecast import Forecast, TrialState
from cereblon.trial_design.operating_characteristics import Estimated
from cereblon.trial_design.pool import CONTROL, TESTED, Pool
from cereblon.trial_design.search import Searched
from cereblon.trial_design.settings import (
    beside_in_words,
    comparison_in_words,
    primary_in_words,
    settings_rows,
)
from cereblon.trial_design.setup import Setup
from cereblon.trials.trial import TrialPlan

if TYPE_CHECKING:
    import altair as alt

Search = Literal["size", "events", "months"]
Aim = Literal["power", "assurance"]
_SEARCHED = {"size": "patients of both arms", "events": "events at the last look", "months": "month of the last look"}


@final
@dataclass(frozen=True, kw_only=True, repr=False)
class TrialDesign(Result):
    """What a planned trial can be expected to do.

    Tables: `looks`, `summary`, `calendar`, `closed_forms`, `settings`, and where they were asked for `assurance`,
    `search` and `grid`. Charts: `calendar`, `effects`, and `search` and `grid`.

    Parameters
    ----------
    plan, setup
        The trial as planned, and as simulated.
    evaluation
        Trials drawn at the best guess.
    assurance
        Over draws of the parameters; None where none were asked for.
    co_primary
        The response beside the primary endpoint; None where the design has none.
    calendar
        Patients and events over time.
    pool
        Patients at the best guess.
    state
        Of a trial under way, if one was given.
    searched, search, aim, wanted, found
        What was tried, what was varied, which chance was meant and how high, and the smallest that has it.
    grid_rows
        Power over sizes and ends.
    seed, command
        Repeat the answer.
    """

    plan: TrialPlan
    setup: Setup
    evaluation: Evaluation
    assurance: Assurance | None
    co_primary: CoPrimary | None = None
    calendar: Forecast
    pool: Pool
    state: TrialState | None
    searched: Sequence[Searched] = ()
    search: Search | None = None
    aim: Aim = "power"
    wanted: float = 0.9
    found: float | None = None
    grid_rows: Sequence[Row] = ()
    seed: int
    command: str
    remarks: tuple[str, ...] = field(default=())

    @property
    def notes(self) -> tuple[str, ...]:
        """What was assumed or left out."""
        return self.remarks

    def answer(self) -> str:
        """Say chance of success, size, duration and the next look."""
        return "\n".join([self.plan.title, *self._sentences()])

    def _sentences(self) -> list[str]:
        found = self.evaluation.characteristics
        said = [f"The chance of success is {precise(found.power)} at the best guess of the model."]
        if self.assurance is not None:
            said.append(
                f"The assurance is {precise(self.assurance.chance)}: the chance averaged over {self.assurance.draws} "
                "draws of the parameters and the spread between trials."
            )
        if self.co_primary is not None:
            said.append(_sentence(self._beside_in_words(self.co_primary)))
        counted = "responses" if self.setup.is_response else "events"
        said.append(
            f"Expected when it stops: {found.months.value:.1f} months, {found.patients.value:.0f} patients, "
            f"{found.events.value:.0f} {counted}. It stops before the last look in {precise(found.early)}."
        )
        if self.search is not None:
            said.append(_sentence(self._found_in_words()))
        if self.state is not None:
            said.append(_sentence(self._next_look()))
        endpoint, unnamed = primary_in_words(self.plan)
        said.append(
            f"Primary endpoint: {endpoint}{f' ({unnamed})' if unnamed else ''}; {comparison_in_words(self.setup)}, "
            f"one-sided {self.setup.alpha:g}."
        )
        return [*said, *([] if self.plan.study else [NOTHING_PUBLISHED])]

    def text(self) -> str:
        """Give the answer, then the looks."""
        looks = [look_sentence(self.setup, look) for look in self.evaluation.characteristics.looks]
        return "\n".join([self.answer(), "", *looks])

    def _beside_in_words(self, found: CoPrimary) -> str:
        low, _, middle, _, high = found.effect
        name = beside_in_words(self.plan)
        sure = "" if found.assurance is None else f", assurance {rounded(found.assurance.value)}"
        return (
            f"{name}, looked at in month {found.month:.1f}: success {precise(found.power)}{sure}; difference "
            f"{middle:.1f} points ({low:.1f} to {high:.1f}); one of the two endpoints {rounded(found.either.value)}, "
            f"both {rounded(found.both.value)}"
        )

    def _found_in_words(self) -> str:
        what = _SEARCHED[self.search or "size"]
        if self.found is None:
            most = max((one.value for one in self.searched), default=0.0)
            return f"{what}: {most:g} do not reach {self._aimed_at}"
        one = next(one for one in self.searched if one.value == self.found)
        verb = "is the earliest" if self.search == "months" else "are the fewest"
        return (
            f"{what}: {self.found:g} {verb} tried with {self._aimed_at} "
            f"(Monte Carlo error of that chance {100 * one.power.error:.1f}){self._looks_of_size()}; "
            f"expected duration {one.months:.1f} months"
        )

    def _looks_of_size(self) -> str:
        """Say at how many events the looks of the found size are held."""
        if self.search != "size" or self.found is None or not self.setup.by_events:
            return ""
        sized = self.setup.of_size(round(self.found)).looks
        return f", with looks at {', '.join(str(look.events) for look in sized)} events"

    @property
    def _aimed_at(self) -> str:
        chance = "a chance" if self.aim == "power" else "an assurance"
        return f"{chance} of {100 * self.wanted:g} %"

    def _next_look(self) -> str:
        ahead = [(number, months) for number, months in enumerate(self.calendar.looks, start=1) if months is not None]
        if not ahead:
            return "no look is expected before the data cut"
        number, (low, middle, high) = ahead[0]
        return f"look {number} is expected in month {middle:.1f} (nine of ten {low:.1f} to {high:.1f})"

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give the tables of the answer."""
        tables: dict[str, Sequence[Row]] = {
            "looks": self._looks(),
            "summary": self._summary(),
            "calendar": self._calendar(),
            "closed_forms": self._closed_forms(),
            "settings": self._settings(),
        }
        if self.assurance is not None:
            tables["assurance"] = [
                {"parameter_draw": number, "power": chance}
                for number, chance in enumerate(self.assurance.by_draw, start=1)
            ]
        if self.searched:
            tables["search"] = [
                {
                    "searched": self.search,
                    "aim": self.aim,
                    "tried": one.value,
                    "power": one.power.value,
                    "monte_carlo_error": one.power.error,
                    "expected_patients": one.patients,
                    "expected_months": one.months,
                }
                for one in self.searched
            ]
        if self.grid_rows:
            tables["grid"] = self.grid_rows
        return tables

    def _looks(self) -> list[dict[str, object]]:
        return [look_row(self.setup, look) for look in self.evaluation.characteristics.looks]

    def _summary(self) -> list[dict[str, object]]:
        found = self.evaluation.characteristics
        rows: list[tuple[str, Estimated]] = [("chance of success at the best guess", found.power)]
        if self.assurance is not None:
            rows.append(("assurance", self.assurance.chance))
        if self.co_primary is not None:
            name, second = beside_in_words(self.plan), self.co_primary
            rows.append((f"chance of success of {name}", second.power))
            if second.assurance is not None:
                rows.append((f"assurance of {name}", second.assurance))
            rows += [
                ("chance of success of one of the two endpoints", second.either),
                ("chance of success of both", second.both),
            ]
        rows += [
            ("chance to stop before the last look", found.early),
            ("chance to stop for futility", found.futility),
            ("expected patients", found.patients),
            ("expected months", found.months),
            ("expected events", found.events),
        ]
        return [{"design_number": name, "value": one.value, "monte_carlo_error": one.error} for name, one in rows]

    def _calendar(self) -> list[dict[str, object]]:
        found = self.calendar
        names = ("low", "middle", "high")
        return [
            dict[str, object](month=float(month))
            | {f"enrolled_{name}": float(value) for name, value in zip(names, found.enrolled[place], strict=True)}
            | {f"events_{name}": float(value) for name, value in zip(names, found.events[place], strict=True)}
            for place, month in enumerate(found.month)
        ]

    def _closed_forms(self) -> list[dict[str, object]]:
        """Set the design beside formulas for constant hazards with the mean hazards of the simulated arms."""
        setup = self.setup
        if setup.is_response:
            return []
        hazards = [self.pool.hazard(arm, setup.latest) for arm in (TESTED, CONTROL)]
        ratio, share = hazards[0] / hazards[1], setup.enrolment.share
        events = self.evaluation.characteristics.looks[-1].events.value
        rows: list[tuple[str, float]] = [("ratio of mean hazards of the simulated arms", ratio)]
        if ratio != 1.0 and all(hazards):
            rows += [
                (
                    "power of a log-rank test with these events, Schoenfeld",
                    schoenfeld_power(ratio, events=events, alpha=setup.alpha, share=share),
                ),
                (
                    "events for the wanted power, Schoenfeld",
                    schoenfeld_events(ratio, power=setup.power, alpha=setup.alpha, share=share),
                ),
            ]
            trial = ConstantHazards(
                hazard=hazards[0],
                versus=hazards[1],
                enrolment=self.plan.last_enrolment_months * 365.25 / 12,
                duration=setup.latest,
                dropout=-math.log1p(-self.plan.dropout_per_year) / 365.25,
                share=share,
            )
            rows.append(
                (
                    "patients for the wanted power, followed to the data cut, Lachin and Foulkes",
                    lachin_foulkes_patients(trial, power=setup.power, alpha=setup.alpha),
                )
            )
        return [{"design_number": name, "value": value} for name, value in rows]

    def _settings(self) -> list[dict[str, object]]:
        from importlib.metadata import version

        return settings_rows(
            self.plan,
            self.evaluation,
            self.assurance,
            pool=len(self.pool.arm),
            seed=self.seed,
            version=version("cereblon"),
        )

    def charts(self) -> Mapping[str, alt.TopLevelMixin]:
        """Draw the pictures of the answer."""
        return self._drawn

    @cached_property
    def _drawn(self) -> Mapping[str, alt.TopLevelMixin]:
        from cereblon.report.trial_design import calendar_chart, effect_chart, grid_chart, search_chart

        tables: Any = self.tables()
        months = {int(look["look"]): float(look["look_month"]) for look in tables["looks"]}
        if self.state is not None:  # the looks ahead of a trial under way, not those of a planned one
            ahead = enumerate(self.calendar.looks, start=1)
            months = {number: found[1] for number, found in ahead if found is not None}
        effect = "difference of response, % points" if self.setup.is_response else "hazard ratio"
        drawn: dict[str, alt.TopLevelMixin] = {
            "calendar": calendar_chart(tables["calendar"], months),
            "effects": effect_chart(tables["looks"], quantity=effect, ratio=not self.setup.is_response),
        }
        if "search" in tables:
            what = _SEARCHED[self.search or "size"]
            drawn["search"] = search_chart(tables["search"], quantity=what, wanted=self.wanted)
        if "grid" in tables:
            drawn["grid"] = grid_chart(tables["grid"], until=self._ends)
        return drawn

    def content(self) -> Mapping[str, object]:
        """Give trial, seed and all tables."""
        state = None if self.state is None else asdict(self.state)
        return {
            "trial": self.plan.id,
            "seed": self.seed,
            "command": self.command,
            "state": state,
            "looks_expected": [None if look is None else list(look) for look in self.calendar.looks],
            "found": self.found,
            **{name: list(rows) for name, rows in self.tables().items()},
        }

    def document(self) -> Document:
        """Give the report: one page first, then the details."""
        charts, tables = self.charts(), self.tables()
        first: list[Block] = [
            Figure(charts["calendar"], description="Patients and events over the calendar"),
            looks_table(tables["looks"], effect=self._effect),
        ]
        sections = [
            Section("Patients, events and looks", first),
            part(
                "Effect at each look",
                chart=charts["effects"],
                sentences=[
                    "All trials as if none had stopped before; the tick is the smallest effect that succeeds."
                ],
            ),
            Section("Numbers with the error of the simulation", [numbers_table(tables["summary"])]),
        ]
        if self.assurance is not None:
            sections.append(Section("What the parameters leave open", [Paragraph(self._spread_in_words())]))
        if "search" in tables:
            tried = search_table(tables["search"], quantity=_SEARCHED[self.search or "size"])
            sections.append(Section("How large", [Figure(charts["search"], description="How large"), tried]))
        if "grid" in tables:
            title, cells = "Power over size and end of the trial", grid_table(tables["grid"], until=self._ends)
            sections.append(Section(title, [Figure(charts["grid"], description=title), cells]))
        if tables["closed_forms"]:
            sections.append(
                Section(
                    "Beside closed forms",
                    [
                        Paragraph("For arms with constant hazards; where effects come late or wane they are off."),
                        closed_forms_table(tables["closed_forms"]),
                    ],
                )
            )
        sections += [
            part("Settings of the simulation", rows=tables["settings"], folded="Settings"),
            Section("What this cannot tell", [Bullets(_LIMITS)]),
            Section("Do it again", [Code(self.command)]),
        ]
        return Document(
            title=self.plan.title,
            kind="design of a trial",
            lead=self._sentences(),
            sections=[*sections, *notes_sections(self.remarks)],
            is_live=True,
        )

    @property
    def _ends(self) -> str:
        return _SEARCHED["events" if self.setup.by_events else "months"]

    @property
    def _effect(self) -> str:
        return "difference, points" if self.setup.is_response else "hazard ratio"

    def _spread_in_words(self) -> str:
        found = self.assurance
        if found is None:
            return ""
        low, middle, high = np.quantile(found.by_draw, (0.1, 0.5, 0.9))
        effect = "difference of response" if self.setup.is_response else "hazard ratio"
        return (
            f"Over {found.draws} draws of the parameters the chance of success is {rounded(float(low))} at the "
            f"10th percentile, {rounded(float(middle))} at the median and {rounded(float(high))} at the 90th "
            f"percentile; the estimated {effect} at the last look lies between {found.effect[0]:.2f} and "
            f"{found.effect[-1]:.2f} in nine of ten trials. Power at the best guess hides this spread."
        )

    def write_word(self, path: Path | str) -> Path:
        """Write settings, looks and numbers as a Word document, for a protocol.

        Parameters
        ----------
        path
            Of the document; ends in .docx.

        Raises
        ------
        InputError
            If python-docx is not installed, or the file cannot be written.
        """
        from cereblon.report.word_tables import write_word_tables

        tables = self.tables()
        settings = [[str(row["design_setting"]), str(row["set_to"])] for row in tables["settings"]]
        chosen = {
            "Settings of the simulation": Table(["setting", "set to"], settings),
            "Looks": looks_table(tables["looks"], effect=self._effect),
            "Operating characteristics": numbers_table(tables["summary"]),
        }
        return write_word_tables(Path(path), title=self.plan.title, tables=chosen, sentences=[self.command])


_LIMITS = (
    "The model may be wrong in ways that its parameters do not cover; the record of predicted hazard ratios of "
    "published trials says how far it was off.",
    "Boundaries are those of the planned looks; a trial that looks at other times computes them anew.",
    "Patients enter by chance at the planned rate; sites that open late, holidays and slow countries are not in it.",
)


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."
