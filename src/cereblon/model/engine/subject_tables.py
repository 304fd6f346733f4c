"""From simulated arrays to rows of the subject tables."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from cereblon.criteria import ctcae
from cereblon.model.dosing.rule_set import RuleSet
from cereblon.model.dosing.tables import RuleRow, rule_rows
from cereblon.model.engine import trajectory
from cereblon.model.engine.adverse_event_episodes import MIDDLE, episodes_of_adverse_events
from cereblon.model.engine.decision_tables import decision_columns, grade_columns, stopped_drugs
from cereblon.model.engine.parameters import Parameters
from cereblon.model.engine.simulation import Results
from cereblon.model.patients.virtual_patients import VirtualPatients
from cereblon.tables import conform
from cereblon.tables.schemas import ADVERSE_EVENTS, DECISIONS, EVENTS, EXPOSURES, GRADES, LABS, SUBJECTS, TESTS

WEEK = 7
Columns = dict[str, Any]

_LAB_ORDER = (
    "m_protein",
    "involved_flc",
    "uninvolved_flc",
    "immunofixation_serum",
    "marrow_plasma_cells",
    "marrow_clonal",
    "mrd",
    "neutrophils",
    "platelets",
    "haemoglobin",
)
# By the position of their reason in `records.RESULT_CODES`, from 1.
_TUMOUR_VALUES = ("m_protein", "involved_flc", "uninvolved_flc", "plasma_cells", "clonal_share")
_BLOOD_VALUES = ("neutrophils", "platelets", "haemoglobin")
_AMOUNTS = ("planned_mg", "given_mg", "dose")


class _Keys:
    """The key columns of rows that belong to subjects given by position."""

    def __init__(self, patients: VirtualPatients, arm: np.ndarray, arms: Sequence[str], source_id: str) -> None:
        self.subject_id, self.arm, self.arms, self.source_id = patients.subject_id, arm, arms, source_id

    def of(self, position: np.ndarray) -> Columns:
        return {
            "origin": "simulated",
            "source_id": self.source_id,
            "arm": _words(self.arm[position], self.arms),
            "subject_id": self.subject_id[position],
        }


def _keyed(keys: _Keys, columns: Columns) -> Columns:
    return keys.of(columns.pop("subject")) | columns


def _words(codes: np.ndarray, words: Sequence[str]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), pa.array(list(words)))


def subject_tables(
    results: Results,
    patients: VirtualPatients,
    *,
    arm: np.ndarray,
    arms: Sequence[str],
    replicate: np.ndarray,
    follow_up_days: np.ndarray,
    dropped_out: np.ndarray,
    drugs: Sequence[str],
    parameters: Parameters,
    rules: RuleSet,
    ordered: Sequence[str],
    source_id: str,
    left_out: Collection[str] = (),
) -> dict[str, pa.Table]:
    """Build the tables that a simulation fills: all but the responses.

    Parameters
    ----------
    results
        From `simulation.simulate`.
    patients
        The subjects in the same order.
    arm, arms
        Position of each subject's arm, and the arms' names.
    replicate
        Replicate trial of each subject.
    follow_up_days, dropped_out
        End of each subject's follow-up, and whether it is a dropout.
    drugs
        Of the program, by their places in the results.
    rules, ordered
        Dose rules of the trial, and the drugs that it orders, about which they are.
    source_id
        Name of the run.
    left_out
        Names of tables that are not wanted.

    Returns
    -------
        Tables by name, each in its schema, rows ordered by subject and day. A subject that failed has its result
        code in `subjects` and no row elsewhere.
    """
    codes = _result_codes(results)
    subjects = _subjects(patients, _Keys(patients, arm, arms, source_id), replicate, codes)
    whole = codes == 0
    if not whole.all():
        results, patients, arm = _chosen(results, whole), patients.take(whole), arm[whole]
        follow_up_days, dropped_out = follow_up_days[whole], dropped_out[whole]
    keys = _Keys(patients, arm, arms, source_id)
    rows = rule_rows(rules, ordered)
    window = parameters["adverse_events"]["window"]
    tables: dict[str, Callable[[], pa.Table]] = {
        "subjects": lambda: subjects,
        "exposures": lambda: _exposures(results, keys, drugs),
        "labs": lambda: _labs(results, keys, parameters["proteins"]),
        "events": lambda: _events(results, keys, follow_up_days, dropped_out, drugs, rows),
        "adverse_events": lambda: _adverse_events(results, patients, keys, drugs, follow_up_days, window),
        "grades": lambda: conform(_keyed(keys, grade_columns(results.weeks)), GRADES, name="grades"),
        "decisions": lambda: conform(
            _keyed(keys, decision_columns(results.weeks, drugs, rows, rules)), DECISIONS, name="decisions"
        ),
    }
    return {name: build() for name, build in tables.items() if name not in left_out}


def _result_codes(results: Results) -> np.ndarray:
    """Give the engine's code, or that of a value which it does not check and is not a finite number."""
    weeks, codes = results.weeks, results.result_code
    for code, names in ((1, _TUMOUR_VALUES), (2, _BLOOD_VALUES), (3, _AMOUNTS)):
        for name in names:
            values = getattr(weeks, name)
            finite = np.isfinite(values).reshape(len(codes), -1).all(axis=1)
            codes = np.where((codes == 0) & ~finite, code, codes)
    return np.asarray(codes)


