"""Published numbers as text, picture and page: what answers about the evidence share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cereblon.core.plain_text import capital, paragraph, table_text
from cereblon.evidence.facts_table import Row, fact_row
from cereblon.evidence.library import latest_facts
from cereblon.evidence.study import Fact, Study
from cereblon.evidence.wording import arm_text, qualifier_text, value_text
from cereblon.questions.result import Listing
from cereblon.report.answers import HEADLINES
from cereblon.report.document import Section, part
from cereblon.vocabulary.endpoints import Endpoint, endpoint_label, vocabulary

if TYPE_CHECKING:
    import altair as alt

    from cereblon.report.narrow import NarrowLine

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
            flags.append(f"! {study.id}, {arm_text(study, fact)}, {fact.endpoint} {value_text(fact)}: {fact.flag}")
        about = [qualifier_text(fact)] if with_study else [qualifier_text(fact), fact.derived, fact.note]
        cells = [arm_text(study, fact), value_text(fact), "; ".join(filter(None, about)), mark]
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
                parts.append(paragraph(f"{capital(_description(entry))} ({endpoint})"))
            columns = ("study" if entry else "endpoint", "arm", "value", "for", "ref")
            laid = table_text(columns, rows[endpoint], folded=("for", "value", "arm"), narrowest=12 if entry else 16)
            parts += [laid, ""]
    return parts


def main_results(study: Study) -> list[str]:
    """Say what a study reported of progression, survival and response, a sentence for each; the latest data cut."""
    latest = [fact for fact in latest_facts(study, study.facts) if _is_of_all(fact)]
    found = []
    for endpoint in HEADLINES:
        own = [fact for fact in latest if fact.endpoint == endpoint]
        if own:
            values = "; ".join(f"{value_text(fact)}{_whose(study, fact)}" for fact in own)
            found.append(f"{endpoint_label(endpoint)}: {values}.")
    return found or ["No number of progression, survival or response of a whole arm is on file."]


def _is_of_all(fact: Fact) -> bool:
    return fact.subgroup is None and fact.of is None and fact.month is None and fact.phase is None and fact.at is None


def _whose(study: Study, fact: Fact) -> str:
    treated = study.arms[fact.arm].label
    return f" with {treated}" if fact.versus is None else f", {treated} against {study.arms[fact.versus].label}"


def facts_chart(facts: Facts) -> Mapping[str, alt.TopLevelMixin]:
    """Draw numbers with their intervals, a panel per endpoint; nothing where there are none, or too many to read."""
    from cereblon.report.points import points_chart

    points = _points(facts)
    return {"points": points_chart(points)} if points else {}


def facts_lines(facts: Facts) -> Mapping[str, Sequence[NarrowLine]]:
    """Give the same picture as a list, for narrow windows."""
    from cereblon.report.points import point_lines

    points = _points(facts)
    return {"points": point_lines(points)} if points else {}


def facts_section(facts: Facts) -> Section:
    """Make the section of a page that draws numbers, with a table of them and their sources."""
    chart, lines = facts_chart(facts).get("points"), facts_lines(facts).get("points", ())
    return part("Numbers and sources", chart, facts_page_rows(facts), lines=lines, folded="Numbers")


def _points(facts: Facts) -> list[Row]:
    drawn = [(study, fact) for study, fact in facts if fact.number is not None]
    if len(drawn) > MOST_DRAWN:
        return []
    known = vocabulary().endpoints
    order = list(dict.fromkeys((fact.endpoint, fact.unit) for _, fact in drawn))
    drawn.sort(key=lambda pair: order.index((pair[1].endpoint, pair[1].unit)))
    return [
        {
            "panel": _heading(known[fact.endpoint], fact.unit),
            "label": f"{study.id}: {arm_text(study, fact)}",
            "group": "practice" if study.is_practice else "trial",
            "value": fact.number,
            "low": fact.interval.low if fact.interval else None,
            "high": fact.interval.high if fact.interval else None,
            "unit": fact.unit,
            "words": "; ".join(filter(None, (value_text(fact), qualifier_text(fact)))),
        }
        for study, fact in drawn
    ]


def _description(endpoint: Endpoint) -> str:
    """Say what an endpoint is, without what study files need to know."""
    return endpoint.description.replace("`", "")


def _heading(endpoint: Endpoint, unit: str) -> str:
    """Name an endpoint above its panel, with the unit where it may have several."""
    name = _description(endpoint)
    return name if len(endpoint.units) == 1 else f"{name}, {unit}"


def facts_page_rows(facts: Facts) -> list[Row]:
    """Give the columns of a page: what was printed, of whom, and where."""
    return [
        {
            "study": study.id,
            "arm": arm_text(study, fact),
            "endpoint": fact.endpoint,
            "printed": value_text(fact),
            "for": "; ".join(filter(None, (qualifier_text(fact), fact.flag))),
            "reference": study.source_of(fact).reference,
            "link": study.source_of(fact).link,
        }
        for study, fact in facts
    ]
