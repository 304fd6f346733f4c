"""What a dose rule may read: the patient, the course of treatment, counts, grades, and the drug's own history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cereblon.model.drugs import DRUGS
from cereblon.model.toxicity.adverse_events import ADVERSE_EVENTS
from cereblon.vocabulary.endpoints import vocabulary

Kind = Literal["patient", "course", "count", "grade", "drug"]

SUPPORTS: tuple[str, ...] = ("aspirin", "anticoagulant", "g-csf")
"""What rules may give besides the drugs."""

GRADE_TERMS: dict[str, str] = {
    "peripheral_neuropathy": "peripheral neuropathy, CTCAE grade 0 to 4",
    "neuropathic_pain": "pain of the neuropathy, 1 if there is any",
    **{
        name: f"{vocabulary().endpoints[f'ae_{name}'].description}, CTCAE grade"
        for name in ADVERSE_EVENTS.in_dose_rules
    },
}
"""Adverse events as the clinic grades them: names of the evidence vocabulary without `ae_`, and what is graded."""

INDICATIONS: tuple[str, ...] = ("newly-diagnosed", "relapsed", "maintenance")
"""What labels tell apart in myeloma, in the order of their numbers."""

UNSIMULATED: dict[str, str] = {
    "dialysis": "on dialysis",
    "marrow_infiltration": "plasma cells in the marrow explain low platelets",
}
"""What a doctor knows of a patient and a simulation does not; there the answer is always no."""


SEEN: tuple[str, ...] = (
    "peripheral_neuropathy",
    *ADVERSE_EVENTS.in_dose_rules,
)
"""Terms of `GRADE_TERMS` that a simulation grades; a rule on another term is refused, because it would never act."""
UNSEEN: frozenset[str] = (frozenset(GRADE_TERMS) - frozenset(SEEN)) | frozenset(UNSIMULATED)
"""What no simulation knows."""


def indication(*, is_maintenance: bool, prior_lines: float, line: float) -> str:
    """Tell which of `INDICATIONS` a course of treatment is.

    Parameters
    ----------
    is_maintenance
        Lenalidomide alone at 15 mg or less.
    prior_lines
        Lines of therapy before day 0.
    line
        Line of the strategy, from 1.
    """
    if is_maintenance:
        return "maintenance"
    return "relapsed" if prior_lines + line - 1 > 0 else "newly-diagnosed"


@dataclass(frozen=True, slots=True)
class Measure:
    """One value that rules may read.

    Parameters
    ----------
    name
        As written in a rule.
    kind
        patient (fixed at day 0), course (of treatment), count (at blood visits), grade (every week), or drug (of the
        drug that the rule is about).
    unit
        Of the values in a rule.
    meaning
        In words.
    lowest, highest
        What is possible; a limit outside is refused.
    whole
        True if only whole numbers occur.
    words
        Words for whole numbers from 0, if a rule writes words.
    """

    name: str
    kind: Kind
    unit: str
    meaning: str
    lowest: float
    highest: float
    whole: bool = False
    words: tuple[str, ...] = ()


def _yes_or_no(name: str, kind: Kind, meaning: str) -> Measure:
    return Measure(name, kind, "yes or no", meaning, 0, 1, whole=True, words=("no", "yes"))


def _whole(name: str, kind: Kind, unit: str, meaning: str, lowest: float, highest: float) -> Measure:
    return Measure(name, kind, unit, meaning, lowest, highest, whole=True)


_OF_PATIENT = (
    Measure("age", "patient", "years", "age at day 0", 18, 110),
    Measure("crcl", "patient", "mL/min", "creatinine clearance at day 0, Cockcroft-Gault", 0, 250),
    Measure("weight", "patient", "kg", "body weight at day 0", 20, 300),
    Measure("bmi", "patient", "kg/m2", "body mass index at day 0", 10, 80),
    Measure("frailty", "patient", "group", "IMWG frailty group", 0, 2, True, ("fit", "intermediate", "frail")),
    _whole("prior_lines", "patient", "lines", "lines of therapy before day 0", 0, 20),
    *(_yes_or_no(name, "patient", meaning) for name, meaning in UNSIMULATED.items()),
)
_USE = "maintenance: lenalidomide alone at 15 mg or less; otherwise combination"
_INDICATION = "maintenance as under use; otherwise relapsed after any line of therapy, or newly-diagnosed"
_OF_COURSE = (
    Measure("use", "course", "kind", _USE, 0, 1, True, ("combination", "maintenance")),
    Measure("indication", "course", "kind", _INDICATION, 0, 2, True, INDICATIONS),
    _whole("line", "course", "number", "line of treatment of the strategy, from 1", 1, 20),
    _whole("cycle", "course", "number", "cycle of the line, from 1", 1, 1000),
    _whole("cycle_day", "course", "day", "first day of the week within its cycle: 1, 8, 15 ...", 1, 400),
    _whole("line_days", "course", "days", "days since the line began", 0, 20000),
    *(_yes_or_no(f"with_{drug}", "course", f"the cycle orders {drug}") for drug in DRUGS),
)
_COUNTS = (
    Measure("anc", "count", "1e9/L", "neutrophils at the visit", 0, 100),
    Measure("platelets", "count", "1e9/L", "platelets at the visit", 0, 3000),
    Measure("haemoglobin", "count", "g/L", "haemoglobin at the visit", 20, 250),
)
_GRADES = tuple(
    _yes_or_no(term, "grade", meaning)
    if term == "neuropathic_pain"
    else _whole(term, "grade", "grade", meaning, 0, 4)
    for term, meaning in GRADE_TERMS.items()
)
_OF_DRUG = (
    Measure("dose", "drug", "unit of the order", "dose of the drug as it stands", 0, 1e6),
    Measure("days_unchanged", "drug", "days", "days since the drug's dose was last held or changed", 0, 20000),
    _whole("earlier", "drug", "times", "how often another rule has acted in this line", 0, 1000),
)

MEASURES: dict[str, Measure] = {
    measure.name: measure for measure in (*_OF_PATIENT, *_OF_COURSE, *_COUNTS, *_GRADES, *_OF_DRUG)
}
"""Every value that rules may read, by name, in the order of the columns of compiled tables."""

SHARED: tuple[str, ...] = tuple(name for name, measure in MEASURES.items() if measure.kind != "drug")
"""Values that are the same for every rule at a visit."""

KNOWN: tuple[str, ...] = tuple(name for name, measure in MEASURES.items() if measure.kind in ("patient", "course"))
"""Values that are known without a visit: all that starting doses may depend on. They stand first in `SHARED`."""
