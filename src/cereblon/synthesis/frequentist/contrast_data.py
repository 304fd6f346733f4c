"""The trials of one synthesis on one scale, from printed contrasts and from counts per arm together."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from cereblon.core.errors import InputError
from cereblon.synthesis.frequentist.measure import Measure, Row, check_measure, interval_columns, quantile
from cereblon.synthesis.frequentist.trial_contrasts import (
    ArmCount,
    Contrast,
    MissingPairs,
    MissingRow,
    TrialContrasts,
    trial_from_arms,
    trial_from_contrasts,
    why_uninformative,
)


@dataclass(frozen=True)
class ContrastData:
    """What a synthesis is made from.

    Attributes
    ----------
    measure
        Scale of every effect.
    trials
        One per study, in the order of their names.
    notes
        Everything that was done to the printed numbers, in words: to be shown with every result.
    excluded
        Studies that tell nothing about the measure, with the reason.
    counts
        Events and patients of the arms of those trials that were given by counts, without correction; two arms of one
        treatment stand apart here, and are added up in `trials`.
    lost
        Treatments that only excluded studies hold, with the reason.
    """

    measure: Measure
    trials: tuple[TrialContrasts, ...]
    notes: tuple[str, ...] = ()
    excluded: tuple[tuple[str, str], ...] = ()
    counts: tuple[ArmCount, ...] = ()
    lost: tuple[tuple[str, str], ...] = ()

    @property
    def treatments(self) -> tuple[str, ...]:
        """All treatments in alphabetical order."""
        return tuple(sorted({arm for trial in self.trials for arm in trial.treatments}))

    @property
    def studies(self) -> tuple[str, ...]:
        """Names of all studies that are used."""
        return tuple(trial.study for trial in self.trials)

    def to_rows(self, level: float = 0.95) -> list[Row]:
        """Give every pair of arms of every trial as a table row, each contrast once."""
        rows = list[Row]()
        for trial in self.trials:
            for versus, treatment in combinations(trial.treatments, 2):
                effect, variance = trial.contrast(treatment, versus)
                se = float(np.sqrt(variance))
                half = quantile(level) * se
                names: Row = {"study": trial.study, "treatment": treatment, "versus": versus}
                shown = interval_columns(self.measure, effect, se, effect - half, effect + half, level)
                rows.append(names | shown)
        return rows


_SMALLEST_SE = 1e-6  # beyond it and its inverse, weights of trials are beyond what a computer adds up


def _place(where: str, otherwise: str) -> str:
    return where or otherwise


def _contrast_problems(contrasts: Iterable[Contrast]) -> list[str]:
    problems, first = list[str](), dict[tuple[str, frozenset[str]], str]()
    for c in contrasts:
        where = _place(c.where, f"study {c.study}, {c.treatment} versus {c.versus}")
        if c.treatment == c.versus:
            problems.append(f"{where}: {c.treatment!r} is compared with itself")
        if not (np.isfinite(c.se) and c.se > 0):
            problems.append(f"{where}, se: got {c.se:g}; a standard error is a positive number")
        elif not _SMALLEST_SE < c.se < 1.0 / _SMALLEST_SE:
            problems.append(f"{where}, se: got {c.se:g}; no trial has such a standard error")
        if not np.isfinite(c.effect):
            problems.append(f"{where}, effect: got {c.effect:g}; an effect is a finite number")
        elif abs(c.effect) > 1.0 / _SMALLEST_SE:
            problems.append(f"{where}, effect: got {c.effect:g}; no effect is so large")
        key = (c.study, frozenset((c.treatment, c.versus)))
        if key in first:
            problems.append(
                f"{where}: study {c.study} already compares {c.treatment} with {c.versus} ({first[key]}); "
                "a contrast counts once"
            )
        first.setdefault(key, where)
    return problems


def _arm_problems(arms: Iterable[ArmCount]) -> list[str]:
    problems = list[str]()
    seen = defaultdict[tuple[str, str], list[ArmCount]](list)
    for arm in arms:
        where = _place(arm.where, f"study {arm.study}, arm {arm.treatment}")
        if arm.person_time is not None:
            if not (np.isfinite(arm.person_time) and arm.person_time > 0):
                problems.append(f"{where}, person_time: got {arm.person_time:g}; time at risk is a positive number")
            if not (np.isfinite(arm.events) and arm.events >= 0):
                problems.append(f"{where}, events: got {arm.events:g}; events are counted from 0")
        elif not (np.isfinite(arm.n) and arm.n > 0):
            problems.append(f"{where}, n: got {arm.n:g}; an arm has at least one patient")
        elif not (np.isfinite(arm.events) and 0 <= arm.events <= arm.n):
            problems.append(f"{where}, events: got {arm.events:g}; 0 to {arm.n:g} patients are possible")
        key = (arm.study, arm.treatment)
        if any(repr(replace(arm, where="")) == repr(replace(one, where="")) for one in seen[key]):
            problems.append(
                f"{where}: study {arm.study} already has an arm {arm.treatment} ({seen[key][0].where}) with the same "
                "counts; is it the same line twice?"
            )
        seen[key].append(arm)
    return problems


def _by_name(study: str) -> tuple[tuple[bool, int, str], ...]:
    """Order studies by the alphabet, with the numbers in their names by size: of two, the longer is larger."""
    parts = [(part.lstrip("0") or "0") if part.isdecimal() else part for part in re.split(r"(\d+)", study)]
    return tuple((not part.isdecimal(), len(part) if part.isdecimal() else 0, part) for part in parts if part)


def _added_up(arms: Sequence[ArmCount]) -> tuple[list[ArmCount], tuple[str, ...]]:
    """Add up the arms of one treatment in one trial."""
    together, notes = dict[str, ArmCount](), list[str]()
    for arm in arms:
        first = together.get(arm.treatment)
        if first is None:
            together[arm.treatment] = arm
            continue
        time = None if arm.person_time is None or first.person_time is None else arm.person_time + first.person_time
        together[arm.treatment] = replace(
            first, events=first.events + arm.events, n=first.n + arm.n, person_time=time
        )
    for treatment in together:
        own = sum(arm.treatment == treatment for arm in arms)
        if own > 1:
            notes.append(f"study {arms[0].study}: its {own} arms of {treatment} are added up")
    return list(together.values()), tuple(notes)


def _lost(
    excluded: Sequence[tuple[str, str]], held: Mapping[str, set[str]], trials: Sequence[TrialContrasts]
) -> tuple[tuple[str, str], ...]:
    """Name the treatments that go with the excluded studies and the rows without an estimate."""
    left = {name for trial in trials for name in trial.treatments}
    why = dict(excluded)
    gone = dict[str, list[str]]()
    for study in sorted(held, key=_by_name):
        for name in sorted(held[study] - left):
            gone.setdefault(name, []).append(f"study {study}: {why.get(study, 'no estimate is given')}")
    return tuple((name, "; ".join(whys)) for name, whys in sorted(gone.items()))


def _treatments_held(
    contrasts: Sequence[Contrast], arms: Sequence[ArmCount], missing: Sequence[MissingRow]
) -> dict[str, set[str]]:
    """Give the treatments that the rows of each study name."""
    held = defaultdict[str, set[str]](set)
    for c in contrasts:
        held[c.study] |= {c.treatment, c.versus}
    for arm in arms:
        held[arm.study].add(arm.treatment)
    for row in missing:
        held[row.study] |= set(row.treatments)
    return held


def _why_silent(study: str, own: Sequence[Contrast | ArmCount], missing: Sequence[MissingRow]) -> str | None:
    """Say why a study compares nothing: it has one arm, or no estimate is left; None where it compares."""
    rows = ", ".join(f"{row.what} ({row.where})" for row in missing if row.study == study)
    without = f"no estimate for {rows}" if rows else ""
    if not own:
        return without
    if any(isinstance(one, Contrast) for one in own) or len({one.treatment for one in own}) > 1:
        return None
    return "; ".join(filter(None, [f"it has one arm only ({own[0].treatment}) and a contrast needs two", without]))


def _by_study(
    contrasts: Sequence[Contrast], arms: Sequence[ArmCount]
) -> tuple[Mapping[str, list[Contrast]], Mapping[str, list[ArmCount]]]:
    """Sort contrasts and counts by their study; one that gives both, or anything impossible, is refused."""
    by_study, counted = defaultdict[str, list[Contrast]](list), defaultdict[str, list[ArmCount]](list)
    for contrast in contrasts:
        by_study[contrast.study].append(contrast)
    for arm in arms:
        counted[arm.study].append(arm)
    problems = _contrast_problems(contrasts) + _arm_problems(arms)
    problems += [
        f"study {study} gives contrasts and counts per arm; keep one of the two"
        for study in by_study
        if study in counted
    ]
    if problems:
        raise InputError("\n".join(problems))
    return by_study, counted


def assemble(
    contrasts: Sequence[Contrast] = (),
    arms: Sequence[ArmCount] = (),
    *,
    measure: str,
    correction: float = 0.5,
    tolerance: float | None = None,
    missing_pairs: MissingPairs = "refuse",
    notes: Sequence[str] = (),
    missing: Sequence[MissingRow] = (),
) -> ContrastData:
    """Put printed contrasts and counts per arm together.

    Parameters
    ----------
    contrasts
        Printed comparisons, already on the scale of `measure`.
    arms
        Counts per arm, of other studies than `contrasts`; for odds, risk and rate ratios and risk differences.
    measure
        Scale of the synthesis.
    correction
        Added to events and non-events of all arms of a trial with a zero cell; every such trial is noted.
    tolerance, missing_pairs
        See `trial_from_contrasts`.
    notes
        What was done before, to be kept with the data.
    missing
        Rows without an estimate.

    Returns
    -------
        Trials without information on a ratio (no events), with one arm or without an estimate are listed under
        `excluded`, never dropped in silence.

    Raises
    ------
    InputError
        Listing every problem.
    """
    scale = check_measure(measure)
    arms = sorted(arms, key=lambda arm: (_by_name(arm.study), arm.treatment, arm.events, arm.n))
    by_study, counted = _by_study(contrasts, arms)
    trials, excluded = list[TrialContrasts](), list[tuple[str, str]]()
    said, problems = list(notes), list[str]()
    held = _treatments_held(contrasts, arms, missing)
    for study in sorted(held, key=_by_name):
        why = _why_silent(study, [*by_study[study], *counted[study]], missing)
        if why is not None:
            excluded.append((study, why))
            continue
        said += [
            f"{row.where}: {row.what} is left out, since it has no estimate" for row in missing if row.study == study
        ]
        try:
            if by_study[study]:
                own = by_study[study]
                trial = trial_from_contrasts(study, own, tolerance=tolerance, missing_pairs=missing_pairs)
            elif scale == "log_or" or scale == "log_rr" or scale == "risk_difference" or scale == "log_irr":
                silent = why_uninformative(counted[study], scale)
                if silent is not None:
                    excluded.append((study, silent))
                    continue
                added, added_notes = _added_up(counted[study])
                trial = trial_from_arms(study, added, scale, correction)
                said.extend(added_notes)
            else:
                raise InputError(
                    f"study {study} gives counts, which cannot be put on the scale {scale}",
                    hint="log_or, log_rr, risk_difference and log_irr come from counts",
                )
        except InputError as error:
            problems.append(error.message if error.hint is None else f"{error.message} ({error.hint})")
            continue
        trials.append(trial)
        said.extend(trial.notes)
    if problems:
        raise InputError("\n".join(problems))
    if not trials:
        reasons = "; ".join(f"study {study}: {why}" for study, why in excluded) or "there is no row"
        raise InputError(f"no study is left to synthesise ({reasons})")
    said.extend(f"study {study} is left out: {why}" for study, why in excluded)
    lost = _lost(excluded, held, trials)
    said.extend(f"treatment {name} is lost, since no other study has it ({why})" for name, why in lost)
    silent_studies = {study for study, _ in excluded}
    kept = tuple(arm for arm in arms if arm.study not in silent_studies)
    return ContrastData(scale, tuple(trials), tuple(said), tuple(excluded), kept, lost)
