"""Columns of answers about observed cohorts: comparisons as target trials, and scores against a known truth."""

from __future__ import annotations

from cereblon.tables.fields import NUMBER, TEXT, WHOLE, field

_TEXTS = {
    "analysis": "way in which the effect was estimated",
    "cohort": "folder of the built cohort",
    "estimand": "kind of response and progression: strict, relaxed or real_world",
    "score": "name of the score",
    "criterion": "what was asked for",
    "table": "name of the table",
    "site": "name that a site gave itself",
    "made_by": "program that made the file, with its version",
}

_NUMBERS = {
    "risk": ("risk above the line by the horizon", "percent"),
    "risk_versus": ("risk below the line by the horizon", "percent"),
    "risk_difference": ("risk above the line less that below", "percent"),
    "risk_low": ("lower end of the interval of the difference", "percent"),
    "risk_high": ("upper end of the interval of the difference", "percent"),
    "mean_difference": ("restricted mean above the line less that below", "months"),
    "mean_low": ("lower end of the interval of the difference", "months"),
    "mean_high": ("upper end of the interval of the difference", "months"),
    "mean_versus": ("mean below the line, after weighting", ""),
    "rate": ("share that is damaged", ""),
    "observed_low": ("lower end of the interval of what was observed", ""),
    "observed_high": ("upper end of the interval of what was observed", ""),
    "simulated_low": ("lower end of the prediction interval", ""),
    "simulated_high": ("upper end of the prediction interval", ""),
    "trial": ("number that the trial printed", ""),
    "trial_least": ("least number that a trial printed", ""),
    "trial_greatest": ("greatest number that a trial printed", ""),
    "practice_least": ("least number that a study of routine care printed", ""),
    "practice_greatest": ("greatest number that a study of routine care printed", ""),
    "with_patients": ("number of the trial as it moves with the patients of the cohort", ""),
    "with_treatment": ("the same as it moves with treatment as in routine care, too", ""),
    "part_population": ("part of the gap that other patients make, logit of a share or logarithm of a time", ""),
    "part_treatment": ("part of the gap that other treatment makes, on the same scale", ""),
    "part_remainder": ("part of the gap that is not explained, on the same scale", ""),
    "i2_from_tau2": ("share of the spread that is between sites", ""),
}

_WHOLES = {
    "n_versus": "patients, or copies of them, below the line",
    "kept": "patients left after it",
    "rows": "number of rows",
    "practices": "number of studies of routine care",
    "n_lines": "lines of therapy",
    "small_cell": "least number that is shown",
    "sites": "sites that have the number",
    "events": "lines with the event",
}

COHORTS = (
    *(field(name, TEXT, said, null=True) for name, said in _TEXTS.items()),
    *(field(name, NUMBER, said, null=True, unit=unit) for name, (said, unit) in _NUMBERS.items()),
    *(field(name, WHOLE, said, null=True) for name, said in _WHOLES.items()),
)
