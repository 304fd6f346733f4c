"""IMWG response and progression from what was measured, for simulated and observed subjects alike."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cereblon.criteria.rules import IMWG_2016, Rules
from cereblon.errors import InputError
from cereblon.outcomes.assessment import Assessed, Traits, assess_visits
from cereblon.outcomes.confirmation import best_so_far, confirmed_at_visit, progressed_by
from cereblon.outcomes.levels import CATEGORIES
from cereblon.outcomes.light_chains import involved_chain, read_kappa_as_involved
from cereblon.outcomes.lines import Events, line_starts, read_events
from cereblon.outcomes.subject_index import Ints, SubjectIndex, index_subjects, numbers, text_values
from cereblon.outcomes.visits import Visits, gather_visits
from cereblon.tables import conform
from cereblon.tables.light_chains import by_involvement
from cereblon.tables.schemas import EVENTS, RESPONSES
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
        RESPONSES rows, one per visit with a response test after the start of a line. `confirmed` is the best category
        proved up to that visit, a response counting from the first of its two assessments; it stays what it was
        after progression.

    Raises
    ------
    InputError
        If a lab or event belongs to no subject, a lab has an unknown test or a unit that is not one of its test's, or
        a test has two values on one day.
    """
    index, visits, assessed = _assess(labs, subjects, events, rules)
    return _responses(index, visits, assessed, rules)


def find_progression(labs: pa.Table, subjects: pa.Table, events: pa.Table, rules: Rules = IMWG_2016) -> pa.Table:
    """Find confirmed IMWG progression, at most one per subject and line.

    Parameters and refusals as in `assess_responses`.

    Returns
    -------
        EVENTS rows `progression`, on the first of the two assessments; the cause names what it was seen in.
    """
    index, _, assessed = _assess(labs, subjects, events, rules)
    return _progressions(index, assessed)


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
        The tables, with `responses` set and the `progression` rows of `events` replaced.
    """
    index, visits, assessed = _assess(tables["labs"], tables["subjects"], tables["events"], rules)
    others = tables["events"].filter(pc.not_equal(tables["events"]["event"].cast(pa.string()), "progression"))
    return {
        **tables,
        "responses": _responses(index, visits, assessed, rules),
        "events": pa.concat_tables([others, _progressions(index, assessed)]).unify_dictionaries(),
    }


def _assess(
    labs: pa.Table, subjects: pa.Table, events: pa.Table, rules: Rules
) -> tuple[SubjectIndex, Visits, Assessed]:
    index = index_subjects(subjects)
    happened = read_events(events, index)
    told = by_involvement(labs, subjects, rules)
    measured = gather_visits(told.labs, index)
    visits, chain = read_kappa_as_involved(measured, involved_chain(told.subjects))
    starts = line_starts(happened, index.count)
    return index, visits, assess_visits(visits, starts, _traits(subjects, chain, index, happened, rules), rules)


def _traits(subjects: pa.Table, chain: Ints, index: SubjectIndex, events: Events, rules: Rules) -> Traits:
    isotype = text_values(subjects["isotype"])
    strange = sorted(set(isotype) - set(ISOTYPE.allowed))
    if strange:
        raise InputError("\n".join(f"subjects, isotype: {ISOTYPE.refusal(word)}" for word in strange))
    on_antibody = np.isin(text_values(subjects["arm"]).astype(str), rules.antibody_arms)
    return Traits(
        is_iga=isotype == "IgA",
        is_igg_on_antibody=on_antibody & (isotype == "IgG"),
        chain=chain,
        baseline={test: numbers(subjects[column]) for test, column in _BASELINE_COLUMNS.items()},
        death_day=events.first_day("death", index.count),
    )


def _responses(index: SubjectIndex, visits: Visits, assessed: Assessed, rules: Rules) -> pa.Table:
    after = progressed_by(visits.day, assessed.line, assessed.progression_day)
    proved = confirmed_at_visit(
        assessed.category, assessed.line, assessed.needs_no_repeat, after, confirm=rules.confirm_responses
    )
    best = best_so_far(proved, assessed.line)
    rows, visit = np.nonzero(assessed.line.T >= 1)
    names = pa.array(list(CATEGORIES), pa.string())
    mrd = assessed.mrd_negative[visit, rows]
    return conform(
        {
            **index.key_columns(rows),
            "line": assessed.line[visit, rows],
            "day": visits.day[visit, rows],
            "category": _named(assessed.category[visit, rows], names),
            "confirmed": _named(best[visit, rows], names),
            "mrd_negative": pa.array(mrd == 1, mask=mrd < 0),
        },
        RESPONSES,
        name="responses",
    )


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
