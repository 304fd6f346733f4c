"""The shared results of several sites, pooled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, final

from cereblon.cohort.beside.pooled_sites import pooled_rows
from cereblon.cohort.line_outcomes import EVERYBODY
from cereblon.cohort.sharing import SharedResults, read_shared
from cereblon.core.arguments import need_numbers
from cereblon.core.errors import ArgumentError, InputError
from cereblon.core.plain_text import capital, table_text
from cereblon.core.rows import Row, number, text
from cereblon.questions.observed_cohort import outcome_words
from cereblon.questions.result import Result
from cereblon.report.document import Bullets, Document, Section, part
from cereblon.vocabulary.endpoints import vocabulary

if TYPE_CHECKING:
    import altair as alt

    from cereblon.report.narrow import NarrowLine

_COLUMNS = (
    *("arm", "endpoint", "grade", "unit", "value", "low", "high", "prediction_low", "prediction_high", "level"),
    *("sites", "n", "tau2", "i2_from_tau2"),
)
_CAUTIONS = (
    "Times are pooled by their medians: sites whose curves have other shapes do not estimate one number.",
    "What a site masked, or did not reach, takes no part in the pooled number.",
)


@final
@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PooledCohorts(Result):
    """Results of several sites, pooled.

    Tables: `pooled` (a row per group and endpoint), `results` (of each site) and `sites`. Chart: `forest`, of
    everybody.

    Parameters
    ----------
    sites
        As read.
    rows
        Pooled.
    """

    sites: tuple[SharedResults, ...]
    rows: tuple[Row, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """In what the sites differ, and what pooling cannot tell."""
        first, said = self.sites[0], list[str]()
        for other in self.sites[1:]:
            differ = [
                name
                for name in sorted({*first.definition, *other.definition} - {"name", "label", "estimand"})
                if first.definition.get(name) != other.definition.get(name)
            ]
            if differ:
                said.append(f"{other.site} and {first.site} differ in their definition: {', '.join(differ)}")
        return (*said, *_CAUTIONS)

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give `pooled`, `results` and `sites`."""
        results = [{"site": site.site, **one.model_dump()} for site in self.sites for one in site.estimates]
        sites = [
            {
                "site": one.site,
                "patients": one.patients,
                "n_lines": one.lines,
                "estimand": one.estimand,
                "small_cell": one.small_cell,
                "made_by": one.made_by,
            }
            for one in self.sites
        ]
        return {"pooled": self.rows, "results": results, "sites": sites}

    def columns(self) -> Mapping[str, Sequence[str]]:
        """Name the columns of `pooled`, which is empty where no site has an estimate."""
        return {"pooled": _COLUMNS}

    def charts(self) -> Mapping[str, alt.TopLevelMixin]:
        """Draw `forest`: every endpoint of everybody, sites above the pooled number."""
        from cereblon.report.points import points_chart

        points = self._points()
        return {"forest": points_chart(points)} if points else {}

    def lists(self) -> Mapping[str, Sequence[NarrowLine]]:
        """Give the `forest` as a list."""
        from cereblon.report.points import point_lines

        points = self._points()
        return {"forest": point_lines(points)} if points else {}

    def _points(self) -> list[Row]:
        from cereblon.report.cohort_beside import sites_points

        results = [row for row in self.tables()["results"] if row["arm"] == EVERYBODY]
        return sites_points(results, [row for row in self.rows if row["arm"] == EVERYBODY], _named)

    def answer(self) -> str:
        """Give the main pooled numbers of everybody in sentences."""
        names = ", ".join(one.site for one in self.sites)
        main = [row for row in self.rows if row["arm"] == EVERYBODY and row["endpoint"] in _MAIN]
        return "\n".join([f"{len(self.sites)} sites: {names}.", *map(_sentence, main)])

    def text(self) -> str:
        """Give the answer, then every group as a table."""
        cells: list[list[str]] = []
        for arm in dict.fromkeys([EVERYBODY, *(text(row, "arm") for row in self.rows)]):
            own = [_cells(row) for row in self.rows if row["arm"] == arm]
            cells += [["All patients" if arm == EVERYBODY else arm], *own] if own else []
        if not cells:
            return self.answer()
        heads = ("", "pooled", "sites", "lines", "I²")
        laid = table_text(heads, cells, folded=("",), right=heads[2:])
        between = "I²: share of the spread between sites that is not chance."
        return f"{self.answer()}\n\n{laid}\n\n{between}"

    def content(self) -> Mapping[str, object]:
        """Give the tables."""
        return {name: list(rows) for name, rows in self.tables().items()}

    def document(self) -> Document:
        """Give picture, pooled numbers, results and sites as a document."""
        tables = self.tables()
        return Document(
            title="Results of several sites, pooled",
            lead=self.answer().splitlines(),
            sections=[
                part(
                    "All patients",
                    self.charts().get("forest"),
                    tables["pooled"],
                    lines=self.lists().get("forest", ()),
                    folded="Pooled numbers",
                ),
                part("Each site", rows=tables["results"], folded="Results of each site"),
                part("Sites", rows=tables["sites"]),
                Section("What this cannot tell", [Bullets(self.notes)]),
            ],
        )


