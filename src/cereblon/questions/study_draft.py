"""A record of a trial registry as the draft of a study file, with what a person must complete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cereblon.core.errors import InputError
from cereblon.core.rows import Row
from cereblon.evidence.registry import Draft
from cereblon.evidence.registry.facts import Fields
from cereblon.questions.result import Result
from cereblon.report.document import Document, Section, part

if TYPE_CHECKING:
    import altair as alt


_COLUMNS = (
    *("arm", "label", "versus", "endpoint", "of", "value", "status", "unit", "low", "high", "level", "grade"),
    *("month", "phase", "population", "at", "derived", "source"),
)


def write_new(path: Path | str, text: str) -> Path:
    """Write a file that must not be there yet.

    Raises
    ------
    InputError
        If it is there, or cannot be written.
    """
    path = Path(path)
    if path.exists():
        raise InputError(
            f"{path}: exists already", hint="name a new file; a draft that was worked on is not replaced"
        )
    from cereblon.core.output_files import write_text

    write_text(path, text)
    return path


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class StudyDraft(Result):
    """A draft of a study file; it does not load before everything that is marked in it was completed.

    Parameters
    ----------
    draft
        Text of the file, the numbers taken over, places to complete, and what was not taken over.
    """

    draft: Draft

    def text(self) -> str:
        """Give the study file."""
        return self.draft.text.rstrip("\n")

    def account(self) -> list[str]:
        """Say what a person must complete, and what was not taken over, line by line."""
        draft = self.draft
        return [
            f"{draft.facts} numbers taken over; it does not load until these are completed:",
            *(f"  {place}" for place in draft.to_complete),
            f"not taken over ({len(draft.unread)}, also listed in the draft):",
            *(f"  {line}" for line in draft.unread),
        ]

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give the numbers that were taken over; an interval fills columns of its own."""
        rows = [_flat(row) for row in self.draft.rows]
        others = sorted({name for row in rows for name in row} - set(_COLUMNS))
        return {"numbers": [{name: row.get(name) for name in (*_COLUMNS, *others)} for row in rows]}

    def charts(self) -> Mapping[str, alt.TopLevelMixin]:
        """Draw the percentages and times, arm by arm; nothing if the record gave none."""
        from cereblon.report.points import points_chart

        rows = [point for fact in self.draft.rows if (point := _point(fact)) is not None]
        return {"numbers": points_chart(rows)} if rows else {}

    def content(self) -> Mapping[str, object]:
        """Give the draft: text, numbers, places to complete, and what was not taken over."""
        return asdict(self.draft) | {"facts": self.draft.facts}

    def document(self) -> Document:
        """Give numbers, places to complete and what was not taken over as a document."""
        numbers = self.tables()["numbers"]
        used = [name for name in _COLUMNS if any(row[name] is not None for row in numbers)]
        rows = [{name: row[name] for name in used} for row in numbers]
        none = [] if rows else ["The record gave no number."]
        panels = [
            part("Numbers taken over", chart=next(iter(self.charts().values()), None), rows=rows, sentences=none),
            part("For a person to complete", sentences=self.draft.to_complete),
            not_taken_over(self.draft.unread),
        ]
        return Document(title=f"Draft of {self.draft.study}", sections=panels)

    def save_yaml(self, path: Path | str) -> Path:
        """Write the study file; one that is there already is not replaced.

        Raises
        ------
        InputError
            If it is there, or cannot be written.
        """
        return write_new(path, self.draft.text)


def not_taken_over(lines: Sequence[str]) -> Section:
    """Make the part of a page that lists what was not taken over."""
    return part("Not taken over", sentences=lines or ["Nothing: everything in the file was taken over."])


def _flat(row: Fields) -> Row:
    """Give an interval and a p value as columns of their own."""
    flat: dict[str, object] = {}
    for name, value in row.items():
        if isinstance(value, dict):
            start = "" if name == "interval" else f"{name}_"
            flat |= {f"{start}{part}": number for part, number in value.items()}
        else:
            flat[name] = value
    return flat


def _point(fact: Fields) -> Row | None:
    """Place a percentage or a time in the picture; None for another number."""
    from cereblon.report.labels import grade_label
    from cereblon.vocabulary.endpoints import endpoint_label

    value, unit, interval = fact.get("value"), str(fact["unit"]), fact.get("interval")
    if unit not in ("percent", "months") or not isinstance(value, int | float):
        return None
    ends = interval if isinstance(interval, dict) else {}
    grade = f", {grade_label(str(fact['grade']))}" if "grade" in fact else ""
    month = f", month {fact['month']:g}" if isinstance(fact.get("month"), int | float) else ""
    counted = f"({fact['derived']})" if "derived" in fact else ""
    return {
        "panel": f"{endpoint_label(str(fact['endpoint']))}{grade}{month}",
        "label": str(fact["label"]),
        "group": "trial",
        "value": value,
        "low": ends.get("low"),
        "high": ends.get("high"),
        "unit": unit,
        "words": " ".join(f"{value:g} {'%' if unit == 'percent' else 'months'} {counted}".split()),
    }
