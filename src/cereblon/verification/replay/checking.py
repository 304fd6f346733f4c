"""Replay a whole run folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pyarrow as pa

from cereblon.core.errors import InputError
from cereblon.model.dosing.library import parse_rule_set
from cereblon.model.dosing.rule_set import RuleSet
from cereblon.model.drugs import DRUGS
from cereblon.model.regimens import parse_regimen
from cereblon.verification.replay.replaying import Disagreement, Replayed, disagreements, replay
from cereblon.verification.replay.rule_interpreter import RuleInterpreter
from cereblon.verification.replay.subject_course import SubjectCourse, courses_of, planned_line


class RunReplay:
    """The subjects of a run and the orders and rules they were treated by.

    Parameters
    ----------
    header
        Content of `run.json`.
    tables
        Subject tables of the run.

    Raises
    ------
    InputError
        If the run does not say which rules it used, or its treatment began before it is recorded.
    """

    def __init__(self, header: Mapping[str, Any], tables: Mapping[str, pa.Table]) -> None:
        if "rules" not in header:
            raise InputError("run.json does not hold the dose rules of the run", hint="repeat it with this version")
        if header.get("plan", {}).get("run_in"):
            raise InputError(
                "the trial randomises after a run-in, and a run records what comes after it",
                hint="doses depend on what was decided before; replay a trial without run_in",
            )
        self.rules: RuleSet = parse_rule_set(header["rules"], where="run.json, rules")
        regimens = {
            arm: [parse_regimen(line, where=f"run.json, arm {arm}") for line in lines]
            for arm, lines in header["regimens"].items()
        }
        ordered = {drug for lines in regimens.values() for line in lines for drug in line.drugs}
        self._lines = {arm: [planned_line(line) for line in lines] for arm, lines in regimens.items()}
        self._interpreter = RuleInterpreter(self.rules, tuple(drug for drug in DRUGS if drug in ordered))
        self.courses = courses_of(tables)

    def of(self, course: SubjectCourse) -> Replayed:
        """Derive one subject's doses."""
        return replay(course, self._lines[course.arm], self.rules, self._interpreter)

    def subject(self, subject_id: int) -> SubjectCourse:
        """Find a subject.

        Raises
        ------
        InputError
            If the run has none of that number, or it failed.
        """
        for course in self.courses:
            if course.subject_id == subject_id:
                return course
        raise InputError(f"subject {subject_id} is not in the run, or could not be simulated")

    def disagreements(
        self, *, most: int | None = None, progress: Callable[[int, int], None] | None = None
    ) -> Iterator[Disagreement]:
        """Compare subject by subject.

        Parameters
        ----------
        most
            Subjects to look at, from the first; all unless given.
        progress
            Called with the subjects done and all.
        """
        chosen = self.courses[:most]
        for done, course in enumerate(chosen, start=1):
            yield from disagreements(course, self.of(course))
            if progress is not None:
                progress(done, len(chosen))


def trace_rows(found: Replayed, rules: RuleSet) -> list[dict[str, object]]:
    """List one subject's weeks on which something was seen or changed: day, counts, grades, doses, reasons."""
    rows: list[dict[str, object]] = []
    before: dict[str, str] = {}
    sources = {rule.id: rules.source_of(rule.source) for rule in rules.all_rules}
    for week in found.weeks:
        doses = {drug: _dose_text(week.given[drug], week.planned[drug]) for drug in week.planned}
        changed = any(before.get(drug) != text for drug, text in doses.items())
        if not (week.acts or changed):
            continue
        before |= doses
        reasons = [f"{act.drug} {act.action}: {act.rule}" for act in week.acts]
        first_rules = {
            rule
            for drug, named in week.start_rules.items()
            for rule in named
            if week.cycle == 1 and week.cycle_day == 1
        }
        reasons += [f"starting dose: {rule}" for rule in sorted(first_rules)]
        named = [act.rule for act in week.acts] + sorted(first_rules)
        rows.append(
            {
                "day": week.day,
                "line": week.line,
                "cycle": week.cycle,
                "cycle_day": week.cycle_day,
                **{name: week.counts.get(name) for name in ("anc", "platelets", "haemoglobin")},
                "grades": ", ".join(f"{term} {grade:g}" for term, grade in week.grades.items() if grade > 0),
                "doses": ", ".join(f"{drug} {text}" for drug, text in doses.items()) or "nothing ordered this week",
                "reasons": "; ".join(reasons),
                "sources": "; ".join(dict.fromkeys(sources[name] for name in named)),
            }
        )
    return rows


def _dose_text(given: float, planned: float) -> str:
    return f"{given:g}" if given == planned else f"{given:g} of {planned:g}"
