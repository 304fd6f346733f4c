"""Where `cereblon evidence adjust` takes people, baseline tables and comparators from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    import pyarrow as pa

    from cereblon.synthesis.adjustment.comparison import Comparator
    from cereblon.synthesis.adjustment.covariates import Floats
    from cereblon.synthesis.adjustment.patients import PatientData
    from cereblon.synthesis.adjustment.targets import Target

_DRAWN = 2000
_KEYS = ("origin", "source_id", "arm", "subject_id", "replicate", "result_code")


def people_of(
    data: str | None,
    run: str | None,
    population: str | None,
    *,
    endpoint: str,
    replicate: int,
    time_unit: str | None,
    event_coding: str | None,
    allow_implausible: bool,
    seed: int,
) -> PatientData:
    """Read individual data from a CSV file, one replicate of a run folder, or draw a virtual population."""
    from pathlib import Path

    from cereblon.synthesis.adjustment.patients import read_patients

    if sum(given is not None for given in (data, run, population)) != 1:
        raise typer.BadParameter("give one of --data, --run and --population")
    if data is not None:
        return read_patients(
            Path(data), time_unit=time_unit, event_coding=event_coding, allow_implausible=allow_implausible
        )
    return _from_run(str(run), endpoint, replicate) if run is not None else _from_population(str(population), seed)


def _from_run(folder: str, endpoint: str, replicate: int) -> PatientData:
    """Take covariates, time and response of the simulated people of one replicate."""
    from pathlib import Path

    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    from cereblon import outcomes
    from cereblon.core.errors import InputError
    from cereblon.synthesis.adjustment.patients import patient_data
    from cereblon.trials.folder import open_run

    tables = dict(open_run(Path(folder)).tables())
    if endpoint not in outcomes.ENDPOINTS:
        raise typer.BadParameter(f"--endpoint is {endpoint!r}; allowed: {', '.join(outcomes.ENDPOINTS)}")
    replicates = sorted(set(tables["subjects"]["replicate"].to_pylist()))
    if replicate not in replicates:
        raise InputError(f"{folder}: replicate {replicate} is not among {replicates[0]} to {replicates[-1]}")
    times = outcomes.time_to_event(tables["subjects"], tables["events"], tables["responses"], endpoint)
    times = times.filter(pc.equal(times["replicate"], replicate))
    subjects = tables["subjects"].filter(pc.equal(tables["subjects"]["replicate"], replicate))
    place = {
        key: row
        for row, key in enumerate(zip(subjects["arm"].to_pylist(), subjects["subject_id"].to_pylist(), strict=True))
    }
    rows = [place[key] for key in zip(times["arm"].to_pylist(), times["subject_id"].to_pylist(), strict=True)]
    subjects = subjects.take(pa.array(rows, pa.int64()))
    best = _best_responses(tables["responses"], subjects)
    return patient_data(
        folder,
        {name: subjects[name].to_pylist() for name in subjects.column_names if name not in _KEYS},
        arm=subjects["arm"].to_pylist(),
        month=times["day"].to_numpy() / (365.25 / 12),
        observed=np.asarray(times["observed"].to_pylist(), dtype=np.bool_),
        response=best,
    )


def _best_responses(responses: pa.Table, subjects: pa.Table) -> Floats:
    """Say who had a confirmed partial response or better in the first line."""
    import numpy as np

    good = {"sCR", "CR", "VGPR", "PR"}
    names = ("arm", "subject_id", "line", "confirmed")
    columns = [responses[name].to_pylist() for name in names]
    responders = {(arm, n) for arm, n, line, best in zip(*columns, strict=True) if line == 1 and best in good}
    keys = zip(subjects["arm"].to_pylist(), subjects["subject_id"].to_pylist(), strict=True)
    return np.array([key in responders for key in keys], dtype=np.float64)


def _from_population(name: str, seed: int) -> PatientData:
    """Draw people without outcomes: for weights, overlap and effective sample size."""
    import numpy as np

    from cereblon.core.random_streams import root_key
    from cereblon.model.patients import load_population
    from cereblon.synthesis.adjustment.patients import patient_data

    people = load_population(name).draw(root_key(seed), np.arange(_DRAWN))
    columns = {key: values.tolist() for key, values in people.to_columns().items() if key not in _KEYS}
    return patient_data(f"population {name}", columns, arm=[name] * _DRAWN)


def targets_of(
    study: str | None, study_arm: str | None, targets: str | None, match: str | None
) -> tuple[list[Target], list[str]]:
    """Take the baseline table from a study of the library or from a CSV file."""
    from pathlib import Path

    from cereblon.core.errors import unknown_name
    from cereblon.evidence import load_study
    from cereblon.synthesis.adjustment.targets import read_targets, study_targets

    chosen = None if match is None else [name.strip() for name in match.split(",")]
    if targets is None:
        if study is None:
            raise typer.BadParameter("give --study ID or --targets FILE.csv")
        return study_targets(load_study(study), arm=study_arm, endpoints=chosen)
    found, notes = read_targets(Path(targets))
    known = list(dict.fromkeys(target.covariate for target in found))
    for name in chosen or ():
        if name not in known:
            raise unknown_name(f"{targets}: covariate", name, known)
    kept = [target for target in found if chosen is None or target.covariate in chosen]
    left = [name for name in known if chosen is not None and name not in chosen]
    return kept, [*notes, *(f"{targets}: {name} is not asked for and is not matched" for name in left)]


def comparator_of(
    ratio: str | None,
    responders: str | None,
    points: str | None,
    at_risk: str | None,
    events: int | None,
    label: str,
    time_unit: str | None,
    *,
    allow_implausible: bool,
) -> tuple[Comparator | None, Sequence[str], Sequence[str]]:
    """Take the comparator: a published ratio, responders, or a curve to rebuild; None for weights alone.

    Gives what was understood and what was assumed beside it.
    """
    from pathlib import Path

    from cereblon.core.errors import InputError
    from cereblon.synthesis.adjustment.comparison import ComparatorCount, ComparatorTimes, published_ratio
    from cereblon.synthesis.curves.digitised import read_points, read_risk_table
    from cereblon.synthesis.curves.guyot import rebuild

    if ratio is not None:
        value, low, high = _split(ratio, ",", 3, "--ratio", "value,low,high")
        found = published_ratio(value, low, high, label=label, allow_implausible=allow_implausible)
        return found, (f"--ratio: {value:g}, 95 % interval {low:g} to {high:g}, is {label} over the control",), ()
    if responders is not None:
        count, n = _split(responders, "/", 2, "--responders", "responders/patients")
        if count != int(count) or n != int(n):
            raise typer.BadParameter(f"--responders is {responders!r}; whole numbers of people are needed")
        return ComparatorCount(int(count), int(n), label), (), ()
    if points is None:
        return None, (), ()
    if at_risk is None:
        raise typer.BadParameter("--points needs --at-risk")
    curves = read_points(Path(points), time_unit=time_unit, allow_implausible=allow_implausible)
    risks = read_risk_table(Path(at_risk), time_unit=time_unit, allow_implausible=allow_implausible)
    if len(curves) != 1 or len(risks) != 1:
        raise InputError(
            f"{points}: arms {', '.join(curves)}; {at_risk}: arms {', '.join(risks)}; the comparator is one arm",
            hint="one file per arm",
        )
    curve, risk = next(iter(curves.values())), next(iter(risks.values()))
    built = rebuild(curve, risk, events=events)
    said = dict.fromkeys((*curve.reading, *risk.reading))
    return ComparatorTimes(built.month, built.observed, label), tuple(said), built.warnings


def _split(text: str, mark: str, count: int, option: str, form: str) -> list[float]:
    try:
        parts = [float(part) for part in text.split(mark)]
    except ValueError:
        parts = []
    if len(parts) != count or not all(abs(part) < float("inf") for part in parts):
        raise typer.BadParameter(f"{option} is {text!r}; {form} is needed")
    return parts
