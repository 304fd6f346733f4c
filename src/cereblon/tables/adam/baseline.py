"""Baseline of laboratory values: the last on or before the day of randomisation, and the change from it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa


def baseline_columns(rows: pa.Table) -> dict[str, Any]:
    """Give the flag of the baseline record, the baseline value, and the change from it after day 0.

    Parameters
    ----------
    rows
        Laboratory values of one trial.

    Returns
    -------
        `ABLFL`, `BASE` and `CHG`, one of each row; missing where a test has no value by day 0.
    """
    names = zip(*(rows[name].to_pylist() for name in ("arm", "subject_id", "test")), strict=True)
    day, value = rows["day"].to_numpy(), rows["value"].to_numpy()
    keys = list(names)
    last: dict[tuple[Any, ...], int] = {}
    for place, key in enumerate(keys):
        if day[place] <= 0.0 and (key not in last or day[place] >= day[last[key]]):
            last[key] = place
    at = np.array([last.get(key, -1) for key in keys], dtype=np.int64)
    known = at >= 0
    base = np.where(known, value[at], np.nan) if len(keys) else value
    later = known & (day > 0.0)
    return {
        "ABLFL": ["Y" if is_it else "" for is_it in at == np.arange(len(keys))],
        "BASE": pa.array(base, mask=~known),
        "CHG": pa.array(value - base, mask=~later),
    }
