"""Looks of a planned trial as rows and in words, and how chances are written."""

from __future__ import annotations

import math

from cereblon.report.wording import chance
from cereblon.trial_design.operating_characteristics import Estimated, LookCharacteristics
from cereblon.trial_design.settings import look_in_words
from cereblon.trial_design.setup import Setup


def look_row(setup: Setup, look: LookCharacteristics) -> dict[str, object]:
    """Give the row of a look in the table `looks`."""
    return {
        "look": look.number,
        "held_at": look_in_words(setup, look.number - 1),
        "information": look.share,
        "z_success": look.upper if math.isfinite(look.upper) else None,
        "p_success": look.nominal,
        "z_futility": look.lower,
        "look_month": look.month.value,
        "events_known": look.events.value,
        "patients_enrolled": look.enrolled.value,
        "chance_success": look.success.value,
        "chance_futility": look.futility.value,
        "chance_by_then": look.power.value,
        "monte_carlo_error": look.power.error,
        "effect_low": look.effect[0],
        "effect_middle": look.effect[2],
        "effect_high": look.effect[-1],
        "effect_needed": look.needed,
    }


def look_sentence(setup: Setup, look: LookCharacteristics) -> str:
    """Say when a look is held, how likely trials end at it, and what they find."""
    said = [f"look {look.number} at {look_in_words(setup, look.number - 1)}, month {look.month.value:.1f}"]
    said.append(f"success here {rounded(look.success.value)}, by then {rounded(look.power.value)}")
    if look.lower is not None:
        said.append(f"stops for futility {rounded(look.futility.value)}")
    low, _, middle, _, high = look.effect
    if setup.is_response:
        said.append(f"difference {middle:.1f} points ({low:.1f} to {high:.1f})")
    else:
        said.append(f"hazard ratio {middle:.2f} ({low:.2f} to {high:.2f})")
    if look.needed is not None:
        side = "above" if setup.is_response else "below"
        said.append(f"success {side} {look.needed:.3g} (one-sided p {look.nominal:.4f})")
    return "; ".join(said)


def precise(number: Estimated) -> str:
    """Write a chance with its Monte Carlo error, and with no digit that the error leaves open."""
    return f"{chance(number.value, number.error)} (Monte Carlo error {100 * number.error:.1f} points)"


def rounded(value: float) -> str:
    """Write a chance in whole percent."""
    return chance(value)
