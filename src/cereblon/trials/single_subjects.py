"""The subjects that a report shows by themselves: chosen among the first of a run, and read once more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cereblon import outcomes
from cereblon.outcomes.changes import changes_of, rank_changes
from cereblon.outcomes.cohort import cohort_of
from cereblon.outcomes.groups import group_subjects
from cereblon.outcomes.rankings import SubjectOrder, added
from cereblon.outcomes.subject_courses import rank_follow_up, rank_serum
from cereblon.outcomes.visits import gather_visits
from cereblon.trials.folder import RunFolder

PICTURED = 2**15
"""Subjects, the first of a run, among whom pictures of single subjects choose."""
_WATERFALL, _LANES, _COURSES = 150, 18, 16  # subjects of an arm in a picture, as many as the page draws
_SHOWN, _COURSE_TESTS = ("subjects", "events", "responses", "labs"), ("m_protein",)


@dataclass(frozen=True, slots=True)
class Rankings:
    """The subjects that pictures choose among: in the order of each picture."""

    changes: SubjectOrder
    follow_up: SubjectOrder
    serum: SubjectOrder


@dataclass(frozen=True, slots=True)
class SinglePictures:
    """Tables behind the pictures of single subjects, as functions of `cereblon.outcomes` give them."""

    waterfall: pa.Table
    spaghetti: pa.Table
    swimmer: pa.Table
    swimmer_events: pa.Table


def rank_subjects(tables: Mapping[str, pa.Table]) -> Rankings:
    """Rank the subjects of a block for each picture."""
    cohort = cohort_of(tables)
    groups, who = group_subjects(cohort), cohort.index.subject_id
    visits = gather_visits(tables["labs"], cohort.follow_up, _COURSE_TESTS)
    return Rankings(
        rank_changes(tables, cohort, groups),
        rank_follow_up(cohort, groups, who),
        rank_serum(cohort, groups, visits, who),
    )


def added_rankings(parts: Sequence[Rankings]) -> Rankings:
    """Put the subjects of blocks together."""
    return Rankings(
        added([part.changes for part in parts]),
        added([part.follow_up for part in parts]),
        added([part.serum for part in parts]),
    )


def pictures_of(run: RunFolder, rankings: Rankings) -> SinglePictures:
    """Choose subjects of each arm evenly over each order, and read what is shown of them.

    Raises
    ------
    RunFolderError
        If a block is damaged.
    """
    in_lanes, in_courses = rankings.follow_up.evenly(_LANES).who, rankings.serum.evenly(_COURSES).who
    tables = _of_subjects(run, np.union1d(in_lanes, in_courses))
    lanes, courses = (
        {name: table.filter(pc.is_in(table["subject_id"], pa.array(who))) for name, table in tables.items()}
        for who in (in_lanes, in_courses)
    )
    return SinglePictures(
        waterfall=changes_of(rankings.changes, _WATERFALL),
        spaghetti=outcomes.m_protein_courses(courses, per_group=_COURSES),
        swimmer=outcomes.swimmer_lanes(lanes, per_group=_LANES),
        swimmer_events=outcomes.swimmer_events(lanes, per_group=_LANES),
    )


def _of_subjects(run: RunFolder, who: np.ndarray) -> dict[str, pa.Table]:
    """Read the rows of some subjects; a block holds consecutive numbers."""
    block = who // int(run.header["block_size"])
    parts = [
        run.block_tables(int(number), _SHOWN, tests=_COURSE_TESTS, subjects=who[block == number].tolist())
        for number in np.unique([0, *block])
    ]
    return {name: pa.concat_tables([part[name] for part in parts]).unify_dictionaries() for name in _SHOWN}
