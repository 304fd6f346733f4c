"""Write a virtual trial of a run, or the patients of a cohort, as ADaM datasets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Literal, final, get_args

import pyarrow as pa
import pyarrow.compute as pc

from cereblon.cohort.folder import CONTENT as COHORT
from cereblon.cohort.folder import read_cohort_folder
from cereblon.cohort.observed_subjects import first_index_day, observed_stretches, observed_subject_tables
from cereblon.cohort.schemas import RESPONSE_ESTIMANDS
from cereblon.core.arguments import need_one_of
from cereblon.core.durable_files import make_folders
from cereblon.core.errors import ArgumentError, InputError, unknown_name
from cereblon.core.output_files import write_error, write_files
from cereblon.core.rows import Row
from cereblon.outcomes.event_reasons import times_with_reasons
from cereblon.questions.result import Result
from cereblon.report.document import Document, part
from cereblon.tables.adam import AdamDataset, adam_datasets, dataset_json, transport_bytes
from cereblon.tables.adam.transport import load_pyreadstat
from cereblon.trials.folder import RunFolder, open_run
from cereblon.trials.trial import TrialPlan, parse_trial

if TYPE_CHECKING:
    import altair as alt

AdamFormat = Literal["adam-json", "adam-xpt"]
_EARLIEST, _LATEST = date(1960, 1, 1), date(2200, 1, 1)  # days of transport files count from the first


@final
@dataclass(frozen=True, kw_only=True, repr=False)
class AdamExport(Result):
    """The ADaM datasets of one virtual trial, or of the patients of a cohort, as they were written.

    Table: `files`. No chart.

    Parameters
    ----------
    run, folder
        The run, and where the files are.
    replicate
        Number of the virtual trial.
    datasets
        In the order ADSL, ADTTE, ADRS, ADLB, ADEX, ADAE.
    files
        Of each dataset.
    conventions
        By which outcomes were counted, where the trial names them.
    first_day
        Date of the first day of enrolment; None where the datasets hold no dates.
    estimand
        Kind of response and progression of a cohort; empty for a run.
    """

    run: str
    folder: str
    replicate: int
    datasets: tuple[AdamDataset, ...]
    files: tuple[str, ...]
    conventions: tuple[str, ...]
    first_day: date | None = None
    estimand: str = ""

    @property
    def notes(self) -> tuple[str, ...]:
        """Say which trial it is, and what virtual subjects or those of a cohort do not have."""
        if self.estimand:
            return (
                f"patients of a cohort, by {self.estimand} response and progression; the start of the index line is "
                "day 1, and dates are those of the database",
                "a cohort has no doses by cycle, so ADEX holds stretches of days on one drug; adverse events are "
                "those of blood counts",
            )
        dates = (
            "virtual subjects have no dates, so days count from randomisation, which is day 1"
            if self.first_day is None
            else f"dates follow from {self.first_day} as the first day of enrolment; randomisation is day 1"
        )
        return (
            f"virtual trial {self.replicate} of the run; {dates}",
            *self.conventions,
        )

    def text(self) -> str:
        """List the files with their records."""
        return "\n".join(f"{row['file']}: {row['label']}, {row['records']} records" for row in self._rows())

    def _rows(self) -> list[Row]:
        return [
            {"file": file, "dataset": one.name, "label": one.label, "records": len(one.rows)}
            for file, one in zip(self.files, self.datasets, strict=True)
        ]

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give `files`: file, dataset, label and records."""
        return {"files": self._rows()}

    def charts(self) -> Mapping[str, alt.TopLevelMixin]:
        """Give none."""
        return {}

    def content(self) -> Mapping[str, object]:
        """Give run, folder, trial and files."""
        return {"run": self.run, "folder": self.folder, "replicate": self.replicate, **self.tables()}

    def document(self) -> Document:
        """Give the files as a document."""
        return Document(title=f"ADaM of {self.run}", lead=self.notes, sections=[part("Files", rows=self._rows())])


