"""The model's numbers: value, unit, basis, meaning and source, and the draws that predictions use."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from cereblon.core.errors import InputError, unknown_name
from cereblon.core.parameter import BASES, all_parameters, load_parameters
from cereblon.core.plain_text import capital
from cereblon.core.rows import Row
from cereblon.model.engine.ensemble import load_ensemble
from cereblon.questions.result import Listing


def parameters(group: str | None = None, *, basis: str | None = None) -> ParameterList:
    """List the model's numbers; of fitted ones the draws that predictions use.

    Parameters
    ----------
    group
        Parameter file, e.g. clones or lenalidomide; all if None.
    basis
        assumed, fitted, derived or published; all if None.

    Returns
    -------
        Table `parameters`.

    Raises
    ------
    UnknownNameError
        If group or basis is not known.

    Examples
    --------
    >>> import cereblon as cb
    >>> set(cb.parameters("clones", basis="assumed").table()["basis"])
    {'assumed'}
    """
    if basis is not None and basis not in BASES:
        raise unknown_name("basis", basis, BASES)
    drawn: dict[str, Mapping[str, float]] = {}
    notes: tuple[str, ...] = ()
    try:
        drawn = {row["parameter"]: row for row in load_ensemble().provenance["parameters"]}
    except InputError as error:  # numbers are looked at while they are being changed
        notes = (f"without draws: {error.message}",)
    chosen = all_parameters() if group is None else {group: load_parameters(group)}
    rows: list[Row] = [
        {
            "group": name,
            **{key: _finite(value) for key, value in asdict(parameter).items()},
            **_draws(drawn.get(f"{name}.{parameter.name}", {})),
        }
        for name, loaded in chosen.items()
        for parameter in loaded.values()
        if basis is None or parameter.basis == basis
    ]
    return ParameterList(rows=tuple(rows), reading_notes=notes)


@dataclass(frozen=True, eq=False, repr=False)
class ParameterList(Listing):
    """Parameters of the model, each with its source."""

    rows: tuple[Row, ...]
    reading_notes: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What is listed."""
        return "Parameters of the model"

    @property
    def notes(self) -> tuple[str, ...]:
        """Why there are no draws, where there are none."""
        return self.reading_notes

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give `parameters`."""
        return {"parameters": self.rows}

    def text(self) -> str:
        """Give each number with its meaning, source and draws."""
        return "\n".join(line for row in self.rows for line in _row_lines(row))


def _unit(row: Row) -> str:
    return "" if row["unit"] == "1" else f" {row['unit']}"


def _row_lines(row: Row) -> list[str]:
    lines = [
        f"{row['group']}.{row['name']} = {row['value']:g}{_unit(row)}  [{row['basis']}]",
        f"    {capital(str(row['meaning']).removesuffix('.'))}; {row['source']}",
    ]
    if row["draws_median"] is not None:
        lines.append(
            f"    draws: {row['draws_median']:.3g} (90 % {row['draws_low']:.3g} to {row['draws_high']:.3g}), "
            f"{row['draws_over_prior']:.2f} of the width of the prior "
            f"({row['prior_low']:.3g} to {row['prior_high']:.3g})"
        )
    return lines


def _draws(row: Mapping[str, float]) -> dict[str, float | None]:
    """Give 5, 50 and 95 % of the draws and of the prior, and the ratio of their standard deviations."""
    names = {
        **{f"draws_{name}": name for name in ("median", "low", "high")},
        **{name: name for name in ("prior_low", "prior_high")},
        "draws_over_prior": "posterior_sd_over_prior",
    }
    return {shown: row.get(name) for shown, name in names.items()}


def _finite(value: object) -> object:
    """Give None for a bound that is not there."""
    return None if isinstance(value, float) and math.isinf(value) else value
