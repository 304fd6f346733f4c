"""A virtual population in words and numbers: who is drawn, which published figures are reached, what is stated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cereblon.core.plain_text import paragraph, table_text
from cereblon.core.rows import Row
from cereblon.model.patients import MatchedPopulation
from cereblon.vocabulary.covariates import covariate_name, covariate_unit
from cereblon.vocabulary.endpoints import endpoint_label

if TYPE_CHECKING:
    from cereblon.model.patients.summary import CovariateSummary, Statement

_UNITS = {"1e9/L": "10^9/L", "percent": "%", "year": "years"}
_SAID = {
    ("male", "share"): "are men",
    ("iss", "3"): "have stage III of the ISS",
    ("crcl_ml_min", "< 60"): "have a creatinine clearance below 60 mL/min",
    ("high_risk_cytogenetics", "share"): "have high-risk cytogenetics",
    ("frailty", "frail"): "are frail",
}


def drawn_sentences(findings: Sequence[CovariateSummary], matched: MatchedPopulation | None, like: str) -> list[str]:
    """Say who is drawn, and whether the figures of the study are reached."""
    values = {(row.covariate, row.statistic): row.value for row in findings}
    shares = ", ".join(f"{values[key]:.0f} {words}" for key, words in _SAID.items() if key in values)
    said = [f"Of 100 drawn patients {shares}; their median age is {values[('age', 'median')]:.0f} years."]
    if matched is not None:
        reached = sum(figure.reached for figure in matched.used)
        said.append(f"{reached} of {len(matched.used)} published baseline figures of {like} are reached.")
    return said


def share_points(findings: Sequence[CovariateSummary], patients: int) -> list[Row]:
    """Give the shares of drawn patients as points of a picture."""
    return [
        {
            "panel": f"Of {patients:,} drawn patients",
            "label": _shown(row),
            "group": "simulated",
            "value": row.value,
            "low": None,
            "high": None,
            "unit": row.unit,
            "words": f"{row.value:.0f} %",
        }
        for row in findings
        if row.unit == "percent" and row.statistic != "median"
    ]


def _shown(row: CovariateSummary) -> str:
    name = covariate_name(row.covariate)
    if row.statistic == "share":
        return name
    unit = covariate_unit(row.covariate)
    return f"{name}{f', {unit},' if unit else ''} {row.statistic.replace('_', ' ')}"


def findings_text(findings: Sequence[CovariateSummary]) -> str:
    """Lay out what drawn patients turn out to be."""
    columns = ["covariate", "", "value", "5 to 95 %", "unit"]
    return table_text(columns, [_finding_cells(row) for row in findings], folded=("unit",))


def _finding_cells(row: CovariateSummary) -> list[str]:
    between = "" if row.low is None or row.high is None else f"{row.low:.4g} to {row.high:.4g}"
    name = covariate_name(row.covariate)
    return [name, row.statistic.replace("_", " "), f"{row.value:.4g}", between, _UNITS.get(row.unit, row.unit)]


def matched_lines(matched: MatchedPopulation) -> list[str]:
    """Lay out published figures before and after, and those that could not be used."""
    cells = []
    for figure in matched.used:
        how = ("reached" if figure.steered else "agrees") if figure.reached else "MISSED"
        if figure.endpoint in matched.from_memory:
            how += ", published value from memory"
        numbers = [f"{value:.1f}" for value in (figure.published, figure.before, figure.after)]
        cells.append([endpoint_label(figure.endpoint), *numbers, how])
    return [
        f"\npublished figures ({100 * matched.accepted:.0f} % of patients meet limits and entry criteria)",
        table_text(["figure", "published", "before", "now", ""], cells, folded=("",)),
        *(
            paragraph(f"not used: {endpoint_label(left.endpoint)} {left.published:g} ({left.reason})")
            for left in matched.unused
        ),
    ]


def statement_lines(stated: Sequence[Statement]) -> list[str]:
    """Lay out what is stated, each with the number of its source in the list below."""
    assumed = sum(row.basis == "assumed" for row in stated)
    numbers: dict[str, int] = {}
    rows = []
    for row in stated:
        mark = f"[{numbers.setdefault(row.source, len(numbers) + 1)}]"
        rows.append([row.covariate, row.part, row.basis, mark, f"{row.value} {'' if row.unit == '1' else row.unit}"])
    return [
        f"\nstated ({len(stated)} numbers, {assumed} of them assumed), each with the number of its source",
        table_text(["covariate", "part", "basis", "source", "value"], rows, folded=("value",)),
        "\nsources",
        *(paragraph(f"[{number}] {source}") for source, number in numbers.items()),
    ]
