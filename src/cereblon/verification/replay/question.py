"""What `cereblon dose` is asked: the options in the terms of rules, those that do not apply refused."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from cereblon.core.bounds import find_problem
from cereblon.core.errors import InputError, UnknownNameError
from cereblon.model.dosing.measures import GRADE_TERMS, INDICATIONS, KNOWN, MEASURES
from cereblon.model.dosing.phrases import FRAILTY, HARM, read_dose, read_grade
from cereblon.model.dosing.rule_set import RuleSet
from cereblon.model.regimens import Regimen
from cereblon.verification.replay.course import Cycle, cycles_of
from cereblon.verification.replay.decisions import DrugDecision, cycle_plan, decide_now, known_values, values_read

QUANTITIES = {"crcl": "creatinine clearance", "anc": "neutrophils"}
COUNTS = ("anc", "platelets", "haemoglobin")
DIALYSIS_BELOW = 30.0
_DIALYSED = 10.0  # any clearance below the limit gives the same dose
Read = TypeVar("Read")


class OptionError(InputError):
    """An option of the command line is not possible, or changes nothing beside the others."""


@dataclass(frozen=True)
class Question:
    """The options as they were written.

    Parameters
    ----------
    numbers
        age, weight, height, crcl, and the counts that were given.
    frailty, prior_lines, cycle, dialysis, marrow_infiltration, neuropathy, pain, grades, given
        See `cereblon dose --help`.
    said
        Options that the caller wrote.
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


@dataclass(frozen=True)
class Answer:
    """Decisions, what the options were read as, and what of them was not used."""

    decisions: list[DrugDecision]
    indication: str
    read_as: str
    notes: list[str]


def ask(question: Question, regimen: Regimen, rules: RuleSet) -> Answer:
    """Decide for one patient type.

    Raises
    ------
    OptionError
        If an option is not possible, or changes nothing beside the others.
    InputError
        If the regimen has no such cycle, or a drug or a harm is not known.
    """
    _check_numbers(question.numbers)
    patient = _patient(question)
    plan, known = cycle_plan(regimen, question.cycle), known_values(regimen, patient, question.cycle)
    fixed = {name: value for name, value in known.items() if MEASURES.get(name) and MEASURES[name].kind == "course"}
    here = values_read(rules, tuple(plan.highest), fixed)
    anywhere = values_read(rules, regimen.drugs, {})
    grades = _grades(question, rules, regimen, anywhere)
    reduced = _reduced(question, regimen, plan)
    if question.marrow_infiltration:
        _check_infiltration(rules, here)
    seen = {name: question.numbers[name] for name in COUNTS if name in question.numbers} | grades
    decisions = decide_now(rules, regimen, patient, seen, cycle=question.cycle, reduced_to=reduced)
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
    notes = [*_unused(question, rules, plan, grades, here), *_without_effect(reduced, decisions)]
    return Answer(decisions, indication, "; ".join(parts), notes)


def _check_numbers(numbers: Mapping[str, float]) -> None:
    for name, value in numbers.items():
        if not math.isfinite(value):
            raise OptionError(f"--{name} {value}: is no number")
        problem = find_problem(QUANTITIES.get(name, name), value)
        if problem:
            raise OptionError(f"--{name}: {problem}")


