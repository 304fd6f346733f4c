"""Pomalidomide under the US label: table 1 of its prescribing information, section 2."""

from __future__ import annotations

from typing import Any

import pytest

import cereblon as cb


def told(**patient: Any) -> dict[str, Any]:
    """What the rules say of pomalidomide in Pd."""
    rows = cb.dose("pd", crcl=90, **patient).tables()["decisions"]
    return next(row for row in rows if row["drug"] == "pomalidomide")


@pytest.mark.parametrize(
    ("patient", "rule"),
    [
        ({"anc": 0.49, "platelets": 120}, "pomalidomide-neutrophils"),
        ({"anc": 2.0, "platelets": 24}, "pomalidomide-platelets"),
    ],
)
def test_counts_below_the_limits_of_the_label_hold_it(patient: dict[str, Any], rule: str) -> None:
    row = told(**patient)
    assert (row["action"], row["rule"]) == ("hold", rule)


def test_a_new_cycle_is_initiated_at_platelets_of_50_only() -> None:
    """All drugs of the cycle wait for it, dexamethasone too; the first cycle does not."""
    rows = cb.dose("pd", crcl=90, anc=2.0, platelets=49, cycle=2).tables()["decisions"]
    waiting = {row["drug"]: (row["action"], row["rule"]) for row in rows if row["action"] != "give"}
    assert waiting == dict.fromkeys(("pomalidomide", "dexamethasone"), ("delay", "pomalidomide-new-cycle-platelets"))
    assert told(anc=2.0, platelets=50, cycle=2)["dose"] == told(anc=2.0, platelets=49)["dose"] == 4.0


def test_it_starts_in_full_whatever_the_kidney() -> None:
    """The label lowers no starting dose by creatinine clearance outside dialysis."""
    rows = cb.dose("pd", crcl=20).tables()["decisions"]
    assert [row["dose"] for row in rows if row["drug"] == "pomalidomide"] == [4.0]


def test_it_comes_with_thromboprophylaxis() -> None:
    rows = cb.dose("pd", crcl=90).tables()["decisions"]
    assert any(row["rule"] == "prophylaxis-pomalidomide" for row in rows)
