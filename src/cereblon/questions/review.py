"""The published evidence as one living review, whose numbers are links to where they came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from cereblon.core.arguments import refuse_unused
from cereblon.core.errors import InputError
from cereblon.core.plain_text import paragraph
from cereblon.core.rows import Row
from cereblon.questions.progress import Progress, Reporter
from cereblon.questions.result import Result
from cereblon.report.document import Block, Bullets, Document, Figure, Paragraph, Section, Table
from cereblon.report.page import check_printer as check_printer
from cereblon.report.page import figures
from cereblon.report.review.document import WrittenReview, review_document

if TYPE_CHECKING:
    import altair as alt


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Review(Result):
    """A review, or one chapter of it; for research, not for treating a patient.

    Parameters
    ----------
    regimen
        Key of the chapter; None for the whole review.
    written
        Chapters, and the traces that their numbers lead to.
    """

    regimen: str | None
    written: WrittenReview

    @property
    def name(self) -> str:
        """What its files are called: `review`, or `review-` with the chapter."""
        return f"review-{self.regimen}" if self.regimen else "review"

    def text(self) -> str:
        """Give the title and the answer of each chapter: its sentences outside folds."""
        lines = [self.written.title, *(paragraph(words.striptags()) for words in self.written.opening)]
        for chapter in self.written.chapters:
            lines += ["", chapter.title, *(paragraph(words, indent="  ") for words in _answer(chapter))]
        return "\n".join(lines)

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give the references in order of appearance, and where each number came from."""
        traces = self.written.traces
        references = [
            {"number": number, "document": source.citation, "address": source.link, "quality": source.quality}
            for number, source in traces.references.values()
        ]
        origins = [
            {"path": path, "about": origin.about, "numbers": ", ".join(sorted(origin.numbers))}
            for path, origin in traces.origins.items()
        ]
        return {"references": references, "origins": origins}

    def charts(self) -> Mapping[str, alt.TopLevelMixin]:
        """Give the pictures of all chapters, by chapter and place."""
        return {
            f"{chapter.key}, {place}": found.chart
            for chapter in self.written.chapters
            for place, found in enumerate(figures(chapter), start=1)
        }

    def content(self) -> Mapping[str, object]:
        """Give title and chapters as plain sentences and rows, with references and origins."""
        chapters = [_section_content(chapter) | {"key": chapter.key} for chapter in self.written.chapters]
        opening = [words.striptags() for words in self.written.opening]
        return {"title": self.written.title, "opening": opening, "chapters": chapters, **self.tables()}

    def document(self) -> Document:
        """Give the review as a document."""
        return review_document(self.written)

    def save_in(self, folder: Path | str, *, pdf: bool = False) -> list[Path]:
        """Write the page, and a PDF if wanted, into a folder, which is made if absent.

        Raises
        ------
        InputError
            If the folder cannot be made or written to, or the printer of PDF is not installed.
        """
        folder = Path(folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"{folder}: cannot be made a folder ({error.strerror or error})") from error
        endings = (".html", ".pdf") if pdf else (".html",)
        return [self.save(folder / f"{self.name}{ending}") for ending in endings]


def _plain(words: str) -> str:
    """Give words without their links."""
    return Markup(words).striptags()


def _answer(section: Section) -> Iterator[str]:
    for block in section.blocks:
        if isinstance(block, Paragraph):
            yield _plain(block.words)
        elif isinstance(block, Bullets):
            yield from (f"- {_plain(item)}" for item in block.items)
        elif isinstance(block, Section) and not block.folded:
            yield f"{block.title}:"
            yield from _answer(block)


def _section_content(section: Section) -> dict[str, object]:
    """Give a section without links; what is behind a fold is marked as a detail."""
    blocks = [_block_content(block) for block in section.blocks]
    return {"kind": section.kind, "title": section.title, "is_detail": section.folded, "blocks": blocks}


def _block_content(block: Block | Section) -> dict[str, object]:
    """Give a block without its links."""
    if isinstance(block, Section):
        return _section_content(block)
    if isinstance(block, Paragraph):
        return {"kind": block.kind, "words": _plain(block.words), "is_caution": block.tone == "caution"}
    if isinstance(block, Bullets):
        return {"kind": block.kind, "items": [_plain(item) for item in block.items]}
    if isinstance(block, Figure):
        return {"kind": block.kind, "caption": _plain(block.caption), "description": block.description}
    if not isinstance(block, Table):
        raise TypeError(f"a chapter holds no block of kind {block.kind}")
    rows = [[_plain(cell if isinstance(cell, str) else cell.words) for cell in row] for row in block.rows]
    return {"kind": block.kind, "head": list(block.head), "rows": rows}


def review(
    regimen: str | None = None,
    *,
    runs: Sequence[Path | str] = (),
    simulate: bool = True,
    replicates: int | None = None,
    seed: int | None = None,
    progress: Progress = None,
) -> Review:
    """Write the living review from the evidence as it is now.

    A summary, how lenalidomide works, the kidney, a chapter for each treatment, safety, routine care, and what is
    unknown. Each chapter answers in a few sentences with their certainty, in one picture of trials, routine care and
    simulator; tables and reasons open on a click. Sentences are made by rules from the published numbers;
    nothing is pooled. For research, not for treating a patient.

    Parameters
    ----------
    regimen
        Key or name of one chapter: rd, vrd, ird, krd, drd, transplant or maintenance; the whole review if None.
    runs
        Run folders of `compare` to take predictions from.
    simulate
        Whether the trials that neither a run folder nor the package gives are simulated. Comparisons that come with
        the package and are older than its code are simulated again; without simulation they stand with that remark.
    replicates
        Virtual trials per chapter, two for each draw of the parameters; 8 if None. If it or a seed is given, every
        trial is simulated.
    seed
        Of the simulations; that of each trial if None.
    progress
        None shows progress where somebody watches, True always, False never; a function is given each line.

    Raises
    ------
    UnknownNameError
        If there is no such chapter.
    ArgumentError
        If replicates or a seed were given and nothing is simulated.
    InputError
        If a run folder is of a trial that no chapter uses, or two are of one trial.

    Source
    ------
    Every number names its own.

    Examples
    --------
    >>> import cereblon as cb
    >>> found = cb.review("ird", simulate=False, progress=False)
    >>> found.table("references").columns
    ['number', 'document', 'address', 'quality']
    """
    from cereblon.model.engine.batch import use_compilation_cache
    from cereblon.report.review.build import build_review
    from cereblon.report.review.predictions import REPLICATES
    from cereblon.report.review.topics import find_topic

    if not simulate:
        refuse_unused({"replicates": replicates, "seed": seed}, "nothing is simulated")
    key = find_topic(regimen).key if regimen else None
    use_compilation_cache()
    written = build_review(
        regimen=regimen,
        runs=[Path(run) for run in runs],
        simulate=simulate,
        replicates=REPLICATES if replicates is None else replicates,
        seed=seed,
        shipped=replicates is None and seed is None,
        report=Reporter(progress).say,
    )
    return Review(regimen=key, written=written)
