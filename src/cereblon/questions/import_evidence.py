"""A file of a registry, a reference manager or a report database as a draft, sources or reporting ratios."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from cereblon.core.errors import ArgumentError, InputError
from cereblon.core.text_files import read_standard_input, read_text
from cereblon.evidence.citations import layout_of, parse_bibtex, parse_tagged
from cereblon.evidence.registry import draft_study
from cereblon.questions.reporting_ratios import ReportingRatios
from cereblon.questions.source_entries import SourceEntries
from cereblon.questions.study_draft import StudyDraft
from cereblon.synthesis.spontaneous_reports.disproportionality import disproportionality
from cereblon.synthesis.spontaneous_reports.report_counts import (
    ReportReading,
    is_openfda_answer,
    read_count_json,
    read_count_table,
    read_openfda_counts,
)

KINDS = {
    "ctgov": "a study record of ClinicalTrials.gov",
    "ris": "RIS",
    "medline": "MEDLINE of PubMed (.nbib)",
    "wos": "a tagged export of the Web of Science",
    "endnote": "EndNote (.enw)",
    "bibtex": "BibTeX",
    "reports": "counts of spontaneous reports",
}
_ENDINGS = {
    **{"ris": "ris", "nbib": "medline", "ciw": "wos", "enw": "endnote", "bib": "bibtex", "bibtex": "bibtex"},
    **{"csv": "reports", "tsv": "reports"},
}
_ONLY_OPENFDA = (
    "the answer of openFDA for one drug needs the background, its name and both totals, and nothing else does"
)


@dataclass(frozen=True)
class OpenFdaBackground:
    """What an answer of openFDA for one drug is held against.

    Parameters
    ----------
    all_drugs
        The same answer over all drugs: a file.
    drug
        Name of the drug.
    drug_reports, all_reports
        Reports of the drug, and of all drugs.
    """

    all_drugs: Path | str
    drug: str
    drug_reports: int
    all_reports: int


def import_evidence(
    path: Path | str, *, kind: str | None = None, background: OpenFdaBackground | None = None
) -> StudyDraft | SourceEntries | ReportingRatios:
    """Turn a file of another tool into a draft of a study, sources, or reporting ratios.

    A study record of ClinicalTrials.gov (JSON, version 2) becomes a draft of a study file: what a person must decide
    is marked TO_COMPLETE, and until all is decided the draft does not load. References (RIS, BibTeX, MEDLINE, Web of
    Science, EndNote) become source entries. Counts of spontaneous reports (CSV or JSON) become reporting ratios. What
    was not taken over is named. Nothing is downloaded.

    Parameters
    ----------
    path
        The file; `-` for standard input.
    kind
        One of `KINDS`, or the ending of a file of this kind; told from the file if None.
    background
        For an answer of openFDA for one drug.

    Raises
    ------
    ArgumentError
        If there is no such kind, or a background was given for another file.
    InputError
        If the file cannot be read, its kind is not plain, or it is of another kind than named.

    Source
    ------
    Of the ratios: see `cereblon.synthesis.spontaneous_reports`.

    Examples
    --------
    >>> import cereblon as cb
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = cb.cite("pollux").save(Path(folder) / "pollux.bib")
    ...     found = cb.import_evidence(file)
    >>> next(iter(found.entries.values()))["quality"]
    'TO_COMPLETE'
    """
    file = str(path)
    kind = _ENDINGS.get(kind or "", kind)
    if kind is not None and kind not in KINDS:
        raise ArgumentError(f"kind is {kind!r}; allowed: {', '.join(KINDS)}")
    text = _read(path)
    kind = _kind(file, text, kind)
    if background is not None and (kind != "reports" or not is_openfda_answer(text)):
        found = "no answer of openFDA" if kind == "reports" else KINDS[kind]
        raise ArgumentError(f"{file} is {found}; {_ONLY_OPENFDA}")
    if kind == "ctgov":
        return StudyDraft(draft=draft_study(text, where=file))
    if kind == "reports":
        reading = _reports(text, file, background)
        ratios = [disproportionality(one) for one in reading.counts]
        return ReportingRatios(ratios=ratios, left_out=reading.left_out, remarks=reading.remarks)
    return SourceEntries(
        reading=parse_bibtex(text, where=file) if kind == "bibtex" else parse_tagged(text, where=file, form=kind)
    )


def _read(path: Path | str) -> str:
    return read_standard_input() if str(path) == "-" else read_text(path)


def _kind(file: str, text: str, named: str | None) -> str:
    """Tell the kind of a file by its content, else by its name, and refuse a kind that contradicts the content."""
    told = _kind_of(text)
    if named is not None:
        if told is not None and told != named:
            raise InputError(
                f"{file}: is {KINDS[told]}, not {KINDS[named]}", hint=f"give --as {told}, or leave it out"
            )
        return named
    kind = told or _ENDINGS.get(Path(file).suffix.lower().removeprefix("."))
    if kind is None:
        known = f"give --as with one of {', '.join(KINDS)}"
        raise InputError(f"{file}: the kind of the file is not plain", hint=known)
    return kind


def _kind_of(text: str) -> str | None:
    """Tell the kind of a text by its first signs; None where it has none."""
    start = text.lstrip()
    if start.startswith(("{", "[")):
        registry = ("protocolSection", "FullStud", "StudyFieldsResponse", '"studies"')
        return "ctgov" if any(word in start[:4000] for word in registry) or "protocolSection" in start else "reports"
    if start.startswith("%") and layout_of(text) is None:
        return None
    return layout_of(text) or ("bibtex" if re.search(r"^[ \t]*@\s*\w+\s*[{(]", text, re.MULTILINE) else None)


def _reports(text: str, file: str, background: OpenFdaBackground | None) -> ReportReading:
    if background is not None:
        return read_openfda_counts(
            text,
            _read(background.all_drugs),
            drug=background.drug,
            drug_reports=background.drug_reports,
            all_reports=background.all_reports,
            where=file,
            background_where=str(background.all_drugs),
        )
    read = read_count_json if text.lstrip().startswith(("{", "[")) else read_count_table
    return read(text, where=file)
