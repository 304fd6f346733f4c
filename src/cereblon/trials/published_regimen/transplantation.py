"""Autologous transplantation as phases: collection, melphalan and infusion, recovery."""

from __future__ import annotations

import re

from cereblon.core.errors import InputError
from cereblon.evidence.study import PublishedPhase
from cereblon.model.drugs import DRUGS
from cereblon.trials.published_regimen.dose_words import read_dose
from cereblon.vocabulary.drugs import need_drug

_COLLECTION_DAYS, _TRANSPLANT_DAYS, _RECOVERY = 28, 28, (21, 2)
_TANDEM_DAYS = 112  # as in rd-asct-rv209 of the library
_USUAL_MELPHALAN = 200.0
_HIGH_DOSE = re.compile(r"high[- ]dose")


def transplant_phases(
    phase: PublishedPhase, number: int, *, collected: bool, is_last: bool, source: str
) -> tuple[list[dict[str, object]], list[str]]:
    """Give the phases of a procedure.

    Parameters
    ----------
    phase
        As published, with the dose of melphalan where it is stated.
    number
        Of transplants; 0 for the collection of stem cells alone.
    collected
        Whether an earlier phase is the collection.
    is_last
        Whether nothing follows.
    source
        Of the regimen.

    Returns
    -------
        Fields of `Phase`, and what is assumed.

    Raises
    ------
    InputError
        If another drug than melphalan is given with it, or there are more than two transplants.
    """
    if number > 2:
        raise InputError(f"{number} transplants cannot be simulated", hint="one or two can")
    rest = {"source": "asct-timing", "orders": []}
    collection = {"name": "collection", "cycle_days": _COLLECTION_DAYS, "cycles": max(number, 1), **rest}
    if number == 0:
        return [{**collection, "name": phase.phase}], [f"{_COLLECTION_DAYS} days without a drug for the collection"]
    dose, assumed = _melphalan(phase)
    days = _TRANSPLANT_DAYS if number == 1 else _TANDEM_DAYS
    order = {"drug": "melphalan", "dose": dose, "unit": "mg/m2", "route": "iv", "days": [1], "source": source}
    transplant = {
        "name": phase.phase,
        "cycle_days": days,
        "cycles": number,
        "procedure": "asct",
        "transplant_day": 3,
        "source": "asct-timing",
        "orders": [order],
    }
    recovery = {"name": "recovery", "cycle_days": _RECOVERY[0], "cycles": _RECOVERY[1], **rest}
    made: list[dict[str, object]] = [] if collected else [collection]
    made += [transplant] if is_last or number > 1 else [transplant, recovery]
    words = "melphalan two days before the infusion"
    if number > 1:
        words += ", the second transplant sixteen weeks after the first"
    elif not is_last:
        words += ", the next phase ten weeks after it"
    if not collected:
        words = f"{_COLLECTION_DAYS * number} days for the collection of stem cells, {words}"
    return made, [*assumed, f"{words}, as in the library"]


def _melphalan(phase: PublishedPhase) -> tuple[float, list[str]]:
    others = [order.drug for order in phase.drugs if need_drug(order.drug, DRUGS) != "melphalan"]
    if others:
        raise InputError(f"{', '.join(others)} in the phase of a transplant", hint="give it in a phase of its own")
    doses = [
        order.dose for order in phase.drugs if order.dose and not _HIGH_DOSE.fullmatch(order.dose.strip().lower())
    ]
    if not doses:
        return _USUAL_MELPHALAN, [f"melphalan {_USUAL_MELPHALAN:g} mg/m2"]
    step = read_dose(doses[0]).steps[0]
    if step.unit != "mg/m2":
        raise InputError(f"melphalan {doses[0]!r} is not in mg/m2", hint="write 200 mg/m2")
    return step.dose, []