def _chosen(results: Results, chosen: np.ndarray) -> Results:
    return Results(
        trajectory.WeeklyValues(*(column[chosen] for column in results.weeks)),
        trajectory.DatedEvents(*(column[chosen] for column in results.events)),
        results.result_code[chosen],
    )


def _subjects(patients: VirtualPatients, keys: _Keys, replicate: np.ndarray, codes: np.ndarray) -> pa.Table:
    columns = keys.of(np.arange(len(patients.subject_id))) | patients.to_columns()
    columns |= {"replicate": replicate, "result_code": codes}
    return conform(columns, SUBJECTS, name="subjects")


def _exposures(results: Results, keys: _Keys, drugs: Sequence[str]) -> pa.Table:
    """One row per subject, cycle and drug ordered in it; a cycle that waits has not begun."""
    weeks = results.weeks
    subject, week = np.nonzero(
        weeks.flags & (trajectory.ON_TREATMENT | trajectory.CYCLE_WAITS) == trajectory.ON_TREATMENT
    )
    line, cycle = weeks.line[subject, week], weeks.cycle[subject, week]
    begins = (
        np.r_[True, (np.diff(subject) != 0) | (np.diff(line) != 0) | (np.diff(cycle) != 0)] if len(subject) else []
    )
    starts = np.flatnonzero(begins)
    amounts = {}
    for name in ("planned_doses", "given_doses", "planned_mg", "given_mg"):
        weekly = getattr(weeks, name)[subject, week].T.astype(np.float64, order="C")  # quicker to add along memory
        amounts[name] = np.add.reduceat(weekly, starts, axis=1).T if len(starts) else np.zeros((0, len(drugs)))
    row, drug = np.nonzero(amounts["planned_doses"])
    first = starts[row]
    columns = keys.of(subject[first]) | {
        "line": line[first].astype(np.int16) + 1,
        "cycle": cycle[first] + 1,
        "day": WEEK * week[first].astype(np.float64),
        "drug": _words(drug, drugs),
    }
    columns |= {name: values[row, drug] for name, values in amounts.items()}
    return conform(columns, EXPOSURES, name="exposures")


def _labs(results: Results, keys: _Keys, p: Mapping[str, float]) -> pa.Table:
    weeks = results.weeks
    visits = trajectory.VISIT_RESPONSE | trajectory.VISIT_BLOOD | trajectory.VISIT_MARROW
    subject, week = np.nonzero(weeks.flags & visits)

    def measured(name: str) -> np.ndarray:
        return np.asarray(getattr(weeks, name)[subject, week])

    flags, share = measured("flags"), measured("clonal_share")
    response, marrow = (flags & trajectory.VISIT_RESPONSE) > 0, (flags & trajectory.VISIT_MARROW) > 0
    blood = (flags & trajectory.VISIT_BLOOD) > 0
    later = marrow & (week > 0)  # minimal residual disease is not looked for before treatment
    drawn_up = p["aspirate_share"] * share
    values = {
        "m_protein": (response, measured("m_protein")),
        "involved_flc": (response, measured("involved_flc")),
        "uninvolved_flc": (response, measured("uninvolved_flc")),
        "immunofixation_serum": (response, (flags & trajectory.IMMUNOFIXATION_POSITIVE) > 0),
        "marrow_plasma_cells": (marrow, measured("plasma_cells")),
        "marrow_clonal": (later, share >= p["clonal_limit"]),
        "mrd": (later, np.where(drawn_up >= p["mrd_limit"], drawn_up, 0.0)),
        "neutrophils": (blood, measured("neutrophils")),
        "platelets": (blood, measured("platelets")),
        "haemoglobin": (blood, measured("haemoglobin")),
    }
    done = np.stack([values[test][0] for test in _LAB_ORDER], axis=-1)
    stacked = np.empty(done.shape, np.float32)
    for index, name in enumerate(_LAB_ORDER):
        stacked[:, index] = values[name][1]
    chosen = np.flatnonzero(done)
    visit, test = np.divmod(chosen, len(_LAB_ORDER))
    columns = keys.of(subject[visit]) | {
        "day": (WEEK * week.astype(np.float64))[visit],
        "test": _words(test, _LAB_ORDER),
        "value": stacked.reshape(-1)[chosen].astype(np.float64),
        "unit": _words(test, [TESTS[name] for name in _LAB_ORDER]),
    }
    return conform(columns, LABS, name="labs")


