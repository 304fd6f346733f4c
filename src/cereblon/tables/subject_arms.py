"""Which arm observed subjects are in, looked at over all tables that a user brings."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from cereblon.core.errors import InputError
from cereblon.core.words import same_but_written_otherwise

_MOST_SHOWN = 5


def check_arms(tables: Mapping[str, pa.Table]) -> list[str]:
    """Say which subjects stand in two arms of a table, and which rows are of nobody in `subjects`.

    Raises
    ------
    InputError
        If two arms, of whatever tables, differ in nothing but how they are written.
    """
    named = {name: _subjects(table) for name, table in tables.items()}
    two = same_but_written_otherwise(sorted({arm for subjects in named.values() for _, arm, _ in subjects}))
    if two is not None:
        raise InputError(
            f"arms {two[0]!r} and {two[1]!r} differ in nothing but how they are written",
            hint="write each in one way, in all tables",
        )
    remarks = []
    for name, subjects in named.items():
        arms: dict[tuple[str, int], list[str]] = {}
        for source, arm, subject in sorted(subjects):
            arms.setdefault((source, subject), []).append(arm)
        crossed = [f"{who} in {' and '.join(of)}" for (_, who), of in arms.items() if len(of) > 1]
        if crossed:
            remarks.append(
                f"{name}: {len(crossed)} subjects stand in more than one arm ({_shown(crossed)}); "
                "those of each arm count as other patients"
            )
        strangers = sorted(subjects - named["subjects"]) if "subjects" in named else []
        if strangers:
            who = _shown([f"{subject} of {arm}" for _, arm, subject in strangers])
            remarks.append(f"{name}: {len(strangers)} subjects are not in the table subjects ({who})")
    return remarks


def _subjects(table: pa.Table) -> set[tuple[str, str, int]]:
    keys = table.select(["source_id", "arm", "subject_id"]).to_pydict()
    return set(zip(keys["source_id"], keys["arm"], keys["subject_id"], strict=True))


def _shown(names: list[str]) -> str:
    return ", ".join(names[:_MOST_SHOWN]) + (", ..." if len(names) > _MOST_SHOWN else "")
