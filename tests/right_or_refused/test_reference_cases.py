"""References as people bring them: right, or refused with the reason. The files in `data` are invented."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from cereblon.cli.evidence import app
from cereblon.core.errors import InputError
from cereblon.evidence.citations import (
    parse_bibtex,
    parse_ris,
    parse_tagged,
    references_of,
    source_entries,
    without_place,
    write_ris,
)
from cereblon.evidence.schema import parse_study

DATA = Path(__file__).parent / "data"


def text_of(name: str) -> str:
    return (DATA / name).read_text(encoding="utf-8")


def call(*words: object) -> tuple[str, str]:
    done = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout, done.stderr


@pytest.mark.parametrize(
    ("name", "titles", "passed"),
    [
        ("cochrane-export.ris", ["Invented trial of drug A in myeloma", "Invented trial of drug B in myeloma"], 6),
        ("ovid-export.ris", ["Invented trial of drug A", "Invented trial of drug B"], 6),
    ],
)
def test_sentences_around_the_records_of_a_provider_are_passed_over_and_counted(
    name: str, titles: list[str], passed: int
) -> None:
    reading = parse_ris(text_of(name), where=name)
    assert [reference.title for reference in reading.references] == titles
    assert all(reference.doi.startswith("10.1000/inv.") for reference in reading.references)
    assert f"passed over {passed} lines between references" in reading.remarks[0]
    assert reading.left_out == ()


def test_two_reports_of_one_author_and_year_stay_two_with_titles_and_all_authors() -> None:
    reading = parse_bibtex(text_of("same-author-year.bib"), where="refs.bib")
    entries = source_entries(reading.references)
    assert [entry["citation"] for entry in entries.values()] == [
        "Doe 2011a, Technical Support Document",
        "Doe 2011b, Technical Support Document",
        "Loe 2018",
    ]
    assert entries["doe-2011"]["title"] == "Report 2: pair-wise synthesis"
    assert entries["doe-2011-2"]["authors"] == ["Doe, A.", "Poe, C."]
    assert without_place(reading.references) == ("a1: kind 'report'", "a2: kind 'report'", "b1: kind 'book'")


def test_imported_titles_and_authors_come_back_when_the_study_is_cited() -> None:
    entries = source_entries(parse_bibtex(text_of("same-author-year.bib"), where="refs.bib").references)
    content: dict[str, Any] = {
        **{"id": "made-up", "name": "Made up", "kind": "meta-analysis", "setting": "rrmm", "population": "people"},
        **{"role": "context", "role_reason": "invented", "publications": ["doe-2011"]},
        "sources": {key: {**entry, "quality": "primary"} for key, entry in entries.items()},
        "arms": {"all": {"label": "all"}},
        "facts": [
            {"arm": "all", "endpoint": "n_patients", "value": 9, "unit": "patients", "source": key}
            | ({"population": key} if number else {})
            for number, key in enumerate(entries)
        ],
    }
    study = parse_study(yaml.safe_dump(content), where="made-up.yaml")
    first, second, third = references_of([study])
    assert (first.title, first.authors) == ("Report 2: pair-wise synthesis", ("Doe, A.", "Roe, B."))
    assert second.title == "Report 3: heterogeneity"
    assert third.authors == ("Loe, D.",)


def test_only_addresses_of_the_web_become_links(tmp_path: Path) -> None:
    reading = parse_ris(text_of("javascript-link.ris"), where="x.ris")
    assert [reference.link for reference in reading.references] == ["", ""]
    assert any("javascript:alert(1)" in line for line in reading.unread)
    call("import", DATA / "javascript-link.ris", "--html", tmp_path / "x.html")
    page = (tmp_path / "x.html").read_text(encoding="utf-8")
    assert 'href="javascript' not in page
    assert "<script>alert" not in page


PUBMED = """
PMID- 27119237
OWN - NLM
VI  - 374
IP  - 17
DP  - 2016 Apr 28
TI  - Oral Ixazomib, Lenalidomide,
      and Dexamethasone for Multiple Myeloma.
