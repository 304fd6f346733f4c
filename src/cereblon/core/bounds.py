"""What a quantity can be: bounds outside which a number is a mistake until its user says otherwise."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cereblon.core.errors import ArgumentError


@dataclass(frozen=True, slots=True)
class Bounds:
    """The range of a quantity, with the reason, and within which wider range a user may insist.

    Parameters
    ----------
    low, high
        Ends, both allowed.
    unit
        Of the ends; 1 for none.
    reason
        Why a value beyond is a mistake in all likelihood.
    least, most
        Ends that no option lifts, both allowed.
    because
        Why none does: there is no such value, so that nobody can mean it.
    """

    low: float
    high: float
    unit: str
    reason: str
    least: float = -math.inf
    most: float = math.inf
    because: str = ""

    @property
    def is_firm(self) -> bool:
        """Whether no option lifts either end."""
        return (self.least, self.most) == (self.low, self.high)


_RATIO = (0.0, math.inf, "the quotient of two numbers of events is not negative")
_SHARE = "a share is no more than its whole"
_STAGE = "the scale has no other values"
_AMOUNT = (0.0, math.inf, "an amount is not negative")
_COUNT = "it is counted"
_LIFETIME = "nobody lives for 100 years after a first treatment as an adult"

BOUNDS: dict[str, Bounds] = {
    "hazard ratio": Bounds(0.02, 50.0, "1", "no randomised trial of a drug has found one beyond", *_RATIO),
    "odds ratio": Bounds(0.001, 1000.0, "1", "beyond, the counts behind it are nearly all in two cells", *_RATIO),
    "risk ratio": Bounds(0.001, 1000.0, "1", "beyond, an arm has almost no events", *_RATIO),
    "rate ratio": Bounds(0.001, 1000.0, "1", "beyond, an arm has almost no events", *_RATIO),
    "log ratio": Bounds(
        *(-6.91, 6.91, "1", "the ratio would lie beyond 1 to 1000; is it a ratio, not its logarithm?"),
        *(-230.0, 230.0, "the ratio would have a hundred digits"),
    ),
    "percent": Bounds(0.0, 100.0, "percent", "a share of a whole", 0.0, 100.0, _SHARE),
    "fraction": Bounds(0.0, 1.0, "1", "a share of a whole", 0.0, 1.0, _SHARE),
    "age": Bounds(18.0, 110.0, "years", "adults are treated and simulated", 0.0, 130.0, "nobody was older"),
    "weight": Bounds(20.0, 300.0, "kg", "adults; is it in pounds or grams?", 1.0, 700.0, "nobody weighed more"),
    "height": Bounds(100.0, 230.0, "cm", "adults; is it in metres or inches?", 30.0, 280.0, "nobody was taller"),
    "creatinine clearance": Bounds(0.0, 250.0, "mL/min", "is it in mL/s?", *_AMOUNT),
    "creatinine": Bounds(0.1, 40.0, "mg/dL", "is it in umol/L?", *_AMOUNT),
    "m-protein": Bounds(0.0, 200.0, "g/L", "blood with more would not flow", *_AMOUNT),
    "urine m-protein": Bounds(0.0, 50_000.0, "mg/24h", "the kidney passes no more in a day", *_AMOUNT),
    "free light chain": Bounds(0.0, 100_000.0, "mg/L", "the highest reported are some 50 g/L", *_AMOUNT),
    "calcium": Bounds(0.5, 6.0, "mmol/L", "not survived beyond; is it in mg/dL?", *_AMOUNT),
    "neutrophils": Bounds(0.0, 200.0, "1e9/L", "is it in /uL?", *_AMOUNT),
    "platelets": Bounds(0.0, 3000.0, "1e9/L", "is it in /uL?", *_AMOUNT),
    "haemoglobin": Bounds(20.0, 250.0, "g/L", "is it in g/dL?", *_AMOUNT),
    "albumin": Bounds(5.0, 80.0, "g/L", "is it in g/dL?", *_AMOUNT),
    "beta-2 microglobulin": Bounds(0.1, 200.0, "mg/L", "is it in ug/L?", *_AMOUNT),
    "plasmacytoma area": Bounds(0.0, 250_000.0, "mm2", "half a metre square", *_AMOUNT),
    "ISS stage": Bounds(1.0, 3.0, "1", "the International Staging System has three stages", 1.0, 3.0, _STAGE),
    "ECOG status": Bounds(0.0, 4.0, "1", "5 is death", 0.0, 4.0, _STAGE),
    "grade": Bounds(0.0, 5.0, "1", "CTCAE; 0 is none", 0.0, 5.0, _STAGE),
    "grade of an event": Bounds(1.0, 5.0, "1", "CTCAE; what has no grade is no event", 1.0, 5.0, _STAGE),
    "grade at baseline": Bounds(0.0, 4.0, "1", "CTCAE; 5 is fatal", 0.0, 4.0, _STAGE),
    "number of earlier lines": Bounds(0.0, 30.0, "1", "nobody was reported with more", 0.0, 1000.0, _COUNT),
    "line of therapy": Bounds(
        1.0, 30.0, "1", "lines count from 1, and nobody was reported with more", 1.0, 1000.0, _COUNT
    ),
    "cycle": Bounds(1.0, 1000.0, "1", "cycles count from 1", 1.0, 36_525.0, "a cycle has a day, and " + _LIFETIME),
    "replicate": Bounds(0.0, 1e9, "1", "trials count from 0", 0.0, 1e9, _COUNT),
    "result code": Bounds(0.0, 1000.0, "1", "0 is a whole subject", 0.0, 1000.0, "this program gives it"),
    "day": Bounds(-36_525.0, 36_525.0, "days", "100 years; is it a date?", -36_525.0, 36_525.0, _LIFETIME),
    "number of doses": Bounds(0.0, 1000.0, "1", "of one cycle", 0.0, math.inf, _COUNT),
    "amount of a cycle": Bounds(0.0, 1e6, "mg", "a kilogram in a cycle", *_AMOUNT),
    "daily dose": Bounds(0.0, 5000.0, "mg", "drugs against myeloma are given by milligrams; is it mg?", *_AMOUNT),
    "dose": Bounds(0.0, 1e5, "1", "is it in the drug's own unit?", *_AMOUNT),
    "level": Bounds(0.5, 0.9999, "1", "level of an interval as a fraction", 0.0, 1.0, _SHARE),
    "landmark": Bounds(0.0, 360.0, "months", "30 years; is it in days?", 0.0, 1200.0, _LIFETIME),
    "number of patients": Bounds(0.0, 1e6, "1", "no trial or registry of myeloma has as many", 0.0, math.inf, _COUNT),
    "time at risk": Bounds(0.0, 1e9, "1", "a million patients for a lifetime, in months", *_AMOUNT),
    "time between doses": Bounds(
        *(1.0, 100_000.0, "h", "oftener than every hour is an infusion; the rest is 11 years"),
        *(0.0, 876_600.0, _LIFETIME),
    ),
    "follow-up": Bounds(0.0, 720.0, "months", "60 years; is it in days?", 0.0, 1200.0, _LIFETIME),
}
"""One entry for each quantity that users bring; judged by us, wide enough for every value in the evidence set."""


LIFT = "--allow-implausible"
"""The option by which users insist on a number outside its bounds."""

_PLURAL = ("neutrophils", "platelets")

SELDOM_CLEARANCE = 5.0
"""mL/min; who has less is on dialysis, while the usual 1 to 2 mL/s, read in mL/min, lies below."""


def find_problem(quantity: str, value: float, *, lift: str | None = None) -> str | None:
    """Say why a value cannot be what it is given as, or None.

    Parameters
    ----------
    quantity
        A key of `BOUNDS`.
    value
        In the unit of its bounds; NaN, which says missing, is no problem.
    lift
        The option that accepts such a value, named in the sentence.
    """
    bounds = BOUNDS[quantity]
    if not (value < bounds.low or value > bounds.high):
        return None
    unit = "" if bounds.unit == "1" else f" {bounds.unit}"
    accept = f"; {lift} accepts it" if lift and find_impossible(quantity, value) is None else ""
    article = "" if quantity in _PLURAL else "an " if quantity[0].lower() in "aeio" else "a "
    return (
        f"{value:g}{unit} is outside what {article}{quantity} can be, {bounds.low:g} to {bounds.high:g}{unit} "
        f"({bounds.reason}){accept}"
    )


def find_impossible(quantity: str, value: float) -> str | None:
    """Say why nobody can mean a value, whatever option is given, or None; parameters as in `find_problem`."""
    bounds = BOUNDS[quantity]
    if not (value < bounds.least or value > bounds.most):
        return None
    return f"{find_problem(quantity, value)}; no option accepts it: {bounds.because}"


def judge(
    quantity: str,
    values: Iterable[float],
    place: Callable[[int], str],
    *,
    allow_implausible: bool,
    problems: list[str],
    notes: list[str],
) -> None:
    """Tell which values cannot be what they are given as: as problems, or in one note where their user insists.

    Parameters
    ----------
    quantity
        A key of `BOUNDS`.
    values
        In the unit of its bounds; NaN, which says missing, is no problem.
    place
        Name of the place of a value by its position.
    allow_implausible
        Whether the user insists.
    problems, notes
        Gain what was found.
    """
    given = list(values)
    found = [(row, told) for row, value in enumerate(given) if (told := find_problem(quantity, value))]
    none_can = {row: told for row, _ in found if (told := find_impossible(quantity, given[row]))}
    problems += [f"{place(row)}: {told}" for row, told in none_can.items()]
    found = [(row, told) for row, told in found if row not in none_can]
    if not allow_implausible:
        problems += [f"{place(row)}: {told}; {LIFT} accepts it" for row, told in found]
    elif found:
        row, told = found[0]
        more = f", and {len(found) - 1} more" if len(found) > 1 else ""
        notes.append(f"{place(row)}: accepted by {LIFT}: {told}{more}")


def find_doubt(quantity: str, value: float) -> str | None:
    """Say why a value that is possible may be meant in another unit, or None."""
    if quantity == "creatinine clearance" and 0.0 < value < SELDOM_CLEARANCE:
        return (
            f"a creatinine clearance of {value:g} mL/min is that of kidneys that have failed; "
            f"{value:g} mL/s would be {60.0 * value:g} mL/min"
        )
    return None


def need_between(name: str, value: float | None, low: float, high: float) -> None:
    """Refuse an argument outside its range; None is not stated.

    Raises
    ------
    ArgumentError
        With the range.
    """
    if value is not None and not low <= value <= high:
        raise ArgumentError(f"{name} {value:g} is outside {low:g} to {high:g}")
