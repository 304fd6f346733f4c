"""IMWG response and progression from what was measured, for simulated and observed subjects alike."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cereblon.core.errors import InputError
from cereblon.criteria.rules import IMWG_2016, Rules
from cereblon.outcomes.assessment import Assessed, SubjectCharacteristics, assess_visits
from cereblon.outcomes.confirmation import best_so_far, confirmed_at_visit, progressed_by
from cereblon.outcomes.follow_up import SubjectFollowUp, follow
from cereblon.outcomes.light_chains import involved_chain, read_kappa_as_involved
from cereblon.outcomes.lines import Events, line_starts, read_events
from cereblon.outcomes.response_category import CATEGORIES
from cereblon.outcomes.subject_index import (
    Ints,
    SubjectIndex,
    in_order,
    index_subjects,
    numbers,
    text_codes,
    text_values,
)
from cereblon.outcomes.visits import gather_visits
from cereblon.tables import conform, with_remarks
from cereblon.tables.light_chains import by_involvement
from cereblon.tables.schemas import EVENT_NAMES, EVENTS, RESPONSES
from cereblon.vocabulary.clinical import ISOTYPE, PROGRESSION_CAUSES

_BASELINE_COLUMNS = {
    "m_protein": "m_protein_g_l",
    "involved_flc": "involved_flc_mg_l",
    "uninvolved_flc": "uninvolved_flc_mg_l",
    "marrow_plasma_cells": "marrow_plasma_cells_percent",
}


def assess_responses(labs: pa.Table, subjects: pa.Table, events: pa.Table, rules: Rules = IMWG_2016) -> pa.Table:
    """Assess the response of every subject at every visit.

    Decisions where the criteria leave room stand in `cereblon.outcomes.assessment`.

    Parameters
    ----------
    labs
        LABS rows, in any unit of their test; blood counts among them are passed over. Kappa and lambda are told apart
        as in `cereblon.tables.light_chains`.
    subjects
        SUBJECTS rows.
    events
        EVENTS rows: `treatment_start` and `next_therapy` bound the lines; `progression` rows are not read.
    rules
        Thresholds and choices.

    Returns
    -------
        RESPONSES rows, one per visit with a response test after the start of a line, from day 0 to the end of
        follow-up; `cereblon.tables.remarks_of` counts what lies outside. `confirmed` is the best category
        proved up to that visit, a response counting from the first of its two assessments; it stays what it was
        after progression.

    Raises
    ------
    InputError
        If a lab or event belongs to no subject, a lab has an unknown test or a unit that is not one of its test's, a
        test has two values on one day, events contradict each other (see `cereblon.outcomes.follow_up`), or a subject
        had progressed before day 0.
    """
    followed, assessed = _assess(labs, subjects, events, rules)
    return _responses(followed, assessed, rules)


def find_progression(labs: pa.Table, subjects: pa.Table, events: pa.Table, rules: Rules = IMWG_2016) -> pa.Table:
    """Find confirmed IMWG progression, at most one per subject and line.

    Parameters and refusals as in `assess_responses`.

    Returns
    -------
        EVENTS rows `progression`, on the first of the two assessments; the cause names what it was seen in.
    """
    followed, assessed = _assess(labs, subjects, events, rules)
    return with_remarks(_progressions(followed.index, assessed), followed.remarks.said())


def assess(tables: Mapping[str, pa.Table], rules: Rules = IMWG_2016) -> dict[str, pa.Table]:
    """Add what follows from measurement: responses, and events whose progressions are found anew.

    Parameters
    ----------
    tables
        The subject tables by name, at least subjects, labs and events.
    rules
        Thresholds and choices.

    Returns
    -------
        The tables, with `responses` set and the `progression` rows of `events` replaced; events are ordered by
        subject and day.

    Raises
    ------
    InputError
        If a table is missing, and as in `assess_responses`.
    """
    missing = [name for name in ("subjects", "labs", "events") if name not in tables]
    if missing:
        raise InputError(f"tables: {', '.join(missing)} missing")
    followed, assessed = _assess(tables["labs"], tables["subjects"], tables["events"], rules)
    others = _without_progression(tables["events"])
    happened = pa.concat_tables([others, _progressions(followed.index, assessed)]).unify_dictionaries()
    return {
        **tables,
        "responses": _responses(followed, assessed, rules),
        "events": with_remarks(_in_order(happened), followed.remarks.said()),
    }


def _without_progression(events: pa.Table) -> pa.Table:
    return events.filter(pc.not_equal(events["event"].cast(pa.string()), "progression"))


def _in_order(events: pa.Table) -> pa.Table:
    """Order events by subject and day, and on one day as `EVENT_NAMES` does."""
    code, names = text_codes(events["event"])
    known = {name: number for number, name in enumerate(EVENT_NAMES)}
    place = np.array([known.get(name, len(known)) for name in names], np.int64)
    (cause, _), (arm, _), (source, _) = (text_codes(events[name]) for name in ("cause", "arm", "source_id"))
    keys = (cause, events["line"].to_numpy(), place[code], events["day"].to_numpy(), source, arm)
    return events.take(np.lexsort((*keys, events["subject_id"].to_numpy())))


def _assess(labs: pa.Table, subjects: pa.Table, events: pa.Table, rules: Rules) -> tuple[SubjectFollowUp, Assessed]:
    subjects = in_order(subjects)
    index = index_subjects(subjects)
    followed, happened = follow(read_events(_without_progression(events), index), index)
    told = by_involvement(labs, subjects, rules)
    followed.remarks.brought = told.remarks
    measured = gather_visits(told.labs, followed)
    visits, chain = read_kappa_as_involved(measured, involved_chain(told.subjects))
    starts = line_starts(happened, index.count)
    assessed = assess_visits(visits, starts, _characteristics(subjects, chain, index, happened, rules), rules)
    early = np.flatnonzero((assessed.progression_day < 0).any(axis=0))
    if len(early):
        raise InputError(
            f"labs: progression before day 0; {index.named(early)}",
            hint="choose another index date, or leave out who had progressed by then",
        )
    return followed, assessed


def _characteristics(
    subjects: pa.Table, chain: Ints, index: SubjectIndex, events: Events, rules: Rules
) -> SubjectCharacteristics:
    isotype = text_values(subjects["isotype"])
    strange = sorted(set(isotype) - set(ISOTYPE.allowed))
    if strange:
        raise InputError("\n".join(f"subjects, isotype: {ISOTYPE.refusal(word)}" for word in strange))
    on_antibody = np.isin(text_values(subjects["arm"]).astype(str), rules.antibody_arms)
    return SubjectCharacteristics(
        is_iga=isotype == "IgA",
        is_igg_on_antibody=on_antibody & (isotype == "IgG"),
        chain=chain,
        baseline={test: numbers(subjects[column]) for test, column in _BASELINE_COLUMNS.items()},
        death_day=events.first_day("death", index.count),
    )


def _responses(followed: SubjectFollowUp, assessed: Assessed, rules: Rules) -> pa.Table:
    visits = assessed.visits
    after = progressed_by(visits, assessed.progression_day)
    best = best_so_far(visits, confirmed_at_visit(visits, after, confirm=rules.confirm_responses))
    inside = followed.during(visits.subject, visits.day, name="assessments", from_zero=True)
    names = pa.array(list(CATEGORIES), pa.string())
    mrd = visits.mrd_negative[inside]
    responses = conform(
        {
            **followed.index.key_columns(visits.subject[inside]),
            "line": visits.line[inside],
            "day": visits.day[inside],
            "category": _named(visits.category[inside], names),
            "confirmed": _named(best[inside], names),
            "mrd_negative": pa.array(mrd == 1, mask=mrd < 0),
        },
        RESPONSES,
        name="responses",
    )
    return with_remarks(responses, followed.remarks.said())


def _progressions(index: SubjectIndex, assessed: Assessed) -> pa.Table:
    rows, line = np.nonzero(np.isfinite(assessed.progression_day.T))
    return conform(
        {
            **index.key_columns(rows),
            "event": "progression",
            "day": assessed.progression_day[line, rows],
            "line": line + 1,
            "cause": _named(assessed.cause[line, rows], pa.array(list(PROGRESSION_CAUSES), pa.string())),
        },
        EVENTS,
        name="events",
    )


def _named(codes: np.ndarray, names: pa.Array) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), names)
