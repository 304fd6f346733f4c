"""IMWG rules for one assessment: what a value means against baseline or against the lowest confirmed value.

Pure rules in house units (serum g/L, urine mg/24 h, light chains mg/L, marrow percent), with operators and functions
of the array module `xp` (numpy or jax.numpy) only, so that the engine and the outcome functions call the
same code. dFLC is the involved minus the uninvolved free light chain.

Source
------
Kumar et al., Lancet Oncol 2016;17:e328 (doi 10.1016/S1470-2045(16)30206-6), read in the reprinted tables of
Curr Oncol 2023;30:2322 (PMC9954856, table 1) and ashpublications.net/view-large/7148891. One reprint (PMC2627786,
table 5) prints the light-chain rise as 10 mg/L; the rule is 10 mg/dL, 100 mg/L.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any, TypeAlias

from cereblon.criteria.rules import IMWG_2016, Rules

Values: TypeAlias = Any
"""An array of numpy or jax.numpy, or a number: the rules use operators and functions of `xp` only."""

# Limits are inclusive, but 3.7 - 2.7 is not 1 in binary: values at a limit are decided with a slack of one in a
# million of their size, above the rounding of float32 and far below any assay.
_SLACK = 1e-6


def _at_least(left: Values, right: Values, size: Values) -> Values:
    return left >= right - _SLACK * size


def _above(left: Values, right: Values, size: Values) -> Values:
    return left > right + _SLACK * size


def has_fallen(value: Values, baseline: Values, fraction: float) -> Values:
    """Tell whether a value lies at least `fraction` below a positive baseline of the same unit."""
    return _at_least(baseline - value, fraction * baseline, baseline) & (baseline > 0)


def serum_progression(value: Values, lowest: Values, xp: ModuleType, rules: Rules = IMWG_2016) -> Values:
    """Tell whether serum M-protein meets progression.

    A rise of at least 25 % and at least 5 g/L; from a lowest value of at least 50 g/L a rise of at least 10 g/L,
    whatever the percentage.

    Parameters
    ----------
    value
        At this assessment, g/L.
    lowest
        Lowest confirmed value since the start of the line, g/L; the baseline counts as confirmed.
    xp
        numpy or jax.numpy.
    rules
        Thresholds.
    """
    rise, size = value - lowest, xp.abs(value) + xp.abs(lowest)
    usual = _at_least(rise, rules.progression_serum_g_l, size) & _at_least(
        rise, rules.progression_rise * lowest, size
    )
    high = _at_least(lowest, rules.high_nadir_g_l, size) & _at_least(rise, rules.progression_serum_high_g_l, size)
    return usual | high


def urine_progression(value: Values, lowest: Values, xp: ModuleType, rules: Rules = IMWG_2016) -> Values:
    """Tell whether urine M-protein (mg/24 h) meets progression: a rise of at least 25 % and 200 mg/24 h."""
    rise, size = value - lowest, xp.abs(value) + xp.abs(lowest)
    return _at_least(rise, rules.progression_urine_mg_24h, size) & _at_least(
        rise, rules.progression_rise * lowest, size
    )


def flc_progression(dflc: Values, lowest: Values, xp: ModuleType, rules: Rules = IMWG_2016) -> Values:
    """Tell whether dFLC (mg/L) meets progression: a rise of at least 25 % and of more than 100 mg/L.

    Applies only where neither serum nor urine M-protein is measurable at baseline; the caller sees to that.
    """
    rise, size = dflc - lowest, xp.abs(dflc) + xp.abs(lowest)
    return _above(rise, rules.progression_flc_mg_l, size) & _at_least(rise, rules.progression_rise * lowest, size)


def marrow_progression(percent: Values, lowest: Values, xp: ModuleType, rules: Rules = IMWG_2016) -> Values:
    """Tell whether marrow plasma cells (percent) meet progression: 25 % and at least 10 points above the lowest.

    Applies only where nothing else is measurable at baseline; the caller sees to that.
    """
    rise, size = percent - lowest, xp.abs(percent) + xp.abs(lowest)
    return _at_least(rise, rules.progression_marrow_points, size) & _at_least(
        rise, rules.progression_rise * lowest, size
    )


def plasmacytoma_progression(area: Values, lowest: Values, xp: ModuleType, rules: Rules = IMWG_2016) -> Values:
    """Tell whether plasmacytomas (sum of products of diameters, mm2) are new or at least 50 % above their lowest."""
    size = xp.abs(area) + xp.abs(lowest)
    return (area > 0) & _at_least(area - lowest, rules.plasmacytoma_rise * lowest, size)


def hypercalcaemia(calcium: Values, rules: Rules = IMWG_2016) -> Values:
    """Tell whether corrected calcium (mmol/L) is above 2.65, 11.5 mg/dL."""
    return calcium > rules.hypercalcaemia_mmol_l


def serum_partial(value: Values, baseline: Values, rules: Rules = IMWG_2016) -> Values:
    """Tell whether serum M-protein (g/L) meets partial response: half of baseline or less."""
    return has_fallen(value, baseline, rules.partial_fall)


def serum_very_good(value: Values, baseline: Values, rules: Rules = IMWG_2016) -> Values:
    """Tell whether serum M-protein (g/L) meets VGPR: a fall of at least 90 %, or none seen on electrophoresis."""
    return has_fallen(value, baseline, rules.very_good_fall) | (value <= 0)


def serum_minimal(value: Values, baseline: Values, rules: Rules = IMWG_2016) -> Values:
    """Tell whether serum M-protein (g/L) meets at least minimal response: a fall of 25 % or more."""
    return has_fallen(value, baseline, rules.minimal_fall)


def urine_partial(value: Values, baseline: Values, rules: Rules = IMWG_2016) -> Values:
    """Tell whether urine M-protein meets partial response: a fall of at least 90 %, or below 200 mg/24 h."""
    return has_fallen(value, baseline, rules.partial_urine_fall) | (value < rules.partial_urine_mg_24h)


def urine_very_good(value: Values, rules: Rules = IMWG_2016) -> Values:
    """Tell whether urine M-protein meets VGPR: below 100 mg/24 h."""
    return value < rules.very_good_urine_mg_24h


def urine_minimal(value: Values, baseline: Values, rules: Rules = IMWG_2016) -> Values:
    """Tell whether urine M-protein meets at least minimal response: a fall of 50 % or more, or partial response."""
    return has_fallen(value, baseline, rules.minimal_urine_fall) | urine_partial(value, baseline, rules)


def flc_partial(dflc: Values, baseline: Values, rules: Rules = IMWG_2016) -> Values:
    """Tell whether dFLC (mg/L) meets partial response: a fall of at least 50 %."""
    return has_fallen(dflc, baseline, rules.partial_fall)


def flc_very_good(dflc: Values, baseline: Values, rules: Rules = IMWG_2016) -> Values:
    """Tell whether dFLC (mg/L) meets VGPR: a fall of at least 90 %."""
    return has_fallen(dflc, baseline, rules.very_good_fall)


def marrow_partial(percent: Values, baseline: Values, rules: Rules = IMWG_2016) -> Values:
    """Tell whether marrow plasma cells meet partial response: half or less of a baseline of at least 30 %."""
    return has_fallen(percent, baseline, rules.partial_marrow_fall) & (baseline >= rules.marrow_baseline_percent)


def marrow_complete(percent: Values, rules: Rules = IMWG_2016) -> Values:
    """Tell whether the marrow allows CR: fewer than 5 % plasma cells."""
    return percent < rules.complete_marrow_percent


KAPPA, LAMBDA, UNKNOWN_CHAIN = 0, 1, -1
"""Codes of the involved light chain, in the order of `cereblon.vocabulary.clinical.LIGHT_CHAIN`."""


def _kappa_to_lambda_is_normal(kappa: Values, lambda_: Values, rules: Rules) -> Values:
    """Written without a division."""
    size = kappa + lambda_
    low, high = rules.flc_ratio_low * lambda_, rules.flc_ratio_high * lambda_
    return _at_least(kappa, low, size) & _at_least(high, kappa, size)


def flc_ratio_is_normal(
    involved: Values, uninvolved: Values, chain: Values, xp: ModuleType, rules: Rules = IMWG_2016
) -> Values:
    """Tell whether the light chain ratio is surely normal, kappa to lambda 0.26 to 1.65 whichever is involved.

    Involved to uninvolved that is 0.26 to 1.65 in kappa disease and 0.61 to 3.85 in lambda disease. Where nobody
    knows which chain is involved, the ratio must be normal for both.

    Parameters
    ----------
    involved, uninvolved
        Serum free light chains, mg/L.
    chain
        Involved chain: `KAPPA`, `LAMBDA` or `UNKNOWN_CHAIN`.
    xp
        numpy or jax.numpy.
    rules
        Limits of kappa to lambda.
    """
    as_kappa = _kappa_to_lambda_is_normal(involved, uninvolved, rules)
    as_lambda = _kappa_to_lambda_is_normal(uninvolved, involved, rules)
    return xp.where(chain == KAPPA, as_kappa, xp.where(chain == LAMBDA, as_lambda, as_kappa & as_lambda))


def flc_ratio_is_abnormal(
    involved: Values, uninvolved: Values, chain: Values, xp: ModuleType, rules: Rules = IMWG_2016
) -> Values:
    """Tell whether the light chain ratio is surely abnormal; see `flc_ratio_is_normal`.

    Where the chain is unknown, the ratio must be abnormal for both. A ratio that is not known is neither.
    """
    as_kappa = ~_kappa_to_lambda_is_normal(involved, uninvolved, rules)
    as_lambda = ~_kappa_to_lambda_is_normal(uninvolved, involved, rules)
    known = ~xp.isnan(involved) & ~xp.isnan(uninvolved)
    return known & xp.where(chain == KAPPA, as_kappa, xp.where(chain == LAMBDA, as_lambda, as_kappa & as_lambda))


def serum_is_measurable(value: Values, is_iga: Values, xp: ModuleType, rules: Rules = IMWG_2016) -> Values:
    """Tell whether baseline serum M-protein (g/L) can be followed: at least 10 g/L, or the limit set for IgA."""
    return value >= xp.where(is_iga, rules.measurable_serum_iga_g_l, rules.measurable_serum_g_l)


def urine_is_measurable(value: Values, rules: Rules = IMWG_2016) -> Values:
    """Tell whether baseline urine M-protein can be followed: at least 200 mg/24 h."""
    return value >= rules.measurable_urine_mg_24h


def flc_is_measurable(
    involved: Values, uninvolved: Values, chain: Values, xp: ModuleType, rules: Rules = IMWG_2016
) -> Values:
    """Tell whether light chains can be followed: involved at least 100 mg/L and the ratio surely abnormal."""
    enough = involved >= rules.measurable_involved_flc_mg_l
    return enough & flc_ratio_is_abnormal(involved, uninvolved, chain, xp, rules)
