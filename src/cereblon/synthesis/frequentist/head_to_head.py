"""Every comparison that trials make, each pooled by itself; and different treatments against one comparator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from cereblon.core.errors import InputError
from cereblon.synthesis.frequentist.contrast_data import ContrastData
from cereblon.synthesis.frequentist.direct_evidence import pool_head_to_head
from cereblon.synthesis.frequentist.effect_sizes import CountMeasure
from cereblon.synthesis.frequentist.measure import Interval, Row, interval_columns
from cereblon.synthesis.frequentist.pairwise import PairwiseResult, pool
from cereblon.synthesis.frequentist.rare_events import mantel_haenszel, peto
from cereblon.synthesis.frequentist.separation import unbounded_notes
from cereblon.synthesis.frequentist.small_study_effects import egger_test
from cereblon.synthesis.frequentist.trial_contrasts import ArmCount

_ANY = "any treatment"
_CORRECTED = "the estimate shown rests on the correction for zero cells"


@dataclass(frozen=True)
class HeadToHead:
    """The trials of one comparison, pooled.

    Attributes
    ----------
    treatment, versus
        Above and below the line.
    pooled
        The pairwise synthesis.
    uncorrected
        Where a cell is zero: counts pooled without correction, as rows.
    notes
        What could not be pooled without correction.
    """

    treatment: str
    versus: str
    pooled: PairwiseResult
    uncorrected: tuple[Row, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The comparison in words."""
        return f"{self.treatment} versus {self.versus}"

    def rows(self) -> list[Row]:
        """Give one row per trial and pool."""
        return [*self.pooled.to_rows(), *self.uncorrected]


def head_to_head(
    data: ContrastData,
    treatment: str | None = None,
    versus: str | None = None,
    *,
    model: str = "random",
    tau2_method: str = "REML",
    interval: Interval = "wald",
    level: float = 0.95,
) -> list[HeadToHead]:
    """Pool each comparison that trials make, the usual comparator below the line, or the one of the shorter name.

    Parameters
    ----------
    data
        Trials; they need not be one network.
    treatment, versus
        Keep the comparisons of this treatment, and those against this one; None for all.
    model, tau2_method, interval, level
        As of `pool`. A single trial has a normal interval.

    Raises
    ------
    InputError
        If no trial makes such a comparison.
    """
    trials = {name: sum(name in trial.treatments for trial in data.trials) for name in data.treatments}
    found = []
    for pair in combinations(data.treatments, 2):
        votes = _votes(data, pair)
        below, above = sorted(pair, key=lambda name: (name != versus, -votes[name], -trials[name], len(name), name))
        own = [trial for trial in data.trials if above in trial.treatments and below in trial.treatments]
        if not own or (treatment is not None and treatment not in pair) or versus not in (None, below):
            continue
        pooled = pool_head_to_head(
            data,
            above,
            below,
            model=model,
            tau2_method=tau2_method,
            interval=interval if len(own) > 1 else "wald",
            prediction="k-2",
            level=level,
        )
        found.append(_with_uncorrected(data, HeadToHead(above, below, pooled), level))
    if not found:
        raise InputError("no trial makes such a comparison", hint=f"treatments: {', '.join(data.treatments)}")
    return sorted(found, key=lambda one: (-trials[one.versus], one.versus, one.treatment))


