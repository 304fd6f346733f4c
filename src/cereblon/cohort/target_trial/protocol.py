"""The trial that a comparison stands for, in one file: eligibility, time zero, strategies, outcome, estimand."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from cereblon.cohort.target_trial.propensity import Estimand, covariate_words
from cereblon.core.plain_text import capital
from cereblon.core.validation import Distinct, Name, StrictModel, validate
from cereblon.core.yaml_files import read_yaml

Covariate = Literal[
    "age",
    "male",
    "year",
    "days_since_diagnosis",
    "m_protein",
    "haemoglobin",
    "platelets",
    "neutrophils",
    "marrow_plasma_cells",
    "calcium",
    "creatinine_clearance",
    "creatinine",
    "albumin",
    "b2m",
]


_FIRST_YEAR, _LAST_YEAR = 1980, 2200


class EntryAtTimeZero(StrictModel):
    """Who could have been randomised.

    Parameters
    ----------
    line
        Line of therapy that begins at time zero, or within which the transplantation is.
    youngest, oldest
        Age at time zero, years.
    first_year, last_year
        Calendar years of time zero.
    """

    line: int = Field(1, ge=1, le=30)
    youngest: int = Field(18, ge=0, le=120)
    oldest: int = Field(110, ge=0, le=120)
    first_year: int = Field(_FIRST_YEAR, ge=1900, le=2200)
    last_year: int = Field(_LAST_YEAR, ge=1900, le=2200)

    @property
    def years_in_words(self) -> str:
        """Say in which years time zero lies; empty where nobody chose any."""
        first, last = self.first_year > _FIRST_YEAR, self.last_year < _LAST_YEAR
        if first and last:
            return f"in {self.first_year} to {self.last_year}"
        return f"since {self.first_year}" if first else f"until {self.last_year}" if last else ""


class TreatmentStrategy(StrictModel):
    """A treatment strategy.

    Parameters
    ----------
    label
        For tables and figures.
    regimens
        Short names, one of which the line has.
    """

    label: Name
    regimens: Annotated[tuple[Name, ...], Distinct] = ()


class TargetTrial(StrictModel):
    """The trial that a comparison stands for.

    Parameters
    ----------
    title
        One line.
    time_zero
        `line`: the start of the line, where strategies are regimens; `transplantation`: that within the line, where
        the strategies are to begin maintenance within the grace period, and not to.
    eligibility
        Who could have been randomised.
    strategy, versus
        Above and below the line.
    grace_days
        In which maintenance may begin.
    landmark_days
        Of the analysis beside, of those who are followed until then.
    nested
        Whether a trial that begins in every 30 days of the grace period is analysed beside, by assignment.
    outcome
        `progression` (or death), `death`, or `next_line` (or death).
    progression
        How progression was read: `strict`, `relaxed` or `real_world`.
    horizon_months
        Of risks and restricted means.
    estimand
        Whom the effect is of: `all`, `treated` or `overlap`. After a grace period it is of all.
    covariates
        What confounds, as known at time zero.
    truncate
        Quantile above which weights are cut; 1 for none.
    replicates, seed
        Of the drawing of patients.
    """

    title: Name
    time_zero: Literal["line", "transplantation"] = "line"
    eligibility: EntryAtTimeZero = EntryAtTimeZero()
    strategy: TreatmentStrategy
    versus: TreatmentStrategy
    grace_days: int = Field(180, ge=7, le=3650)
    landmark_days: int = Field(100, ge=1, le=3650)
    nested: bool = False
    outcome: Literal["progression", "death", "next_line"] = "progression"
    progression: Literal["strict", "relaxed", "real_world"] = "relaxed"
    horizon_months: float = Field(36, gt=0, le=480)
    estimand: Estimand = "all"
    covariates: Annotated[tuple[Covariate, ...], Distinct] = Field(("age", "male", "year"), min_length=1)
    truncate: float = Field(1.0, gt=0.5, le=1)
    replicates: int = Field(200, ge=20, le=10_000)
    seed: int = Field(1, ge=0, le=2**32 - 1)

    @model_validator(mode="after")
    def _fits_together(self) -> TargetTrial:
        problems = []
        both = (self.strategy, self.versus)
        if self.time_zero == "line":
            if self.nested:
                problems.append("nested applies to maintenance alone")
            problems += [f"{one.label}: regimens are missing" for one in both if not one.regimens]
            shared = sorted(set(self.strategy.regimens) & set(self.versus.regimens))
            if shared:
                problems.append(f"both strategies have {', '.join(shared)}")
        else:
            problems += [f"{one.label}: regimens say nothing of maintenance" for one in both if one.regimens]
            if self.estimand != "all":
                problems.append(f"estimand {self.estimand}: a strategy with a grace period is weighted for all")
        if self.strategy.label == self.versus.label:
            problems.append(f"both strategies are labelled {self.versus.label}")
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def in_words(self) -> list[str]:
        """Say what is compared in whom, a sentence each."""
        who, e = self.eligibility, self.estimand
        years = f", {who.years_in_words}" if who.years_in_words else ""
        zero = f"the start of line {who.line}" if self.time_zero == "line" else f"transplantation in line {who.line}"
        what = {
            "progression": f"progression ({self.progression.replace('_', '-')}) or death",
            "death": "death",
            "next_line": "the next line or death",
        }[self.outcome]
        said = [
            f"Time zero is {zero}, at age {who.youngest} to {who.oldest} years{years}.",
            f"{capital(self.strategy.label)} against {self.versus.label}; the outcome is {what}, up to "
            f"{self.horizon_months:g} months.",
        ]
        if self.time_zero == "transplantation":
            said.append(
                f"{capital(self.strategy.label)} begins within {self.grace_days} days. Every patient is cloned into "
                "both strategies, and a clone is censored when the patient leaves its strategy."
            )
        named = {
            "all": "all patients",
            "treated": f"patients with {self.strategy.label}",
            "overlap": "patients who might have had either (overlap weights)",
        }
        weighted = ", ".join(map(covariate_words, self.covariates))
        said.append(f"The effect is that in {named[e]}, after weighting by {weighted}.")
        return said


def find_target_trial(given: str | Path | Mapping[str, Any] | TargetTrial) -> TargetTrial:
    """Read the file of a target trial, or what such a file holds.

    Raises
    ------
    InputError
        Listing every problem.
    """
    if isinstance(given, TargetTrial):
        return given
    if isinstance(given, Mapping):
        return validate(TargetTrial, dict(given), where="target trial")
    return validate(TargetTrial, read_yaml(Path(given)), where=str(given))
