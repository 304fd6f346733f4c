"""The response assessment: one category per visit and subject, and confirmed progressions, visit by visit.

Arrays over subjects, a loop over visits. Decisions where the criteria (Kumar et al., Lancet Oncol 2016;17:e328)
leave room or where a source says how it is done:

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

from cereblon.criteria import imwg
from cereblon.criteria.progression import advance
from cereblon.criteria.rules import Rules
from cereblon.outcomes.line_memory import BASELINE_TESTS, LineMemory, begin_line, dflc, highest_before, renew_lines
from cereblon.outcomes.response_category import CR, NE, PR, response_category
from cereblon.outcomes.subject_index import Bools, Floats, Ints
from cereblon.outcomes.visits import Visits


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
class Assessed:
    """Result of the assessment.

    Parameters
    ----------
    line
        Line of each visit, shape (visit, subject); 0 before the first line, -1 where there is no visit.
    category
        Code of the unconfirmed category at each visit.
    needs_no_repeat
        Whether the category rests on the marrow alone.
    mrd_negative
        1, 0, or -1 where not tested.
    progression_day
        Confirmed progression, shape (line, subject), infinite without one.
    cause
        Position in `PROGRESSION_CAUSES`, shape (line, subject), -1 without progression.
    """

    line: Ints
    category: np.ndarray
    needs_no_repeat: Bools
    mrd_negative: np.ndarray
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
    number = _line_of_visits(visits.day, starts)
    result = Assessed(
        line=number,
        category=np.zeros(number.shape, np.int8),
        needs_no_repeat=np.zeros(number.shape, np.bool_),
        mrd_negative=np.full(number.shape, -1, np.int8),
        progression_day=np.full(starts.shape, np.inf),
        cause=np.full(starts.shape, -1, np.int64),
    )
    carried = {test: characteristics.baseline.get(test, np.full(count, np.nan)) for test in BASELINE_TESTS}
    highest = dict(carried)
    no_urine = ~_ever_measured(visits, ("urine_m_protein", "immunofixation_urine"), count)
    is_iga, chain = characteristics.is_iga, characteristics.chain
    line = begin_line(np.zeros(count, np.int64), carried, is_iga, chain, rules)
    for visit in range(visits.count):
        now = {test: visits.at(test, visit) for test in (*BASELINE_TESTS, "mrd", "new_bone_lesion")}
        active = number[visit] >= 1
        _discount_antibody(now, active & characteristics.is_igg_on_antibody, rules)
        fresh = active & (number[visit] != line.number)
        if fresh.any():
            if rules.therapy_confirms_progression:
                _confirm_pending(result, line, fresh)
            line = renew_lines(line, begin_line(number[visit], carried, is_iga, chain, rules, highest), fresh)
        progressing = _judge_progression(result, line, visits.day[visit], now, active, rules)
        line.remember(now, active)
        category = response_category(now, line, progressing, active, no_urine, rules)
        _keep(result, line, visit, category, now["mrd"], active, rules)
        carried = {test: np.where(np.isnan(now[test]), value, now[test]) for test, value in carried.items()}
        highest = highest_before(highest, now, number[visit] == 0)
    if rules.death_confirms_progression:
        _confirm_pending(result, line, np.isfinite(characteristics.death_day))
    return result


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


def _discount_antibody(now: dict[str, Floats], exposed: Bools, rules: Rules) -> None:
    """Read a faint IgG band under an IgG antibody as the antibody."""
    drug = exposed & (now["m_protein"] <= rules.antibody_band_g_l)
    now["m_protein"] = np.where(drug, 0.0, now["m_protein"])
    now["immunofixation_serum"] = np.where(drug, 0.0, now["immunofixation_serum"])


def _judge_progression(
    result: Assessed, line: LineMemory, day: Floats, now: dict[str, Floats], active: Bools, rules: Rules
) -> Bools:
    """Apply every progression rule, note confirmed progressions, and tell who meets any rule at this visit."""
    values = (now["m_protein"], now["urine_m_protein"], dflc(now), now["calcium"])
    line.take_first_values(values, active)
    lowest = [state.lowest for state in line.states]
    marrow, area = now["marrow_plasma_cells"], now["plasmacytoma_area"]
    met = np.stack(
        [
            imwg.serum_progression(values[0], lowest[0], np, rules),
            imwg.urine_progression(values[1], lowest[1], np, rules),
            imwg.flc_progression(values[2], lowest[2], np, rules) & line.follows["flc"],
            imwg.hypercalcaemia(values[3], rules),
            imwg.marrow_progression(marrow, line.lowest_marrow, np, rules) & line.follows["nothing"],
            now["new_bone_lesion"] > 0,
            imwg.plasmacytoma_progression(area, line.lowest_area, np, rules),
        ]
    )
    pending = np.min([np.where(s.previous_met, s.previous_day, np.inf) for s in line.states], axis=0)
    days = np.where(met & active, np.minimum(day, pending), np.inf)
    for position, value in enumerate(values):
        before, measured = line.states[position], active & ~np.isnan(value)
        if not measured.any():
            days[position] = np.inf
            continue
        after = advance(before, value, day, measured, met[position], np, rules)
        line.states[position] = after
        days[position] = np.where(after.progressed & ~before.progressed, after.progression_day, np.inf)
    _note(result, line, days)
    anything: Bools = np.any(met, axis=0)
    return anything


def _note(result: Assessed, line: LineMemory, days: Floats) -> None:
    """Keep the first confirmed progression of the line from days of shape (cause, subject)."""
    day, cause = days.min(axis=0), days.argmin(axis=0)
    place, everyone = np.maximum(line.number - 1, 0), np.arange(len(day))
    fresh = np.isfinite(day) & np.isinf(result.progression_day[place, everyone]) & (line.number >= 1)
    who = everyone[fresh]
    result.progression_day[place[fresh], who] = day[fresh]
    result.cause[place[fresh], who] = cause[fresh]


def _confirm_pending(result: Assessed, line: LineMemory, who: Bools) -> None:
    """Take one assessment that met progression for confirmed."""
    _note(result, line, np.stack([np.where(s.previous_met & who, s.previous_day, np.inf) for s in line.states]))


def _keep(
    result: Assessed, line: LineMemory, visit: int, category: np.ndarray, mrd: Floats, active: Bools, rules: Rules
) -> None:
    """Write category and MRD of one visit; MRD counts with CR at the visit, or at the last one that was judged."""
    result.category[visit] = category
    result.needs_no_repeat[visit] = line.follows["marrow"] & (category == PR)
    line.last_category = np.where(category != NE, category, line.last_category)
    negative = (line.last_category >= CR) & (mrd < rules.mrd_threshold)
    result.mrd_negative[visit] = np.where(active & ~np.isnan(mrd), negative, -1)
