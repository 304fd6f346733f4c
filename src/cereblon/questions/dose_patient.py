"""Patient and counts of today in the terms of dose rules; what does not apply is refused."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypedDict, TypeVar

from cereblon.core.arguments import need_counts
from cereblon.core.body import body_surface_area
from cereblon.core.bounds import find_doubt, judge, need_between
from cereblon.core.errors import ArgumentError, InputError, UnknownNameError, unknown_name
from cereblon.core.number_text import read_measure
from cereblon.model.dosing.conditions import Condition
from cereblon.model.dosing.description import describe_condition
from cereblon.model.dosing.measures import GRADE_TERMS, INDICATIONS, KNOWN, MEASURES
from cereblon.model.dosing.phrases import ADVERSE_EVENT_NAMES, FRAILTY, read_dose, read_grade
from cereblon.model.dosing.rule_set import RuleSet
from cereblon.model.regimens import Regimen
from cereblon.verification.replay.decisions import DrugDecision, cycle_plan, decide_now, known_values, values_read
from cereblon.verification.replay.subject_course import Cycle, cycles_of

QUANTITIES = {"crcl": "creatinine clearance", "anc": "neutrophils", "prior-lines": "number of earlier lines"}
COUNTS = ("anc", "platelets", "haemoglobin")
_UNITS: dict[str, tuple[str, str | None]] = {
    "age": ("years", None),
    "weight": ("kg", None),
    "height": ("cm", None),
    "crcl": ("mL/min", None),
    "anc": ("1e9/L", None),
    "platelets": ("1e9/L", None),
    "haemoglobin": ("g/L", "haemoglobin"),
}
"""Unit of each number, and the substance that laboratories measure both in mass and amount."""
DIALYSIS_BELOW = 30.0
_DIALYSED = 10.0  # any clearance below the limit gives the same dose
Read = TypeVar("Read")


class DosePatient(TypedDict, total=False):
    """Patient and counts of today; what is not stated is that of a patient of 65 years, 75 kg, 170 cm and 90 mL/min.

    Numbers may be followed by their unit, as `"900/uL"` or `"9 g/dL"`.

    Attributes
    ----------
    age
        Years; 65 if None.
    weight
        kg, or with its unit; 75 if None.
    height
        cm, or with its unit; 170 if None.
    crcl
        Creatinine clearance, mL/min, or with its unit; 90 if None.
    dialysis
        The patient is on dialysis; the clearance counts as below 30 mL/min.
    frailty
        fit, intermediate or frail; fit if None.
    prior_lines
        Lines of therapy before; with one or more, disease is relapsed.
    anc
        Neutrophils of today, 1e9/L, or with its unit.
    platelets
        Platelets of today, 1e9/L, or with its unit.
    marrow_infiltration
        Plasma cells in the marrow explain low platelets.
    haemoglobin
        Haemoglobin of today, g/L, or with its unit.
    neuropathy
        Grade of neuropathy today, 0 to 4.
    pain
        The neuropathy hurts.
    """

    age: float | str | None
    weight: float | str | None
    height: float | str | None
    crcl: float | str | None
    dialysis: bool | None
    frailty: str | None
    prior_lines: int | None
    anc: float | str | None
    platelets: float | str | None
    marrow_infiltration: bool | None
    haemoglobin: float | str | None
    neuropathy: int | None
    pain: bool | None


_REFERENCE: Mapping[str, float] = {"age": 65.0, "weight": 75.0, "height": 170.0, "crcl": 90.0}


@dataclass(frozen=True)
class DoseQuestion:
    """A patient, what is seen today, and what was given before.

    Parameters
    ----------
    numbers
        age, weight, height, crcl, and the counts that were given.
    frailty, prior_lines, dialysis, marrow_infiltration, neuropathy, pain
        See `DosePatient`.
    cycle
        Cycle of the regimen, from 1.
    grades, given
        Grades of other adverse events as `rash=3`, and doses a drug was lowered to before as `lenalidomide=15`.
    said
        What was stated of the patient and of today.
    allow_implausible
        Whether numbers that hardly any adult has are accepted.
    """

    numbers: Mapping[str, float]
    frailty: str
    prior_lines: int
    cycle: int
    dialysis: bool
    marrow_infiltration: bool
    neuropathy: int | None
    pain: bool
    grades: tuple[str, ...]
    given: tuple[str, ...]
    said: frozenset[str]
    allow_implausible: bool = False


def dose_question(
    patient: DosePatient,
    *,
    cycle: int,
    grades: tuple[str, ...],
    given: tuple[str, ...],
    allow_implausible: bool = False,
) -> DoseQuestion:
    """Put what is not stated beside what is.

    Raises
    ------
    UnknownNameError
        If something is stated that is not known.
    ArgumentError
        If a number is out of its range.
    """
    for name in patient:
        if name not in DosePatient.__annotations__:
            raise unknown_name("value of the patient", name, list(DosePatient.__annotations__))
    counts = {"cycle": cycle, **{name: patient.get(name) for name in ("prior_lines", "neuropathy")}}
    need_counts(**{name: value for name, value in counts.items() if value is not None})
    need_between("cycle", cycle, 1, 500)
    need_between("neuropathy", patient.get("neuropathy"), 0, 4)
    said = {name: value for name, value in patient.items() if value is not None}
    numbers = {name: said.get(name, value) for name, value in _REFERENCE.items()}
    numbers |= {name: said[name] for name in COUNTS if name in said}
    return DoseQuestion(
        numbers={name: _number(name, value) for name, value in numbers.items()},
        frailty=patient.get("frailty") or "fit",
        prior_lines=patient.get("prior_lines") or 0,
        cycle=cycle,
        dialysis=bool(patient.get("dialysis")),
        marrow_infiltration=bool(patient.get("marrow_infiltration")),
        neuropathy=patient.get("neuropathy"),
        pain=bool(patient.get("pain")),
        grades=grades,
        given=given,
        said=frozenset(said),
        allow_implausible=allow_implausible,
    )


def _number(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ArgumentError(f"--{name} {value}: is no number")
    if not isinstance(value, str):
        return float(value)
    unit, substance = _UNITS[name]
    try:
        return read_measure(f"--{name}", value, unit, substance=substance)
    except InputError as error:
        raise ArgumentError(error.message, hint=error.hint) from error


@dataclass(frozen=True)
class DoseAnswer:
    """Decisions and the title of their rules, what patient and counts were read as, and what of them was not used."""

    decisions: list[DrugDecision]
    by_rules: str
    indication: str
    read_as: str
    notes: list[str]


def decide(question: DoseQuestion, regimen: Regimen, rules: RuleSet) -> DoseAnswer:
    """Decide for one patient type.

    Raises
    ------
    ArgumentError
        If a value is not possible, or changes nothing beside the others.
    InputError
        If the regimen has no such cycle, or a drug or an adverse event is not known.
    """
    numbers = {**question.numbers, "prior-lines": question.prior_lines}
    accepted = _check_numbers(numbers, allow_implausible=question.allow_implausible)
    patient = _patient(question)
    plan, known = cycle_plan(regimen, question.cycle), known_values(regimen, patient, question.cycle)
    fixed = {name: value for name, value in known.items() if MEASURES.get(name) and MEASURES[name].kind == "course"}
    here = values_read(rules, tuple(plan.highest), fixed)
    anywhere = values_read(rules, regimen.drugs, {})
    grades = _grades(question, rules, regimen, anywhere)
    reduced = _reduced(question, regimen, plan)
    if question.marrow_infiltration:
        _check_infiltration(question, rules, here)
    seen = {name: question.numbers[name] for name in COUNTS if name in question.numbers} | grades
    decisions = decide_now(
        *(rules, regimen, patient, seen),
        cycle=question.cycle,
        reduced_to=reduced,
        allow_implausible=question.allow_implausible,
    )
    indication = INDICATIONS[int(known["indication"])]
    units = {order.drug: order.unit for order in plan.orders}
    lowered = [f"{drug} lowered before to {dose:g} {units[drug]}" for drug, dose in reduced.items()]
    marrow = ["marrow infiltration explains low platelets"] if question.marrow_infiltration else []
    parts = [
        _course(question, indication),
        _person(question),
        _kidney(question, patient),
        *_seen_words(seen),
        *marrow,
        *lowered,
    ]
    doubt = find_doubt("creatinine clearance", question.numbers["crcl"])
    notes = [
        *accepted,
        *([doubt] if doubt else []),
        *_unused(question, rules, plan, grades, here),
        *_without_effect(reduced, decisions),
    ]
    return DoseAnswer(decisions, rules.title, indication, "; ".join(parts), notes)


def _check_numbers(numbers: Mapping[str, float], *, allow_implausible: bool) -> list[str]:
    """Refuse numbers that nobody has, and give those that are accepted although hardly anybody does."""
    problems, accepted = list[str](), list[str]()
    for name, value in numbers.items():
        if not math.isfinite(value):
            raise ArgumentError(f"--{name} {value}: is no number")
        quantity = QUANTITIES.get(name, name)
        judge(
            *(quantity, [value], lambda _, name=name: f"--{name}"),
            allow_implausible=allow_implausible,
            problems=problems,
            notes=accepted,
        )
    if problems:
        raise ArgumentError("\n".join(problems))
    return accepted


def _patient(question: DoseQuestion) -> dict[str, float]:
    frailty = FRAILTY.find(question.frailty)
    if frailty is None:
        raise ArgumentError(f"--frailty: {FRAILTY.refusal(question.frailty)}")
    numbers, crcl = question.numbers, question.numbers["crcl"]
    if question.dialysis and "crcl" in question.said and crcl >= DIALYSIS_BELOW:
        raise ArgumentError(
            f"--dialysis and --crcl {crcl:g}: labels know dialysis below {DIALYSIS_BELOW:g} mL/min only; "
            "leave out one of them"
        )
    if question.dialysis and "crcl" not in question.said:
        crcl = _DIALYSED
    return {
        "age": numbers["age"],
        "crcl": crcl,
        "weight": numbers["weight"],
        "bmi": numbers["weight"] / (numbers["height"] / 100) ** 2,
        "frailty": float(FRAILTY.allowed.index(frailty)),
        "prior_lines": float(question.prior_lines),
        "dialysis": float(question.dialysis),
        "marrow_infiltration": float(question.marrow_infiltration),
    }


def _grades(question: DoseQuestion, rules: RuleSet, regimen: Regimen, anywhere: frozenset[str]) -> dict[str, float]:
    """Read neuropathy, its pain and other adverse events; what no rule on the regimen's drugs reads is refused."""
    drugs = " or ".join(regimen.drugs) or "a regimen without drugs"
    found: dict[str, float] = {}
    if question.neuropathy is not None:
        if "peripheral_neuropathy" not in anywhere:
            raise ArgumentError(f"--neuropathy: {_unread(rules, drugs)}")
        found["peripheral_neuropathy"] = float(question.neuropathy)
    if question.pain:
        if not question.neuropathy:
            raise ArgumentError("--pain: neuropathy of grade 0 does not hurt; give --neuropathy 1 to 4")
        if "neuropathic_pain" not in anywhere:
            raise ArgumentError(f"--pain: {_unread(rules, drugs)}")
        found["neuropathic_pain"] = 1.0
    for text in question.grades:
        term, grade = _read("grade", read_grade, text)
        if term not in anywhere:
            listed = ", ".join(name for name in ADVERSE_EVENT_NAMES.allowed if name in anywhere) or "none"
            raise ArgumentError(f"--grade {text}: {_unread(rules, drugs, term)}; read are: {listed}")
        if term in found:
            raise ArgumentError(f"--grade {text}: {term} is graded twice")
        found[term] = grade
    return found


