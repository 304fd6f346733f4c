"""Write simulated patients as a database of observed ones, damaged as such are, with the truth beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, final, get_args

from cereblon.cohort.engine import load_duckdb
from cereblon.cohort.simulated.dirt import KINDS, read_rates
from cereblon.cohort.simulated.writing import DATABASE, Form
from cereblon.core.arguments import need_counts
from cereblon.core.errors import ArgumentError, unknown_name
from cereblon.core.plain_text import table_text
from cereblon.core.rows import Row
from cereblon.questions.progress import Progress, Reporter
from cereblon.questions.result import Result
from cereblon.report.document import Document, part

if TYPE_CHECKING:
    import altair as alt

_MOST = 1_000_000


@final
@dataclass(frozen=True, kw_only=True, repr=False)
class CohortExample(Result):
    """An example of a cohort that was written.

    Tables: `tables` (rows of each table of the database) and `dirt`. No chart.

    Parameters
    ----------
    folder, database
        Where it is: the folder with the truth, and the database within.
    size, seed
        Patients with myeloma, and the seed.
    rows
        Of each table.
    rates
        Of each kind of dirt that was added.
    identifiable
        Share of the patients whose lines the records still show.
    """

    folder: str
    database: str
    size: int
    seed: int
    rows: Mapping[str, int]
    rates: Mapping[str, float]
    identifiable: float

    @property
    def notes(self) -> tuple[str, ...]:
        """What is assumed."""
        return (
            "strategies and the choice among them by age are assumed, and so are the rates of dirt that say so",
            "a line changes at confirmed progression; the simulator measures no urine, so there is none",
        )

    def text(self) -> str:
        """Say where it is, what is in it and how it was damaged."""
        lead = (
            f"{self.database}: OMOP CDM 5.4 with {self.size:,} patients with myeloma, seed {self.seed}\n"
            f"{self.folder}/truth.parquet: true lines; the records still show those of "
            f"{100 * self.identifiable:.1f} % of the patients"
        )
        if not self.rates:
            return f"{lead}\nnothing is damaged"
        cells = [
            [kind, f"{100 * rate:.3g} %", KINDS[kind].basis, KINDS[kind].meaning] for kind, rate in self.rates.items()
        ]
        return f"{lead}\n\n{table_text(('dirt', 'rate', 'basis', 'share of'), cells, folded=('share of',))}"

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give `tables` and `dirt`."""
        return {
            "tables": [{"table": name, "rows": count} for name, count in self.rows.items()],
            "dirt": [
                {"kind": kind, "rate": rate, "basis": KINDS[kind].basis, "meaning": KINDS[kind].meaning}
                for kind, rate in self.rates.items()
            ],
        }

    def columns(self) -> Mapping[str, Sequence[str]]:
        """Name the columns of `dirt`, which is empty for a clean example."""
        return {"dirt": ("kind", "rate", "basis", "meaning")}

    def charts(self) -> Mapping[str, alt.TopLevelMixin]:
        """Give none."""
        return {}

    def content(self) -> Mapping[str, object]:
        """Give place, size, seed, rates and rows."""
        return {
            "folder": self.folder,
            "database": self.database,
            "size": self.size,
            "seed": self.seed,
            "identifiable": self.identifiable,
            "dirt": dict(self.rates),
            "rows": dict(self.rows),
        }

    def document(self) -> Document:
        """Give rows and dirt as a document."""
        tables = self.tables()
        sections = [part("Tables", rows=tables["tables"])]
        if tables["dirt"]:
            sections.append(part("Dirt", rows=tables["dirt"]))
        return Document(
            title="Example of a cohort", lead=[*self.text().splitlines()[:2], *self.notes], sections=sections
        )


def example(
    out: Path | str,
    *,
    size: int = 1000,
    dirt: str | Mapping[str, float] = "published",
    seed: int = 1,
    form: Form = "parquet",
    progress: Progress = None,
) -> CohortExample:
    """Write simulated patients as an OMOP database of observed ones, damaged in known ways, with the truth beside it.

    Newly diagnosed patients go through up to three lines of the regimens with lenalidomide, and others, with
    transplantation and maintenance; which, depends on age. Laboratory values, fills and injections are what the
    simulator measured and gave. Every kind of damage has its own random numbers, so that it does the same alone and
    beside others.

    Parameters
    ----------
    out
        New folder: `omop` or `omop.duckdb`, `truth.parquet`, `truth_labs.parquet` and `example.json`.
    size
        Patients with myeloma. Beyond 20,000 each simulated subject stands for several patients, at other dates.
    dirt
        `clean`, `published`, or rates by kind such as `pauses=0.2`; several are joined by commas.
    seed
        Of patients and damage.
    form
        Of the database: `parquet`, a folder of files, or `duckdb`, one file.
    progress
        Whether to show it; a function is given each line instead.

    Raises
    ------
    InputError
        If the folder holds something, cannot be written, or DuckDB is not installed.
    ArgumentError
        If a number cannot be.
    UnknownNameError
        If there is no such kind of dirt or form.

    Examples
    --------
    >>> import cereblon as cb
    >>> cb.cohort.example("example", size=200, dirt="clean").rows["person"]  # doctest: +SKIP
    200
    """
    from cereblon.cohort.simulated.example import clean_example, damaged_example
    from cereblon.cohort.simulated.writing import refuse_used, write_example

    need_counts(size=size, seed=seed)
    if not 1 <= size <= _MOST:
        raise ArgumentError(f"size is {size}; 1 to {_MOST:,} patients can be written")
    if form not in get_args(Form):
        raise unknown_name("form", form, get_args(Form))
    rates, folder, reporter = read_rates(dirt), Path(out), Reporter(progress)
    refuse_used(folder)
    if form == "duckdb":
        load_duckdb()
    with reporter.count("simulate", size) as step:
        clean = clean_example(size, seed=seed, progress=step)
    database = f"{folder / DATABASE[form]}"
    made = damaged_example(clean, rates, seed=seed, made_by=f"cereblon cohort example --size {size} --seed {seed}")
    shown = made.truth.group_by("person_id").aggregate([("identifiable", "all")])["identifiable_all"]
    answer = CohortExample(
        folder=str(folder),
        database=database,
        size=size,
        seed=seed,
        rows={name: table.num_rows for name, table in made.omop.items()},
        rates=rates,
        identifiable=sum(shown.to_pylist()) / max(len(shown), 1),
    )
    write_example(folder, made, form=form, about=answer.content())
    return answer
