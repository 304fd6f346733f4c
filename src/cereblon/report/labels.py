"""Words for the endpoint names of the evidence vocabulary, and the group each belongs to."""

from __future__ import annotations

from cereblon.core.rows import Row, number, text
from cereblon.vocabulary.endpoints import endpoint_label, vocabulary

GROUPS: tuple[str, ...] = vocabulary().groups
"""Groups of endpoints, in the order of a report."""
_OTHER = vocabulary().endpoints["on_treatment"].group


def row_label(row: Row) -> str:
    """Name the endpoint of a row with its grade and time point."""
    label = endpoint_label(text(row, "endpoint"))
    if text(row, "grade"):
        label += f", {grade_label(text(row, 'grade'))}"
    month = number(row, "month")
    return label if month is None else f"{label} at {month:g} months"


def grade_label(grade: str) -> str:
    """Put a grade range into words."""
    if grade in ("any", "serious"):
        return "any grade" if grade == "any" else "serious"
    return f"grade {grade.replace('-', '–')}"


def endpoint_group(endpoint: str) -> str:
    """Say which of GROUPS an endpoint belongs to; one that is not in the vocabulary is about treatment."""
    entry = vocabulary().endpoints.get(endpoint)
    return _OTHER if entry is None else entry.group
