"""A valid regimen to spoil, one field at a time."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def raw() -> dict[str, Any]:
    """VRd, then Rd until progression, as a file would hold it."""
    return {
        "id": "mine",
        "label": "My regimen",
        "sources": {"protocol": {"citation": "our protocol", "quality": "primary"}},
        "phases": [
            {
                "name": "induction",
                "cycle_days": 21,
                "cycles": 8,
                "source": "protocol",
                "orders": [
                    {"drug": "bortezomib", "dose": 1.3, "unit": "mg/m2", "route": "iv", "days": [1, 4, 8, 11]},
                    {"drug": "lenalidomide", "dose": 25, "unit": "mg", "route": "oral", "days": "1-14"},
                ],
            },
            {
                "name": "maintenance",
                "cycle_days": 28,
                "until": "progression",
                "source": "protocol",
                "orders": [
                    {
                        "drug": "lenalidomide",
                        "dose": 10,
                        "unit": "mg",
                        "route": "oral",
                        "days": "1-21",
                        "cycles": "1-3",
                    },
                    {
                        "drug": "lenalidomide",
                        "dose": 15,
                        "unit": "mg",
                        "route": "oral",
                        "days": "1-21",
                        "cycles": "4+",
                    },
                ],
            },
        ],
    }