_MAIN = ("orr", "pfs_median", "pfs_rate", "os_median", "os_rate")
_LONGEST = 600.0
"""Months; an end of an interval that is later than any follow-up is not told."""


def _named(row: Row) -> str:
    endpoint, grade = text(row, "endpoint"), text(row, "grade")
    if own := outcome_words(endpoint):
        return own
    entry = vocabulary().endpoints.get(endpoint)
    words = (entry.label or entry.description) if entry else endpoint.replace("_", " ")
    return f"{words}, grade {grade}" if grade else words


def _shown(row: Row) -> str:
    unit = "%" if row["unit"] == "percent" else text(row, "unit")
    value, low, high = (number(row, name) or 0.0 for name in ("value", "low", "high"))
    if row["unit"] == "percent":
        return f"{value:.1f} {unit} ({low:.1f} to {high:.1f})"
    least = "<0.1" if low < 0.1 else f"{low:.1f}"
    most = f">{_LONGEST:.0f}" if high > _LONGEST else f"{high:.1f}"
    return f"{value:.1f} {unit} ({least} to {most})"


def _cells(row: Row) -> list[str]:
    between = number(row, "i2_from_tau2")
    counted = "" if row["n"] is None else f"{row['n']:,}"
    return [
        f"  {_named(row)}",
        _shown(row),
        str(row["sites"]),
        counted,
        "" if between is None else f"{100 * between:.0f} %",
    ]


def _sentence(row: Row) -> str:
    sites = "1 site" if row["sites"] == 1 else f"{row['sites']} sites"
    lines = "" if row["n"] is None else f", {row['n']:,} lines"
    return f"{capital(_named(row))} {_shown(row)}, {sites}{lines}."


def _are_copies(one: SharedResults, other: SharedResults) -> bool:
    """Tell whether two files hold the same results, whatever the sites are called; masked ones say nothing."""
    shows = any(estimate.value is not None for estimate in one.estimates)
    return shows and one.model_dump(exclude=_NAMES_ALONE) == other.model_dump(exclude=_NAMES_ALONE)


_NAMES_ALONE = {"site", "made_by"}


def pool(*shared: Path | str, level: float = 0.95) -> PooledCohorts:
    """Pool the shared results of several sites: a random-effects meta-analysis of each endpoint and group.

    Parameters
    ----------
    shared
        Files that `cereblon cohort report --share` wrote, of two sites or more.
    level
        Of intervals.

    Raises
    ------
    InputError
        If a file is none of shared results, two are of one site or hold the same numbers, or the kinds of response
        and progression differ.
    ArgumentError
        If there are fewer than two files.

    Examples
    --------
    >>> import cereblon as cb
    >>> cb.cohort.pool("a.json", "b.json").table("pooled")  # doctest: +SKIP
    """
    need_numbers(level=level)
    if not 0.5 <= level < 1:
        raise ArgumentError(f"level is {level:g}; 0.5 to below 1 is an interval")
    if len(shared) < 2:
        raise ArgumentError(f"{len(shared)} files; two sites or more can be pooled")
    sites = [read_shared(path) for path in shared]
    problems = []
    for place, one in enumerate(sites):
        earlier = [path for path, other in zip(shared[:place], sites, strict=False) if other.site == one.site]
        if earlier:
            problems.append(f"{shared[place]}: is of the site {one.site}, as {earlier[0]} is")
        copies = [path for path, other in zip(shared[:place], sites, strict=False) if _are_copies(one, other)]
        if copies and not earlier:
            problems.append(f"{shared[place]}: holds the very numbers of {copies[0]}, under another name")
        if one.estimand != sites[0].estimand:
            problems.append(f"{shared[place]}: is of the kind {one.estimand}, {shared[0]} of {sites[0].estimand}")
    if problems:
        raise InputError("\n".join(problems), hint="pool one file of each site, all of one kind of progression")
    return PooledCohorts(sites=tuple(sites), rows=tuple(pooled_rows(sites, level=level)))
