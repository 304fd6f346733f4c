"""Virtual populations: what each states, whom it draws, and the same made like a published study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cereblon.core.bounds import need_between
from cereblon.core.plain_text import paragraph, table_text
from cereblon.core.rows import Row
from cereblon.model.patients import MatchedPopulation, Population, VirtualPatients, findings, statements
from cereblon.questions.result import Listing, Result
from cereblon.report.document import Document, part

if TYPE_CHECKING:
    import altair as alt

    from cereblon.model.patients.summary import CovariateSummary, Statement

SHOWN = 10_000
"""Patients behind the figures of a population."""
SHOWN_SEED = 1


def population(name: str | Path, *, like: str | None = None) -> VirtualPopulation:
    """Show a virtual population: what it states, with source and basis, and what drawn patients turn out to be.

    Parameters
    ----------
    name
        Population of the library, or path of a population file.
    like
        Study whose published baseline figures and entry criteria the patients shall have: the marginals are moved
        until the patients who meet its criteria have its figures.

    Returns
    -------
        Tables `findings`, of 10,000 drawn patients, and `stated`; beside a study also `used` and `unused`, its
        figures. `draw` draws patients.

    Raises
    ------
    UnknownNameError
        If population or study is not known.
    InputError
        If a file cannot be read, or the study has no figures to steer by.

    Examples
    --------
    >>> import cereblon as cb
    >>> cb.population("ndmm").draw(3, seed=7).table().height
    3
    """
    from cereblon.model.patients import find_population

    chosen = find_population(name)
    if like is None:
        return VirtualPopulation(population=chosen)
    from cereblon.evidence import load_study
    from cereblon.trials.study_trial import study_population

    matched = study_population(load_study(like), chosen)
    return VirtualPopulation(population=matched.population, like=like, matched=matched)


def populations() -> PopulationList:
    """List the populations, with their setting and the studies whose entry criteria are on file.

    Returns
    -------
        Table `populations`.

    Examples
    --------
    >>> import cereblon as cb
    >>> "ndmm" in cb.populations().table()["population"]
    True
    """
    from cereblon.evidence import load_all
    from cereblon.model.patients import load_population, population_names
    from cereblon.trials.study_trial import study_patients

    studies: dict[str, list[str]] = {}
    for study in load_all():
        if patients := study_patients(study):
            studies.setdefault(patients.population, []).append(study.id)
    rows = []
    for name in population_names():
        loaded = load_population(name)
        known = ", ".join(studies.get(name, []))
        rows.append({"population": name, "setting": loaded.setting, "title": loaded.title, "studies": known})
    return PopulationList(rows=tuple(rows))


@dataclass(frozen=True, eq=False, repr=False)
class PopulationList(Listing):
    """The populations of the library."""

    rows: tuple[Mapping[str, str], ...]

    @property
    def title(self) -> str:
        """What is listed."""
        return "Virtual populations"

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give `populations`."""
        return {"populations": self.rows}

    def text(self) -> str:
        """Align name, title and studies."""
        cells = [[row["population"], row["title"], row["studies"]] for row in self.rows]
        return table_text(["name", "patients", "--like"], cells, folded=("--like",))


