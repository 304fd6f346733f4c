"""Published numbers as text, picture and page: what answers about the evidence share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cereblon.core.plain_text import paragraph, table_text
from cereblon.evidence.facts_table import Row, fact_row
from cereblon.evidence.study import Fact, Study
from cereblon.evidence.wording import arm_text, qualifier_text, value_text
from cereblon.questions.result import Listing
from cereblon.vocabulary.endpoints import Endpoint, vocabulary

if TYPE_CHECKING:
    import altair as alt

Facts = Sequence[tuple[Study, Fact]]
MOST_DRAWN = 100


@dataclass(frozen=True, repr=False)
class EvidenceList(Listing):
    """A list of things in the evidence.

    Attributes
    ----------
    rows
        Of the table.
    remarks
        How words were read.
    """

    rows: tuple[Row, ...]
    remarks: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """How words were read."""
        return self.remarks


def fact_rows_of(facts: Facts) -> tuple[Row, ...]:
    """Give one row per fact."""
    return tuple(fact_row(study, fact) for study, fact in facts)


def facts_text(facts: Facts, *, with_study: bool) -> str:
    """Write facts, each with the number of its reference in the list below; side by side under their endpoint."""
    if not facts:
        return ""
    numbers: dict[str, int] = {}
    rows: dict[str, list[list[str]]] = {}
    flags = []
    for study, fact in facts:
        reference = study.source_of(fact).reference
        mark = f"[{numbers.setdefault(reference, len(numbers) + 1)}]"
        if fact.flag:
            mark += "!"
            flags.append(f"! {study.id}, {arm_text(fact)}, {fact.endpoint} {value_text(fact)}: {fact.flag}")
        about = [qualifier_text(fact)] if with_study else [qualifier_text(fact), fact.derived, fact.note]
        cells = [arm_text(fact), value_text(fact), "; ".join(filter(None, about)), mark]
        if with_study:
            rows.setdefault(fact.endpoint, []).append([study.id, *cells])
        else:
            rows.setdefault("", []).append([fact.endpoint, *cells])
    parts = _tables(rows)
    if flags:
        parts += ["do not use without reading", *(paragraph(line) for line in flags), ""]
    parts += ["references", *(f"[{number}] {reference}" for reference, number in numbers.items())]
    return "\n".join(parts)


def _tables(rows: Mapping[str, list[list[str]]]) -> list[str]:
    """Lay out one table per endpoint, in the order of the vocabulary."""
    parts = []
    for endpoint, entry in {"": None, **vocabulary().endpoints}.items():
        if endpoint in rows:
            if entry is not None:
                parts.append(paragraph(f"{endpoint}: {entry.meaning}"))
            columns = ("study" if entry else "endpoint", "arm", "value", "for", "ref")
            parts += [table_text(columns, rows[endpoint], folded=("for", "value")), ""]
    return parts


def facts_chart(facts: Facts) -> Mapping[str, alt.TopLevelMixin]:
    """Draw numbers with their intervals, a panel per endpoint; nothing where there are none, or too many to read."""
    drawn = [(study, fact) for study, fact in facts if fact.number is not None]
    if not drawn or len(drawn) > MOST_DRAWN:
        return {}
    from cereblon.report.points import points_chart

    known = vocabulary().endpoints
    order = list(dict.fromkeys((fact.endpoint, fact.unit) for _, fact in drawn))
    drawn.sort(key=lambda pair: order.index((pair[1].endpoint, pair[1].unit)))
    rows = [
        {
            "panel": _heading(known[fact.endpoint], fact.unit),
            "label": f"{study.id}: {arm_text(fact)}",
            "group": "practice" if study.is_practice else "trial",
            "value": fact.number,
            "low": fact.interval.low if fact.interval else None,
            "high": fact.interval.high if fact.interval else None,
            "unit": fact.unit,
            "words": "; ".join(filter(None, (value_text(fact), qualifier_text(fact)))),
        }
        for study, fact in drawn
    ]
    return {"points": points_chart(rows)}


def _heading(endpoint: Endpoint, unit: str) -> str:
    """Name an endpoint above its panel, with the unit where it may have several."""
    name = endpoint.description.replace("`", "")
    return name if len(endpoint.units) == 1 else f"{name}, {unit}"


def facts_page_rows(facts: Facts) -> list[Row]:
    """Give the columns of a page: what was printed, of whom, and where."""
    return [
        {
            "study": study.id,
            "arm": arm_text(fact),
            "endpoint": fact.endpoint,
            "printed": value_text(fact),
            "for": "; ".join(filter(None, (qualifier_text(fact), fact.flag))),
            "reference": study.source_of(fact).reference,
            "link": study.source_of(fact).link,
        }
        for study, fact in facts
    ]