def _reduced(question: DoseQuestion, regimen: Regimen, plan: Cycle) -> dict[str, float]:
    """Read earlier reductions."""
    units = {order.drug: order.unit for cycle in cycles_of(regimen) for order in cycle.orders}
    ordered = {drug: (highest, units[drug]) for drug, highest in plan.highest.items()}
    found: dict[str, float] = {}
    for text in question.given:
        drug, dose = _read("given", lambda written: read_dose(written, ordered), text)
        if drug in found:
            raise ArgumentError(f"--given {text}: {drug} is given twice")
        found[drug] = dose
    return found


def _read(option: str, reader: Callable[[str], Read], text: str) -> Read:
    try:
        return reader(text)
    except UnknownNameError as error:
        raise UnknownNameError(f"--{option} {error.message}", hint=error.hint) from error
    except InputError as error:
        hint = f"; {error.hint}" if error.hint else ""
        raise ArgumentError(f"--{option} {error.message}{hint}") from error


def _unread(rules: RuleSet, drugs: str, what: str = "it") -> str:
    return f"no rule on {drugs} reads {what} ({rules.title})"


def _check_infiltration(question: DoseQuestion, rules: RuleSet, here: frozenset[str]) -> None:
    if "platelets" not in question.numbers:
        raise ArgumentError("--marrow-infiltration applies only with --platelets: it explains a count of platelets")
    if "marrow_infiltration" not in here:
        raise ArgumentError(
            f"--marrow-infiltration: no rule reads it in this cycle and indication ({rules.title}); the EU label "
            "does at the start of lenalidomide in relapsed disease (--rules eu-label --prior-lines 1)"
        )