@dataclass(frozen=True, eq=False, repr=False)
class VirtualPopulation(Result):
    """A population, and how it was made like a study.

    Parameters
    ----------
    population
        Marginals and correlations of covariates.
    like, matched
        Study, and its figures before and after; None without one.
    """

    population: Population
    like: str | None = None
    matched: MatchedPopulation | None = None

    @cached_property
    def _findings(self) -> Sequence[CovariateSummary]:
        return findings(self._drawn(SHOWN, SHOWN_SEED))

    @property
    def _stated(self) -> Sequence[Statement]:
        return statements(self.population)

    def draw(self, n: int = 10, *, seed: int = 1) -> DrawnPopulation:
        """Draw patients; patient number 7 of a seed is the same whether 10 or 10,000 are drawn.

        Parameters
        ----------
        n
            How many, 1 to 10,000,000.
        seed
            Same seed, same patients.

        Raises
        ------
        ArgumentError
            If a number is out of its range.
        """
        need_between("n", n, 1, 10_000_000)
        need_between("seed", seed, 0, 2**32 - 1)
        return DrawnPopulation(
            population=self.population.name, seed=seed, patients=self._drawn(n, seed), matched=self.matched
        )

    def _drawn(self, n: int, seed: int) -> VirtualPatients:
        from cereblon.core.random_streams import root_key

        return self.population.draw(root_key(seed), np.arange(n))

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give `findings` and `stated`, and the figures of the study, `used` and `unused`."""
        found: dict[str, Sequence[Row]] = {
            "findings": [asdict(row) for row in self._findings],
            "stated": [asdict(row) for row in self._stated],
        }
        if self.matched is not None:
            found["used"] = [asdict(row) for row in self.matched.used]
            found["unused"] = [asdict(row) for row in self.matched.unused]
        return found

    def charts(self) -> Mapping[str, alt.TopLevelMixin]:
        """Give none: a population has no picture."""
        return {}

    def content(self) -> Mapping[str, object]:
        """Give what is stated, what drawn patients turn out to be, and the figures of the study."""
        tables, chosen = self.tables(), self.population
        content: dict[str, object] = {
            "population": chosen.name,
            "title": chosen.title,
            "setting": chosen.setting,
            "note": chosen.note,
            "stated": tables["stated"],
            "drawn": {"n": SHOWN, "seed": SHOWN_SEED, "findings": tables["findings"]},
        }
        if self.matched is not None:
            content["like"] = {
                "study": self.like,
                "accepted": self.matched.accepted,
                "from_memory": self.matched.from_memory,
                "used": tables["used"],
                "unused": tables["unused"],
            }
        return content

    def text(self) -> str:
        """Give note, figures of the study, findings, and statements with their sources."""
        parts = [f"{self.population.name}: {self.population.title}"]
        parts += [paragraph(self.population.note)] if self.population.note else []
        parts += _matched_lines(self.matched) if self.matched is not None else []
        columns = ["covariate", "", "value", "5th to 95th percentile", "unit"]
        parts.append(f"\n{SHOWN:,} patients drawn with seed {SHOWN_SEED}")
        parts.append(table_text(columns, [_finding_cells(row) for row in self._findings], folded=("unit",)))
        return "\n".join([*parts, *_statement_lines(self._stated)])

    def answer(self) -> str:
        """Give the title and what drawn patients turn out to be."""
        rows = [_finding_cells(row)[:4] for row in self._findings]
        table = table_text(["covariate", "", "value", "5th to 95th percentile"], rows)
        return f"{self.population.name}: {self.population.title}\n{table}"

    def document(self) -> Document:
        """Give all tables as a document."""
        titles = {
            "findings": f"What {SHOWN:,} drawn patients turn out to be",
            "used": f"Published figures of {self.like}",
            "unused": "Published figures that could not be used",
            "stated": "What the population states",
        }
        tables = self.tables()
        panels = [part(title=title, rows=tables[name]) for name, title in titles.items() if tables.get(name)]
        lead = [self.population.title, *([self.population.note] if self.population.note else [])]
        return Document(title=f"Population {self.population.name}", lead=lead, sections=panels)


def _matched_lines(matched: MatchedPopulation) -> list[str]:
    cells = []
    for figure in matched.used:
        how = ("reached" if figure.steered else "agrees") if figure.reached else "MISSED"
        if figure.endpoint in matched.from_memory:
            how += ", published value from memory"
        numbers = [f"{value:.1f}" for value in (figure.published, figure.before, figure.after)]
        cells.append([figure.endpoint, *numbers, how])
    return [
        f"\npublished figures ({100 * matched.accepted:.0f} % of patients meet limits and entry criteria)",
        table_text(["figure", "published", "before", "now", ""], cells, folded=("",)),
        *(paragraph(f"not used: {left.endpoint} {left.published:g} ({left.reason})") for left in matched.unused),
    ]


def _finding_cells(row: CovariateSummary) -> list[str]:
    between = "" if row.low is None or row.high is None else f"{row.low:.4g} to {row.high:.4g}"
    return [row.covariate, row.statistic, f"{row.value:.4g}", between, row.unit]


def _statement_lines(stated: Sequence[Statement]) -> list[str]:
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


@dataclass(frozen=True, eq=False, repr=False)
class DrawnPopulation(Listing):
    """Patients drawn from a population, one row each.

    Parameters
    ----------
    population, seed
        Where they come from.
    patients
        Their covariates.
    matched
        How the population was made like a study, or None.
    """

    population: str
    seed: int
    patients: VirtualPatients
    matched: MatchedPopulation | None = None

    @property
    def title(self) -> str:
        """What is listed."""
        return f"{len(self.patients.age)} patients of {self.population}, seed {self.seed}"

    @property
    def notes(self) -> tuple[str, ...]:
        """Who was drawn, and which published figures were missed or could not be used."""
        if self.matched is None:
            return (self.title,)
        missed = [
            f"{figure.endpoint}: {figure.after:.1f}, published {figure.published:g}" for figure in self.matched.missed
        ]
        unused = [f"{left.endpoint} {left.published:g} not used: {left.reason}" for left in self.matched.unused]
        return (*missed, *unused, self.title)

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give `subjects`, in the columns of the subjects table."""
        columns = self.patients.to_columns()
        rows = zip(*(column.tolist() for column in columns.values()), strict=True)
        return {"subjects": [dict(zip(columns, row, strict=True)) for row in rows]}

    def text(self) -> str:
        """Say who was drawn."""
        return self.title
