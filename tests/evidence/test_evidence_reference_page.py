"""The reference page says what the library does."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from cereblon.evidence import Fact, load_all
from cereblon.evidence.schema import parse_study

PAGE = (Path(__file__).parents[2] / "docs/reference/evidence.md").read_text(encoding="utf-8")


def test_the_example_file_is_a_sound_study() -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)
    assert len(parse_study(text, where="example").facts) == 7


def test_the_python_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    exec(compile(code, "evidence.md", "exec"), {})
    assert "vrd pfs_median 41.0 months Durie 2020" in capsys.readouterr().out


def test_roles_and_reasons_are_those_of_the_studies() -> None:
    rows = re.findall(r"^\| ([a-z0-9-]+) \| (calibration|validation|context) \| (.+) \|$", PAGE, flags=re.MULTILINE)
    assert sorted(rows) == sorted((study.id, study.role, study.role_reason) for study in load_all())


def test_every_field_of_a_fact_is_explained() -> None:
    assert not [field.name for field in fields(Fact) if f"`{field.name}`" not in PAGE]


def test_the_counts_on_the_page_are_those_of_the_library() -> None:
    studies = load_all()
    facts = [(study, fact) for study in studies for fact in study.facts]
    secondary = sum(study.source_of(fact).quality == "secondary" for study, fact in facts)
    assert f"{len(studies)} studies with {len(facts)} published numbers" in PAGE.replace("\n", " ")
    assert f"({secondary} facts, {secondary / len(facts):.0%}".replace("%", " %") in PAGE