PG  - 1621-34
LID - 10.1056/NEJMoa1516282 [doi]
FAU - Moreau, Philippe
AU  - Moreau P
FAU - Masszi, Tamas
AU  - Masszi T
CN  - TOURMALINE-MM1 Study Group
PT  - Journal Article
PT  - Randomized Controlled Trial
TA  - N Engl J Med
JT  - The New England journal of medicine

PMID- 25482145
TI  - Carfilzomib, lenalidomide, and dexamethasone for relapsed multiple myeloma.
AU  - Stewart AK
DP  - 2015 Jan 8
PT  - Journal Article
TA  - N Engl J Med
"""
SCIENCE = """FN Clarivate Analytics Web of Science
VR 1.0
PT J
AU Moreau, P
   Masszi, T
AF Moreau, Philippe
   Masszi, Tamas
TI Oral Ixazomib, Lenalidomide, and
   Dexamethasone for Multiple Myeloma
SO NEW ENGLAND JOURNAL OF MEDICINE
PY 2016
VL 374
BP 1621
EP 1634
DI 10.1056/NEJMoa1516282
TC 500
ER

PT J
AU Stewart, AK
TI Carfilzomib, Lenalidomide, and Dexamethasone
PY 2015
ER

EF
"""
ENDNOTE = """%0 Journal Article
%A Moreau, Philippe
%A Masszi, Tamas
%T Oral Ixazomib, Lenalidomide, and Dexamethasone for Multiple Myeloma
%J New England Journal of Medicine
%V 374
%P 1621-1634
%D 2016
%R 10.1056/NEJMoa1516282

%0 Journal Article
%A Stewart, A. Keith
%T Carfilzomib, Lenalidomide, and Dexamethasone
%D 2015
"""
EMBASE = """TY  - JOUR
M3  - Journal
Y1  - 2016
VL  - 374
SP  - 1621
EP  - 1634
T1  - Oral ixazomib, lenalidomide, and dexamethasone for multiple myeloma
JF  - New England Journal of Medicine
A1  - Moreau P.
A1  - Masszi T.
DO  - 10.1056/NEJMoa1516282
AN  - L610000000
ER  -

TY  - JOUR
T1  - Carfilzomib, lenalidomide, and dexamethasone
A1  - Stewart A.K.
Y1  - 2015
ER  -
"""


@pytest.mark.parametrize("text", [PUBMED, SCIENCE, ENDNOTE, EMBASE], ids=["medline", "wos", "endnote", "embase"])
def test_the_same_two_articles_are_read_from_every_exporter(text: str) -> None:
    """Bibliographic data of doi:10.1056/NEJMoa1516282 and of ASPIRE, in the layout of each exporter."""
    reading = parse_tagged(text, where="export.txt")
    first, second = reading.references
    assert first.title.lower().startswith("oral ixazomib, lenalidomide, and dexamethasone for multiple myeloma")
    assert [author.partition(",")[0] for author in first.authors[:2]] == ["Moreau", "Masszi"]
    assert (first.year, first.volume, first.doi) == ("2016", "374", "10.1056/NEJMoa1516282")
    assert first.pages.startswith("1621-")
    assert second.authors[0].startswith("Stewart, A")
    assert second.year == "2015"


def test_what_an_exporter_says_beyond_is_named() -> None:
    assert parse_tagged(SCIENCE, where="w").unread == ("reference 1: TC '500'",)
    assert parse_tagged(EMBASE, where="e").unread == ("reference 1: M3 'Journal'", "reference 1: AN 'L610000000'")
    assert "reference 1: PT 'Randomized Controlled Trial'" in parse_tagged(PUBMED, where="p").unread
    assert parse_tagged(PUBMED, where="p").references[0].authors[2] == "TOURMALINE-MM1 Study Group"


def test_bibtex_of_zotero_and_jabref_is_read_and_an_odd_entry_sinks_no_other() -> None:
    text = r"""% Encoding: UTF-8
