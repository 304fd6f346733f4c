"""The published baseline table that patients are matched to: from a CSV file or from a study of the library."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from cereblon.core.errors import InputError, unknown_name
from cereblon.core.given_tables import GivenTable, read_table
from cereblon.core.problems import refuse_problems
from cereblon.core.words import Words, is_missing
from cereblon.evidence.library import latest_facts
from cereblon.evidence.study import Fact, Study
from cereblon.synthesis.adjustment.covariates import Floats
from cereblon.synthesis.adjustment.patients import PatientData
from cereblon.synthesis.curves.subject_columns import unused

Feature = Callable[[Floats], NDArray[Any]]
Statistic = Literal["mean", "sd", "median", "share"]
STATISTICS: tuple[Statistic, ...] = ("mean", "sd", "median", "share")
_STATISTIC_WORDS = Words(
    "statistic",
    (*STATISTICS, "percent"),
    {
        "average": "mean",
        **dict.fromkeys(("standard deviation", "stdev", "std"), "sd"),
        "med": "median",
        **dict.fromkeys(("proportion", "prop", "fraction"), "share"),
        **dict.fromkeys(("%", "pct", "percentage"), "percent"),
    },
)


@dataclass(frozen=True, slots=True)
class AdjustmentTarget:
    """One published figure.

    Parameters
    ----------
    label
        For people, such as `baseline_age_median`.
    covariate
        Name in the individual data.
    statistic
        What was published: mean, sd, median, or share of patients with the feature.
    value
        In the unit of the covariate; a share as a fraction.
    source
        Where it stands.
    feature
        Turns the covariate into 0 and 1 for a share; None when it is 0 and 1 already.
    """

    label: str
    covariate: str
    statistic: Statistic
    value: float
    source: str
    feature: Feature | None = None

    def column(self, data: PatientData) -> Floats:
        """Give the covariate in the individual data, as a feature where the figure is a share."""
        values = data.covariate(self.covariate)
        if self.feature is not None:
            values = self.feature(values).astype(np.float64)
        if self.statistic == "share" and not np.isin(values, (0.0, 1.0)).all():
            raise InputError(
                f"{data.where}, {self.covariate}: a published share needs a column of 0 and 1",
                hint="give its mean with statistic mean, or code the feature",
            )
        return values


def _over(limit: float) -> Feature:
    return lambda values: values > limit


def _at_least(limit: float) -> Feature:
    return lambda values: values >= limit


def _up_to(limit: float) -> Feature:
    return lambda values: values <= limit


def _exactly(*levels: float) -> Feature:
    return lambda values: np.isin(values, levels)


FIGURES: dict[str, tuple[str, Feature | None]] = {
    "baseline_age_median": ("age", None),
    "baseline_age_over_70": ("age", _over(70)),
    "baseline_age_over_75": ("age", _over(75)),
    "baseline_age_75_or_over": ("age", _at_least(75)),
    "baseline_male": ("male", None),
    "baseline_iss_1": ("iss", _exactly(1)),
    "baseline_iss_2": ("iss", _exactly(2)),
    "baseline_iss_3": ("iss", _exactly(3)),
    "baseline_iss_1_or_2": ("iss", _exactly(1, 2)),
    "baseline_iss_2_or_3": ("iss", _exactly(2, 3)),
    "baseline_ecog_0_1": ("ecog", _up_to(1)),
    "baseline_ecog_2_or_more": ("ecog", _at_least(2)),
    "baseline_fit": ("fit", None),
    "baseline_intermediate_fit": ("intermediate", None),
    "baseline_frail": ("frail", None),
    "baseline_high_risk_cytogenetics": ("high_risk_cytogenetics", None),
    "baseline_igg": ("igg", None),
    "baseline_egfr_below_60": ("crcl_ml_min", lambda values: values < 60),
    "baseline_crcl_median": ("crcl_ml_min", None),
    "baseline_prior_lines_median": ("prior_lines", None),
    "baseline_prior_lines_1": ("prior_lines", _exactly(1)),
    "baseline_prior_lines_2_or_3": ("prior_lines", _exactly(2, 3)),
    "baseline_prior_lines_2_or_more": ("prior_lines", _at_least(2)),
    "baseline_prior_lines_3_or_more": ("prior_lines", _at_least(3)),
    "baseline_prior_lines_4_or_more": ("prior_lines", _at_least(4)),
    "baseline_prior_bortezomib": ("bortezomib_exposed", None),
    "baseline_lenalidomide_refractory": ("lenalidomide_refractory", None),
}
"""Baseline endpoints of the evidence vocabulary that individual data can be matched to, with their covariate."""


def read_targets(given: GivenTable) -> tuple[list[AdjustmentTarget], list[str]]:
    """Read a baseline table from a text table.

    Parameters
    ----------
    given
        A text file, or a table in memory.
        Columns covariate, statistic (mean, sd, median, share or percent) and value; one row per figure.

    Returns
    -------
        Figures in alphabetical order, and how the file was read, in words.

    Raises
    ------
    InputError
        Listing every problem of the file.
    """
    table = read_table(given)
    missing = [name for name in ("covariate", "statistic", "value") if name not in table.columns]
    if missing:
        raise InputError(
            f"{table.where}: there is no column {', '.join(missing)} among {', '.join(table.columns)}",
            hint="one row per figure, for example: age,mean,62.4",
        )
    problems, targets, notes = list[str](), list[AdjustmentTarget](), list(table.remarks)
    values = table.numbers("value", problems)
    statistics = table.words("statistic", _STATISTIC_WORDS, problems, notes)
    for row, statistic in enumerate(statistics):
        name = table.rows[row]["covariate"].lower().replace(" ", "_")
        kind: Statistic | None = "share" if statistic == "percent" else _known(statistic)
        number = values[row] / 100 if statistic == "percent" else values[row]
        if is_missing(name):
            problems.append(f"{table.place('covariate')(row)}: is missing")
        if kind is None or number != number:
            continue
        problem = _value_problem(kind, number, is_percent=statistic == "percent")
        if problem:
            problems.append(f"{table.place('value')(row)}: {problem}")
            continue
        targets.append(AdjustmentTarget(f"{name} {kind}", name, kind, number, table.where))
    problems += _target_problems(targets, table.where)
    refuse_problems(problems)
    notes += unused(table, ("covariate", "statistic", "value"))
    return sorted(targets, key=lambda target: (target.covariate, target.statistic)), notes


def _known(statistic: str | None) -> Statistic | None:
    return next((kind for kind in STATISTICS if kind == statistic), None)


def _value_problem(kind: Statistic, number: float, *, is_percent: bool) -> str | None:
    if kind == "sd" and not number > 0:
        return f"a standard deviation of {number:g}; it is positive"
    if kind != "share":
        return None
    if is_percent and 0 < number < 0.01:
        return f"{100 * number:g} percent is less than 1; is it a share? then write share as its statistic"
    if not is_percent and 1 < number <= 100:
        return f"a share of {number:g} is above 1; percentages have the statistic percent"
    if not 0 < number < 1:
        return f"a share of {number:g}; nobody or everybody cannot be matched by weights"
    return None


def _target_problems(targets: Sequence[AdjustmentTarget], where: str) -> list[str]:
    problems = []
    seen = set[tuple[str, str]]()
    for target in targets:
        if (target.covariate, target.statistic) in seen:
            problems.append(f"{where}: {target.covariate}, {target.statistic} stands twice")
        seen.add((target.covariate, target.statistic))
    for covariate, statistic in sorted(seen):
        if statistic == "sd" and (covariate, "mean") not in seen:
            problems.append(f"{where}: the standard deviation of {covariate} needs its mean")
    return problems


def study_targets(
    study: Study, *, arm: str | None = None, endpoints: Sequence[str] | None = None
) -> tuple[list[AdjustmentTarget], list[str]]:
    """Take the baseline figures of a study of the library.

    Parameters
    ----------
    study
        From `load_study`.
    arm
        Arm to match to; None for the whole study: figures of `all`, or of the arms weighted by their sizes.
    endpoints
        Baseline endpoints to use; None for all that individual data can be matched to.

    Returns
    -------
        Targets, and a sentence for every published figure that is not used and every average that was formed.

    Raises
    ------
    UnknownNameError
        If the study has no such arm, or an endpoint cannot be matched to.
    InputError
        If the study has no usable baseline figure.
    """
    if arm is not None and arm not in study.arms and arm != "all":
        raise unknown_name(f"{study.id}: arm", arm, list(study.arms))
    for name in endpoints or ():
        if name not in FIGURES:
            raise unknown_name("baseline figure", name, list(FIGURES))
    facts = [
        fact
        for fact in latest_facts(study, study.facts)
        if fact.endpoint.startswith("baseline_")
        and fact.value is not None
        and fact.subgroup is None
        and fact.population is None
        and fact.flag is None
    ]
    targets, notes, left = list[AdjustmentTarget](), list[str](), dict[str, list[str]]()
    for endpoint in dict.fromkeys(fact.endpoint for fact in facts):
        own = [fact for fact in facts if fact.endpoint == endpoint]
        if endpoint not in FIGURES or (endpoints is not None and endpoint not in endpoints):
            left.setdefault("not asked for" if endpoint in FIGURES else "no such individual data", []).append(
                endpoint
            )
            continue
        chosen = _one_value(study, own, arm, notes)
        if chosen is not None:
            value, source = chosen
            covariate, feature = FIGURES[endpoint]
            statistic: Statistic = "median" if endpoint.endswith("_median") else "share"
            value = value / 100 if statistic == "share" else value
            if statistic == "share" and not 0 < value < 1:
                notes.append(
                    f"{study.id}: {endpoint} is {100 * value:g} percent, which weights cannot match; left out"
                )
                continue
            targets.append(AdjustmentTarget(endpoint, covariate, statistic, value, source, feature))
    notes += [f"{study.id}: not matched, {reason}: {', '.join(names)}" for reason, names in left.items()]
    if not targets:
        said = f", arm {arm}" if arm else ""
        raise InputError(
            f"{study.id}{said}: no baseline figure that individual data can be matched to",
            hint="give a baseline table with --targets FILE.csv (covariate, statistic, value)",
        )
    return targets, notes


def _one_value(study: Study, facts: Sequence[Fact], arm: str | None, notes: list[str]) -> tuple[float, str] | None:
    """Choose the figure of an arm, or of the whole study; average the arms where only those were published."""
    by_arm = {fact.arm: fact for fact in facts}
    fact = by_arm.get(arm or "all")
    if fact is not None and fact.value is not None:
        return fact.value, study.source_of(fact).reference
    whole = by_arm.get("all")
    if arm is not None and whole is not None and whole.value is not None:
        notes.append(f"{study.id}: {whole.endpoint} was published for the whole study only and stands for arm {arm}")
        return whole.value, study.source_of(whole).reference
    if arm is not None:
        notes.append(f"{study.id}: {facts[0].endpoint} of arm {arm} is not in our library; not matched")
        return None
    sizes = [study.patients(name) for name in by_arm]
    weights = [float(size or 0) for size in sizes] if all(sizes) else [1.0] * len(sizes)
    values = [float(fact.value) for fact in by_arm.values() if fact.value is not None]
    kind = "weighted by their sizes" if all(sizes) else "equally, as their sizes are not known"
    if len(values) > 1:
        notes.append(f"{study.id}: {facts[0].endpoint} is the mean of arms {', '.join(by_arm)}, {kind}")
    return float(np.average(values, weights=weights)), study.source_of(facts[0]).reference
