"""Trust: predicted against published, of the comparisons that come with the package and of those made here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, final

import altair as alt

from cereblon.app.calls import Call
from cereblon.app.forms import Field, Value
from cereblon.app.tabs.tab import Part, Tab
from cereblon.core.rows import Row, number, text, truth
from cereblon.questions.result import Result
from cereblon.report import style
from cereblon.report.answers import inside_of, of_all
from cereblon.report.document import Document, part
from cereblon.report.labels import row_label

if TYPE_CHECKING:
    from cereblon.report.report_data import ReportData

_UNITS = {"percent": "percent of patients", "months": "months", "ratio": "hazard ratio"}
_ROLES = (
    ("", "all trials"),
    ("validation", "trials never used to fit the model"),
    ("calibration", "trials that the model was fitted to"),
)


def _fields(_: Mapping[str, Sequence[str]]) -> tuple[Field, ...]:
    return (Field(name="role", label="Trials", kind="choice", start="", options=_ROLES),)


def _parts(values: Mapping[str, Value]) -> tuple[Part, ...]:
    role = str(values["role"])
    found = _trust(role)
    studies = list(found.studies)
    written = (
        f"[cb.compare(study) for study in {studies!r}]",
        f"for study in {' '.join(studies)}; do cereblon compare $study; done",
    )
    call = Call(function="compare", command=("compare",), kept=lambda: found, written=written)
    units = [unit for unit in _UNITS if unit in found.charts()]
    if not units:
        return (Part(title="Predicted against published", call=call, chart="", has_open_words=True),)
    return tuple(
        Part(
            title=f"Predicted against published: {_UNITS[unit]}",
            call=call,
            chart=unit,
            table=None if place == len(units) - 1 else "",
            has_open_words=place == 0,
            has_words=place == 0,
            links=_links(found) if place == 0 else (),
        )
        for place, unit in enumerate(units)
    )


def _links(found: Trust) -> tuple[tuple[str, str], ...]:
    """Give the address of each study, and how many of its values lie inside."""
    return tuple(
        (_address(text(row, "study")), f"{row['name']}: {row['inside']} of {row['judged']}")
        for row in found.tables()["studies"]
    )


def _address(study: str) -> str:
    return f"/compare?study={study}"


@cache
def _trust(role: str) -> Trust:
    return Trust(role=role)


@final
@dataclass(frozen=True, kw_only=True, repr=False)
class Trust(Result):
    """Every published value that was judged against its prediction interval.

    Parameters
    ----------
    role
        Of the studies; all if empty.
    """

    role: str

    @cached_property
    def studies(self) -> Mapping[str, ReportData]:
        """What is shown of each study that comes with the package."""
        from cereblon.trials.shipped_runs import shipped_run, shipped_studies

        found = {study: shipped_run(study).data for study in shipped_studies()}
        return {study: data for study, data in found.items() if self.role in ("", data.role)}

    def answer(self) -> str:
        """Count what lies inside."""
        studies = self.tables()["studies"]
        inside, judged = (sum(int(number(row, name) or 0) for row in studies) for name in ("inside", "judged"))
        if not judged:
            return "No comparison of such a trial comes with the package."
        trials = f"{len(studies)} trial{'' if len(studies) == 1 else 's'}"
        share = f"{100 * inside / judged:.0f} %"
        rows = self.tables()["values"]
        drawn = sum(row["unit"] in _UNITS for row in rows)
        undrawn = [
            *([f"{count} medians that were not reached"] if (count := judged - len(rows)) else []),
            *([f"{count} in other units, which the table has"] if (count := len(rows) - drawn) else []),
        ]
        left_out = f" Not drawn: {' and '.join(undrawn)}." if undrawn else ""
        return "\n".join(
            [
                f"{inside} of {judged} published values of {trials} ({share}) lie inside their 90 % intervals.",
                "If the model and its intervals were right, about 90 % would. The record of all studies, with "
                f"baselines and misses, is in the documentation under Validation.{left_out}",
            ]
        )

    def text(self) -> str:
        """Give the answer."""
        return self.answer()

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give `values`, a row for each that was judged, and `studies`, how many of each lie inside."""
        from cereblon.evidence import load_study

        found = {study: inside_of(of_all(data) or {}) for study, data in self.studies.items()}
        return {
            "values": [point for study, data in self.studies.items() for point in _points(study, data)],
            "studies": [
                {"study": study, "name": load_study(study).name, "inside": inside, "judged": judged}
                for study, (inside, judged) in found.items()
                if judged
            ],
        }

    def charts(self) -> Mapping[str, alt.TopLevelMixin]:
        """Draw predicted against published, a picture for each unit."""
        return self._drawn

    @cached_property
    def _drawn(self) -> Mapping[str, alt.TopLevelMixin]:
        rows = self.tables()["values"]
        return {unit: _chart(some, unit) for unit in _UNITS if (some := [row for row in rows if row["unit"] == unit])}

    def content(self) -> Mapping[str, object]:
        """Give the role of the studies and the values."""
        return {"role": self.role, "values": list(self.tables()["values"])}

    def document(self) -> Document:
        """Give counts and pictures as a document."""
        sections = [
            part(f"Predicted against published, {_UNITS[unit]}", chart) for unit, chart in self.charts().items()
        ]
        tables = self.tables()
        return Document(
            title="Predicted against published",
            lead=self.answer().splitlines(),
            sections=[
                *sections,
                part("Every trial", rows=tables["studies"]),
                part("Every value", rows=tables["values"]),
            ],
        )


