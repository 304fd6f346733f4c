"""Small pieces of Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

NOTICE = "\n<!-- Made by `python -m scripts.reference_pages`; do not edit. -->\n"
_ADDRESS = re.compile(
    r"(?P<doi>(?<![\w/.])(?:doi:\s*)?10\.\d{4,}/[^\s,;]*[^\s,;.:])"
    r"|(?P<pmid>(?<!\w)(?:PMID|pmid)[: ]+\d{6,})"
    r"|(?P<url>https?://[^\s,;]*[^\s,;.:])"
)


def cell(text: str) -> str:
    """Make text safe inside a table cell, with documents as links."""
    words, last = [], 0
    for start, end, link in _documents(text):
        words += [_plain(text[last:start]), link]
        last = end
    return "".join([*words, _plain(text[last:])])


def document_links(text: str) -> list[str]:
    """Find the documents that a text names by DOI, PubMed number or address, as links."""
    return [link for _, _, link in _documents(text)]


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[int] = ()) -> str:
    """Lay out a table; `right` are the columns of numbers."""
    rule = ["--:" if index in right else "---" for index in range(len(head))]
    lines = [head, rule, *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def number(value: float) -> str:
    """Write a number with up to six significant digits."""
    return f"{value:.6g}"


def _documents(text: str) -> Iterator[tuple[int, int, str]]:
    for found in _ADDRESS.finditer(text):
        written = found.group()
        while written.endswith(")") and written.count(")") > written.count("("):
            written = written[:-1].rstrip(".")
        end = found.start() + len(written)
        if found["doi"]:
            doi = written.removeprefix("doi:").strip()
            yield found.start(), end, f"[doi:{_plain(doi)}]({_target('https://doi.org/' + doi)})"
        elif found["pmid"]:
            digits = re.sub(r"\D", "", written)
            yield found.start(), end, f"[PMID {digits}](https://pubmed.ncbi.nlm.nih.gov/{digits}/)"
        else:
            shown = written.split("://", 1)[1].rstrip("/")
            yield found.start(), end, f"[{_plain(shown)}]({_target(written)})"


def _plain(text: str) -> str:
    escaped = re.sub(r"([\\`*_\[\]|$])", r"\\\1", text)
    return escaped.replace("<", "&lt;").replace("\n", " ")


def _target(address: str) -> str:
    for character, code in {"(": "%28", ")": "%29", "|": "%7C", "<": "%3C", ">": "%3E"}.items():
        address = address.replace(character, code)
    return address
