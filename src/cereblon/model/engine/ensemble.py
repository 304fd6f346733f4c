"""Draws of the fitted parameters: what a calibration ships, and what a prediction varies."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from cereblon.core.durable_files import make_folders
from cereblon.core.errors import InputError
from cereblon.core.json_files import parse_json
from cereblon.core.output_files import write_files
from cereblon.core.text_files import read_text
from cereblon.model.drugs import DRUGS
from cereblon.model.engine.parameters import Drawn, Parameters, model_parameters

FORMAT = 1
FIXED_GROUPS = ("clones", "effects", "proteins", "mortality", *DRUGS)
"""Groups whose other values a calibration rests on; a change of one of them makes its draws stale."""
_PACKAGED = "posterior"
_TABLE, _ORIGIN = "ensemble.csv", "ensemble.json"


@dataclass(frozen=True, kw_only=True)
class Ensemble:
    """Draws from the posterior of the fitted parameters.

    Parameters
    ----------
    names
        Group and name of each parameter.
    values
        In house units, shape (draw, parameter).
    provenance
        What made it: evidence, seed, settings, trace, variance between trials, and the values of all parameters that
        were held fixed.
    """

    names: tuple[tuple[str, str], ...]
    values: np.ndarray
    provenance: Mapping[str, Any]

    @property
    def size(self) -> int:
        """Number of draws."""
        return len(self.values)

    def draw(self, number: int, parameters: Parameters) -> Parameters:
        """Give parameters with those of one draw; draws are used in turn when there are too few.

        Parameters
        ----------
        number
            From 0.
        parameters
            The other values.
        """
        copy = {group: dict(values) for group, values in parameters.items()}
        for (group, name), value in zip(self.names, self.values[number % self.size], strict=True):
            copy[group][name] = float(value)
        return copy

    def of_replicates(
        self,
        replicate: np.ndarray,
        *,
        draws: int,
        held: Collection[tuple[str, str]] = (),
    ) -> Drawn:
        """Give each subject the draw of its replicate trial: two trials in succession share one.

        Two trials with the same parameters tell the spread between trials from that of the parameters.

        Parameters
        ----------
        replicate
            Replicate trial of each subject.
        draws
            Number of draws that are used in turn.
        held
            Group and name of parameters that keep their given value.
        """
        number = (replicate // 2) % min(draws, self.size)
        drawn: dict[str, dict[str, np.ndarray]] = {}
        for place, (group, name) in enumerate(self.names):
            if (group, name) not in held:
                drawn.setdefault(group, {})[name] = self.values[number, place]
        return drawn

    def between_trial_sd(self) -> Mapping[str, float]:
        """Give the estimated standard deviation between trials by group of endpoints, logit of shares or log."""
        found: Mapping[str, float] = self.provenance["between_trial_sd"]
        return found

    def over_draws_sd(self) -> Mapping[str, float]:
        """Give how much the expected numbers of a group of endpoints vary over draws, logit of shares or log."""
        found: Mapping[str, float] = self.provenance.get("over_draws_sd", {})
        return found


def fixed_values(names: Sequence[tuple[str, str]], parameters: Parameters) -> dict[str, dict[str, float]]:
    """Give the values that a calibration held fixed, by group."""
    moved = set(names)
    return {
        group: {name: float(value) for name, value in parameters[group].items() if (group, name) not in moved}
        for group in FIXED_GROUPS
    }


def save_ensemble(folder: Path, ensemble: Ensemble) -> None:
    """Write draws and provenance into a folder; the same ensemble gives the same bytes."""
    try:
        make_folders(folder)
    except OSError as error:
        raise InputError(f"{folder}: cannot be made a folder ({error.strerror})") from error
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([f"{group}.{name}" for group, name in ensemble.names])
    writer.writerows([f"{value:.6g}" for value in row] for row in ensemble.values)
    text = json.dumps({"format": FORMAT, **ensemble.provenance}, indent=1, ensure_ascii=False)
    write_files([(folder / _ORIGIN, f"{text}\n".encode()), (folder / _TABLE, out.getvalue().encode())])


def load_ensemble(folder: Path | None = None) -> Ensemble:
    """Load the package's ensemble, or one that `cereblon calibrate` wrote.

    Parameters
    ----------
    folder
        None for the one of the package.

    Raises
    ------
    InputError
        If it is missing or damaged, or belongs to another version of the model; the reason is given.
    """
    ensemble, where = read_ensemble(folder), _where(folder)
    changes = version_changes(ensemble, model_parameters())
    if changes:
        shown = "; ".join(changes[:4]) + (f"; and {len(changes) - 4} more" if len(changes) > 4 else "")
        raise InputError(
            f"{where} belongs to another version of the model: {shown}",
            hint="make a new one with cereblon calibrate, or predict with the point values: --draws 1",
        )
    return ensemble


def _where(folder: Path | None) -> str:
    return "the package's ensemble" if folder is None else str(folder)


def read_ensemble(folder: Path | None = None) -> Ensemble:
    """Read an ensemble whatever version of the model it belongs to; parameters and refusals as in `load_ensemble`."""
    source = Path(str(files("cereblon.model.engine") / _PACKAGED)) if folder is None else folder
    where = _where(folder)
    if not (source / _ORIGIN).exists():
        raise InputError(f"{where}: no ensemble there", hint="cereblon calibrate makes one")
    provenance = parse_json(read_text(source / _ORIGIN), where=where, hint="repeat cereblon calibrate")
    try:
        rows = list(csv.reader(read_text(source / _TABLE).splitlines()))
    except csv.Error as error:
        raise InputError(f"{where}: cannot be read ({error})", hint="repeat cereblon calibrate") from error
    if not _has_form(provenance) or len(rows) < 2:
        raise InputError(f"{where}: not an ensemble of format {FORMAT}", hint="repeat cereblon calibrate")
    names = _names(rows[0])
    try:
        values = np.array([[float(cell) for cell in row] for row in rows[1:]])
    except ValueError as error:
        raise InputError(f"{where}: a draw is not a number ({error})", hint="repeat cereblon calibrate") from error
    if values.shape[1:] != (len(names),) or len(set(names)) < len(names) or not np.isfinite(values).all():
        raise InputError(
            f"{where}: rows and header differ in length, a parameter is there twice, or a draw is not finite",
            hint="repeat cereblon calibrate",
        )
    return Ensemble(names=names, values=values, provenance=provenance)


def _has_form(provenance: object) -> bool:
    """Say whether provenance is of this format, with numbers where numbers are read."""
    if not isinstance(provenance, dict) or provenance.get("format") != FORMAT:
        return False
    fixed = provenance.get("fixed", {})
    tables = [provenance.get("between_trial_sd"), provenance.get("over_draws_sd", {})]
    tables += list(fixed.values()) if isinstance(fixed, dict) else [fixed]
    return all(
        isinstance(table, dict) and all(isinstance(value, (int, float)) for value in table.values())
        for table in tables
    )


@cache
def packaged_names() -> tuple[tuple[str, str], ...]:
    """Give group and name of each parameter in the package's ensemble, without reading its draws."""
    with (files("cereblon.model.engine") / _PACKAGED / _TABLE).open(encoding="utf-8") as table:
        return _names(next(csv.reader(table)))


def _names(header: Sequence[str]) -> tuple[tuple[str, str], ...]:
    return tuple((name.split(".", 1)[0], name.split(".", 1)[-1]) for name in header)


def version_changes(ensemble: Ensemble, parameters: Parameters) -> list[str]:
    """Say how the model differs from the one that was calibrated; empty when it is the same.

    Parameters
    ----------
    ensemble
        With the values that were held fixed.
    parameters
        Of the present model.
    """
    changes = [
        f"{group}.{name} is not a parameter of the model"
        for group, name in ensemble.names
        if name not in parameters.get(group, {})
    ]
    before: Mapping[str, Mapping[str, float]] = ensemble.provenance.get("fixed", {})
    for group, values in fixed_values(ensemble.names, parameters).items():
        old = before.get(group)
        if old is None and group in DRUGS:  # no arm of the calibration could give it
            continue
        old = old or {}
        for name in sorted(set(values) | set(old)):
            if name not in old:
                changes.append(f"{group}.{name} is new")
            elif name not in values:
                changes.append(f"{group}.{name} is gone")
            elif not np.isclose(values[name], old[name], rtol=1e-9, atol=0.0):
                changes.append(f"{group}.{name} was {old[name]:g}, is {values[name]:g}")
    return changes
