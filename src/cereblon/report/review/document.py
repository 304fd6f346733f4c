"""The review as a document: its chapters, and the lists that its numbers lead to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from cereblon.report.document import Document, Entries, Entry, Paragraph, Said, Section, anchor
from cereblon.report.review.traces import Traces

_NOTICE = Markup(
    "<strong>For research only.</strong> This document is made by a program from published numbers and from a"
    " simulator. It has not been reviewed by clinicians, it may be wrong or incomplete, and it must not be used to"
    " decide the treatment of a patient."
)
_KEY = Markup(
    'How to read the numbers: <a class="n" href="#references">published</a> (a dagger marks a number read in a'
    ' secondary source), <a class="n computed" href="#computed">computed from published numbers</a>,'
    ' <a class="n sim" href="#simulated">simulated</a>. Each is a link to where it came from.'
    " Brackets give the confidence interval of a published number, or the prediction interval of a simulated one,"
    " with its level."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class WrittenReview:
    """A finished review: title, opening words, chapters, and the traces its numbers lead to."""

    title: str
    opening: Sequence[Markup]
    chapters: Sequence[Section]
    traces: Traces


def review_document(written: WrittenReview) -> Document:
    """Give the review as a document, with the lists of what its numbers came from at its end."""
    return Document(
        title=written.title,
        kind="review",
        lead=written.opening,
        notice=_NOTICE,
        head=[Paragraph(_KEY)],
        sections=[*written.chapters, *_lists(written.traces)],
    )


def _lists(traces: Traces) -> Iterator[Section]:
    """Give each list that has entries."""
    references = [
        Entry(f"ref-{number}", Said(source.reference, href=source.link))
        for number, source in traces.references.values()
    ]
    parameters = [
        Entry(
            f"parameter-{anchor(name)}",
            Said(f"{one.value} {one.unit} ({one.basis}): {one.meaning}. {one.source}"),
            name,
        )
        for name, one in traces.parameters.items()
    ]
    rules = [
        Entry(
            f"rule-{anchor(name)}",
            Said(f"({rule.basis}): {source}" + (f"; {rule.note}" if rule.note else "")),
            name,
        )
        for name, (source, rule) in traces.rules.items()
    ]
    simulated = [Entry(f"simulated-{anchor(name)}", Said(how), name) for name, how in traces.simulated.items()]
    computed = [Entry(f"computed-{name}", Said(how), name) for name, how in traces.computed.items()]
    lists = {
        "references": ("References", references),
        "parameters": ("Numbers of the model", parameters),
        "rules": ("Dose rules", rules),
        "simulated": ("Simulations made for this document", simulated),
        "computed": ("Numbers computed from published ones", computed),
    }
    for key, (title, entries) in lists.items():
        if entries:
            is_literature = key == "references"
            yield Section(title, [Entries(entries, numbered=is_literature)], key=key, printed=is_literature)