def _events(
    results: Results,
    keys: _Keys,
    follow_up_days: np.ndarray,
    dropped_out: np.ndarray,
    drugs: Sequence[str],
    rows: Sequence[RuleRow],
) -> pa.Table:
    events = trajectory.DatedEvents(*(np.asarray(column) for column in results.events))
    died = events.death_day <= follow_up_days
    end = np.where(died, events.death_day, follow_up_days)
    parts: list[tuple[np.ndarray, np.ndarray, np.ndarray, str, Any]] = []

    def by_line(name: str, days: np.ndarray, cause: Any, *, first_line: int = 0) -> None:
        # The engine decides week by week: what it dated later than death or the last contact was not seen.
        subject, line = np.nonzero(days[:, first_line:] <= end[:, None])
        line = line + first_line
        words = cause(subject, line) if callable(cause) else [cause] * len(subject)
        parts.append((subject, days[subject, line], line + 1, name, words))

    stopped = events.stop_day <= end[:, None]
    on_at_death = np.isfinite(events.start_day) & ~stopped & died[:, None]
    stop_day = np.where(on_at_death, events.death_day[:, None], events.stop_day)

    def stop_cause(subject: np.ndarray, line: np.ndarray) -> list[str]:
        codes, dead = events.stop_cause[subject, line], on_at_death[subject, line]
        return ["death" if d else trajectory.STOP_CAUSES[c] for c, d in zip(codes, dead, strict=True)]

    by_line("treatment_start", events.start_day, "")
    by_line("transplant", events.transplant_day, "")
    by_drug = stopped_drugs(results.weeks, drugs, rows, end)
    parts.append((*by_drug[:3], "drug_stopped", by_drug[3]))
    by_line("treatment_stopped", stop_day, stop_cause)
    by_line("next_therapy", events.start_day, "", first_line=1)
    reached = np.maximum(np.isfinite(events.start_day).sum(axis=1), 1)
    dead = np.flatnonzero(died)
    causes = [trajectory.DEATH_CAUSES[code] for code in events.death_cause[dead]]
    parts.append((dead, events.death_day[dead], reached[dead], "death", causes))
    alive = np.flatnonzero(~died)
    causes = ["dropout" if lost else "end_of_follow_up" for lost in dropped_out[alive]]
    parts.append((alive, follow_up_days[alive], reached[alive], "censored", causes))
    subject = np.concatenate([part[0] for part in parts])
    day = np.concatenate([part[1] for part in parts]).astype(np.float64)
    kind = np.concatenate([np.full(len(part[0]), index) for index, part in enumerate(parts)])
    order = np.lexsort((kind, day, subject))
    columns = keys.of(subject[order]) | {
        "event": _words(kind[order], [part[3] for part in parts]),
        "day": day[order],
        "line": np.concatenate([part[2] for part in parts])[order],
        "cause": pa.array([cause for part in parts for cause in part[4]]).take(pa.array(order)),
    }
    return conform(columns, EVENTS, name="events")


