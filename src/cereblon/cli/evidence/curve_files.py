"""Where `cereblon evidence curve` takes people from, and the files it writes them to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from cereblon.synthesis.curves.guyot import Rebuilt


def _counts(given: Sequence[str] | None, option: str) -> dict[str, int]:
    """Read N or arm=N; a number without arm stands under the empty name."""
    counts = dict[str, int]()
    for text in given or ():
        arm, _, number = text.rpartition("=")
        if not number.strip().isdigit():
            raise typer.BadParameter(f"{option} is {text!r}; a whole number, or arm=number, is needed")
        if arm.strip() in counts:
            raise typer.BadParameter(f"{option} is given twice{f' for {arm.strip()}' if arm.strip() else ''}")
        counts[arm.strip()] = int(number)
    return counts


def individuals_of(
    points: str | None,
    at_risk: str | None,
    data: str | None,
    patients: Sequence[str] | None,
    events: Sequence[str] | None,
    time_unit: str | None,
    event_coding: str | None,
    *,
    allow_implausible: bool,
) -> tuple[list[Rebuilt], list[str]]:
    """Rebuild the people of each arm from points, or read given ones; none if neither was given. Say how."""
    from pathlib import Path

    from cereblon.core.errors import unknown_name
    from cereblon.synthesis.curves.digitised import match_arms, read_points, read_risk_table
    from cereblon.synthesis.curves.guyot import rebuild

    if data is not None:
        return _given(data, time_unit, event_coding, allow_implausible=allow_implausible)
    if points is None:
        return [], []
    curves = read_points(Path(points), time_unit=time_unit, allow_implausible=allow_implausible)
    risks = (
        read_risk_table(Path(at_risk), time_unit=time_unit, allow_implausible=allow_implausible) if at_risk else {}
    )
    matched = match_arms(list(curves), list(risks), f"{points} and {at_risk}") if risks else {}
    sizes, totals = _counts(patients, "--patients"), _counts(events, "--events")
    for name in {*sizes, *totals} - {""}:
        if name not in curves:
            raise unknown_name("arm", name, list(curves))
    if len(curves) > 1 and ("" in sizes or "" in totals):
        raise typer.BadParameter(f"say of which arm ({', '.join(curves)}), for example {next(iter(curves))}=120")
    arms = [
        rebuild(
            found,
            risks.get(matched.get(name, "")),
            patients=sizes.get(name, sizes.get("")),
            events=totals.get(name, totals.get("")),
        )
        for name, found in curves.items()
    ]
    said = [text for read in curves.values() for text in read.reading]
    said += [text for below in risks.values() for text in below.reading]
    return arms, list(dict.fromkeys(said))


def _given(
    data: str, time_unit: str | None, event_coding: str | None, *, allow_implausible: bool
) -> tuple[list[Rebuilt], list[str]]:
    from pathlib import Path

    import numpy as np

    from cereblon.core.errors import InputError
    from cereblon.synthesis.adjustment.patients import read_patients
    from cereblon.synthesis.curves.guyot import Rebuilt

    people = read_patients(
        Path(data), time_unit=time_unit, event_coding=event_coding, allow_implausible=allow_implausible
    )
    if people.month is None or people.observed is None:
        raise InputError(
            f"{data}: there is no column that says who had the event", hint="call it event, status or cnsr"
        )
    arms = []
    for arm in people.arms:
        rows = np.flatnonzero(people.arm == arm)
        order = rows[np.lexsort((~people.observed[rows], people.month[rows]))]
        nothing = float("nan")
        arms.append(Rebuilt(arm, people.month[order], people.observed[order], nothing, nothing, None, ()))
    left = [*people.covariates, *(["response"] if people.response is not None else [])]
    notes = [*people.notes, *([f"{data}: not used here: {', '.join(left)}"] if left else [])]
    return arms, notes


def write_individuals(arms: Sequence[Rebuilt], path: str, source: str) -> None:
    """Write people as CSV with the columns that `cereblon evidence over-time` reads."""
    import csv
    from pathlib import Path

    from cereblon.core.errors import InputError

    study = Path(source).stem if source.endswith((".csv", ".yaml")) else source
    try:
        with Path(path).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["study", "arm", "month", "event"])
            for arm in arms:
                for month, seen in zip(arm.month, arm.observed, strict=True):
                    writer.writerow([study, arm.arm, f"{month:.6g}", int(seen)])
    except OSError as error:
        raise InputError(
            f"{path}: cannot be written ({error.strerror})", hint="check that the folder exists"
        ) from error
    typer.echo(f"individuals written to {path}", err=True)


def write_tables(arms: Sequence[Rebuilt], folder: str, endpoint: str, source: str) -> None:
    """Write people as subject tables, one Parquet file each, to a new folder."""
    from pathlib import Path

    import pyarrow.parquet as pq

    from cereblon.core.errors import InputError
    from cereblon.synthesis.curves.individuals import subject_tables

    place = Path(folder)
    try:
        place.mkdir(parents=True)
    except OSError as error:
        raise InputError(
            f"{folder}: cannot be made ({error.strerror})", hint="name a folder that is not there"
        ) from error
    for name, table in subject_tables(arms, endpoint=endpoint, source_id=source).items():
        pq.write_table(table, place / f"{name}.parquet")
    typer.echo(f"subject tables written to {folder}; only {endpoint} can be computed from them", err=True)