def one_comparator(
    data: ContrastData,
    versus: str | None = None,
    *,
    model: str = "random",
    tau2_method: str = "REML",
    interval: Interval = "wald",
    level: float = 0.95,
) -> HeadToHead:
    """Pool all comparisons that share their comparator: a mean of the effects of different treatments.

    Parameters
    ----------
    data
        Trials.
    versus
        The comparator; None for the treatment of most trials.
    model, tau2_method, interval, level
        As of `pool`.

    Raises
    ------
    InputError
        If a trial has more than two arms, so that its control would count twice.
    """
    trials = {name: sum(name in trial.treatments for trial in data.trials) for name in data.treatments}
    below = max(trials, key=lambda name: trials[name]) if versus is None else versus
    own = [trial for trial in data.trials if below in trial.treatments]
    several = [trial.study for trial in own if len(trial.treatments) > 2]
    if several:
        raise InputError(
            f"--across: {', '.join(several)} has more than two arms, so its control would count twice",
            hint="leave it out: " + " ".join(f"--exclude {study}" for study in several),
        )
    pairs = [(trial, next(name for name in trial.treatments if name != below)) for trial in own]
    effects, variances = zip(*(trial.contrast(above, below) for trial, above in pairs), strict=True)
    pooled = pool(
        effects,
        [variance**0.5 for variance in variances],
        studies=[f"{trial.study} ({above})" for trial, above in pairs],
        measure=data.measure,
        model=model,
        tau2_method=tau2_method,
        interval=interval if len(own) > 1 else "wald",
        prediction="k-2",
        level=level,
    )
    return HeadToHead(_ANY, below, pooled)


def asymmetry(pooled: PairwiseResult) -> dict[str, float] | None:
    """Give the regression test of funnel asymmetry; None under three trials, where there is none."""
    if len(pooled.studies) < 3 or np.ptp(pooled.study_se) == 0:
        return None
    test = egger_test(pooled.study_effect, pooled.study_se)
    return {"slope": test.slope, "se": test.se, "z": test.z, "p": test.p}


def one_sided_notes(data: ContrastData, above: str, below: str) -> list[str]:
    """Say that the counts of one comparison bound its ratio on one side only."""
    own = tuple(trial for trial in data.trials if {above, below} <= set(trial.treatments))
    counts = tuple(a for a in data.counts if a.study in {t.study for t in own} and a.treatment in (above, below))
    if not own or any(len(trial.treatments) > 2 and trial.study not in {a.study for a in counts} for trial in own):
        return []
    alone = replace(data, trials=own, counts=counts)
    return [
        note
        for note in unbounded_notes(alone, below, "the correction for zero cells makes the number that is shown")
        if note.startswith(f"{above} versus")
    ]


def _with_uncorrected(data: ContrastData, one: HeadToHead, level: float) -> HeadToHead:
    """Add the pools of counts without correction where a cell is zero."""
    arms: dict[tuple[str, str], list[ArmCount]] = {}
    for arm in data.counts:
        arms.setdefault((arm.study, arm.treatment), []).append(arm)
    pairs = [((trial.study, one.treatment), (trial.study, one.versus)) for trial in data.trials]
    counted = [pair for pair in pairs if set(pair) <= arms.keys()]
    first, second = ([_sums(arms[pair[side]]) for pair in counted] for side in (0, 1))
    if data.measure not in ("log_or", "log_rr") or all(0 < events < n for events, n in (*first, *second)):
        return one
    (events1, n1), (events2, n2) = (zip(*arm, strict=True) for arm in (first, second))
    measure: CountMeasure = "log_or" if data.measure == "log_or" else "log_rr"
    rows, notes = list[Row](), list[str]()
    for method in ("Mantel-Haenszel", "Peto") if measure == "log_or" else ("Mantel-Haenszel",):
        try:
            if method == "Peto":
                found = peto(events1, n1, events2, n2, level=level)
            else:
                found = mantel_haenszel(events1, n1, events2, n2, measure, level=level)
        except InputError as error:
            notes.append(f"{one.title}: {error.message}; {_CORRECTED}")
            continue
        shown = interval_columns(found.measure, found.effect, found.se, found.low, found.high, found.level)
        name: Row = {"row": found.method, "study": ""}
        rows.append(name | shown | {"weight": None})
    return replace(one, uncorrected=tuple(rows), notes=tuple(notes))


def _sums(arms: Sequence[ArmCount]) -> tuple[float, float]:
    return sum(arm.events for arm in arms), sum(arm.n for arm in arms)


def _votes(data: ContrastData, pair: tuple[str, str]) -> dict[str, int]:
    """Count the trials that print each of two treatments below the line."""
    counted = {arm.study for arm in data.counts}
    printed = [trial.treatments[0] for trial in data.trials if trial.study not in counted]
    return {name: printed.count(name) for name in pair}
