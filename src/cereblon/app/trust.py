"""Trust: the predictions of the studies that were compared here, each against what was published."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import altair as alt

from cereblon.app.jobs import Job, Jobs
from cereblon.app.rendering import render, script_text
from cereblon.core.errors import CereblonError
from cereblon.core.rows import Row
from cereblon.report import style
from cereblon.report.static import specification
from cereblon.trials.comparison import ComparisonRow

if TYPE_CHECKING:
    from cereblon.questions.compare import Comparison

_UNITS = {"percent": "percent of patients", "months": "months", "ratio": "hazard ratio"}


def trust_page(jobs: Jobs) -> str:
    """Show how finished comparisons met what was published; says how to get some if there are none."""
    found = [(job, rows) for job in jobs.all() if (rows := _rows(jobs, job))]
    judged = [row for _, rows in found for row in rows if row.inside is not None]
    points = [point for job, rows in found for row in rows if (point := _point(job, row))]
    charts = [_chart(some, unit) for unit in _UNITS if (some := [one for one in points if one["unit"] == unit])]
    return render(
        "trust.html.j2",
        inside=sum(bool(row.inside) for row in judged),
        judged=len(judged),
        charts=[script_text(json.dumps(specification(chart))) for chart in charts],
        studies=[
            (job, sum(bool(row.inside) for row in rows), sum(row.inside is not None for row in rows))
            for job, rows in found
        ],
    )


def _rows(jobs: Jobs, job: Job) -> Sequence[ComparisonRow]:
    if job.function != "compare" or jobs.state(job) != "finished":
        return ()
    try:
        return _compared(jobs.run_folder(job))
    except CereblonError:
        return ()


@cache
def _compared(run: Path) -> Sequence[ComparisonRow]:
    """Read what a finished run was compared with: it takes seconds, and does not change any more."""
    import cereblon as cb

    result: Comparison = cb.read_run(run, progress=False)  # type: ignore[assignment]
    return result.rows


def _point(job: Job, row: ComparisonRow) -> dict[str, object]:
    """Give a judged value as it is drawn; nothing for one that was not reached."""
    if row.inside is None or row.published is None or row.predicted is None:
        return {}
    low, high = row.predicted_interval or (None, None)
    return {
        "study": job.subject,
        "what": f"{row.endpoint} {row.arm}".strip(),
        "unit": row.unit,
        "published": row.published,
        "predicted": row.predicted,
        "low": low,
        "high": high,
        "inside": "inside" if row.inside else "outside",
        "href": f"/jobs/{job.key}/report",
    }


def _chart(rows: Sequence[Row], unit: str) -> alt.TopLevelMixin:
    ends = [float(str(row[name])) for row in rows for name in ("published", "predicted")]
    scale = alt.Scale(type="log" if unit == "ratio" else "linear", zero=False)
    base = alt.Chart(style.values(rows))
    line = alt.Chart(style.values([{"at": min(ends)}, {"at": max(ends)}])).mark_line(
        color=style.QUIET, strokeDash=[4, 3]
    )
    x = alt.X("published:Q", scale=scale, title=f"published, {_UNITS[unit]}")
    points = base.mark_circle(size=90, opacity=0.9).encode(
        x=x,
        y=alt.Y("predicted:Q", scale=scale, title="predicted"),
        color=alt.Color(
            "inside:N",
            scale=alt.Scale(domain=["inside", "outside"], range=[style.SIMULATED[0], style.SIMULATED[1]]),
            title=None,
        ),
        href="href:N",
        tooltip=style.tips("study:N", "what:N", "published:Q", "predicted:Q", "low:Q", "high:Q", "inside:N"),
    )
    bars = base.mark_rule(opacity=0.4).encode(x=x, y=alt.Y("low:Q", scale=scale), y2=alt.Y2("high:Q"))
    return alt.layer(line.encode(x=alt.X("at:Q"), y=alt.Y("at:Q")), bars, points).properties(width=420, height=340)
