"""Damage to files that are right, by structure: to values and keys of YAML and JSON, cells of tables, and lines."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from typing import Any

import yaml
from hypothesis import strategies as st

NUMBERS = ("0", "-1", "1", "2.5", "10.5", "100", "1e9", "1e308", "1e-308", "nan", "inf", "-inf", "9" * 30, "9" * 5000)
WORDS = (
    *("", " ", "NA", "null", "true", "yes", "~", "-", ".", "x", "a" * 5000, "ü" * 40, "\U0001f600", "A\u202eB"),
    *("=cmd|' /C calc'!A0", "&amp;", "<script>alert(1)</script>", "javascript:alert(1)", "../../etc/passwd", "%s%n"),
    *("\x07", "\x1b[31m", "\x00", "\ufffe", "\u200b", "2020-99-99", "1,5", "1.234,5", "1/0", "1e", "0x10", "1_000"),
    *(
        "!!int a",
        "&a [*a]",
        "*a",
        "<<: {a: 1}",
        "- 1",
        "a: 1",
        "[",
        "{",
        '"',
        "'",
        ";",
        "|",
        "\t",
        "#",
        "@",
        "\\",
        "}",
    ),
    *("Rd", "VRd", "lenalidomide", "pfs_hr", "days", "25 g", "10 mg/m2", "every 2 days", "1-21", "until progression"),
)
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2.5, 1e9, 1e308, -1e308, 10**9, 10**17, "", "x", [], {}, [[]], {"": None}),
    *([None], [1, 2], {"a": 1}, {"id": "x"}, [{}], ["x"] * 300, "\x07", "a" * 5000, "=1+1", "1e9", "2020-99-99"),
)
Draw = Callable[[st.SearchStrategy[Any]], Any]


def _place(draw: Draw, length: int) -> int:
    return int(draw(st.integers(0, max(length - 1, 0))))


def _places(tree: Any) -> list[tuple[Any, Any]]:
    """List every place of a tree, as the container and the key in it."""
    found: list[tuple[Any, Any]] = []
    if isinstance(tree, dict):
        found = [(tree, key) for key in tree]
    elif isinstance(tree, list):
        found = [(tree, index) for index in range(len(tree))]
    return found + [place for container, key in list(found) for place in _places(container[key])]


def _damage_tree(draw: Draw, tree: Any) -> Any:
    tree = copy.deepcopy(tree)
    for _ in range(draw(st.integers(1, 3))):
        places = _places(tree)
        if not places:
            return tree
        container, key = places[_place(draw, len(places))]
        what = draw(st.sampled_from(("value", "value", "word", "delete", "copy", "wrap", "rename", "longer")))
        if what == "value":
            container[key] = copy.deepcopy(draw(st.sampled_from(VALUES)))
        elif what == "word":
            container[key] = draw(st.sampled_from((*NUMBERS, *WORDS)))
        elif what == "delete":
            del container[key]
        elif what == "copy":
            other, name = places[_place(draw, len(places))]
            container[key] = copy.deepcopy(other[name])
        elif what == "wrap":
            container[key] = draw(st.sampled_from(([container[key]], {"x": container[key]})))
        elif what == "longer" and isinstance(container[key], list):
            container[key] = container[key] * draw(st.sampled_from((2, 50)))
        elif what == "rename" and isinstance(container, dict):
            container[draw(st.sampled_from(("x", "", "id", "drug", "2", *map(str, container))))] = container.pop(key)
    return tree


def _damage_lines(draw: Draw, text: str) -> str:
    lines = text.split("\n")
    for _ in range(draw(st.integers(1, 3))):
        here = _place(draw, len(lines))
        what = draw(st.sampled_from(("delete", "double", "swap", "insert", "repeat", "cut", "replace", "splice")))
        if what == "delete" and len(lines) > 1:
            del lines[here]
        elif what == "double":
            lines.insert(here, lines[_place(draw, len(lines))])
        elif what == "swap":
            other = _place(draw, len(lines))
            lines[here], lines[other] = lines[other], lines[here]
        elif what == "insert":
            lines.insert(here, draw(st.sampled_from((*WORDS, *NUMBERS))))
        elif what == "repeat":
            lines[here : here + 1] = [lines[here]] * draw(st.sampled_from((20, 2000)))
        elif what == "cut":
            lines[here] = lines[here][: _place(draw, len(lines[here]) + 1)]
        elif what == "replace":
            lines[here] = draw(st.sampled_from((*WORDS, *NUMBERS)))
        elif what == "splice":
            at = _place(draw, len(lines[here]) + 1)
            lines[here] = lines[here][:at] + draw(st.sampled_from((*WORDS, *NUMBERS))) + lines[here][at:]
    return "\n".join(lines)


def _damage_cells(draw: Draw, text: str) -> str:
    rows = [line.split(",") for line in text.strip().split("\n")]
    for _ in range(draw(st.integers(1, 4))):
        here = _place(draw, len(rows))
        column = _place(draw, len(rows[here]))
        what = draw(st.sampled_from(("cell", "cell", "cell", "header", "column", "row", "drop", "same")))
        if what == "cell":
            rows[here][column] = draw(st.sampled_from((*NUMBERS, *NUMBERS, *WORDS)))
        elif what == "header":
            rows[0][_place(draw, len(rows[0]))] = draw(
                st.sampled_from((*WORDS, *rows[0], "n", "events", "se", "time"))
            )
        elif what == "column":
            for row in rows:
                del row[min(column, len(row) - 1)]
            rows = [row or [""] for row in rows]
        elif what == "row":
            rows[here : here + 1] = [list(rows[here]) for _ in range(draw(st.sampled_from((2, 500))))]
        elif what == "drop" and len(rows) > 2:
            del rows[1 + _place(draw, len(rows) - 1)]
        elif what == "same":
            word = draw(st.sampled_from((*NUMBERS, *WORDS)))
            for row in rows[1:]:
                row[column % len(row)] = word
    separator = draw(st.sampled_from((",", ",", ",", ";", "\t")))
    return "\n".join(separator.join(row) for row in rows)


@st.composite
def damaged(draw: Draw, seeds: Sequence[str], kind: str) -> str:
    """Give a damaged copy of one of the seeds; `kind` is yaml, json, table or lines."""
    seed = draw(st.sampled_from(seeds))
    if kind == "lines" or draw(st.integers(0, 4)) == 0:
        return _damage_lines(draw, seed)
    if kind == "table":
        return _damage_cells(draw, seed)
    if kind == "json":
        return json.dumps(_damage_tree(draw, json.loads(seed)))
    return str(yaml.safe_dump(_damage_tree(draw, yaml.safe_load(seed)), allow_unicode=True, sort_keys=False))
