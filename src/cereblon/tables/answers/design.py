"""Columns of answers about trial designs."""

from __future__ import annotations

from cereblon.tables.fields import NUMBER, TEXT, WHOLE, field

_TEXTS = {
    "held_at": "when the look is held",
    "design_number": "what is expected of the design",
    "design_setting": "what is set for the simulation",
    "set_to": "how it is set",
    "searched": "what was varied: size, events or months",
    "aim": "which chance was searched for: power or assurance",
}

_NUMBERS = {
    "information": ("share of the information that is there", ""),
    "z_success": ("test statistic at or above which the trial succeeds", ""),
    "p_success": ("one-sided p value at that boundary", ""),
    "z_futility": ("test statistic at or below which the trial stops for futility", ""),
    "look_month": ("month of the look since the first patient, mean", "months"),
    "events_known": ("events known by then, mean", ""),
    "patients_enrolled": ("patients enrolled by then, mean", ""),
    "chance_success": ("chance to stop here for success", ""),
    "chance_futility": ("chance to stop here for futility", ""),
    "chance_reached": ("chance to come this far", ""),
    "chance_by_then": ("chance of success up to here", ""),
    "monte_carlo_error": ("standard error of the simulation, that of the pool of patients included", ""),
    "effect_low": ("5th percentile of the estimated effect", ""),
    "effect_middle": ("median of the estimated effect", ""),
    "effect_high": ("95th percentile of the estimated effect", ""),
    "effect_needed": ("estimated effect that would just succeed", ""),
    "enrolled_low": ("patients enrolled, 5th percentile of trials", ""),
    "enrolled_middle": ("patients enrolled, median of trials", ""),
    "enrolled_high": ("patients enrolled, 95th percentile of trials", ""),
    "events_low": ("events known, 5th percentile of trials", ""),
    "events_middle": ("events known, median of trials", ""),
    "events_high": ("events known, 95th percentile of trials", ""),
    "power": ("chance of success", ""),
    "expected_patients": ("patients enrolled when the trial stops, expected", ""),
    "expected_months": ("months since the first patient when the trial stops, expected", "months"),
    "patients_planned": ("patients of both arms", ""),
    "until": ("events, or month, of the last look", ""),
    "tried": ("size, events or month that was tried", ""),
}

_WHOLES = {"look": "number of the look, from 1", "parameter_draw": "draw of the parameters, in rising order of power"}

DESIGN = (
    *(field(name, TEXT, said, null=True) for name, said in _TEXTS.items()),
    *(field(name, NUMBER, said, null=True, unit=unit) for name, (said, unit) in _NUMBERS.items()),
    *(field(name, WHOLE, said, null=True) for name, said in _WHOLES.items()),
)