def export(
    run: Path | str,
    to: Path | str,
    *,
    format: AdamFormat = "adam-json",
    replicate: int = 0,
    first_day: date | str | None = None,
    estimand: str | None = None,
) -> AdamExport:
    """Write a virtual trial of a run, or the patients of a built cohort, as ADaM datasets.

    ADSL, ADTTE (with CNSR, EVNTDESC and CNSDTDSC), ADRS, ADLB, ADEX and ADAE; progression-free survival and the
    others by the conventions that the trial names.

    Parameters
    ----------
    run
        Run folder, for example `runs/swog-s0777`, or folder of a built cohort; it is not changed.
    to
        Folder to write into; it is made.
    format
        `adam-json` (CDISC Dataset-JSON 1.1) or `adam-xpt` (SAS transport files, by the extra `adam`).
    replicate
        Number of the virtual trial, from 0.
    first_day
        Date of the first day of enrolment, such as 2026-01-31; datasets then hold dates. Virtual subjects have none
        of their own.
    estimand
        Of a cohort: kind of response and progression, strict or relaxed; relaxed unless given.

    Raises
    ------
    RunFolderError
        If it is no run folder, or a table is damaged.
    ArgumentError
        If what applies to a run is given for a cohort, or the reverse.
    InputError
        If there is no such trial, format or estimand, the extra is not installed, or a file cannot be written.

    Examples
    --------
    >>> import cereblon as cb
    >>> cb.export("runs/swog-s0777", "adam").files[0]  # doctest: +SKIP
    'adsl.json'
    """
    if format not in get_args(AdamFormat):
        raise unknown_name("format", str(format), get_args(AdamFormat))
    begins = _date(first_day)
    if format == "adam-xpt":
        load_pyreadstat()
    if (Path(run) / COHORT).is_file():
        if replicate or first_day is not None:
            raise ArgumentError("replicate and first_day apply to a run; a cohort is one, with dates of its own")
        return _of_cohort(Path(run), Path(to), format, "relaxed" if estimand is None else estimand)
    if estimand is not None:
        raise ArgumentError("estimand applies to a cohort; a run is judged by the conventions of its trial")
    folder = open_run(Path(run))
    plan = parse_trial(dict(folder.header.get("plan", {})), where=str(Path(run) / "run.json"))
    tables = _of_trial(folder, plan, replicate)
    times = times_with_reasons(tables, censoring=plan.choices.censoring)
    labels = {key: arm.label or key for key, arm in plan.arms.items()}
    datasets = adam_datasets(tables, times, study=plan.id.upper(), labels=labels, first_day=begins)
    files = _write(datasets, Path(to), format, str(folder.header["versions"].get("cereblon", "")))
    return AdamExport(
        run=folder.run_id,
        folder=str(to),
        replicate=replicate,
        datasets=tuple(datasets),
        files=tuple(files),
        conventions=tuple(plan.estimand_sentences),
        first_day=begins,
    )


def _of_cohort(folder: Path, to: Path, format: AdamFormat, estimand: str) -> AdamExport:
    need_one_of("estimand", estimand, RESPONSE_ESTIMANDS)
    built = read_cohort_folder(folder)
    tables = observed_subject_tables(built, estimand=estimand)
    begins, label = first_index_day(built), built.definition.name.upper()
    datasets = adam_datasets(
        tables,
        times_with_reasons(tables),
        study=label,
        labels={},
        first_day=begins,
        stretches=observed_stretches(built),
    )
    files = _write(datasets, to, format, version("cereblon"))
    return AdamExport(
        run=str(folder),
        folder=str(to),
        replicate=0,
        datasets=tuple(datasets),
        files=tuple(files),
        conventions=(),
        first_day=begins,
        estimand=estimand,
    )


def _date(given: date | str | None) -> date | None:
    if given is None:
        return None
    try:
        found = given if type(given) is date else date.fromisoformat(str(given))
    except ValueError as error:
        raise ArgumentError(f"first_day: {given!r} is no date; write it as 2026-01-31") from error
    if not _EARLIEST <= found <= _LATEST:
        raise ArgumentError(f"first_day: {found} is outside {_EARLIEST} to {_LATEST}")
    return found


def _of_trial(run: RunFolder, plan: TrialPlan, replicate: int) -> dict[str, pa.Table]:
    if isinstance(replicate, bool) or not 0 <= replicate < plan.replicates:
        raise InputError(f"replicate {replicate!r}: the run has the virtual trials 0 to {plan.replicates - 1}")
    size = int(run.header["block_size"])  # subjects are numbered trial by trial
    first, last = (replicate * plan.size) // size, ((replicate + 1) * plan.size - 1) // size
    blocks = [run.block_tables(number) for number in range(first, last + 1)]
    tables = {name: pa.concat_tables([block[name] for block in blocks]).unify_dictionaries() for name in blocks[0]}
    subjects = tables["subjects"].filter(pc.equal(tables["subjects"]["replicate"], replicate))
    wanted = _names(subjects).combine_chunks()
    kept = {name: table.filter(pc.is_in(_names(table), value_set=wanted)) for name, table in tables.items()}
    return kept | {"subjects": subjects}


def _names(table: pa.Table) -> pa.ChunkedArray:
    arm, number = table["arm"].cast(pa.string()), table["subject_id"].cast(pa.string())
    return pc.binary_join_element_wise(arm, number, "\n")


def _write(datasets: Sequence[AdamDataset], to: Path, format: AdamFormat, version: str) -> list[str]:
    try:
        make_folders(to)
    except OSError as error:
        raise write_error(to, error, is_kept=False) from error
    written = write_files(
        (to / f"{one.name.lower()}.{format.removeprefix('adam-')}", _content(one, format, version))
        for one in datasets
    )
    return [path.name for path in written]


def _content(dataset: AdamDataset, format: AdamFormat, version: str) -> bytes:
    if format == "adam-xpt":
        return transport_bytes(dataset)
    return dataset_json(dataset, created=datetime.now(UTC), version=version).encode()
