"""The league table: every treatment against every other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cereblon.core.errors import InputError
from cereblon.synthesis.frequentist.direct_evidence import pool_direct
from cereblon.synthesis.frequentist.measure import FloatArray, Measure, Row, back_transform, quantile
from cereblon.synthesis.frequentist.network_result import NetworkResult


@dataclass(frozen=True)
class LeagueTable:
    """Network estimates below the diagonal, head-to-head estimates above it.

    Attributes
    ----------
    measure, level
        Scale of pooling, and level of intervals.
    treatments
        Order of rows and columns.
    value, low, high
        On the natural scale (hazard ratios, not their logarithms). Below the diagonal the column treatment against
        the row treatment from the whole network; above it the row treatment against the column treatment from
        head-to-head trials alone. Not a number on the diagonal and where no trial compares the two.
    """

    measure: Measure
    level: float
    treatments: tuple[str, ...]
    value: FloatArray
    low: FloatArray
    high: FloatArray

    def cell(self, row: int, column: int, digits: int = 2) -> str:
        """Write one cell as `0.59 (0.54 to 0.65)`, the treatment on the diagonal, empty where nothing is known."""
        if row == column:
            return self.treatments[row]
        if np.isnan(self.value[row, column]):
            return ""
        numbers = (array[row, column] for array in (self.value, self.low, self.high))
        return "{:.{d}f} ({:.{d}f} to {:.{d}f})".format(*numbers, d=digits)

    def to_rows(self, digits: int = 2) -> list[Row]:
        """Give one row per treatment with a text cell per treatment."""
        rows = list[Row]()
        for i, name in enumerate(self.treatments):
            row: Row = {"treatment": name}
            row.update({other: self.cell(i, j, digits) for j, other in enumerate(self.treatments)})
            rows.append(row)
        return rows


def league_table(result: NetworkResult, order: Sequence[str] | None = None) -> LeagueTable:
    """Lay out all comparisons of a network.

    Parameters
    ----------
    result
        Of a network meta-analysis.
    order
        Treatments in the order of rows, e.g. `Ranking.treatments`; None for the alphabet.

    Raises
    ------
    InputError
        If `order` is not the treatments of the network, each once.
    """
    names = result.treatments if order is None else tuple(order)
    if sorted(names) != sorted(result.treatments):
        raise InputError(f"the order {', '.join(names)} is not the network's {', '.join(result.treatments)}")
    z, n = quantile(result.level), len(names)
    cells = np.full((3, n, n), np.nan)
    for i, row in enumerate(names):
        for j, column in enumerate(names[:i]):
            net = result.compare(column, row)
            cells[:, i, j] = [back_transform(result.measure, x) for x in (net.effect, net.low, net.high)]
            direct = pool_direct(result.data, column, row, result.tau2)
            if direct is not None:
                ends = (direct.effect, direct.effect - z * direct.se, direct.effect + z * direct.se)
                cells[:, j, i] = [back_transform(result.measure, x) for x in ends]
    return LeagueTable(result.measure, result.level, names, cells[0], cells[1], cells[2])
