"""`evidence.regimen`: what was understood of the regimens that a study file publishes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from cereblon.core.plain_text import paragraph
from cereblon.core.rows import Row
from cereblon.evidence import Study, load_study
from cereblon.model.regimens import Regimen
from cereblon.model.regimens.calendar import calendar_rows, text_calendar
from cereblon.model.regimens.description import order_rows
from cereblon.questions.result import Result
from cereblon.report.document import Bullets, Document, Section, part
from cereblon.trials.alike import alike_sentences
from cereblon.trials.library import lines_of
from cereblon.trials.published_regimen import UnderstoodArm, understand_study
from cereblon.trials.regimen_difference import difference
from cereblon.trials.study_plan import StudyPlan, given_in, plan_study
from cereblon.trials.study_trial import has_trial
from cereblon.trials.trial import TrialPlan

if TYPE_CHECKING:
    import altair as alt

    from cereblon.report.narrow import NarrowLine


def regimen(study: str | Path | Study) -> UnderstoodRegimens:
    """Show what was understood of the regimens of a study: per arm a calendar, words, and what is assumed.

    Parameters
    ----------
    study
        Id of a study, path of a study file, or what `load_study` gives.

    Returns
    -------
        Tables `orders` and `arms`; picture `calendar`.

    Raises
    ------
    UnknownNameError
        If there is no study of this id, with the nearest ones.
    InputError
        If a study file cannot be read or breaks the schema, listing every problem.

    Examples
    --------
    >>> import cereblon as cb
    >>> understood = cb.evidence.regimen("first-mm020")
    >>> understood.tables()["arms"][1]["understood"]
    'fixed duration: 18 cycles of 28 days'
    """
    found = study if isinstance(study, Study) else load_study(study)
    return UnderstoodRegimens(study=found)


@dataclass(frozen=True, eq=False, repr=False)
class UnderstoodRegimens(Result):
    """What was understood of the regimens of a study.

    Parameters
    ----------
    study
        As published.
    """

    study: Study

    @cached_property
    def arms(self) -> Mapping[str, UnderstoodArm]:
        """What was understood of each arm, by key."""
        if not has_trial(self.study):
            return given_in(self.study)
        return {key: self._with_the_trial(key, arm) for key, arm in understand_study(self.study).items()}

    @property
    def left_out(self) -> tuple[str, ...]:
        """Which arms cannot be simulated, and which cannot be told apart, in sentences."""
        refused = [
            f"arm {key} cannot be simulated: {arm.reason}" for key, arm in self.arms.items() if arm.regimen is None
        ]
        kept_out = [
            f"arm {key} is not simulated: {reason}"
            for key, reason in self._planned.reasons.items()
            if key in self.arms and self.arms[key].regimen is not None
        ]
        return (*refused, *kept_out, *(alike_sentences(self._plan) if self._plan else ()))

    @cached_property
    def _planned(self) -> StudyPlan:
        return plan_study(self.study, found_at=self.study.id)

    @property
    def _plan(self) -> TrialPlan | None:
        return self._planned.plan

    def _given_by_the_trial(self, key: str) -> Regimen | None:
        plan = self._plan
        if plan is None or not has_trial(self.study):
            return None
        given = [arm for place, arm in plan.arms.items() if plan.published_arm(place) == key]
        return lines_of(given[0], where=key)[0][0] if given else None

    def _with_the_trial(self, key: str, arm: UnderstoodArm) -> UnderstoodArm:
        """Take what the trial of the file gives in an arm whose published regimen is not known or not understood."""
        given = self._given_by_the_trial(key) if arm.regimen is None else None
        if given is None:
            return arm
        return replace(
            arm, regimen=given, reason="", assumed=(f"{arm.reason}; the trial of the file gives {given.id}",)
        )

    def answer(self) -> str:
        """Say what cannot be simulated, then of each arm its phases in a line each."""
        lines = [*self.left_out]
        for key, arm in self.arms.items():
            if arm.regimen is not None:
                lines += [f"{key}: {arm.label}", *(f"  {words}" for words in phase_sentences(arm.regimen))]
        return "\n".join(lines)

    def text(self) -> str:
        """Give each arm with its calendar, words, and what is assumed."""
        parts = ["\n".join(self.left_out)] if self.left_out else []
        for key, arm in self.arms.items():
            if arm.regimen is None:
                continue
            phases = "\n".join(f"  {words}" for words in phase_sentences(arm.regimen))
            told = [f"{key}: {arm.label}", f"Phases\n{phases}", text_calendar(arm.regimen)]
            for title, lines in (
                ("Assumed", arm.assumed),
                ("Not simulated", arm.remarks),
                ("The trial of the file gives instead", self._differences(key, arm.regimen)),
            ):
                if lines:
                    told += [title, "\n".join(paragraph(line, indent="  ") for line in lines)]
            parts.append("\n\n".join(told))
        return "\n\n".join(parts)

    def _differences(self, key: str, found: Regimen) -> tuple[str, ...]:
        given = self._given_by_the_trial(key)
        return () if given is None else difference(found, given)

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give `orders`, one row an order, and `arms`, one row an arm."""
        orders: list[Row] = []
        arms: list[Row] = []
        for key, arm in self.arms.items():
            found = arm.regimen
            arms.append(
                {
                    "arm": key,
                    "label": arm.label,
                    "simulated": found is not None,
                    "reason": arm.reason,
                    "understood": "; ".join(phase_sentences(found)) if found else "",
                    "assumed": "; ".join(arm.assumed),
                    "not_simulated": "; ".join(arm.remarks),
                    "given_instead": "; ".join(self._differences(key, found)) if found else "",
                }
            )
            orders += [{"arm": key, **row} for row in order_rows([found])] if found else []
        return {"orders": orders, "arms": arms}

    def charts(self) -> Mapping[str, alt.TopLevelMixin]:
        """Draw the `calendar` of all arms that can be simulated."""
        from cereblon.report.calendar import calendar_chart

        rows = self._days()
        return {"calendar": calendar_chart(rows, title=self.study.name)} if rows else {}

    def lists(self) -> Mapping[str, Sequence[NarrowLine]]:
        """Give the `calendar` as a list."""
        from cereblon.report.calendar import calendar_lines

        rows = self._days()
        return {"calendar": calendar_lines(rows)} if rows else {}

    def _days(self) -> list[Row]:
        known = {key: arm.regimen for key, arm in self.arms.items() if arm.regimen is not None}
        return [row for key, one in known.items() for row in calendar_rows(one, prefix=f"{key}, ")]

    def content(self) -> Mapping[str, object]:
        """Give arms and orders."""
        return {"study": self.study.id, **self.tables()}

    def document(self) -> Document:
        """Give calendar, orders and what is assumed as a document."""
        tables = self.tables()
        listed = self.lists()
        sections = [
            part("Calendar", chart=chart, rows=tables["orders"], lines=listed[name])
            for name, chart in self.charts().items()
        ]
        for key, arm in self.arms.items():
            if arm.assumed or arm.remarks:
                lines = [f"Assumed: {line}." for line in arm.assumed]
                lines += [f"Not simulated: {line}." for line in arm.remarks]
                sections.append(Section(f"{key}: {arm.label}", [Bullets(lines)]))
        return Document(
            title=f"{self.study.name}: regimens as understood", lead=list(self.left_out), sections=sections
        )


def phase_sentences(found: Regimen) -> list[str]:
    """Say of each phase how long it is: `induction: 9 cycles of 28 days`."""
    told = []
    for phase in found.phases:
        ends = "until progression" if phase.cycles is None else ""
        many = "cycles" if phase.cycles is None else f"{phase.cycles} cycle{'s' if phase.cycles > 1 else ''}"
        about = "transplantation" if phase.procedure else "" if phase.orders else "no drug"
        told.append(", ".join(filter(None, [f"{phase.name}: {many} of {phase.cycle_days} days", ends, about])))
    return told
