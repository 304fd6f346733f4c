"""Ratios that counts bound on one side only, because an arm has no event or nothing but events."""

from __future__ import annotations

import numpy as np

from cereblon.synthesis.frequentist.contrast_data import ContrastData
from cereblon.synthesis.frequentist.measure import shown_as

_NOTHING = 1e-9


def _is_extreme(data: ContrastData) -> bool:
    if data.measure not in ("log_or", "log_rr", "log_irr"):
        return False
    return any(arm.events == 0 or (data.measure == "log_or" and arm.events == arm.n) for arm in data.counts)


def unbounded_against(data: ContrastData, versus: str) -> tuple[str, ...]:
    """Name the treatments whose ratio to another one has no finite maximum of the likelihood.

    A model with one effect per treatment and one level per trial has none in a direction along which no arm fits
    worse: arms without events may move down, arms with nothing but events up, all others and printed contrasts stay.

    Parameters
    ----------
    data
        Of a synthesis; counts as they are, without correction.
    versus
        Treatment below the line.

    Returns
    -------
        In alphabetical order; none where every arm has events and non-events.

    Source
    ------
    Albert and Anderson, Biometrika 1984; 71: 1-10 (separation in logistic regression).
    """
    if not _is_extreme(data):
        return ()
    names = [name for name in data.treatments if name != versus]
    studies = sorted({arm.study for arm in data.counts})
    size = len(names) + len(studies)
    fixed, downward = list[np.ndarray](), list[np.ndarray]()
    for arm in data.counts:
        row = np.zeros(size)
        row[len(names) + studies.index(arm.study)] = 1.0
        if arm.treatment != versus:
            row[names.index(arm.treatment)] = 1.0
        if arm.events == 0:
            downward.append(row)
        elif data.measure == "log_or" and arm.events == arm.n:
            downward.append(-row)
        else:
            fixed.append(row)
    for trial in data.trials:
        if trial.study in studies:
            continue
        for treatment in trial.treatments[1:]:
            row = np.zeros(size)
            for name, sign in ((treatment, 1.0), (trial.treatments[0], -1.0)):
                if name != versus:
                    row[names.index(name)] += sign
            fixed.append(row)
    return tuple(name for place, name in enumerate(names) if _can_move(place, size, fixed, downward))


def _can_move(place: int, size: int, fixed: list[np.ndarray], downward: list[np.ndarray]) -> bool:
    from scipy.optimize import linprog

    aim = np.zeros(size)
    aim[place] = 1.0
    for sign in (1.0, -1.0):
        found = linprog(
            sign * aim,
            A_ub=np.array(downward),
            b_ub=np.zeros(len(downward)),
            A_eq=np.array(fixed) if fixed else None,
            b_eq=np.zeros(len(fixed)) if fixed else None,
            bounds=(-1.0, 1.0),
        )
        if found.status == 0 and abs(found.fun) > _NOTHING:
            return True
    return False


def unbounded_notes(data: ContrastData, versus: str, what_bounds_it: str) -> list[str]:
    """Say which ratios have no finite estimate, and what makes the one that is shown.

    Parameters
    ----------
    data, versus
        As for `unbounded_against`.
    what_bounds_it
        The prior, or the correction.
    """
    extreme = "no event" if data.measure != "log_or" else "no event, or nothing but events"
    return [
        f"{name} versus {versus}: not an estimate. The trials bound this {shown_as(data.measure)} on one side only, "
        f"since an arm has {extreme}; {what_bounds_it}"
        for name in unbounded_against(data, versus)
    ]
