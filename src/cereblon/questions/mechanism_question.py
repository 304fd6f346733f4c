"""What is asked of the mechanism network: who is given what, what is otherwise in it, and the courses that follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cereblon.core.errors import ArgumentError, InputError
from cereblon.core.parameter import load_parameters
from cereblon.model.drugs.covariates import Written, read_covariate
from cereblon.model.drugs.drug import drug_of
from cereblon.model.drugs.patient import Patient
from cereblon.model.mechanism.regimen_doses import days_of, treatments_of
from cereblon.model.mechanism.scenarios import CYCLE_DAYS, PARTNERS, SHOWN, STANDARD_MG, treatment
from cereblon.model.mechanism.solve import LONGEST, MarkerCourse, solve
from cereblon.model.mechanism.treatment import Treatment, adult
from cereblon.trials.library import load_one_line

STANDARD: Mapping[str, float] = {"crcl_ml_min": 90.0, "weight_kg": 75.0, "height_cm": 172.0}
"""The patient of the standard case."""
_BY_SURFACE = tuple(drug for drug in PARTNERS if "bsa_m2" in drug_of(drug).covariates)
"""Drugs whose dose or kinetics go by body surface."""


@dataclass(frozen=True)
class MechanismQuestion:
    """Who is given what, and what is otherwise in the network."""

    partners: tuple[str, ...]
    mg: float | None  # lenalidomide; None for 25 mg, or what the regimen orders
    covariates: Mapping[str, float]
    knockout: tuple[str, ...]
    changes: Mapping[str, float]
    cycles: int
    regimen: str | None = None

    @property
    def days(self) -> int:
        """Length of the course."""
        return CYCLE_DAYS * self.cycles if self.regimen is None else days_of(load_one_line(self.regimen), self.cycles)

    @property
    def usual(self) -> str:
        """The dose of the standard case."""
        return "25 mg" if self.regimen is None else f"{self.regimen} as written"

    @property
    def is_what_if(self) -> bool:
        """Whether anything departs from the usual dose in the reference patient with an intact network."""
        usual = (None,) if self.regimen else (None, 25.0)
        return self.mg not in usual or self.covariates != STANDARD or bool(self.knockout or self.changes)

    @property
    def description(self) -> str:
        """The case in one line."""
        mg = 25.0 if self.mg is None else self.mg
        if self.regimen is not None:
            given = self.regimen if self.mg is None else f"{self.regimen} with lenalidomide {mg:g} mg"
        else:
            given = f"lenalidomide {mg:g} mg on days 1 to 21 of 28" if mg else "no lenalidomide"
        c = self.covariates
        parts = [given, f"creatinine clearance {c['crcl_ml_min']:g} mL/min", f"{c['weight_kg']:g} kg"]
        parts += [f"{c['height_cm']:g} cm"] if c.get("height_cm", 172.0) != 172.0 else []
        parts += [f"without answer: {', '.join(self.knockout)}"] if self.knockout else []
        parts += [f"{name} = {value:g}" for name, value in self.changes.items()]
        return "; ".join(parts)


@dataclass(frozen=True, eq=False)
class MechanismCourses:
    """Courses of the question, and of the standard case if that differs."""

    question: MechanismQuestion
    courses: tuple[MarkerCourse, ...]
    standard: tuple[MarkerCourse, ...]  # empty unless the question is a what-if

    @property
    def shown(self) -> MarkerCourse:
        """The course that is drawn and exported: that of partners or a regimen, else the first."""
        return self.courses[-1 if self.question.partners or self.question.regimen else 0]


def solve_question(question: MechanismQuestion) -> MechanismCourses:
    """Solve the network for a question.

    Raises
    ------
    CereblonError
        If the question does not fit the drugs or the patient.
    """
    if question.days > LONGEST:
        raise InputError(f"{question.cycles} cycles are {question.days} days; at most {LONGEST} can be solved")

    def courses(
        mg: float | None, covariates: Mapping[str, float], knockout: tuple[str, ...], changes: Mapping[str, float]
    ) -> tuple[MarkerCourse, ...]:
        given = [one for one in _treatments(question, mg, adult(covariates)) if one.doses]
        _check_size(covariates, given)
        return tuple(solve(given, days=question.days, covariates=covariates, knockout=knockout, changes=changes))

    own = courses(question.mg, question.covariates, question.knockout, question.changes)
    plain = courses(None, STANDARD, (), {}) if question.is_what_if else ()
    return MechanismCourses(question=question, courses=own, standard=plain[-len(own) :])


def _treatments(question: MechanismQuestion, mg: float | None, patient: Patient) -> list[Treatment]:
    if question.regimen is not None:
        return treatments_of(load_one_line(question.regimen), patient, question.cycles, mg)
    chosen = ((), question.partners) if question.partners else SHOWN
    amount = STANDARD_MG if mg is None else mg
    return [treatment(partners, patient, mg=amount, cycles=question.cycles) for partners in chosen]


def _check_size(covariates: Mapping[str, float], given: Sequence[Treatment]) -> None:
    """Refuse to guess a weight, or the height that body surface needs."""
    drugs = {dose.drug for one in given for dose in one.doses}
    if "weight_kg" not in covariates:
        raise InputError("weight is not known, but acts on the drugs", hint="state weight and height together")
    by_surface = [drug for drug in _BY_SURFACE if drug in drugs]
    if "height_cm" not in covariates and by_surface:
        raise InputError(
            f"height is not known, but {by_surface[0]} goes by body surface", hint="state weight and height together"
        )


def patient(crcl: Written | None, weight: Written | None, height: Written | None) -> dict[str, float]:
    """Read what was said, with or without its unit; without weight and height the patient is of the reference size.

    Raises
    ------
    InputError
        If a value cannot be read or is not possible.
    """
    size = dict(
        read_covariate(name, value) for name, value in (("weight", weight), ("height", height)) if value is not None
    )
    clearance = STANDARD["crcl_ml_min"] if crcl is None else read_covariate("crcl", crcl)[1]
    return {"crcl_ml_min": clearance, **(size or {name: STANDARD[name] for name in ("weight_kg", "height_cm")})}


def nodes(knockout: str | Sequence[str]) -> tuple[str, ...]:
    """Read the nodes that cannot answer.

    Raises
    ------
    ArgumentError
        If one is named twice.
    """
    named = (knockout,) if isinstance(knockout, str) else tuple(knockout)
    twice = sorted({one for one in named if named.count(one) > 1})
    if twice:
        raise ArgumentError(f"--knockout: {', '.join(twice)} is named twice")
    return named


def read_parameters(given: Sequence[str] | Mapping[str, float]) -> dict[str, float]:
    """Read NAME=VALUE; the group, `mechanism.` or `effects.`, may stand before the name.

    Raises
    ------
    ArgumentError
        If one is no such pair, is of another group or is set twice.
    """
    texts = [f"{name}={value}" for name, value in given.items()] if isinstance(given, Mapping) else given
    read: dict[str, float] = {}
    for text in texts:
        label, _, value = text.partition("=")
        group, _, name = label.strip().rpartition(".")
        if group and (group not in ("mechanism", "effects") or name not in load_parameters(group)):
            raise ArgumentError(f"--set {text}: no parameter of the groups mechanism and effects")
        if name in read:
            raise ArgumentError(f"--set {text}: {name} is set twice")
        try:
            read[name] = float(value)
        except ValueError as error:
            raise ArgumentError(f"--set {text}: NAME=VALUE with a number is needed") from error
    return read
