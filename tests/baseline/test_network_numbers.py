"""Numbers of a published network, kept so that none moves unannounced.

They are copied from our own output: a baseline, not a reference. A change of data or method that moves one is named
in the changelog under Results change, and the number is replaced here in the same commit.
"""

from __future__ import annotations

import pytest

import cereblon as cb


@pytest.fixture(scope="module")
def relapsed() -> cb.TreatmentNetwork:
    return cb.network("rrmm")


def test_effects_of_relapsed_disease_are_as_they_were(relapsed: cb.TreatmentNetwork) -> None:
    """Hazard ratios of progression-free survival against DRd with their 95 % intervals; four digits are printed."""
    found = {
        row["treatment"]: (round(row["value"], 4), round(row["low"], 4), round(row["high"], 4))
        for row in relapsed.table("effects").to_dicts()
        if row["versus"] == "DRd"
    }
    assert found == {
        "ERd": (1.5909, 1.1766, 2.151),
        "IRd": (1.8636, 1.3779, 2.5205),
        "KRd": (1.5682, 1.1688, 2.104),
        "Rd": (2.2727, 1.813, 2.849),
    }


def test_the_order_of_treatments_is_as_it_was(relapsed: cb.TreatmentNetwork) -> None:
    found = {row["treatment"]: round(row["p_score"], 4) for row in relapsed.table("ranking").to_dicts()}
    assert found == {"DRd": 0.9993, "KRd": 0.6083, "ERd": 0.5809, "IRd": 0.3049, "Rd": 0.0066}
