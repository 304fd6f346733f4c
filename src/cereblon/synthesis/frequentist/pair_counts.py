"""Counts of two arms in one line, as R netmeta's `pairwise` writes them, turned into one line per arm."""

from __future__ import annotations

from dataclasses import replace

from cereblon.core.problems import refuse_problems
from cereblon.core.text_tables import TextTable

_COUNTS = {"event": "events", "events": "events", "n": "n", "time": "person_time"}
_EFFECTS = ("effect", "te", "yi", "y", "diff", "hr", "or", "rr", "irr")


def arms_of_pairs(table: TextTable) -> TextTable:
    """Turn a table of pairs (treat1, event1, n1, treat2, event2, n2) into one of arms; give any other one back.

    A trial of three arms has three lines, in which each arm stands twice with the same counts.

    Raises
    ------
    InputError
        If an arm stands with two counts.
    """
    first = {name: f"{name}1" for name in _COUNTS if f"{name}1" in table.columns and f"{name}2" in table.columns}
    treatments = table.find(("treat1", "treatment1")), table.find(("treat2", "treatment2"))
    study = table.find(("study", "studlab"))
    if study is None or None in treatments or not first or any(name in table.columns for name in _EFFECTS):
        return table
    seen, problems = dict[tuple[str, str], dict[str, str]](), list[str]()
    rows, lines = list[dict[str, str]](), list[int]()
    for line, row in zip(table.lines, table.rows, strict=True):
        for place, column in enumerate(treatments, start=1):
            arm = {"study": row[study], "treatment": row[str(column)]}
            arm |= {_COUNTS[name]: row[f"{name}{place}"] for name in first}
            before = seen.setdefault((arm["study"], arm["treatment"]), arm)
            if before is arm:
                rows.append(arm)
                lines.append(line)
            elif before != arm:
                problems.append(
                    f"{table.where}, line {line}: study {arm['study']} has other counts of {arm['treatment']} in "
                    "another line; one arm has one count"
                )
    refuse_problems(problems)
    used = {study, *treatments, *(f"{name}{place}" for name in first for place in (1, 2))}
    left = [name for name in table.columns if name not in used]
    notes = [f"{table.where}: two arms in each line, {', '.join(sorted(map(str, used)))}, are read as arms"]
    notes += [f"{table.where}: columns not used: {', '.join(left)}"] if left else []
    return replace(
        table,
        columns=("study", "treatment", *(_COUNTS[name] for name in first)),
        rows=tuple(rows),
        lines=tuple(lines),
        remarks=(*table.remarks, *notes),
    )
