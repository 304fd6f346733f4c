"""Damage to files that are right, by structure: values and keys of YAML and JSON, cells of tables, lines, bytes.

What is damaged, and how, is drawn from a `random.Random`: that of hypothesis in the tests, one of a seed where many
thousand are wanted.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from functools import cache
from random import Random
from typing import Any

import yaml

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


def damaged(luck: Random, seeds: Sequence[bytes], kind: str) -> bytes:
    """Give a damaged copy of one of the seeds; `kind` is yaml, json, table, lines or bytes."""
    seed = luck.choice(seeds)
    if kind == "bytes" or luck.randrange(40) == 0:
        return _damage_bytes(luck, seed)
    if kind == "lines" or luck.randrange(5) == 0:
        text = _damage_lines(luck, seed.decode())
    elif kind == "table":
        text = _damage_cells(luck, seed.decode())
    elif kind == "json":
        text = json.dumps(_damage_tree(luck, _tree(seed, kind)))
    else:
        tree = _damage_tree(luck, _tree(seed, kind))
        text = str(yaml.dump(tree, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False))
    return text.encode("utf-8", "surrogatepass")


@cache
def _tree(seed: bytes, kind: str) -> Any:
    return json.loads(seed) if kind == "json" else yaml.load(seed, Loader=yaml.CSafeLoader)


def _places(tree: Any) -> list[tuple[Any, Any]]:
    """List every place of a tree, as the container and the key in it."""
    found: list[tuple[Any, Any]] = []
    if isinstance(tree, dict):
        found = [(tree, key) for key in tree]
    elif isinstance(tree, list):
        found = [(tree, index) for index in range(len(tree))]
    return found + [place for container, key in list(found) for place in _places(container[key])]


def _damage_tree(luck: Random, tree: Any) -> Any:
    tree = copy.deepcopy(tree)
    for _ in range(luck.randint(1, 3)):
        places = _places(tree)
        if not places:
            return tree
        container, key = luck.choice(places)
        what = luck.choice(("value", "value", "word", "delete", "copy", "wrap", "rename", "longer"))
        if what == "value":
            container[key] = copy.deepcopy(luck.choice(VALUES))
        elif what == "word":
            container[key] = luck.choice((*NUMBERS, *WORDS))
        elif what == "delete":
            del container[key]
        elif what == "copy":
            other, name = luck.choice(places)
            container[key] = copy.deepcopy(other[name])
        elif what == "wrap":
            container[key] = luck.choice(([container[key]], {"x": container[key]}))
        elif what == "longer" and isinstance(container[key], list):
            container[key] = container[key] * luck.choice((2, 50))
        elif what == "rename" and isinstance(container, dict):
            container[luck.choice(("x", "", "id", "drug", "2", *map(str, container)))] = container.pop(key)
    return tree


def _damage_lines(luck: Random, text: str) -> str:
    lines = text.split("\n")
    for _ in range(luck.randint(1, 3)):
        here = luck.randrange(len(lines))
        what = luck.choice(("delete", "double", "swap", "insert", "repeat", "cut", "replace", "splice"))
        if what == "delete" and len(lines) > 1:
            del lines[here]
        elif what == "double":
            lines.insert(here, luck.choice(lines))
        elif what == "swap":
            other = luck.randrange(len(lines))
            lines[here], lines[other] = lines[other], lines[here]
        elif what == "insert":
            lines.insert(here, luck.choice((*WORDS, *NUMBERS)))
        elif what == "repeat":
            lines[here : here + 1] = [lines[here]] * luck.choice((20, 20, 2000))
        elif what == "cut":
            lines[here] = lines[here][: luck.randint(0, len(lines[here]))]
        elif what == "replace":
            lines[here] = luck.choice((*WORDS, *NUMBERS))
        elif what == "splice":
            at = luck.randint(0, len(lines[here]))
            lines[here] = lines[here][:at] + luck.choice((*WORDS, *NUMBERS)) + lines[here][at:]
    return "\n".join(lines)


def _damage_cells(luck: Random, text: str) -> str:
    rows = [line.split(",") for line in text.strip().split("\n")]
    for _ in range(luck.randint(1, 4)):
        here = luck.randrange(len(rows))
        column = luck.randrange(len(rows[here]))
        what = luck.choice(("cell", "cell", "cell", "header", "column", "row", "drop", "same"))
        if what == "cell":
            rows[here][column] = luck.choice((*NUMBERS, *NUMBERS, *WORDS))
        elif what == "header":
            name = luck.choice((*WORDS, *rows[0], "n", "events", "se", "time"))
            rows[0][luck.randrange(len(rows[0]))] = name
        elif what == "column":
            for row in rows:
                del row[min(column, len(row) - 1)]
            rows = [row or [""] for row in rows]
        elif what == "row":
            rows[here : here + 1] = [list(rows[here]) for _ in range(luck.choice((2, 2, 500)))]
        elif what == "drop" and len(rows) > 2:
            del rows[luck.randrange(1, len(rows))]
        elif what == "same":
            word = luck.choice((*NUMBERS, *WORDS))
            for row in rows[1:]:
                row[column % len(row)] = word
    separator = luck.choice((",", ",", ",", ";", "\t"))
    return "\n".join(separator.join(row) for row in rows)


def _damage_bytes(luck: Random, content: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(luck.choice((1, 1, 2, 20))):
        here = luck.randrange(len(changed) + 1)
        what = luck.choice(("flip", "flip", "set", "insert", "delete", "copy", "end"))
        if what == "flip" and here < len(changed):
            changed[here] ^= 1 << luck.randrange(8)
        elif what == "set":
            changed[here : here + 4] = luck.choice((b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff"))
        elif what == "insert":
            changed[here:here] = luck.randbytes(luck.randint(1, 8))
        elif what == "delete":
            del changed[here : here + luck.randint(1, 100)]
        elif what == "copy":
            other = luck.randrange(len(changed) + 1)
            changed[here:here] = changed[other : other + luck.randint(1, 100)]
        elif what == "end":
            del changed[here:]
    return bytes(changed)
