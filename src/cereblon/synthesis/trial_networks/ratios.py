"""Contrasts from printed hazard and odds ratios."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from cereblon.core.errors import InputError
from cereblon.evidence.study import Fact, Study
from cereblon.statistics.distributions import normal_beyond
from cereblon.synthesis.frequentist.effect_sizes import log_ratio
from cereblon.synthesis.frequentist.trial_contrasts import Contrast
from cereblon.synthesis.trial_networks.nodes import ArmRole
from cereblon.synthesis.trial_networks.selection import (
    Cut,
    ExcludedEvidence,
    UsedNumber,
    best_of,
    cuts_in_order,
    is_whole,
    used_number,
)

_OFF_CENTRE = 0.25  # standard errors; rounding to two digits stays below this for usual trials


@dataclass
class PrintedRatios:
    """What was found in one study; filled while its facts are read."""

    contrasts: list[Contrast] = field(default_factory=list)
    used: list[UsedNumber] = field(default_factory=list)
    left_out: list[ExcludedEvidence] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def _from_p_value(fact: Fact) -> float | None:
    """Give the standard error that an exact p value implies (Tierney et al. 2007); None without one."""
    if fact.value is None or fact.value == 1.0 or fact.p is None or fact.p.value is None or not 0 < fact.p.value < 1:
        return None
    tail = fact.p.value if fact.p.sided == "one" else fact.p.value / 2.0
    z = normal_beyond(tail)
    return abs(float(np.log(fact.value))) / z if z > 0.1 else None


def _has_interval(fact: Fact) -> bool:
    return fact.interval is not None and fact.interval.low is not None and fact.interval.high is not None


def _precision(fact: Fact) -> int:
    """Rank what a printed ratio says about its precision: 2 an interval, 1 an exact p value, 0 neither."""
    return 2 if _has_interval(fact) else int(_from_p_value(fact) is not None)


def ratio_contrasts(
    study: Study, facts: list[Fact], roles: Mapping[str, ArmRole], cut: Cut, where: str
) -> PrintedRatios:
    """Make the contrasts of a study from its printed ratios of one endpoint, all of one data cut.

    Of several cuts the last (or first) in which every comparison of the trial has an interval is taken; without one,
    the last (first) in which each has an interval or an exact p value, from which a standard error follows.

    Parameters
    ----------
    study
        The study.
    facts
        Its facts of one endpoint.
    roles
        Arms of the wanted setting.
    cut
        `latest` or `first`.
    where
        What the numbers are, for notes.

    Source
    ------
    Parmar, Torri and Stewart, Statistics in Medicine 1998; 17: 2815-2834 (intervals). Tierney et al., Trials 2007; 8:
    16 (p values).
    """
    found = PrintedRatios()
    usable: list[Fact] = []
    for fact in facts:
        if fact.versus is None or fact.arm not in roles or fact.versus not in roles or not is_whole(fact):
            continue
        if fact.at is not None or fact.month is not None or fact.counted_from is not None:
            continue  # a sensitivity analysis, or another clock
        what = f"{roles[fact.arm].treatment} versus {roles[fact.versus].treatment}"
        if fact.flag is not None:
            found.left_out.append(ExcludedEvidence(study.id, what, f"flagged: {fact.flag}"))
        elif fact.reading == "reported":
            usable.append(fact)
    pairs = {frozenset((fact.arm, fact.versus)) for fact in usable}
    by_cut = {name: [f for f in usable if f.cut == name] for name in cuts_in_order(usable, cut)}
    chosen = _choose_cut(by_cut, pairs)
    for pair in sorted(pairs, key=lambda names: sorted(map(str, names))):
        own = [f for f in by_cut.get(chosen, []) if frozenset((f.arm, f.versus)) == pair]
        _add(study, best_of(study, own, _precision) if own else None, pair, roles, where, found)
    preferred = next(iter(by_cut), None)
    if found.contrasts and chosen != preferred:
        found.notes.append(
            f"study {study.id}: cut {preferred or 'unnamed'} does not report every comparison with an interval, so "
            f"cut {chosen or 'unnamed'} is used"
        )
    return found


def _choose_cut(by_cut: Mapping[str | None, list[Fact]], pairs: set[frozenset[str | None]]) -> str | None:
    """Choose the first cut with an interval for every comparison, else with intervals or p values, else with most."""
    for least in (2, 1):
        for name, own in by_cut.items():
            if {frozenset((f.arm, f.versus)) for f in own if _precision(f) >= least} == pairs:
                return name
    return max(by_cut, key=lambda name: sum(_precision(f) for f in by_cut[name]), default=None)


def _add(
    study: Study,
    fact: Fact | None,
    pair: frozenset[str | None],
    roles: Mapping[str, ArmRole],
    where: str,
    found: PrintedRatios,
) -> None:
    """Turn one printed ratio into a contrast, or say why it cannot be one."""
    what = " versus ".join(roles[arm].treatment for arm in sorted(name for name in pair if name is not None))
    if fact is None or fact.value is None or fact.versus is None or _precision(fact) == 0:
        bound = fact is not None and fact.p is not None and fact.p.below is not None
        why = "published without an interval" + (", and only a bound of p" if bound else " or exact p value")
        found.left_out.append(ExcludedEvidence(study.id, what, why))
        return
    treatment, versus = roles[fact.arm].treatment, roles[fact.versus].treatment
    what = f"{treatment} versus {versus}"
    if treatment == versus:
        found.left_out.append(ExcludedEvidence(study.id, what, "both arms are the same treatment of the network"))
        return
    if fact.interval is not None and fact.interval.low is not None and fact.interval.high is not None:
        try:
            value = log_ratio(fact.value, fact.interval.low, fact.interval.high, fact.interval.level)
        except InputError as error:
            found.left_out.append(ExcludedEvidence(study.id, what, error.message))
            return
        effect, se = value.effect, value.se
        if abs(value.off_centre) > _OFF_CENTRE:
            found.notes.append(
                f"study {study.id}: the {where} {fact.value:g} of {what} is {abs(value.off_centre):.2g} standard "
                "errors off the middle of its interval; ratio kept, standard error from the width"
            )
    else:
        p_se = _from_p_value(fact)
        assert p_se is not None and fact.p is not None  # by _precision
        effect, se = float(np.log(fact.value)), p_se
        sided = f"{fact.p.sided}-sided" if fact.p.sided else "taken as two-sided"
        found.notes.append(
            f"study {study.id}: no interval for {what}; its standard error is from p={fact.p.value:g} ({sided})"
        )
    found.contrasts.append(Contrast(study.id, treatment, versus, effect, se, f"study {study.id}, {what}"))
    found.used.append(used_number(study, fact, treatment, versus))