def _adverse_events(
    results: Results,
    patients: VirtualPatients,
    keys: _Keys,
    drugs: Sequence[str],
    follow_up_days: np.ndarray,
    window_days: float,
) -> pa.Table:
    """Episodes of low counts at visits on treatment, of neuropathy above its grade at baseline, and of the rest.

    Counts are dated to their visit, the rest to the middle of the week in which it began.
    """
    weeks = results.weeks
    on = (weeks.flags & trajectory.ON_TREATMENT) > 0
    action = _actions(weeks)
    counted = on & ((weeks.flags & trajectory.VISIT_BLOOD) > 0)
    counted[:, 0] = False  # the count before the first dose is no adverse event
    visits, weeks_on = np.nonzero(counted), np.nonzero(on)
    nerves, baseline = weeks.neuropathy[weeks_on], patients.baseline_neuropathy_grade[weeks_on[0]]
    is_female = ~patients.male[visits[0]]
    grades = {
        "neutropenia": (visits, ctcae.neutropenia_grade(weeks.neutrophils[visits], np)),
        "thrombocytopenia": (visits, ctcae.thrombocytopenia_grade(weeks.platelets[visits], np)),
        "anaemia": (visits, ctcae.anaemia_grade(weeks.haemoglobin[visits], is_female, np)),
        "peripheral_neuropathy": (weeks_on, np.where(nerves > baseline, nerves, 0)),
    }
    names, parts, shift = list(grades), [], []
    for index, (seen, grade) in enumerate(grades.values()):
        parts.append(_episodes(seen[0], seen[1], np.asarray(grade), action, weeks.line, index))
        shift.append(np.zeros(len(parts[-1][0])))
    for name, found in episodes_of_adverse_events(weeks, _stop_weeks(results), action, round(window_days / WEEK)):
        kind_of = np.full(len(found.subject), len(names))
        parts.append((found.subject, found.start, found.end, found.worst, found.line, found.action, kind_of))
        shift.append(np.full(len(found.subject), MIDDLE))
        names.append(name)
    subject, start, end, worst, line, act, kind = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    later = np.concatenate(shift)
    begin_day, end_day = WEEK * start + later, np.where(end < 0, np.inf, WEEK * end.astype(np.float64) + later)
    last_day = np.minimum(results.events.death_day, follow_up_days)[subject]
    end_day = np.where((end_day > last_day) | (worst >= 5), np.nan, end_day)
    order = np.flatnonzero(begin_day <= last_day)
    order = order[np.lexsort((kind[order], begin_day[order], subject[order]))]
    columns = keys.of(subject[order]) | {
        "event": _words(kind[order], names),
        "grade": worst[order],
        "start_day": begin_day[order],
        "end_day": pa.array(end_day[order], from_pandas=True),
        "line": line[order].astype(np.int16) + 1,
        # What begins in the middle of a week may come from that week's drugs.
        "related": _drugs_before(results, subject, line, start + (later > 0), drugs).take(pa.array(order)),
        "action": _words(act[order], ("none", "reduced", "held", "stopped")),
    }
    return conform(columns, ADVERSE_EVENTS, name="adverse_events")


def _actions(weeks: trajectory.WeeklyValues) -> np.ndarray:
    """Tell what became of the doses of each week: 0 all were given, 1 some were reduced, 2 some were held."""
    subject, week = np.nonzero(trajectory.any_of(weeks.planned_doses))
    planned, given = (getattr(weeks, name)[subject, week] for name in ("planned_doses", "given_doses"))
    held = trajectory.any_of((planned > 0) & (given == 0))
    reduced = trajectory.any_of(weeks.given_mg[subject, week] < 0.99 * weeks.planned_mg[subject, week])
    action = np.zeros(weeks.flags.shape, np.int8)
    action[subject, week] = np.where(held, 2, np.where(reduced, 1, 0))
    return action


def _stop_weeks(results: Results) -> np.ndarray:
    """Give the week in which treatment of each line stopped for toxicity, -1 for none."""
    toxic = results.events.stop_cause == trajectory.STOP_CAUSES.index("toxicity")
    days = np.where(toxic, results.events.stop_day, -WEEK)
    return np.round(days / WEEK).astype(np.int64)


def _drugs_before(
    results: Results, subject: np.ndarray, line: np.ndarray, week: np.ndarray, drugs: Sequence[str]
) -> pa.DictionaryArray:
    """Name the drugs that a subject was given in the line before a week."""
    doses = np.cumsum(results.weeks.given_doses > 0, axis=1, dtype=np.int16)

    def until(end: np.ndarray) -> np.ndarray:
        return np.where(end[:, None] > 0, doses[subject, np.maximum(end - 1, 0)], 0)

    first = (results.events.start_day[subject, line] / WEEK).astype(np.int64)
    used = until(week) > until(first)
    words = [
        ",".join(drug for place, drug in enumerate(drugs) if code >> place & 1) for code in range(2 ** len(drugs))
    ]
    return _words(used @ (1 << np.arange(len(drugs))), words)


def _episodes(
    subject: np.ndarray, week: np.ndarray, grade: np.ndarray, action: np.ndarray, line: np.ndarray, kind: int
) -> tuple[np.ndarray, ...]:
    """Join neighbouring visits with a grade above 0 into episodes; the end is the first well visit, -1 for none."""
    acted, of_line = action[subject, week], line[subject, week]
    sick = grade > 0
    same = np.r_[False, (subject[1:] == subject[:-1]) & (of_line[1:] == of_line[:-1])] if len(subject) else sick
    begins = sick & ~(np.r_[False, sick[:-1]] & same) if len(sick) else sick
    starts = np.flatnonzero(begins)
    if not len(starts):
        empty = np.zeros(0, np.int64)
        return (empty,) * 7
    # Well visits between two episodes have grade 0, so they do not disturb the maximum.
    highest = np.maximum.reduceat(grade, starts)
    most = np.maximum.reduceat(np.where(sick, acted, 0), starts)
    number = np.cumsum(begins) - 1
    well_after = np.flatnonzero(~sick & np.r_[False, sick[:-1]] & same)
    end = np.full(len(starts), -1)
    end[number[well_after]] = week[well_after]
    where = np.full(len(starts), kind)
    return subject[starts], week[starts], end, highest, of_line[starts], most, where
