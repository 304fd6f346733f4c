"""Words on the pages: abbreviations are explained, parameters exist, links lead somewhere."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from docs_pages import DOCS, ROOT, prose, written_pages
from scripts.reference_pages.commands import command_tree

from cereblon.core.parameter import load_parameters
from cereblon.evidence import load_all
from cereblon.model.engine.parameters import MODEL_GROUPS

GLOSSARY = (DOCS / "glossary.md").read_text(encoding="utf-8")
_ABBREVIATION = re.compile(
    r"(?<![\w/.-])(?:[A-Za-z]-)?[A-Za-z]*[A-Z][A-Za-z0-9]*[A-Z][A-Za-z0-9]*(?![\w/])|\bR[dD]\d*\b|\bKd\b|\bVd\b"
)
_COMPUTING = {
    *("API", "CITATION", "CHANGELOG", "CONTRIBUTING", "CSV", "DuckDB", "HTML", "JSON", "LaTeX", "MathML", "MkDocs"),
    *("NumPy", "PNG", "PubMed", "README", "SQL", "SVG", "URL", "YAML"),
}
_OTHER_NAMES = {"US", "EU", "OK", "DerSimonian"}
_METAVARIABLES = re.compile(r"\[(?:OPTIONS|ARGS)\]\.*|COMMAND|runs/[A-Z]+|GROUP\.NAME(?:=VALUE)?|NAME=VALUE|NCT\d+")
PAGES = [page for page in written_pages() if page.parent != DOCS / "reference"]


def _explained() -> set[str]:
    rows = re.findall(r"^\| ([^|]+) \|", GLOSSARY, re.MULTILINE)
    short = {word.strip() for row in rows for word in row.split(",")}
    also = set(re.findall(r"\b(?:also|;) ([A-Z][A-Za-z0-9-]*)\b", GLOSSARY))
    return short | also | {part for word in short for part in word.split("-")}


def _trial_names() -> set[str]:
    names = " ".join(f"{study.name} {study.id.upper()}" for study in load_all())
    return set(re.findall(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*", names)) | set(re.findall(r"[A-Za-z0-9]+", names))


def _unexplained(text: str) -> set[str]:
    found = set(_ABBREVIATION.findall(_METAVARIABLES.sub("", text)))
    return found - _explained() - _trial_names() - _COMPUTING - _OTHER_NAMES


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_abbreviations_on_a_page_are_in_the_glossary(page: Path) -> None:
    assert _unexplained(prose(page)) == set()


def test_abbreviations_in_help_are_in_the_glossary() -> None:
    assert _unexplained("\n".join(text for _, _, text in command_tree())) == set()


def test_an_abbreviation_without_a_line_is_noticed() -> None:
    assert _unexplained("The XQZ of KRd rises.") == {"XQZ"}


def _named_parameters() -> set[tuple[str, str]]:
    groups = "|".join(MODEL_GROUPS)
    text = "\n".join(page.read_text(encoding="utf-8") for page in (DOCS / "concepts").glob("*.md"))
    return set(re.findall(rf"`({groups})\.(\w+)`", text))


def test_every_parameter_of_the_model_is_explained_by_a_concept() -> None:
    known = {(group, name) for group in MODEL_GROUPS for name in load_parameters(group)}
    assert sorted(known - _named_parameters()) == []


def test_every_parameter_that_a_concept_names_exists() -> None:
    known = {(group, name) for group in MODEL_GROUPS for name in load_parameters(group)}
    assert sorted(_named_parameters() - known) == []


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_of_the_repository_pages_lead_to_files(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    targets = {target.split("#")[0] for target in re.findall(r"\]\((?!https?:)([^)]+)\)", text)}
    assert sorted(target for target in targets if not (ROOT / target).is_file()) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_says_nothing_is_simple(page: Path) -> None:
    """House style: active voice, and neither of two words that scold a reader who finds it hard."""
    assert re.findall(r"\b(?:simply|just)\b", prose(page), re.IGNORECASE) == []


def test_versions_agree() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert newest is not None
    assert (citation["version"], newest[1]) == (version, version)


def test_counts_in_the_readme_are_those_of_the_evidence() -> None:
    studies = load_all()
    facts = sum(len(study.facts) for study in studies)
    assert f"{len(studies)} studies with {facts} numbers" in (ROOT / "README.md").read_text(encoding="utf-8")