def _patient(question: Question) -> dict[str, float]:
    frailty = FRAILTY.find(question.frailty)
    if frailty is None:
        raise OptionError(f"--frailty: {FRAILTY.refusal(question.frailty)}")
    numbers, crcl = question.numbers, question.numbers["crcl"]
    if question.dialysis and "crcl" in question.said and crcl >= DIALYSIS_BELOW:
        raise OptionError(
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


def _grades(question: Question, rules: RuleSet, regimen: Regimen, anywhere: frozenset[str]) -> dict[str, float]:
    """Read neuropathy, its pain and other harm; what no rule on the regimen's drugs reads is refused."""
    drugs = ", ".join(regimen.drugs) or "a regimen without drugs"
    found: dict[str, float] = {}
    if question.neuropathy is not None:
        if "peripheral_neuropathy" not in anywhere:
            raise OptionError(f"--neuropathy: no rule of {rules.id} on {drugs} reads it")
        found["peripheral_neuropathy"] = float(question.neuropathy)
    if question.pain:
        if not question.neuropathy:
            raise OptionError("--pain: neuropathy of grade 0 does not hurt; give --neuropathy 1 to 4")
        if "neuropathic_pain" not in anywhere:
            raise OptionError(f"--pain: no rule of {rules.id} on {drugs} reads it")
        found["neuropathic_pain"] = 1.0
    for text in question.grades:
        term, grade = _read("grade", read_grade, text)
        if term not in anywhere:
            listed = ", ".join(name for name in HARM.allowed if name in anywhere) or "none"
            raise OptionError(f"--grade {text}: no rule of {rules.id} on {drugs} reads {term}; read are: {listed}")
        if term in found:
            raise OptionError(f"--grade {text}: {term} is graded twice")
        found[term] = grade
    return found


def _reduced(question: Question, regimen: Regimen, plan: Cycle) -> dict[str, float]:
    """Read earlier reductions."""
    units = {order.drug: order.unit for cycle in cycles_of(regimen) for order in cycle.orders}
    ordered = {drug: (highest, units[drug]) for drug, highest in plan.highest.items()}
    found: dict[str, float] = {}
    for text in question.given:
        drug, dose = _read("given", lambda written: read_dose(written, ordered), text)
        if drug in found:
            raise OptionError(f"--given {text}: {drug} is given twice")
        found[drug] = dose
    return found


def _read(option: str, reader: Callable[[str], Read], text: str) -> Read:
    try:
        return reader(text)
    except UnknownNameError as error:
        raise UnknownNameError(f"--{option} {error.message}", hint=error.hint) from error
    except InputError as error:
        hint = f"; {error.hint}" if error.hint else ""
        raise OptionError(f"--{option} {error.message}{hint}") from error


def _check_infiltration(rules: RuleSet, here: frozenset[str]) -> None:
    if "marrow_infiltration" not in here:
        raise OptionError(
            f"--marrow-infiltration: no rule of {rules.id} reads it in this cycle and indication; the EU label does "
            "at the start of lenalidomide in relapsed disease (--rules eu-label --prior-lines 1)"
        )


def _course(question: Question, indication: str) -> str:
    lines = question.prior_lines
    told = "no line of therapy before" if lines == 0 else f"{lines} line{'s' if lines > 1 else ''} of therapy before"
    return f"{indication.replace('-', ' ')}, {told}"


def _person(question: Question) -> str:
    numbers = question.numbers
    surface = math.sqrt(numbers["weight"] * numbers["height"] / 3600)
    return f"{numbers['age']:g} years, {numbers['weight']:g} kg, {surface:.2f} m2, {FRAILTY.find(question.frailty)}"


def _kidney(question: Question, patient: Mapping[str, float]) -> str:
    if question.dialysis:
        return "on dialysis, creatinine clearance below 30 mL/min"
    return f"creatinine clearance {patient['crcl']:g} mL/min"


def _seen_words(seen: Mapping[str, float]) -> list[str]:
    found = [f"{name} {seen[name]:g} {MEASURES[name].unit}" for name in COUNTS if name in seen]
    for term in GRADE_TERMS:
        if term == "neuropathic_pain" and term in seen:
            found.append("the neuropathy hurts")
        elif term in seen:
            found.append(f"{term.replace('_', ' ')} grade {seen[term]:g}")
    return found


def _unused(
    question: Question, rules: RuleSet, plan: Cycle, grades: Mapping[str, float], here: frozenset[str]
) -> list[str]:
    """Name the options that no rule on the drugs of this cycle reads."""
    reads = {"prior_lines": {"prior_lines", "indication"}}
    told = [
        name for name in KNOWN if MEASURES[name].kind == "patient" and name not in ("weight", "marrow_infiltration")
    ]
    options = [name for name in (*told, *COUNTS) if name in question.said]
    drugs = ", ".join(plan.highest)
    about = f"no rule of {rules.id} on {drugs} reads it" if drugs else "this cycle orders nothing"
    idle = [name for name in (*options, *grades) if not reads.get(name, {name}) & here]
    return [f"{name.replace('_', ' ')} was not used: {about}" for name in idle]


def _without_effect(reduced: Mapping[str, float], decisions: list[DrugDecision]) -> list[str]:
    """Name the earlier reductions that do not lower a dose below its starting dose."""
    return [
        f"{one.drug} lowered before to {reduced[one.drug]:g} {one.unit} changes nothing: it starts no higher"
        for one in decisions
        if one.drug in reduced and not one.is_lowered
    ]
