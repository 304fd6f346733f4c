"""Baseline summaries under the names of the evidence vocabulary."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from cereblon.outcomes.counts import Counting
from cereblon.outcomes.outcome_rows import OutcomeRows
from cereblon.outcomes.subject_index import Bools, Floats, numbers, text_values

_MEDIANS = {
    "baseline_age_median": ("age", "years"),
    "baseline_crcl_median": ("crcl_ml_min", "mL/min"),
    "baseline_prior_lines_median": ("prior_lines", "lines"),
}
_FEATURES = (
    "baseline_age_over_70",
    "baseline_age_over_75",
    "baseline_age_75_or_over",
    "baseline_male",
    "baseline_iss_1",
    "baseline_iss_2",
    "baseline_iss_3",
    "baseline_iss_1_or_2",
    "baseline_iss_2_or_3",
    "baseline_ecog_0_1",
    "baseline_ecog_2_or_more",
    "baseline_fit",
    "baseline_intermediate_fit",
    "baseline_frail",
    "baseline_intermediate_or_frail",
    "baseline_high_risk_cytogenetics",
    "baseline_standard_risk_cytogenetics",
    "baseline_igg",
    "baseline_egfr_below_60",
    "baseline_prior_lines_1",
    "baseline_prior_lines_2_or_3",
    "baseline_prior_lines_2_or_more",
    "baseline_prior_lines_3_or_more",
    "baseline_prior_lines_4_or_more",
    "baseline_prior_bortezomib",
    "baseline_lenalidomide_refractory",
)


def count_baseline(counting: Counting, subjects: pa.Table) -> None:
    """Count the subjects at baseline.

    Parameters
    ----------
    counting
        Gathers the counts.
    subjects
        SUBJECTS in the order of the groups.
    """
    for endpoint, (column, _) in _MEDIANS.items():
        value = numbers(subjects[column])
        counting.value(endpoint, value, ~np.isnan(value))
    for endpoint, (chosen, known_value) in _features(subjects).items():
        counting.share(endpoint, chosen, known_value)


def add_baseline(rows: OutcomeRows) -> None:
    """Add medians and percentages of the subjects at baseline.

    A percentage is of those with a known value; an endpoint nobody has a value for is left out.
    """
    for endpoint, (_, unit) in _MEDIANS.items():
        rows.add_median(endpoint, unit, "median")
    for endpoint in _FEATURES:
        rows.add_share_of(endpoint)


def _features(subjects: pa.Table) -> dict[str, tuple[Bools, Bools]]:
    """Who has each feature, and for whom that is known."""
    age, lines, clearance = (numbers(subjects[name]) for name in ("age", "prior_lines", "crcl_ml_min"))
    stage, performance = numbers(subjects["iss"]), numbers(subjects["ecog"])
    risk = numbers(subjects["high_risk_cytogenetics"])
    refractory, exposed = numbers(subjects["lenalidomide_refractory"]), numbers(subjects["bortezomib_exposed"])
    frailty = _text_or_empty(subjects["frailty"])
    sex, isotype = text_values(subjects["sex"]), text_values(subjects["isotype"])

    def among_known(values: Floats, chosen: Bools) -> tuple[Bools, Bools]:
        return chosen, ~np.isnan(values)

    return {
        "baseline_age_over_70": among_known(age, age > 70),
        "baseline_age_over_75": among_known(age, age > 75),
        "baseline_age_75_or_over": among_known(age, age >= 75),
        "baseline_male": (sex == "male", sex != "unknown"),
        "baseline_iss_1": among_known(stage, stage == 1),
        "baseline_iss_2": among_known(stage, stage == 2),
        "baseline_iss_3": among_known(stage, stage == 3),
        "baseline_iss_1_or_2": among_known(stage, stage <= 2),
        "baseline_iss_2_or_3": among_known(stage, stage >= 2),
        "baseline_ecog_0_1": among_known(performance, performance <= 1),
        "baseline_ecog_2_or_more": among_known(performance, performance >= 2),
        "baseline_fit": (frailty == "fit", frailty != ""),
        "baseline_intermediate_fit": (frailty == "intermediate", frailty != ""),
        "baseline_frail": (frailty == "frail", frailty != ""),
        "baseline_intermediate_or_frail": ((frailty == "intermediate") | (frailty == "frail"), frailty != ""),
        "baseline_high_risk_cytogenetics": among_known(risk, risk == 1),
        "baseline_standard_risk_cytogenetics": among_known(risk, risk == 0),
        "baseline_igg": (isotype == "IgG", isotype != "unknown"),
        "baseline_egfr_below_60": among_known(clearance, clearance < 60),
        "baseline_prior_lines_1": among_known(lines, lines == 1),
        "baseline_prior_lines_2_or_3": among_known(lines, (lines == 2) | (lines == 3)),
        "baseline_prior_lines_2_or_more": among_known(lines, lines >= 2),
        "baseline_prior_lines_3_or_more": among_known(lines, lines >= 3),
        "baseline_prior_lines_4_or_more": among_known(lines, lines >= 4),
        "baseline_prior_bortezomib": among_known(exposed, exposed == 1),
        "baseline_lenalidomide_refractory": among_known(refractory, refractory == 1),
    }


def _text_or_empty(column: pa.ChunkedArray) -> np.ndarray:
    return np.array(column.cast(pa.string()).fill_null("").to_pylist(), dtype=object)
