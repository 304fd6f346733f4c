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
}

_WHOLES = {
    "n_versus": "patients, or copies of them, below the line",
    "kept": "patients left after it",
    "rows": "number of rows",
}

COHORTS = (
    *(field(name, TEXT, said, null=True) for name, said in _TEXTS.items()),
    *(field(name, NUMBER, said, null=True, unit=unit) for name, (said, unit) in _NUMBERS.items()),
    *(field(name, WHOLE, said, null=True) for name, said in _WHOLES.items()),
)
