"""Whether a dose can be meant: far from what the label gives, it is a slip of the unit or of the point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cereblon.model.regimens.dose_unit import Unit

MOST_TIMES = 3.0
LEAST_SHARE = 0.01
"""From a hundredth to three times the largest usual dose is taken as meant. Judged by us: the smallest dose on sale
is an eightieth (dexamethasone 0.5 mg), few dose-finding studies went beyond three times, a slip of the unit is 1000.
"""


@dataclass(frozen=True, slots=True)
class UsualDose:
    """The largest usual dose of a day.

    Parameters
    ----------
    amount
        In the unit it stands under.
    source
        Where it stands.
    """

    amount: float
    source: str


LARGEST: dict[tuple[str, Unit], UsualDose] = {
    ("lenalidomide", "mg"): UsualDose(25.0, "Revlimid, United States prescribing information, section 2.1"),
    ("dexamethasone", "mg"): UsualDose(40.0, "Hemady, United States prescribing information, section 2"),
    ("bortezomib", "mg/m2"): UsualDose(1.3, "Velcade, United States prescribing information, section 2"),
    ("ixazomib", "mg"): UsualDose(4.0, "Ninlaro, United States prescribing information, section 2.1"),
    ("carfilzomib", "mg/m2"): UsualDose(70.0, "Kyprolis, United States prescribing information, section 2"),
    ("daratumumab", "mg/kg"): UsualDose(16.0, "Darzalex, United States prescribing information, section 2"),
    ("daratumumab", "mg"): UsualDose(1800.0, "Darzalex Faspro, United States prescribing information, section 2"),
    ("melphalan", "mg/m2"): UsualDose(200.0, "Moreau 2002, doi:10.1182/blood.V99.3.731"),
}


def dose_problem(drug: str, dose: float, unit: Unit, *, lift: str) -> str | None:
    """Say why a dose can hardly be meant, or None.

    Parameters
    ----------
    drug, dose, unit
        Of one day.
    lift
        What accepts the dose all the same, named in the sentence.
    """
    usual = LARGEST.get((drug, unit))
    if usual is None or usual.amount * LEAST_SHARE <= dose <= usual.amount * MOST_TIMES:
        return None
    way = "above three times" if dose > usual.amount else "below a hundredth of"
    return (
        f"{dose:g} {unit} is {way} the largest usual dose of {drug}, {usual.amount:g} {unit} ({usual.source}); "
        f"is the unit right? {lift} accepts it"
    )
