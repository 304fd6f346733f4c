"""Doses and grades as people write them on a command line: `Revlimid 15 mg`, `rash=3`, `diarrhea grade 2`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cereblon.core.errors import InputError, UnknownNameError
from cereblon.core.units import factor
from cereblon.core.words import Words
from cereblon.model.dosing.measures import GRADE_TERMS
from cereblon.model.toxicity.adverse_events import ADVERSE_EVENTS
from cereblon.vocabulary.drugs import need_drug
from cereblon.vocabulary.endpoints import vocabulary

FRAILTY = Words(
    "frailty group", ("fit", "intermediate", "frail"), {"unfit": "intermediate", "non-fit": "intermediate"}
)

# Neuropathy and its pain have options of their own.
_TERMS = tuple(term for term in GRADE_TERMS if term not in ("peripheral_neuropathy", "neuropathic_pain"))


def _written(term: str) -> tuple[str, ...]:
    """List how the vocabulary writes an adverse event."""
    entry = vocabulary().endpoints.get(f"ae_{term}")
    return (term,) if entry is None else (term, entry.description, *entry.also)


ADVERSE_EVENT_NAMES = Words(
    "adverse event",
    _TERMS,
    {
        "skin rash": "rash",
        "infections": "infection",
        "cardiac": "cardiac_failure",
        "febrile neutropaenia": "febrile_neutropenia",
        "high blood pressure": "hypertension",
        "thrombosis": "vte",
        "second cancer": "spm",
        "liver": "hepatotoxicity",
        "hepatic": "hepatotoxicity",
        **{
            written: wider
            for event in ADVERSE_EVENTS.events
            for wider in event.counted_as
            if wider in _TERMS and event.term not in _TERMS
            for written in _written(event.term)
        },
        **{written: term for term in _TERMS for written in _written(term)},
    },
)
"""Adverse events of dose rules by what they are called at the bedside and in the vocabulary."""
_NEUROPATHY = frozenset({"peripheral neuropathy", "neuropathy", "neuropathic pain"})
_NUMBER = r"[+-]?(?:\d+(?:[.,]\d+)?|[.,]\d+)(?:[eE][+-]?\d+)?"
_DOSE = re.compile(rf"(?P<name>.*?[^\s=:])\s*(?:[=:]|\s)\s*(?P<number>{_NUMBER})\s*(?P<unit>[^\d\s].*)?", re.DOTALL)
_GRADE = re.compile(
    r"(?P<name>.*?[^\s=:])\s*(?:[=:]|\s)\s*(?:ctcae\s*)?(?:grade\s*|g)?(?P<grade>[^\s=:]+)", re.I | re.DOTALL
)


def read_dose(text: str, ordered: Mapping[str, tuple[float, str]]) -> tuple[str, float]:
    """Read a drug and the dose it was lowered to.

    Parameters
    ----------
    text
        Name, number and perhaps unit: `lenalidomide=15`, `Revlimid 15 mg`.
    ordered
        Highest dose that is ordered of each drug, with its unit.

    Returns
    -------
        Drug and dose in the unit of its order.

    Raises
    ------
    InputError
        If the text is no dose, the drug is not ordered, the unit is another kind, or the dose is not possible.
    """
    found = _DOSE.fullmatch(text.strip())
    if found is None:
        raise InputError(
            f"{text!r} is no dose of a drug", hint="write drug and dose, e.g. lenalidomide=15 or 'Revlimid 15 mg'"
        )
    drug = need_drug(found["name"])
    if drug not in ordered:
        listed = ", ".join(ordered) or "none"
        raise InputError(f"{text!r}: {drug} is not ordered here; ordered: {listed}")
    highest, unit = ordered[drug]
    dose = float(found["number"].replace(",", ".")) * _scale(text, (found["unit"] or unit).strip(), unit)
    if not 0.0 < dose <= highest:
        raise InputError(
            f"{text!r}: {dose:g} {unit} is no lowered dose of {drug}; above 0 and at most the ordered "
            f"{highest:g} {unit} is possible"
        )
    return drug, dose


def _scale(text: str, unit: str, wanted: str) -> float:
    """Give what a dose in one unit is multiplied by; mg, mg/m2 and mg/kg are three kinds."""
    kinds = [
        re.sub(r"\s", "", one).replace("²", "2").replace("^", "").partition("/")[2].lower() for one in (unit, wanted)
    ]
    mass = re.sub(r"\s", "", unit).partition("/")[0]
    if kinds[0] != kinds[1]:
        raise InputError(f"{text!r}: {unit} is another kind of dose; the order is in {wanted}")
    try:
        return factor(mass, "mg")
    except InputError as error:
        raise InputError(f"{text!r}: {unit!r} is no unit of a dose; the order is in {wanted}") from error


def read_grade(text: str) -> tuple[str, float]:
    """Read an adverse event and its grade.

    Parameters
    ----------
    text
        Name and CTCAE grade: `rash=3`, `diarrhea grade 2`.

    Raises
    ------
    InputError
        If the text is no adverse event with a grade, or the grade is not 0 to 4.
    """
    found = _GRADE.fullmatch(text.strip())
    if found is None:
        raise InputError(f"{text!r} is no adverse event with a grade", hint="write event and grade, e.g. rash=3")
    name = found["name"].strip()
    if re.sub(r"[\s_-]+", " ", name).casefold() in _NEUROPATHY:
        raise InputError(
            f"{text!r}: neuropathy has options of its own", hint="use --neuropathy GRADE, and --pain if it hurts"
        )
    term = ADVERSE_EVENT_NAMES.find(name)
    if term is None:
        raise UnknownNameError(ADVERSE_EVENT_NAMES.refusal(name))
    if found["grade"] not in ("0", "1", "2", "3", "4"):
        raise InputError(f"{text!r}: {found['grade']} is no grade; a grade is 0, 1, 2, 3 or 4")
    return term, float(found["grade"])
