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
from cereblon.questions.population_text import (
    drawn_sentences,
    findings_text,
    matched_lines,
    share_points,
    statement_lines,
)
from cereblon.questions.result import Listing, Result
from cereblon.report.document import Document, notes_sections, part

if TYPE_CHECKING:
    import altair as alt

    from cereblon.model.patients.summary import CovariateSummary, Statement
    from cereblon.report.narrow import NarrowLine

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
        """Draw the shares of drawn patients."""
        from cereblon.report.points import points_chart

        return {"shares": points_chart(share_points(self._findings, SHOWN), has_legend=False)}

    def lists(self) -> Mapping[str, Sequence[NarrowLine]]:
        """Give the shares as a list."""
        from cereblon.report.points import point_lines

        return {"shares": point_lines(share_points(self._findings, SHOWN))}

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
        parts += [*map(paragraph, self._sentences()), ""]
        parts += [paragraph(self.population.note)] if self.population.note else []
        parts += matched_lines(self.matched) if self.matched is not None else []
        parts.append(f"\n{SHOWN:,} patients drawn with seed {SHOWN_SEED}")
        parts.append(findings_text(self._findings))
        return "\n".join([*parts, *statement_lines(self._stated)])

    def _sentences(self) -> list[str]:
        return drawn_sentences(self._findings, self.matched, self.like or "")

    def answer(self) -> str:
        """Give the title and what drawn patients turn out to be."""
        said = [f"{self.population.name}: {self.population.title}", *self._sentences()]
        return "\n".join([*said, findings_text(self._findings)])

    def document(self) -> Document:
        """Give all tables as a document."""
        titles = {
            "used": f"Published figures of {self.like}",
            "unused": "Published figures that could not be used",
        }
        tables = self.tables()
        panels = [
            part(
                "Who is drawn", self.chart(), tables["findings"], lines=self.lists()["shares"], folded="All figures"
            ),
            *(part(title=title, rows=tables[name]) for name, title in titles.items() if tables.get(name)),
            part("What the population states", rows=tables["stated"], folded="Numbers with source and basis"),
            *notes_sections([self.population.note] if self.population.note else []),
        ]
        lead = [*self._sentences(), f"Population: {self.population.title}."]
        return Document(title=f"Population {self.population.name}", lead=lead, sections=panels)


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
