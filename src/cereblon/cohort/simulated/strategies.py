"""Which treatment the simulated patients of an example have, line after line, and who is given which."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cereblon.trials.trial import TrialPlan, parse_trial

LINES: dict[str, tuple[str, str, str]] = {
    "rd": ("rd", "dvd", "pd"),
    "vrd": ("vrd-s0777", "kd", "dara"),
    "drd": ("drd", "kd", "pd"),
    "vrd-asct": ("vrd-asct-determination", "kd", "dara"),
    "d-vrd-asct": ("dvrd-perseus", "kd", "pd"),
    "vd-asct-krd": ("vd-asct", "krd", "dara"),
    "vd-asct-ird": ("vd-asct", "ird", "dara"),
}
"""Regimens of the library in each line; assumed, so that the regimens with lenalidomide all occur."""

_OF_ONE_TRIAL = 6  # arms that a trial may have

_AGE_OF_EVEN_ODDS, _AGE_OF_ODDS = 69.0, 2.5
_AFTER_TRANSPLANT = {"vrd-asct": 0.45, "d-vrd-asct": 0.25, "vd-asct-krd": 0.15, "vd-asct-ird": 0.15}
_OLDER = {"rd": 0.05, "vrd": -0.04, "drd": 0.0}  # of the log odds per year above 70
_GAP_DAYS = 28


def example_trials(seed: int) -> list[TrialPlan]:
    """Give the virtual trials of which the patients of an example are made: one arm for each strategy, in order.

    Parameters
    ----------
    seed
        Of the patients and all that happens to them.
    """
    names = list(LINES)
    parts = [names[first : first + _OF_ONE_TRIAL] for first in range(0, len(names), _OF_ONE_TRIAL)]
    return [_trial(number, part, seed) for number, part in enumerate(parts, 1)]


def _trial(number: int, names: list[str], seed: int) -> TrialPlan:
    arms = {name: {"strategy": _strategy(name, LINES[name]), "size": 1} for name in names}
    plan = {
        "id": f"cohort-example-{number}",
        "title": "Newly diagnosed patients of a cohort with known truth",
        "population": {"base": "ndmm"},
        "arms": arms,
        "enrolment_months": 48,
        "follow_up_months": 72,
        "dropout_per_year": 0.03,
        "replicates": 1,
        "seed": seed,
    }
    return parse_trial(plan, where="example of a cohort")


def _strategy(name: str, lines: tuple[str, ...]) -> dict[str, object]:
    return {
        "id": f"example-{name}",
        "label": ", then ".join(lines),
        "lines": list(lines),
        "gap_days": _GAP_DAYS,
        "basis": "assumed",
        "notes": ["lines of an example of a cohort, a judgement"],
    }


def choose_strategy(age: NDArray[np.float64], draw: NDArray[np.floating]) -> NDArray[np.int64]:
    """Choose a strategy by age, as a clinic does: transplantation for the younger, doublets for the oldest.

    Parameters
    ----------
    age
        Years, shape (subject,).
    draw
        Uniform numbers, shape (subject, 2).

    Returns
    -------
        Place in `LINES` of each subject's strategy. The shares are assumed.
    """
    names = list(LINES)
    is_for_transplant = draw[:, 0] < 1 / (1 + np.exp((age - _AGE_OF_EVEN_ODDS) / _AGE_OF_ODDS))
    younger = _pick(np.tile(list(_AFTER_TRANSPLANT.values()), (len(age), 1)), draw[:, 1])
    odds = np.exp(np.outer(age - 70, list(_OLDER.values())))
    older = _pick(odds, draw[:, 1])
    places = [names.index(name) for name in _AFTER_TRANSPLANT], [names.index(name) for name in _OLDER]
    return np.where(is_for_transplant, np.array(places[0])[younger], np.array(places[1])[older])


def _pick(odds: NDArray[np.float64], draw: NDArray[np.floating]) -> NDArray[np.int64]:
    """Pick a column of each row with probabilities in proportion to its odds."""
    edges = np.cumsum(odds / odds.sum(axis=1, keepdims=True), axis=1)
    picked: NDArray[np.int64] = np.minimum((draw[:, None] >= edges).sum(axis=1), odds.shape[1] - 1)
    return picked
