"""Derive a subject's doses again from what was measured, and compare with what the run recorded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cereblon.core.body import body_surface_area
from cereblon.model.dosing.measures import GRADE_TERMS, INDICATIONS, UNSIMULATED, indication
from cereblon.model.dosing.rule_set import RuleSet
from cereblon.model.drugs import DRUGS
from cereblon.model.regimens import Order
from cereblon.verification.replay.rule_interpreter import Act, RuleInterpreter
from cereblon.verification.replay.subject_course import WEEK, Cycle, OrderedDays, PlannedLine, SubjectCourse

FRAILTY = ("fit", "intermediate", "frail")
# The engine counts in single precision: sums of a cycle's doses agree to about one part in a million.
TOLERANCE = 1e-5


@dataclass(frozen=True)
class Disagreement:
    """Something that the run recorded and the replay did not find, or the other way round."""

    subject_id: int
    line: int
    day: float
    drug: str
    what: str
    run: str
    replay: str


@dataclass
class ReplayedWeek:
    """One week on treatment as the replay sees it."""

    day: int
    line: int
    cycle: int
    cycle_day: int
    counts: dict[str, float]
    grades: dict[str, float]
    acts: list[Act]
    planned: dict[str, float]  # dose in the unit of the order that was planned for this week, if any
    given: dict[str, float]
    start_rules: dict[str, tuple[str, ...]]


@dataclass
class Replayed:
    """What the replay derives for one subject."""

    weeks: list[ReplayedWeek] = field(default_factory=list)
    exposures: dict[tuple[int, int, str], list[float]] = field(default_factory=dict)
    decisions: list[tuple[int, str, str, str, float | None]] = field(default_factory=list)
    stopped: set[tuple[int, int, str]] = field(default_factory=set)  # day, line, drug
    completed: dict[int, int] = field(default_factory=dict)  # day by line
    uncounted: list[tuple[int, int, str]] = field(default_factory=list)  # day, line, rule that asks for counts


def replay(
    course: SubjectCourse, lines: Sequence[PlannedLine], rules: RuleSet, interpreter: RuleInterpreter
) -> Replayed:
    """Derive one subject's doses from its measurements, grades and the rule set.

    Parameters
    ----------
    course
        The subject's rows.
    lines
        Regimens of the subject's arm.
    rules
        The run's rule set.
    interpreter
        Of these rules, for the drugs that any arm of the trial orders.
    """
    patient, result = _patient(course.patient), Replayed()
    grades = dict.fromkeys(GRADE_TERMS, 0.0)
    for line, start in sorted(course.starts().items()):
        interpreter.begin()
        _line(course, line, int(start), lines[line - 1], rules, interpreter, patient, grades, result)
    return result


def _patient(row: Mapping[str, Any]) -> dict[str, float]:
    """Round to single precision, in which the engine knows the patient."""
    weight, height = np.float32(row["weight_kg"]), np.float32(row["height_cm"])
    metres = np.float32(0.01) * height
    return {
        "age": float(np.float32(row["age"])),
        "crcl": float(np.float32(row["crcl_ml_min"])),
        "weight": float(weight),
        "bmi": float(weight / (metres * metres)),
        "frailty": float(FRAILTY.index(row["frailty"])),
        "prior_lines": float(row["prior_lines"]),
        **dict.fromkeys(UNSIMULATED, 0.0),
        "surface": float(body_surface_area(row["weight_kg"], row["height_cm"])),
    }


def _line(
    course: SubjectCourse,
    line: int,
    start: int,
    plan: PlannedLine,
    rules: RuleSet,
    interpreter: RuleInterpreter,
    patient: dict[str, float],
    grades: dict[str, float],
    result: Replayed,
) -> None:
    cycles = plan.cycles
    stop_day, cause = course.stop(line)
    last, number, day_in_cycle, day = course.last_day(), 0, 0, start
    stops_all = {at for at, drug, _, _, _ in course.decisions if drug == "all"}
    while day <= last and (day < stop_day or day in stops_all or (day == stop_day and cause == "completed")):
        if day_in_cycle >= cycles[min(number, len(cycles) - 1)].days:
            number, day_in_cycle = number + 1, 0
            if number >= len(cycles) and not plan.repeats:
                result.completed[line] = day
                return
        if day == stop_day and day not in stops_all:
            return
        cycle = cycles[min(number, len(cycles) - 1)]
        grades.update(course.grades.get(day, {}))
        known = patient | course_values(cycle, line, number, day_in_cycle, day - start, patient["prior_lines"])
        counts = course.counts.get(day, {})
        stopped = interpreter.stopped
        for rule in () if counts else interpreter.asks_counts(known, grades):
            result.uncounted.append((day, line, rule))
        acts = interpreter.visit(day - start, known, {**grades, **counts}, cycle.highest)
        result.stopped |= {(day, line, drug) for drug in interpreter.stopped - stopped}
        _note_decisions(interpreter, acts, cycle, known, day, result)
        if interpreter.stopped_all:
            return
        week = ReplayedWeek(day, line, number + 1, day_in_cycle + 1, dict(counts), dict(grades), acts, {}, {}, {})
        result.weeks.append(week)
        day += WEEK
        if interpreter.waits:  # the calendar of the cycle stands still
            continue
        for drug, listed in cycle.weeks[day_in_cycle // WEEK].items():
            _give(interpreter, drug, listed, known, patient, rules, week, result)
        day_in_cycle += WEEK


def course_values(
    cycle: Cycle, line: int, number: int, day_in_cycle: int, since: int, prior_lines: float
) -> dict[str, float]:
    """Give what rules may read of the course, by the names of `measures.MEASURES`.

    Parameters
    ----------
    line, number, day_in_cycle, since
        Line from 1; cycle and day of the cycle from 0; days since the line began.
    prior_lines
        Lines of therapy before day 0.
    """
    now = indication(is_maintenance=cycle.is_maintenance, prior_lines=prior_lines, line=line)
    return {
        "use": float(cycle.is_maintenance),
        "indication": float(INDICATIONS.index(now)),
        "line": float(line),
        "cycle": float(number + 1),
        "cycle_day": float(day_in_cycle + 1),
        "line_days": float(since),
        **cycle.with_drugs,
    }


def _note_decisions(
    interpreter: RuleInterpreter,
    acts: Sequence[Act],
    cycle: Cycle,
    known: Mapping[str, float],
    day: int,
    result: Replayed,
) -> None:
    highest = cycle.highest
    for act in acts:
        is_drug = act.drug in DRUGS
        dose = interpreter.current_dose(act.drug, highest.get(act.drug, 0.0), known).amount if is_drug else None
        result.decisions.append((day, act.drug, act.action, act.rule, dose))


def _give(
    interpreter: RuleInterpreter,
    drug: str,
    listed: Sequence[OrderedDays],
    known: Mapping[str, float],
    patient: Mapping[str, float],
    rules: RuleSet,
    week: ReplayedWeek,
    result: Replayed,
) -> None:
    """Add a week's doses of one drug."""
    totals = result.exposures.setdefault((week.line, week.cycle, drug), [0.0] * 4)
    own, planned_before = interpreter.own_schedule(drug), 0
    for ordered in listed:
        order = ordered.order
        start, size = interpreter.starting_dose(drug, order.dose, known), _size(order, patient, rules)
        amount = interpreter.current_dose(drug, order.dose, known).amount
        planned = days_taken(start.schedule, ordered.days, planned_before)
        if not planned:
            continue
        given = days_taken(own, planned, planned_before) if amount > 0.0 else ()
        planned_before += len(planned)
        totals[0] += len(planned)
        totals[1] += len(given)
        totals[2] += len(planned) * size * start.amount
        totals[3] += len(given) * size * amount
        week.planned[drug] = max(start.amount, week.planned.get(drug, 0.0))
        week.start_rules[drug] = start.rules
        week.given[drug] = max(amount if given else 0.0, week.given.get(drug, 0.0))


