"""Progression within each line: which visits meet a rule, and which progressions are confirmed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cereblon.criteria import imwg
from cereblon.criteria.rules import Rules
from cereblon.outcomes.line_memory import LineMemory, dflc
from cereblon.outcomes.subject_index import Bools, Floats, Ints
from cereblon.outcomes.visit_rows import VisitRows, before, least_so_far, places

_Rule = Callable[[Floats, Floats, Ints], Bools]
"""Tells which of some visits meet progression, from their values, the lowest before them, and their rows."""


@dataclass(frozen=True, slots=True)
class Progressions:
    """Progressions that were found.

    Parameters
    ----------
    is_met
        Whether a visit meets any rule, confirmed or not.
    section, day, cause
        Sections with confirmed progression, its day, and its position in `PROGRESSION_CAUSES`.
    """

    is_met: Bools
    section: Ints
    day: Floats
    cause: Ints


@dataclass(frozen=True, slots=True)
class _Laboratory:
    """One followed value at the visits where it was measured, and what was confirmed in it.

    `pending_day` is the day of a visit that meets the rule and waits for the next one, infinite at others.
    """

    row: Ints
    section: Ints
    is_met: Bools
    pending_day: Floats
    confirmed: Ints
    confirmed_day: Floats


def find_progressions(
    rows: VisitRows, carried: dict[str, Floats], line: LineMemory, died: Bools, rules: Rules
) -> Progressions:
    """Apply every progression rule.

    Parameters
    ----------
    rows
        The visits.
    carried
        Last value of each test before each section.
    line
        What is remembered at each visit.
    died
        Whether each subject's death is known.
    rules
        Thresholds and choices.
    """
    values = [rows.at("m_protein"), rows.at("urine_m_protein"), dflc_of(rows), rows.at("calcium")]
    starts = [carried["m_protein"], carried["urine_m_protein"], dflc(carried), np.zeros(len(rows.first))]
    judged: list[_Rule] = [
        lambda value, lowest, _: imwg.serum_progression(value, lowest, np, rules),
        lambda value, lowest, _: imwg.urine_progression(value, lowest, np, rules),
        lambda value, lowest, row: imwg.flc_progression(value, lowest, np, rules) & line.follows["flc"][row],
        lambda value, _, __: imwg.hypercalcaemia(value, rules),
    ]
    followed = [_followed(rows, *given, rules) for given in zip(values, starts, judged, strict=True)]
    at_once = [
        _marrow(rows, carried, line, rules),
        np.flatnonzero((rows.line > 0) & (rows.at("new_bone_lesion") > 0)),
        _plasmacytoma(rows, carried, rules),
    ]
    is_met = np.zeros(rows.count, np.bool_)
    seen: list[tuple[Ints, Floats, int]] = []  # row, day and cause
    for cause, one in enumerate(followed):
        is_met[one.row[one.is_met]] = True
        seen.append((one.row[one.confirmed], one.confirmed_day, cause))
    for cause, row in enumerate(at_once, start=len(followed)):
        is_met[row] = True
        pending = np.min([_pending(one, row, rows.section[row]) for one in followed], axis=0)
        seen.append((row, np.minimum(rows.day[row], pending), cause))
    row, day = (np.concatenate([part[place] for part in seen]) for place in range(2))
    causes = np.concatenate([np.full(len(part[0]), part[2]) for part in seen])
    section = rows.section[row]
    ended = np.flatnonzero(_confirmed_by_end(rows, died, rules))
    for cause, one in enumerate(followed):  # after all visits of the section
        section, row = np.r_[section, ended], np.r_[row, np.full(len(ended), rows.count)]
        day = np.r_[day, _pending(one, np.full(len(ended), rows.count), ended)]
        causes = np.r_[causes, np.full(len(ended), cause)]
    order = np.lexsort((causes, day, row, section))
    order = order[np.isfinite(day[order])]
    order = order[np.diff(section[order], prepend=-1) != 0]
    return Progressions(is_met=is_met, section=section[order], day=day[order], cause=causes[order])


def dflc_of(rows: VisitRows) -> Floats:
    """Give involved minus uninvolved free light chain at each visit, mg/L."""
    return rows.at("involved_flc") - rows.at("uninvolved_flc")


def _followed(rows: VisitRows, values: Floats, starts: Floats, rule: _Rule, rules: Rules) -> _Laboratory:
    """Follow one value: its lowest confirmed value, and two visits in a row that meet the rule.

    Where nothing was measured before a line, the first value of the line is compared with. What follows a confirmed
    progression is compared with the lowest value of that day.
    """
    row = np.flatnonzero((rows.line > 0) & ~np.isnan(values))
    value, section, day, number = values[row], rows.section[row], rows.day[row], np.arange(len(row))
    place = places(section)
    start = starts[section]
    start = np.where(np.isnan(start), value[number - place], start)
    lowest = least_so_far(np.minimum(start, np.maximum(before(value, start, place), value)), place)
    is_met = rule(value, before(lowest, start, place), row)
    confirmed = np.flatnonzero(is_met & before(is_met, np.zeros(len(row), np.bool_), place))
    if not rules.confirm_progression:
        confirmed = np.flatnonzero(is_met)
    confirmed = confirmed[np.diff(section[confirmed], prepend=-1) != 0]
    at = np.full(len(rows.first), len(row))
    at[section[confirmed]] = confirmed
    later = np.flatnonzero(number > at[section])
    is_met[later] = rule(value[later], lowest[at[section[later]]], row[later])
    pending = np.where(is_met, day, np.inf)
    pending[later] = day[at[section[later]]]
    confirmed_day = day[confirmed - 1] if rules.confirm_progression else day[confirmed]
    return _Laboratory(row, section, is_met, pending, confirmed, confirmed_day)


def _pending(one: _Laboratory, row: Ints, section: Ints) -> Floats:
    """Give the day on which progression of a value was seen last before a row of a section, and not yet disproved."""
    if not len(one.row):
        return np.full(len(row), np.inf)
    end = np.searchsorted(one.section, section, side="right")
    last = np.minimum(np.searchsorted(one.row, row), end) - 1
    return np.where((last >= 0) & (one.section[last] == section), one.pending_day[last], np.inf)


def _lowest_before(rows: VisitRows, values: Floats, starts: Floats) -> tuple[Ints, Floats]:
    """Give the visits of lines at which something was measured, and the lowest before each; NaN for none."""
    row = np.flatnonzero((rows.line > 0) & ~np.isnan(values))
    place, start = places(rows.section[row]), starts[rows.section[row]]
    return row, before(least_so_far(np.fmin(start, values[row]), place), start, place)


def _marrow(rows: VisitRows, carried: dict[str, Floats], line: LineMemory, rules: Rules) -> Ints:
    values = rows.at("marrow_plasma_cells")
    row, lowest = _lowest_before(rows, values, carried["marrow_plasma_cells"])
    is_met: Bools = imwg.marrow_progression(values[row], lowest, np, rules) & line.follows["nothing"][row]
    return row[is_met]


def _plasmacytoma(rows: VisitRows, carried: dict[str, Floats], rules: Rules) -> Ints:
    values = rows.at("plasmacytoma_area")
    row, lowest = _lowest_before(rows, values, carried["plasmacytoma_area"])
    is_met: Bools = imwg.plasmacytoma_progression(values[row], lowest, np, rules)
    return row[is_met]


def _confirmed_by_end(rows: VisitRows, died: Bools, rules: Rules) -> Bools:
    """Tell the sections whose last assessment is taken for confirmed: by the next line, or by death."""
    subject, in_line = rows.subject[rows.first], rows.line[rows.first] > 0
    goes_on = np.r_[subject[1:] == subject[:-1], False] if len(subject) else in_line
    by_therapy = goes_on & rules.therapy_confirms_progression
    by_death = ~goes_on & died[subject] & rules.death_confirms_progression
    return in_line & (by_therapy | by_death)
