"""Stages of the International Staging System, as people write them."""

from __future__ import annotations

from cereblon.core.words import Words

_ROMAN = {"1": "I", "2": "II", "3": "III"}
_BEFORE = ("", "stage ", "iss ", "iss stage ")

ISS_STAGE = Words(
    "ISS stage",
    ("1", "2", "3", "unknown"),
    {
        **{
            f"{before}{written}": stage
            for stage, roman in _ROMAN.items()
            for written in (stage, roman)
            for before in _BEFORE
        },
        **{f"{stage}.0": stage for stage in _ROMAN},
        **dict.fromkeys(("u", "unk", "not known", "not reported", "not evaluable", "missing"), "unknown"),
    },
)
"""1 to 3, also as I to III; who has none is unknown. A revised stage (R-ISS) is another staging and no word of it."""
