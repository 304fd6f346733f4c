"""A name means one thing: no two classes of the package share one, private ones among them."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

import cereblon

SOURCE = Path(cereblon.__file__).parent


def test_no_two_classes_have_the_same_name() -> None:
    where = defaultdict(list)
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                where[node.name].append(f"{path.relative_to(SOURCE)}:{node.lineno}")
    assert {name: places for name, places in where.items() if len(places) > 1} == {}
