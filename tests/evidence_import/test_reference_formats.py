"""References survive RIS and BibTeX; what a file says beyond them is named."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cereblon import import_evidence
from cereblon.core.errors import InputError
from cereblon.evidence import load_all, load_study
from cereblon.evidence.citations import (
    Reference,
    parse_bibtex,
    parse_ris,
    reference_of,
    references_of,
    source_entries,
    write_bibtex,
    write_csl,
    write_ris,
)

# One space between words: a line break inside a text is no difference that these formats can carry.
LETTERS = st.characters(exclude_categories=["C", "Z"])
TEXT = st.lists(st.text(LETTERS, min_size=1, max_size=8), max_size=4).map(" ".join)
NAME = st.tuples(st.text(LETTERS, min_size=1, max_size=8), st.text(LETTERS, max_size=8)).map(
    lambda pair: f"{pair[0].replace(',', '')}x, {pair[1].replace(',', '')}".strip()
)
REFERENCES = st.builds(
    Reference,
    key=st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True),
    kind=st.sampled_from(["article", "chapter", "book", "conference", "report", "web", "other"]),
    authors=st.lists(NAME, max_size=3).map(tuple),
    year=st.sampled_from(["", "1999", "2024"]),
    title=TEXT.filter(bool),  # what names nothing to find a document by is no reference
    journal=TEXT,
    volume=st.sampled_from(["", "12", "A3"]),
    issue=st.sampled_from(["", "4"]),
    pages=st.sampled_from(["", "7", "10-19", "e12"]),
    publisher=TEXT,
    doi=st.sampled_from(["", "10.1056/NEJMoa1516282", "10.1002/(SICI)1097_0258<1>3.0.CO;2-#"]),
    pmid=st.sampled_from(["", "34111952"]),
    address=st.sampled_from(["", "https://example.org/~a_b?x=1&y=50%25"]),
    note=TEXT,
)


@given(st.lists(REFERENCES, min_size=1, max_size=3))
@settings(max_examples=60)
def test_ris_that_we_write_reads_back_as_it_was(references: list[Reference]) -> None:
    reading = parse_ris(write_ris(references), where="out.ris")
    assert reading.references == tuple(references)
    assert reading.unread == ()


@given(st.lists(REFERENCES, min_size=1, max_size=3, unique_by=lambda reference: reference.key))
@settings(max_examples=60)
def test_bibtex_that_we_write_reads_back_as_it_was(references: list[Reference]) -> None:
    reading = parse_bibtex(write_bibtex(references), where="out.bib")
    assert reading.references == tuple(references)
    assert reading.unread == ()


@given(st.text(max_size=80))
@settings(max_examples=80)
def test_any_text_is_read_or_refused_with_its_place(text: str) -> None:
    for parse in (parse_ris, parse_bibtex):
        try:
            assert parse(text, where="some file").references
        except InputError as error:
            assert "some file" in str(error)


def test_a_record_of_a_reference_manager_is_read_and_the_rest_is_named() -> None:
    """Bibliographic data of PMID 27119237 (TOURMALINE-MM1) in the layout of a PubMed export."""
    text = (
        "TY  - JOUR\nDB  - PubMed\nAN  - 27119237\nAU  - Moreau, P.\nAU  - Masszi, T.\nPY  - 2016/04/28\n"
        "TI  - Oral Ixazomib, Lenalidomide,\n      and Dexamethasone for Multiple Myeloma\nJA  - N Engl J Med\n"
        "T2  - The New England journal of medicine\nVL  - 374\nIS  - 17\nSP  - 1621\nEP  - 1634\n"
        "DO  - https://doi.org/10.1056/NEJMoa1516282\nKW  - Boron Compounds\nER  - \n"
    )
    reading = parse_ris(text, where="pubmed.ris")
    (reference,) = reading.references
    assert reference.title == "Oral Ixazomib, Lenalidomide, and Dexamethasone for Multiple Myeloma"
    assert reference.journal == "The New England journal of medicine"
    assert (reference.year, reference.pages, reference.pmid) == ("2016", "1621-1634", "27119237")
    assert reference.doi == "10.1056/NEJMoa1516282"
    date = "reference 1: PY '2016/04/28' (of a date the year is kept)"
    assert reading.unread == ("reference 1: KW 'Boron Compounds'", date)


def test_accents_names_and_strings_of_bibtex_are_understood() -> None:
    text = r"""
    @string{blood = "Blood"}
    @comment{not read}
    @Article{goldschmidt,
      author = {Goldschmidt, Hartmut and J{\"o}rg M{\"u}ller and {German-Speaking Myeloma {M}ulticenter Group}},
      title = "{RVd} \& isatuximab: 50\% -- a {\'E}tude",
      journal = blood # { Advances},
      year = 2022, pages = {e810--e821}, keywords = {myeloma},
    }
    """
    reading = parse_bibtex(text, where="refs.bib")
    (reference,) = reading.references
    assert reference.authors == (
        "Goldschmidt, Hartmut",
        "Müller, Jörg",
        "German-Speaking Myeloma Multicenter Group",
    )
    assert reference.title == "RVd & isatuximab: 50% – a Étude"
    assert (reference.journal, reference.pages) == ("Blood Advances", "e810-e821")
    assert reading.unread == ("goldschmidt: keywords 'myeloma'",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("TI  - A\nER  - \n", "lines 1 to 2: a reference that TY does not open"),
        ("TY  - JOUR\nER  - \n", "line 1: names no title"),
        ("hello\n", "holds no reference"),
        ("", "holds no reference"),
        ("PMID- 1\nTI  - A\n", "is MEDLINE, not RIS"),
    ],
)
def test_broken_ris_is_refused_with_the_line(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse_ris(text, where="refs.ris")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("@article{a, title = {one}", "comma or the end is needed"),
        ("@article{a, title = {one", "line 1: a value opens here and does not end"),
        ("@article{a, title {x}}", "= is needed"),
        ("@article{a, year = 2016}", "a: names no title"),
        ("plain words", "holds no reference"),
    ],
)
def test_broken_bibtex_is_refused_with_the_line(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse_bibtex(text, where="refs.bib")


def test_a_source_becomes_a_reference_without_an_invented_title() -> None:
    study = load_study("tourmaline-mm1")
    reference = reference_of(study.sources["moreau-2016"], "moreau-2016", study=study.id)
    assert reference.key == "tourmaline-mm1-moreau-2016"
    assert reference.title == "[Moreau 2016, N Engl J Med]"
    assert (reference.authors, reference.year, reference.journal) == (("Moreau,",), "2016", "N Engl J Med")
    assert reference.doi == "10.1056/NEJMoa1516282"


def test_every_source_of_the_package_can_be_written_and_read_back() -> None:
    references = references_of(load_all())
    assert len({reference.key for reference in references}) == len(references)
    assert parse_ris(write_ris(references), where="all.ris").references == references
    assert parse_bibtex(write_bibtex(references), where="all.bib").references == references
    assert len(json.loads(write_csl(references))) == len(references)


def test_imported_references_become_source_entries_that_a_person_must_grade() -> None:
    reading = parse_bibtex(
        "@article{x, author={Moreau, Philippe}, year=2016, journal={N Engl J Med}, volume=374, pages={1621--1634},"
        " doi={10.1056/NEJMoa1516282}}\n@article{y, author={Moreau, Philippe}, year=2016, title={Another}}",
        where="refs.bib",
    )
    assert source_entries(reading.references) == {
        "moreau-2016": {
            "citation": "Moreau 2016, N Engl J Med 374:1621-1634",
            "doi": "10.1056/NEJMoa1516282",
            "authors": ["Moreau, Philippe"],
            "quality": "TO_COMPLETE",
        },
        "moreau-2016-2": {
            "citation": "Moreau 2016",
            "title": "Another",
            "authors": ["Moreau, Philippe"],
            "quality": "TO_COMPLETE",
        },
    }


def _unclosed(number: int) -> str:
    return "@article{k, title = {\n" * number


def _doubling(number: int) -> str:
    lines = ["@string{a0 = {xxxxxxxxxx}}"]
    lines += [f"@string{{a{n} = a{n - 1} # a{n - 1}}}" for n in range(1, number)]
    return "\n".join([*lines, f"@article{{k, title = a{number - 1}}}"])


@pytest.mark.parametrize(
    "text",
    [
        _unclosed(200_000),
        _doubling(60),
        "\n" * 1_000_000,
        "@article{k, author = {" + " " * 99_000 + "}}",
        "TY  - JOUR\n"
        + "TI  - a title that goes on\n   and on\n"
        + "   and on and on and on\n" * 200_000
        + "ER  - \n",
        "TY  - JOUR\n" + "KW  - a word\n" * 100_000 + "ER  - \n",
    ],
    ids=["braces that never close", "names that double", "empty lines", "spaces", "a text without end", "many tags"],
)
def test_a_file_made_to_take_time_is_refused_or_read_in_seconds(text: str, tmp_path: Path) -> None:
    """Each took minutes, or all memory. Five seconds of the processor, which other work beside it does not use up."""
    (tmp_path / "given.txt").write_text(text)
    started = time.process_time()
    with pytest.raises(InputError):
        import_evidence(tmp_path / "given.txt")
    assert time.process_time() - started < 5.0