def _course(question: DoseQuestion, indication: str) -> str:
    lines = question.prior_lines
    told = "no line of therapy before" if lines == 0 else f"{lines} line{'s' if lines > 1 else ''} of therapy before"
    return f"{indication.replace('-', ' ')}, {told}"


def _person(question: DoseQuestion) -> str:
    numbers = question.numbers
    surface = float(body_surface_area(numbers["weight"], numbers["height"]))
    return f"{numbers['age']:g} years, {numbers['weight']:g} kg, {surface:.2f} m2, {FRAILTY.find(question.frailty)}"


def _kidney(question: DoseQuestion, patient: Mapping[str, float]) -> str:
    if question.dialysis:
        return "on dialysis, creatinine clearance below 30 mL/min"
    return f"creatinine clearance {patient['crcl']:g} mL/min"


def _seen_words(seen: Mapping[str, float]) -> list[str]:
    found = [describe_condition(_just(name, seen[name])) for name in COUNTS if name in seen]
    for term in GRADE_TERMS:
        if term == "neuropathic_pain" and term in seen:
            found.append("the neuropathy hurts")
        elif term in seen:
            found.append(f"{term.replace('_', ' ')} grade {seen[term]:g}")
    return found


def _just(name: str, value: float) -> Condition:
    return Condition(measure=name, at_least=value, at_most=value)


def _unused(
    question: DoseQuestion, rules: RuleSet, plan: Cycle, grades: Mapping[str, float], here: frozenset[str]
) -> list[str]:
    """Name the options that no rule on the drugs of this cycle reads."""
    reads = {"prior_lines": {"prior_lines", "indication"}}
    told = [
        name for name in KNOWN if MEASURES[name].kind == "patient" and name not in ("weight", "marrow_infiltration")
    ]
    options = [name for name in (*told, *COUNTS) if name in question.said]
    drugs = " or ".join(plan.highest)
    about = _unread(rules, drugs) if drugs else "this cycle orders nothing"
    idle = [name for name in (*options, *grades) if not reads.get(name, {name}) & here]
    return [f"{name.replace('_', ' ')} was not used: {about}" for name in idle]


def _without_effect(reduced: Mapping[str, float], decisions: list[DrugDecision]) -> list[str]:
    """Name the earlier reductions that do not lower a dose below its starting dose."""
    units = {one.drug: one.unit for one in decisions}
    lowered = {one.drug for one in decisions if one.is_lowered}
    return [
        f"{drug} lowered before to {dose:g} {units[drug]} changes nothing: it starts no higher"
        for drug, dose in reduced.items()
        if drug not in lowered
    ]
