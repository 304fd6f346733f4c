"""The response assessment: one category per visit and subject, and confirmed progressions.

Arrays over all visits of some subjects at a time. Decisions where the criteria (Kumar et al., Lancet Oncol
2016;17:e328) leave room or where a source says how it is done:

- The baseline of a line is the last measurement on or before its start; a visit on the first day of a line belongs
  to the line before it. Line 1 falls back on the baseline columns of the subjects table. Where the rules say so,
  response to line 1 is measured from the highest value before it; progression is measured from the last all the same.
- Serum and urine M-protein are followed when measurable at baseline, dFLC only when neither is, the marrow only when
  none is. With several, the lowest level counts, and what is not met or not known is downgraded (CIBMTR forms
  manual, multiple myeloma response criteria). A followed value that is missing leaves the visit not evaluable;
  urine missing beside measurable serum caps the response at VGPR.
- CR needs a negative serum immunofixation at the visit. Urine that was negative at baseline is presumed negative
  until measured otherwise; else a negative urine immunofixation at the visit is needed. Subjects without any urine
  test follow `Rules.urine_without_record`; that waiving urine hardly changes who is in CR was shown in GEM2012
  (Lahuerta et al., Blood 2019;133:2664: urine still positive in 0 of 107 patients with serum M-protein only and 3 of
  161 with both).
- The latest marrow of the line counts, so one marrow is enough for CR. The same holds for clonality and for the
  plasmacytoma area. A plasmacytoma at baseline must have shrunk by half for MR, PR and VGPR and be gone for CR; as
  long as it is not measured again, it has not.
- The light chain ratio is judged as kappa to lambda, by the chain that is recorded as involved. Where none is, and
  the labs do not hold kappa and lambda themselves, the ratio counts as normal or abnormal only if it is so for both.
- Light chains: VGPR from a fall of 90 % (PMC7873074, table 1; some reprints print more than 90 %), CR with a normal
  ratio and negative immunofixation, no minimal response.
- Progression of serum and urine M-protein needs no measurable baseline; that of dFLC and marrow applies only where
  nothing before them is measurable. A new positive immunofixation after CR is not progression.
- A laboratory progression is confirmed by the next measurement of the same value, or by progression in imaging or
  marrow in between; its day is the first. Imaging and marrow need no repeat.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cereblon.criteria.rules import Rules
from cereblon.outcomes.line_memory import BASELINE_TESTS, LineMemory, remember_lines
from cereblon.outcomes.line_progression import Progressions, find_progressions
from cereblon.outcomes.response_category import CR, NE, PR, response_category
from cereblon.outcomes.subject_index import Bools, Floats, Ints
from cereblon.outcomes.visit_rows import VisitRows, visit_rows
from cereblon.outcomes.visits import Visits

_AT_ONCE = 1024
"""Subjects whose visits are assessed together, so that arrays stay small."""


@dataclass(frozen=True, slots=True)
class SubjectCharacteristics:
    """What the assessment needs to know of each subject besides measurements.

    Parameters
    ----------
    is_iga, is_igg_on_antibody
        Isotype; and IgG in an arm whose antibody shows in serum.
    chain
        Involved light chain by its code in `cereblon.criteria.imwg`.
    baseline
        Values of the subjects table by test name, for line 1.
    death_day
        Infinite for the living.
    """

    is_iga: Bools
    is_igg_on_antibody: Bools
    chain: Ints
    baseline: dict[str, Floats]
    death_day: Floats


@dataclass(frozen=True, slots=True)
class AssessedVisits:
    """What was assessed at each visit within a line, ordered by subject and day.

    Parameters
    ----------
    subject
        Row of the subject.
    day, line
        Of the visit; lines from 1.
    category
        Code of the unconfirmed category.
    needs_no_repeat
        Whether the category rests on the marrow alone.
    mrd_negative
        1, 0, or -1 where not tested.
    """

    subject: Ints
    day: Floats
    line: Ints
    category: np.ndarray
    needs_no_repeat: Bools
    mrd_negative: np.ndarray


@dataclass(frozen=True, slots=True)
class Assessed:
    """Result of the assessment.

    Parameters
    ----------
    visits
        Of all subjects.
    progression_day
        Confirmed progression, shape (line, subject), infinite without one.
    cause
        Position in `PROGRESSION_CAUSES`, shape (line, subject), -1 without progression.
    """

    visits: AssessedVisits
    progression_day: Floats
    cause: Ints


def assess_visits(visits: Visits, starts: Floats, characteristics: SubjectCharacteristics, rules: Rules) -> Assessed:
    """Assess every visit.

    Parameters
    ----------
    visits
        Measurements.
    starts
        First day of each line, shape (line, subject).
    characteristics
        Isotype, baseline and death.
    rules
        Thresholds and choices.
    """
    count = len(characteristics.is_iga)
    line = _line_of_visits(visits.day, starts)
    progression_day, cause = np.full(starts.shape, np.inf), np.full(starts.shape, -1, np.int64)
    baseline = {test: characteristics.baseline.get(test, np.full(count, np.nan)) for test in BASELINE_TESTS}
    no_urine = ~_ever_measured(visits, ("urine_m_protein", "immunofixation_urine"), count)
    died = np.isfinite(characteristics.death_day)
    parts = []
    for begin in range(0, count, _AT_ONCE):
        rows = visit_rows(visits, line, slice(begin, min(begin + _AT_ONCE, count)))
        _discount_antibody(rows, characteristics.is_igg_on_antibody, rules)
        carried = {test: rows.carried(test, value) for test, value in baseline.items()}
        memory = remember_lines(rows, carried, baseline, characteristics.is_iga, characteristics.chain, rules)
        found = find_progressions(rows, carried, memory, died, rules)
        place = rows.line[rows.first[found.section]] - 1, rows.subject[rows.first[found.section]]
        progression_day[place], cause[place] = found.day, found.cause
        parts.append(_assessed(rows, memory, found, no_urine, rules))
    return Assessed(_joined(parts), progression_day, cause)


def _line_of_visits(day: Floats, starts: Floats) -> Ints:
    number = np.zeros(day.shape, np.int64)
    for first_day in starts:
        number += day > first_day
    return np.where(np.isnan(day), -1, number)


def _ever_measured(visits: Visits, tests: tuple[str, ...], count: int) -> Bools:
    ever = np.zeros(count, np.bool_)
    for test in tests:
        if test in visits.tests:
            ever |= (~np.isnan(visits.values[visits.tests.index(test)])).any(axis=0)
    return ever


def _discount_antibody(rows: VisitRows, is_igg_on_antibody: Bools, rules: Rules) -> None:
    """Read a faint IgG band under an IgG antibody as the antibody."""
    exposed = np.flatnonzero((rows.line > 0) & is_igg_on_antibody[rows.subject])
    if not len(exposed):
        return
    drug = exposed[rows.at("m_protein")[exposed] <= rules.antibody_band_g_l]
    for test in ("m_protein", "immunofixation_serum"):
        rows.values[test] = rows.at(test)
        rows.values[test][drug] = 0.0


def _assessed(
    rows: VisitRows, memory: LineMemory, found: Progressions, no_urine: Bools, rules: Rules
) -> AssessedVisits:
    """Give category and MRD of visits; MRD counts with CR at the visit, or at the last one that was judged."""
    within, mrd = rows.line > 0, rows.at("mrd")
    category = response_category(rows, memory, found.is_met, no_urine, rules)
    judged = rows.last(category != NE)
    is_complete = (judged >= rows.first[rows.section]) & (category[judged] >= CR)
    return AssessedVisits(
        subject=rows.subject[within],
        day=rows.day[within],
        line=rows.line[within],
        category=category[within],
        needs_no_repeat=(memory.follows["marrow"] & (category == PR))[within],
        mrd_negative=np.where(np.isnan(mrd), -1, is_complete & (mrd < rules.mrd_threshold)).astype(np.int8)[within],
    )


def _joined(parts: list[AssessedVisits]) -> AssessedVisits:
    if len(parts) == 1:
        return parts[0]
    none = np.zeros(0, np.int64)
    empty = AssessedVisits(none, np.zeros(0), none, none.astype(np.int8), none > 0, none.astype(np.int8))
    columns = ([getattr(part, name) for part in (empty, *parts)] for name in AssessedVisits.__slots__)
    return AssessedVisits(*map(np.concatenate, columns))