def _points(study: str, data: ReportData) -> list[Row]:
    """Give the judged values of a study that have two numbers."""
    found: list[Row] = []
    for row in data.comparison:
        published, predicted, inside = number(row, "published"), number(row, "predicted"), truth(row, "inside")
        if published is None or predicted is None or inside is None:
            continue
        interval = row.get("predicted_interval")
        low, high = interval if isinstance(interval, (list, tuple)) else (None, None)
        found.append(
            {
                "study": study,
                "role": data.role,
                "endpoint": row_label(row),
                "arm": text(row, "arm"),
                "unit": text(row, "unit"),
                "published": published,
                "predicted": predicted,
                "predicted_low": low,
                "predicted_high": high,
                "inside": inside,
            }
        )
    return found


def _chart(rows: Sequence[Row], unit: str) -> alt.TopLevelMixin:
    drawn = [
        {
            **row,
            "inside": "inside its interval" if row["inside"] else "outside its interval",
            "href": _address(text(row, "study")),
        }
        for row in rows
    ]
    names = ("published", "predicted", "predicted_low", "predicted_high")
    ends = [float(str(row[name])) for row in rows for name in names if row[name] is not None]
    scale: style.Options = dict(domain=[0.95 * min(ends), 1.05 * max(ends)], nice=False)
    if unit == "ratio":
        scale["type"] = "log"
    base = style.chart(drawn)
    line = style.chart([{"at": at} for at in scale["domain"]]).mark_line(color=style.QUIET, strokeDash=[4, 3])
    x = alt.X("published:Q", scale=scale, title=f"published, {_UNITS[unit]}", axis=alt.Axis(labelSeparation=8))
    points = base.mark_circle(size=70, opacity=0.85, cursor="pointer").encode(
        x=x,
        y=alt.Y("predicted:Q", scale=scale, title="predicted"),
        color=alt.Color(
            "inside:N",
            scale=alt.Scale(
                domain=["inside its interval", "outside its interval"],
                range=[style.SIMULATED[0], style.SIMULATED[1]],
            ),
            title=None,
        ),
        href="href:N",
        tooltip=style.tips("study:N", "endpoint:N", "arm:N", "published:Q", "predicted:Q", "inside:N"),
    )
    bars = base.mark_rule(opacity=0.25).encode(
        x=x, y=alt.Y("predicted_low:Q", scale=scale), y2=alt.Y2("predicted_high:Q")
    )
    drawing = alt.layer(line.encode(x=alt.X("at:Q"), y=alt.Y("at:Q")), bars, points)
    return style.styled(alt.vconcat(drawing.properties(width=420, height=340)))


TRUST = Tab(
    key="trust",
    title="Trust",
    intro="What the model predicts of published trials, against what they published.",
    fields=_fields,
    parts=_parts,
)