def days_taken(schedule: str, days: tuple[int, ...], earlier: int) -> tuple[int, ...]:
    """Give the days of a cycle (from 0) on which a schedule lets a dose be taken, after so many in its week."""
    if schedule == "as-ordered":
        return days
    if schedule == "weekly":
        return days[:1] if earlier == 0 else ()
    return tuple(day for day in days if (day < 21 if schedule == "three-weeks-of-four" else day % 2 == 0))


def _size(order: Order, patient: Mapping[str, float], rules: RuleSet) -> float:
    form = rules.drugs.get(order.drug)
    cap = form.surface_cap if form is not None and form.surface_cap is not None else float("inf")
    return {"mg": 1.0, "mg/m2": min(patient["surface"], cap), "mg/kg": patient["weight"]}[order.unit]


def disagreements(course: SubjectCourse, found: Replayed) -> list[Disagreement]:
    """Compare what the run recorded for one subject with what the replay derived."""
    return [
        *_compare_decisions(course, found),
        *_compare_exposures(course, found),
        *_compare_stops(course, found),
        *(
            Disagreement(course.subject_id, line, day, "counts", f"count by {rule}", "did not happen", "happened")
            for day, line, rule in found.uncounted
        ),
    ]


_Doses = dict[tuple[int, str, str, str], list[float | None]]
"""Doses after decisions, by day, drug, action and rule."""


