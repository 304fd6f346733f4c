"""Event data sets in `cereblon pk`: read, simulated and printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cereblon.core.errors import InputError

if TYPE_CHECKING:
    from cereblon.cli.pk_runs import Setting


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """How a data set is read; see `parse_events`."""

    time_unit: str | None = None
    in_order: bool = False
    allow_implausible: bool = False


def print_predictions(
    setting: Setting, path: Path, reading: Reading, given: Sequence[str], notes: Sequence[str], *, as_json: bool
) -> None:
    """Simulate an event data set and print the concentrations: as CSV, or as JSON with the notes.

    Raises
    ------
    InputError
        Listing every row and column that cannot be honoured, or an option that changes nothing.
    """
    from cereblon.cli.pk_options import draw_problems
    from cereblon.cli.running import print_json, print_notes

    problems = draw_problems(given)
    if problems:
        raise InputError("\n".join(problems), hint="leave it out")
    columns, found, unit = predictions(path, setting, reading)
    varied = "typical subjects" if setting.typical else f"seed {setting.seed}"
    notes = [*notes, *found, f"IPRED in {unit}, {varied}"]
    print_notes(notes)
    if as_json:
        rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        print_json({"drug": setting.kinetics.drug, "unit": unit, "notes": notes, "predictions": rows})
    else:
        _print_columns(columns)


def _print_columns(columns: dict[str, list[object]]) -> None:
    import csv
    import sys

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    sys.stdout.flush()  # a reader that has gone is noticed here, not at exit


def predictions(path: Path, setting: Setting, reading: Reading) -> tuple[dict[str, list[object]], list[str], str]:
    """Simulate an event data set.

    Returns
    -------
        Columns ID, TIME, EVID, IPRED and, with residual error, DV; notes on what was understood; unit.

    Raises
    ------
    InputError
        Listing every row and column that cannot be honoured.
    """
    import numpy as np

    from cereblon.cli.pk_runs import draws
    from cereblon.core.random_streams import normals, root_key
    from cereblon.model.exposure.event_simulation import simulate_events
    from cereblon.model.exposure.event_table import read_events
    from cereblon.model.exposure.residual import measured

    kinetics = setting.kinetics
    table = read_events(
        path,
        kinetics,
        time_unit=reading.time_unit,
        in_order=reading.in_order,
        allow_implausible=reading.allow_implausible,
    )
    if not table.is_observed.any():
        raise InputError(f"{path}: holds no observation (EVID 0 or 2), so there is nothing to predict")
    found = simulate_events(table, draws(kinetics, len(table.subjects), setting.seed, typical=setting.typical))
    columns: dict[str, list[object]] = {
        "ID": list(found.subject),
        "TIME": found.time.tolist(),
        "EVID": found.evid.tolist(),
        "IPRED": found.level.tolist(),
    }
    if setting.measured:
        luck = normals(root_key(setting.seed), f"assay of {kinetics.drug}", np.arange(len(found.level)), 2)
        true = found.level / kinetics.per_mg_l
        reported = measured(true, found.hours_after_dose, kinetics.values, luck[:, 0], luck[:, 1])
        columns["DV"] = (reported * kinetics.per_mg_l).tolist()
    return columns, list(table.notes), found.unit
