"""A builder of subject tables from rows, for tests of outcomes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pyarrow as pa

from cereblon.tables import conform
from cereblon.tables.schemas import ADVERSE_EVENTS, EVENTS, EXPOSURES, LABS, RESPONSES, SUBJECTS

ORIGIN = {"origin": "observed", "source_id": "hand"}
SCHEMAS = {
    "subjects": SUBJECTS,
    "exposures": EXPOSURES,
    "labs": LABS,
    "responses": RESPONSES,
    "events": EVENTS,
    "adverse_events": ADVERSE_EVENTS,
}
PERSON = {
    "replicate": 0,
    "age": 65.0,
    "sex": "female",
    "weight_kg": 70.0,
    "height_cm": 165.0,
    "crcl_ml_min": 80.0,
    "isotype": "IgG",
    "m_protein_g_l": 30.0,
    "involved_flc_mg_l": 20.0,
    "uninvolved_flc_mg_l": 10.0,
    "neutrophils_1e9_l": 4.0,
    "platelets_1e9_l": 220.0,
    "haemoglobin_g_l": 110.0,
    "prior_lines": 0,
    "result_code": 0,
}
Row = dict[str, Any]
Builder = Callable[[str, Iterable[Row]], pa.Table]


def build(name: str, rows: Iterable[Row]) -> pa.Table:
    """Build a subject table from rows; what a row leaves out is null, a subject's default, or line 1."""
    schema = SCHEMAS[name]
    defaults = (
        ORIGIN | (PERSON if name == "subjects" else {}) | {"line": 1, "cause": "", "related": "", "action": "none"}
    )
    full = [defaults | row for row in rows]
    return conform({field.name: [row.get(field.name) for row in full] for field in schema}, schema, name=name)