def _compare_decisions(course: SubjectCourse, found: Replayed) -> list[Disagreement]:
    listed = []
    run: _Doses = defaultdict(list)
    ours: _Doses = defaultdict(list)
    for target, decisions in ((run, course.decisions), (ours, found.decisions)):
        for day, drug, action, rule, dose in decisions:
            target[day, drug, action, rule].append(dose)
    for key in sorted(set(run) | set(ours)):
        day, drug, action, rule = key
        theirs, mine = run.get(key), ours.get(key)
        if theirs is None or mine is None or not _same(theirs[0], mine[0]):
            listed.append(
                Disagreement(
                    course.subject_id,
                    _line_at(course, day),
                    day,
                    drug,
                    f"{action} by {rule}",
                    _shown(theirs),
                    _shown(mine),
                )
            )
    return listed


def _same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is None and other is None
    return bool(abs(one - other) <= TOLERANCE * max(abs(one), abs(other), 1.0))


def _shown(doses: list[float | None] | None) -> str:
    if doses is None:
        return "did not happen"
    return "happened" if doses[0] is None else f"dose {doses[0]:g}"


def _line_at(course: SubjectCourse, day: float) -> int:
    return max((line for line, start in course.starts().items() if start <= day), default=0)


def _compare_exposures(course: SubjectCourse, found: Replayed) -> list[Disagreement]:
    listed = []
    ours = {key: totals for key, totals in found.exposures.items() if totals[0] > 0}
    for key in sorted(set(course.exposures) | set(ours)):
        line, cycle, drug = key
        recorded = course.exposures.get(key)
        theirs, mine = list(recorded[1:]) if recorded else [0.0] * 4, ours.get(key, [0.0] * 4)
        for name, one, other in zip(
            ("doses planned", "doses given", "mg planned", "mg given"), theirs, mine, strict=True
        ):
            if not _same(one, other):
                day = recorded[0] if recorded else float("nan")
                text = f"{name} in cycle {cycle}"
                listed.append(Disagreement(course.subject_id, line, day, drug, text, f"{one:g}", f"{other:g}"))
    return listed


def _compare_stops(course: SubjectCourse, found: Replayed) -> list[Disagreement]:
    listed = []
    run = {
        (int(day), line, cause.split(":")[0]) for event, day, line, cause in course.events if event == "drug_stopped"
    }
    for day, line, drug in sorted(run ^ found.stopped):
        there = (day, line, drug) in run
        words = ("stopped", "not stopped")
        listed.append(
            Disagreement(course.subject_id, line, day, drug, "stopped for good", words[not there], words[there])
        )
    completed = {
        line: int(day)
        for event, day, line, cause in course.events
        if event == "treatment_stopped" and cause == "completed"
    }
    for line in sorted(set(completed) | set(found.completed)):
        one, other = completed.get(line), found.completed.get(line)
        # Completion is seen on the first day after the last cycle; a line may end that day for another reason.
        if one != other and one is not None:
            listed.append(Disagreement(course.subject_id, line, one, "all", "completed", str(one), str(other)))
    return listed
