"""Writing doses as a NONMEM-style event data set, for mrgsolve, nlmixr2 or NONMEM."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from io import StringIO

import numpy as np
from numpy.typing import NDArray

from cereblon.model.drugs.kinetics import Kinetics, need_covariates
from cereblon.model.drugs.patient import Patient
from cereblon.model.exposure.course import Dose
from cereblon.model.exposure.event_columns import centre, needed_columns

Floats = NDArray[np.float64]
_FIXED = ("ID", "TIME", "HOURS", "EVID", "AMT", "RATE", "CMT", "ADDL", "II", "SS", "DV", "MDV")


def event_csv(
    kinetics: Kinetics, patient: Patient, doses: Sequence[Dose], observe_hours: Sequence[float] | Floats
) -> str:
    """Write doses and observations of many subjects as CSV.

    Columns of doses are numbers in every row: R reads a column with points in it as text, and mrgsolve drops columns
    of text with no more than a message. Equal doses at equal distances become one row with ADDL and II, but for a
    dose that enters the centre at once when it is observed, where programs differ in what comes first. Numbers are
    written in full, so that reading the text gives the same doses. HOURS repeats TIME and so names its unit.

    Parameters
    ----------
    kinetics
        The drug.
    patient
        Covariates, one entry for each subject; those that act become columns.
    doses
        What all subjects get; amounts may differ.
    observe_hours
        When to observe, h; an observation at the time of a dose stands before it.

    Returns
    -------
        Text with one header row: hours, mg, mg/h; IDs from 1.

    Raises
    ------
    InputError
        If a covariate that acts is unknown.
    """
    need_covariates(patient, kinetics.covariates, why=f"it acts on {kinetics.drug}")
    columns = needed_columns(kinetics)
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*_FIXED, *columns])
    observed = {float(hours) for hours in observe_hours}
    runs = list(_runs(sorted(doses, key=lambda dose: dose.day), observed))
    n = len(patient.weight_kg)
    into = {True: "1", False: str(centre(kinetics))}
    for k in range(n):
        covariates = [_text(float(np.asarray(getattr(patient, name))[k])) for name in columns.values()]
        rows: list[tuple[float, int, list[str]]] = []
        for hours in observe_hours:
            cells = [str(k + 1), _text(hours), _text(hours), "0", "0", "0", into[False], "0", "0", "0", ".", "0"]
            rows.append((float(hours), 0, cells))
        for first, more, every in runs:
            hours, mg = first.day * 24.0, float(np.broadcast_to(np.asarray(first.mg, np.float64), (n,))[k])
            rate = mg / (first.infusion * 24.0) if first.infusion > 0.0 else 0.0
            cells = [
                str(k + 1),
                _text(hours),
                _text(hours),
                "1",
                _text(mg),
                _text(rate),
                into[first.absorbed],
                str(more),
            ]
            rows.append((hours, 1, [*cells, _text(every), "0", ".", "1"]))
        rows.sort(key=lambda row: row[:2])
        writer.writerows([*cells, *covariates] for _, _, cells in rows)
    return out.getvalue()


def _text(value: float) -> str:
    """Write a number so that reading it gives the same one."""
    return repr(int(value)) if float(value).is_integer() else repr(float(value))


def _runs(doses: Sequence[Dose], observed: set[float]) -> Iterator[tuple[Dose, int, float]]:
    """Gather equal doses at equal distances: the first, how many more, hours between them."""
    k = 0
    while k < len(doses):
        more, every = 0, 0.0
        while k + more + 1 < len(doses) and _same(doses[k], doses[k + more + 1]):
            following = doses[k + more + 1]
            gap = (following.day - doses[k + more].day) * 24.0
            if not following.absorbed and following.infusion == 0.0 and following.day * 24.0 in observed:
                break
            if more and abs(gap - every) > 1e-9 * every:
                break
            more, every = more + 1, gap if not more else every
        yield doses[k], more, every
        k += more + 1


def _same(one: Dose, other: Dose) -> bool:
    return (
        one.absorbed == other.absorbed
        and one.infusion == other.infusion
        and bool(np.array_equal(np.asarray(one.mg), np.asarray(other.mg)))
    )
