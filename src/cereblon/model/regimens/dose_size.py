"""Whether a dose can be meant: far from what the label gives, it is a slip of the unit or of the point."""

from __future__ import annotations

from cereblon.model.drugs.drug import Unit, all_drugs

MOST_TIMES = 3.0
LEAST_SHARE = 0.01
"""From a hundredth to three times the largest usual dose is taken as meant. Judged by us: the smallest dose on sale
is an eightieth (dexamethasone 0.5 mg), few dose-finding studies went beyond three times, a slip of the unit is 1000.
"""


def dose_problem(drug: str, dose: float, unit: Unit) -> str | None:
    """Say why a dose can hardly be meant, or None.

    Parameters
    ----------
    drug, dose, unit
        Of one day.
    """
    declared = all_drugs().get(drug)
    form = next((form for form in declared.forms if form.unit == unit), None) if declared else None
    if form is None or form.largest * LEAST_SHARE <= dose <= form.largest * MOST_TIMES:
        return None
    way = "above three times" if dose > form.largest else "below a hundredth of"
    return (
        f"{dose:g} {unit} is {way} the largest usual dose of {drug}, {form.largest:g} {unit} ({form.source}); "
        "is the unit right?"
    )