mail me at a@b.org
@article{moreau_oral_2016,
	title = {Oral {Ixazomib} in \textit{{Multiple}} {Myeloma}: {\textgreater}65 years, $\beta_2$-microglobulin},
	volume = {374}, issn = {0028-4793}, month = apr, journal = nejm,
	author = {Moreau, Philippe and van de Donk, Niels and Niels van de Donk and others}, year = {2016},
}
@article{broken, title = {never closed,
@Article{, author = {Doe, A.}, title = {Without a key}, year = {2020}}
@article{moreau_oral_2016, title = {Another of the same key}, year = {20l6}}
@Comment{jabref-meta: databaseType:bibtex;}
"""
    reading = parse_bibtex(text, where="my.bib")
    first, keyless, same_key = reading.references
    assert first.title == "Oral Ixazomib in Multiple Myeloma: >65 years, β_2-microglobulin"
    assert first.authors == ("Moreau, Philippe", "van de Donk, Niels", "van de Donk, Niels")
    assert (keyless.title, same_key.year) == ("Without a key", "")
    assert reading.left_out == ("my.bib, line 8: a value opens here and does not end",)
    said = "\n".join(reading.unread)
    for part in (
        "journal 'nejm' (no @string",
        "and others",
        "issn '0028-4793'",
        "the key stands more",
        "year '20l6'",
    ):
        assert part in said


def test_an_odd_record_of_ris_is_named_and_the_rest_read() -> None:
    text = (
        "TI  - No beginning\nAU  - Doe, J\nER  - \n\nTY  - JOUR\nTI  - No end\nDO  - 10.1000/a\n"
        "TY  - JOUR\nPY  - 1066\nER  - \nTY  - JOUR\nTI  - Good\nPY  - 2020\nIS  - 4\nER  - \n"
    )
    reading = parse_ris(text, where="x.ris")
    assert [one.title for one in reading.references] == ["No end", "Good"]
    assert reading.left_out == (
        "x.ris, lines 1 to 3: a reference that TY does not open",
        "x.ris, line 8: names no title, author, DOI, PMID or address of the web",
    )
    assert "line 5 has no ER; it was taken to end before line 8" in reading.remarks[0]


def test_many_texts_without_a_place_are_counted_and_not_listed_one_by_one() -> None:
    record = "TY  - JOUR\nTI  - A\nKW  - one\nKW  - two\nER  - \n"
    reading = parse_ris(record * 40, where="x.ris")
    assert reading.unread == ("KW: 80 times in 40 references, the first is reference 1: KW 'one'",)


@given(
    st.lists(st.sampled_from(["Record #1 of 9", "1. ", "Provider: X", "Search Strategy:", "C1  - Database: Embase"])),
    st.integers(1, 4),
)
@settings(max_examples=40)
def test_whatever_stands_between_references_they_are_read_and_it_is_counted(junk: list[str], number: int) -> None:
    record = "TY  - JOUR\nTI  - A\nDO  - 10.1000/a\nER  - \n"
    text = ("\n".join([*junk, record])) * number
    reading = parse_ris(text, where="x.ris")
    assert len(reading.references) == number
    assert bool(reading.remarks) == bool(junk)
    if junk:
        plural = "s" if len(junk) * number > 1 else ""
        assert f"passed over {len(junk) * number} line{plural} between" in reading.remarks[0]


def test_a_second_journal_and_the_day_of_a_date_are_named() -> None:
    lines = [
        "TY  - JOUR",
        "TI  - A",
        "T2  - Blood",
        "JF  - Journal of Inventions",
        "JO  - J. Invent.",
        "DA  - 2019/05/17",
    ]
    reading = parse_ris("\n".join([*lines, "ER  - "]), where="x.ris")
    (reference,) = reading.references
    assert (reference.journal, reference.year) == ("Journal of Inventions", "2019")
    assert reading.unread == (
        "reference 1: T2 'Blood' (another name of the journal)",
        "reference 1: DA '2019/05/17' (of a date the year is kept)",
    )


TAGS = ["AB", "KW", "A2", "SN", "C5", "M3", "U1", "VL", "IS", "PB", "UR", "DO", "N1", "PY", "DA", "T2", "AN", "XX"]


@given(st.lists(st.tuples(st.sampled_from(TAGS), st.from_regex(r"w[a-z]{5,12}", fullmatch=True)), max_size=8))
@settings(max_examples=60)
def test_every_text_of_a_reference_is_kept_or_named(pairs: list[tuple[str, str]]) -> None:
    lines = [f"{tag}  - {text}{number}" for number, (tag, text) in enumerate(pairs)]
    reading = parse_ris("\n".join(["TY  - JOUR", "TI  - Title", *lines, "ER  - "]), where="x.ris")
    kept = [one for one in (*reading.unread, write_ris(reading.references))]
    for number, (tag, text) in enumerate(pairs):
        counted = any("times in" in line and line.startswith(tag) for line in reading.unread)
        assert counted or any(f"{text}{number}" in line for line in kept)


def test_references_are_told_by_content_and_a_wrong_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "savedrecs.txt"
    path.write_text(SCIENCE, encoding="utf-16")
    out, _ = call("import", path, "--json")
    assert [len(json.loads(out)[part]) for part in ("sources", "unread", "left_out", "notes")] == [2, 1, 0, 0]
    for kind, what in (("ris", "not RIS"), ("ctgov", "not a study record"), ("reports", "not counts of spontaneous")):
        with pytest.raises(InputError, match=f"is a tagged export of the Web of Science, {what}"):
            CliRunner().invoke(app, ["import", str(path), "--as", kind], catch_exceptions=False)


OPENFDA = ["--all-drugs", "x", "--drug", "y", "--drug-reports", "1", "--all-reports", "2"]


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("cochrane-export.ris", ["--drug", "x"], "--drug applies only with --all-drugs"),
        ("cochrane-export.ris", OPENFDA, "cochrane-export.ris is RIS; the answer of openFDA"),
        (
            "registry-empty-period.json",
            OPENFDA,
            "is a study record of ClinicalTrials.gov; the answer of",
        ),
        ("openfda-drug.json", ["--all-drugs", "x", "--drug", "y"], "--drug-reports, --all-reports is missing"),
        ("cochrane-export.ris", ["--json", "--csv"], "--csv does not apply with --json"),
    ],
)
def test_options_of_another_kind_of_file_are_refused(name: str, options: list[str], message: str) -> None:
    done = CliRunner().invoke(app, ["import", str(DATA / name), *options])
    assert done.exit_code == 2
    assert message in " ".join(done.output.split())


def test_a_document_without_author_and_journal_is_cited_by_its_title() -> None:
    reading = parse_tagged("%0 Report\n%T Assessment report\n%D 2020\n", where="x.enw")
    assert source_entries(reading.references)["assessment-report"]["citation"] == "2020, Assessment report"


def test_thousands_of_references_of_one_name_are_numbered_without_a_wait() -> None:
    """Four thousand took 5 s, twice as many four times as long; names are those of a short list."""
    entry = "@article{{k, title={{Trial {0}}}, author={{Doe, A.}}, year=2011, journal={{Lancet}}}}\n"
    references = parse_bibtex("".join(entry.format(number) for number in range(12_000)), where="many.bib").references
    before = time.process_time()
    entries = source_entries(references)
    assert time.process_time() - before < 5.0
    assert list(entries)[:3] == ["doe-2011", "doe-2011-2", "doe-2011-3"]
    assert list(entries)[-1] == "doe-2011-12000"
    assert [entry["citation"] for entry in list(entries.values())[:2]] == ["Doe 2011a, Lancet", "Doe 2011b, Lancet"]
