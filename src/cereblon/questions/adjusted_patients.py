"""Whose outcomes are adjusted, and to which published baseline: tables, simulated or drawn patients, and studies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from cereblon.core.arguments import refuse_unused
from cereblon.core.errors import ArgumentError, InputError, unknown_name
from cereblon.core.given_tables import GivenTable, name_of
from cereblon.core.time_units import DAYS_PER_MONTH
from cereblon.synthesis.adjustment.patients import PatientData, patient_data, read_patients
from cereblon.synthesis.adjustment.targets import AdjustmentTarget, read_targets, study_targets

if TYPE_CHECKING:
    import pyarrow as pa

    from cereblon.synthesis.adjustment.covariates import Floats

_DRAWN = 2000
_KEYS = ("origin", "source_id", "arm", "subject_id", "replicate", "result_code")
_TABLE_ENDINGS = (".csv", ".tsv", ".txt")


@dataclass(frozen=True)
class SimulatedPatients:
    """The simulated patients of one replicate of a run folder, with their outcomes.

    Parameters
    ----------
    run
        Run folder.
    endpoint
        Whose time is compared.
    replicate
        Which virtual trial of the run.
    """

    run: Path | str
    endpoint: str = "pfs"
    replicate: int = 0


@dataclass(frozen=True)
class DrawnPatients:
    """Patients drawn from a virtual population; without outcomes, so that they give weights alone.

    Parameters
    ----------
    population
        Name of a population of the library.
    """

    population: str


Patients: TypeAlias = "GivenTable | SimulatedPatients | DrawnPatients"


def known_patients(patients: Patients) -> Patients:
    """Say what a text names: a table stays, a folder is a run, another name is a population.

    Raises
    ------
    UnknownNameError
        If it is neither a file, nor a run folder, nor a population.
    """
    if not isinstance(patients, str | Path) or _is_table(patients):
        return patients
    return SimulatedPatients(patients) if Path(patients).is_dir() else DrawnPatients(_population(str(patients)))


def read_given_patients(
    patients: Patients, *, time_unit: str | None, event_coding: str | None, allow_implausible: bool, seed: int
) -> PatientData:
    """Read individuals from a table, take those of a run folder, or draw a population; see `known_patients`.

    Raises
    ------
    InputError
        If they cannot be read.
    ArgumentError
        If how to read events was said of no table.
    """
    if isinstance(patients, SimulatedPatients | DrawnPatients):
        refuse_unused({"event_coding": event_coding}, "the patients are not read from a table")
        return _simulated(patients) if isinstance(patients, SimulatedPatients) else _drawn(patients.population, seed)
    return read_patients(
        patients, time_unit=time_unit, event_coding=event_coding, allow_implausible=allow_implausible
    )


def _is_table(given: str | Path) -> bool:
    return Path(given).is_file() or Path(given).suffix.lower() in _TABLE_ENDINGS


def _population(name: str) -> str:
    from cereblon.model.patients import population_names

    if name not in population_names():
        raise unknown_name("file, run folder or population", name, population_names())
    return name


def _simulated(patients: SimulatedPatients) -> PatientData:
    """Take covariates, time and response of the simulated patients of one replicate."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from cereblon import outcomes
    from cereblon.trials.folder import open_run

    tables = dict(open_run(Path(patients.run)).tables())
    if patients.endpoint not in outcomes.ENDPOINTS:
        raise ArgumentError(f"endpoint is {patients.endpoint!r}; allowed: {', '.join(outcomes.ENDPOINTS)}")
    replicates = sorted(set(tables["subjects"]["replicate"].to_pylist()))
    if patients.replicate not in replicates:
        raise InputError(
            f"{patients.run}: replicate {patients.replicate} is not among {replicates[0]} to {replicates[-1]}"
        )
    times = outcomes.time_to_event(tables["subjects"], tables["events"], tables["responses"], patients.endpoint)
    times = times.filter(pc.equal(times["replicate"], patients.replicate))
    subjects = tables["subjects"].filter(pc.equal(tables["subjects"]["replicate"], patients.replicate))
    place = {
        key: row
        for row, key in enumerate(zip(subjects["arm"].to_pylist(), subjects["subject_id"].to_pylist(), strict=True))
    }
    rows = [place[key] for key in zip(times["arm"].to_pylist(), times["subject_id"].to_pylist(), strict=True)]
    subjects = subjects.take(pa.array(rows, pa.int64()))
    return patient_data(
        str(patients.run),
        {name: subjects[name].to_pylist() for name in subjects.column_names if name not in _KEYS},
        arm=subjects["arm"].to_pylist(),
        month=times["day"].to_numpy() / DAYS_PER_MONTH,
        observed=np.asarray(times["observed"].to_pylist(), dtype=np.bool_),
        response=_responded(tables["responses"], subjects),
    )


def _responded(responses: pa.Table, subjects: pa.Table) -> Floats:
    """Say who had a confirmed partial response or better in the first line."""
    good = {"sCR", "CR", "VGPR", "PR"}
    names = ("arm", "subject_id", "line", "confirmed")
    columns = [responses[name].to_pylist() for name in names]
    responders = {(arm, n) for arm, n, line, best in zip(*columns, strict=True) if line == 1 and best in good}
    keys = zip(subjects["arm"].to_pylist(), subjects["subject_id"].to_pylist(), strict=True)
    return np.array([key in responders for key in keys], dtype=np.float64)


def _drawn(name: str, seed: int) -> PatientData:
    from cereblon.core.random_streams import root_key
    from cereblon.model.patients import load_population

    patients = load_population(name).draw(root_key(seed), np.arange(_DRAWN))
    columns = {key: values.tolist() for key, values in patients.to_columns().items() if key not in _KEYS}
    return patient_data(f"population {name}", columns, arm=[name] * _DRAWN)


@dataclass(frozen=True)
class Baseline:
    """The published figures that patients are matched to; `study` names the study they are of, if any."""

    figures: list[AdjustmentTarget]
    notes: list[str]
    study: str | None


def read_baseline(given: GivenTable, *, arm: str | None, match: str | Sequence[str] | None) -> Baseline:
    """Take the baseline figures of a study of the library or of a table.

    Raises
    ------
    InputError
        If they cannot be read, or the study has none that can be matched.
    UnknownNameError
        If the text is neither a study nor a file, or an arm or a figure is not known.
    ArgumentError
        If an arm of a study was named beside a table.
    """
    from cereblon.evidence import load_study

    chosen = [name.strip() for name in match.split(",")] if isinstance(match, str) else match
    text = str(given) if isinstance(given, str | Path) else ""
    if text.endswith((".yaml", ".yml")) or (text and not isinstance(given, Path) and not _is_table(text)):
        figures, notes = study_targets(load_study(text), arm=arm, endpoints=chosen)
        return Baseline(figures, notes, text)
    refuse_unused({"baseline_arm": arm}, "a baseline table is of one population")
    found, notes = read_targets(given)
    where = name_of(given)
    known = list(dict.fromkeys(target.covariate for target in found))
    for name in chosen or ():
        if name not in known:
            raise unknown_name(f"{where}: covariate", name, known)
    kept = [target for target in found if chosen is None or target.covariate in chosen]
    left = [name for name in known if chosen is not None and name not in chosen]
    notes = [*notes, *([f"{where}: not matched, not asked for: {', '.join(left)}"] if left else [])]
    return Baseline(kept, notes, None)
