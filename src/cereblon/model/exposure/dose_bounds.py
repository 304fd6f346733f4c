"""How large one dose of a drug can be before it is a slip of the unit or of the decimal point."""

from __future__ import annotations

from cereblon.core.body import body_surface_area
from cereblon.model.drugs.kinetics import Kinetics
from cereblon.model.drugs.patient import REFERENCE

LEAST, MOST = 0.02, 5.0
"""Times the usual dose; judged by us: wider than every reduction and escalation of a registered regimen, and narrower
than a slip of a unit (1,000) or a decimal place upward (10)."""

MOST_POSSIBLE_MG, LEAST_POSSIBLE_MG = 1e9, 1e-9
"""A ton and a picogram; no option lifts these: nobody means an amount beyond, and some leave the range of numbers
on the way to a concentration."""

SIZES = {
    "mg": 1.0,
    "mg/m2": float(body_surface_area(REFERENCE["weight_kg"], REFERENCE["height_cm"])),
    "mg/kg": REFERENCE["weight_kg"],
}


def dose_bounds_mg(kinetics: Kinetics, route: str | None = None) -> tuple[float, float]:
    """Give the smallest and largest plausible dose, mg, by one route or by any."""
    usual = [kinetics.usual[route]] if route else list(kinetics.usual.values())
    whole = [one.dose * SIZES[one.unit] for one in usual]
    return LEAST * min(whole), MOST * max(whole)


def impossible_dose(amount: float, unit: str) -> str | None:
    """Say why nobody can mean a dose, or None."""
    if LEAST_POSSIBLE_MG <= amount * SIZES[unit] <= MOST_POSSIBLE_MG:
        return None
    return f"{amount:g} {unit} is outside {LEAST_POSSIBLE_MG:g} to {MOST_POSSIBLE_MG:g} mg, and no option accepts it"


def dose_problem(kinetics: Kinetics, amount: float, unit: str, route: str | None = None) -> str | None:
    """Say why a dose cannot be what it is given as, or None; the reference patient stands for body size."""
    low, high = dose_bounds_mg(kinetics, route)
    size = SIZES[unit]
    if low <= amount * size <= high:
        return None
    usual = kinetics.usual[route or kinetics.routes[0]]
    return (
        f"{amount:g} {unit} of {kinetics.drug} is outside {low / size:.3g} to {high / size:.3g} {unit} (usual "
        f"{usual.dose:g} {usual.unit}); is the unit right?"
    )
