"""Rebuilt individuals as rows of the subject tables, so that every outcome function reads them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from cereblon.core.errors import InputError
from cereblon.core.time_units import DAYS_PER_MONTH
from cereblon.synthesis.curves.guyot import Rebuilt
from cereblon.tables import conform
from cereblon.tables.schemas import EVENTS, RESPONSES, SUBJECT_TABLES, SUBJECTS
from cereblon.vocabulary.clinical import READ_FROM_A_CURVE

Endpoint = Literal["pfs", "os", "ttnt"]
ENDPOINTS: tuple[Endpoint, ...] = ("pfs", "os", "ttnt")
"""Endpoints whose curves can be brought into the subject tables."""

_EVENT = {"pfs": "progression", "os": "death", "ttnt": "next_therapy"}
_UNKNOWN = ("sex", "isotype")


def subject_tables(arms: Sequence[Rebuilt], *, endpoint: str, source_id: str) -> dict[str, pa.Table]:
    """Bring rebuilt individuals into the subject tables with origin `reconstructed`.

    Only the endpoint of the curve can be computed from them: a patient of a PFS curve has a first event, of which
    nobody knows whether it was progression or death, and no covariate, dose, laboratory value or response. Baseline
    figures are null. A PFS curve censors at the last assessment without progression, which needs a row of its own in
    responses: category SD says there that nothing had progressed, and the best response stays NE.

    Parameters
    ----------
    arms
        From `rebuild`, one per arm, of one figure.
    endpoint
        What the curve shows: pfs, os or ttnt.
    source_id
        Evidence key of the study or name of the file.

    Returns
    -------
        Every subject table; exposures, labs and adverse events are empty. Days are months of 365.25 / 12 days.

    Raises
    ------
    InputError
        If the endpoint has no event of its own in the tables, or two arms share a name.
    """
    if endpoint not in ENDPOINTS:
        raise InputError(
            f"endpoint {endpoint!r} cannot be brought into the subject tables", hint=f"known: {', '.join(ENDPOINTS)}"
        )
    names = [arm.arm for arm in arms]
    if len(set(names)) != len(names):
        raise InputError(f"two arms share a name among {', '.join(names)}")
    sizes = [arm.n for arm in arms]
    key: dict[str, Any] = {
        "origin": "reconstructed",
        "source_id": source_id,
        "arm": np.repeat(np.array(names, dtype=object), sizes),
        "subject_id": np.concatenate([np.arange(1, n + 1) for n in sizes]) if sizes else np.zeros(0, np.int64),
    }
    day = np.concatenate([arm.month for arm in arms]) * DAYS_PER_MONTH
    seen = np.concatenate([arm.observed for arm in arms])
    given = {name: None for name in SUBJECTS.names} | key | {"replicate": 0, "result_code": 0}
    given |= {name: "unknown" for name in _UNKNOWN}
    tables = {name: schema.empty_table() for name, schema in SUBJECT_TABLES.items()}
    tables["subjects"] = conform(given, SUBJECTS, name="subjects")
    tables["events"] = conform(
        key
        | {
            "event": np.where(seen, _EVENT[endpoint], "censored"),
            "day": day,
            "line": 1,
            "cause": READ_FROM_A_CURVE,
        },
        EVENTS,
        name="events",
    )
    if endpoint == "pfs":
        rows = {name: column if isinstance(column, str) else column[~seen] for name, column in key.items()}
        rows |= {"line": 1, "day": day[~seen], "category": "SD", "confirmed": "NE", "mrd_negative": None}
        tables["responses"] = conform(rows, RESPONSES, name="responses")
    return tables
