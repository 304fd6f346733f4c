"""The search for the smallest size, number of events or last look with a wanted chance of success."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cereblon.core.errors import InputError
from cereblon.core.time_units import DAYS_PER_MONTH
from cereblon.trial_design.boundaries import Boundaries
from cereblon.trial_design.evaluation import SHIFTS, TRIALS_OF_A_DRAW, boundaries_of, shifted
from cereblon.trial_design.looks import LookResult, hold_looks
from cereblon.trial_design.operating_characteristics import Estimated, chance_of_success, characterise
from cereblon.trial_design.pool import Pool
from cereblon.trial_design.pool_moves import pool_moves
from cereblon.trial_design.replicates import Trials, draw_trials, fresh_trials
from cereblon.trial_design.setup import Setup

_LARGER = 2  # times the planned size that a search for power may reach


@dataclass(frozen=True, kw_only=True, slots=True)
class Searched:
    """One size, number of events or month that was tried.

    Parameters
    ----------
    value
        Patients, events or months.
    power
        Chance of success, at the best guess or as assurance; its error is that of the replicates and of the pool.
    patients, months
        Expected when the trial stops.
    """

    value: float
    power: Estimated
    patients: float
    months: float


class Searching:
    """The same trials looked at with other sizes, events or months.

    For power they are drawn at the best guess, twice as large as planned. For assurance they are those over draws of
    the parameters, which have the planned size.

    Parameters
    ----------
    setup
        As planned.
    trials
        As large as may be searched.
    pool, seed
        That the trials were drawn from, for the error that comes from it; None where each has patients of its own,
        two trials in succession with each draw of the parameters.
    spread
        Standard deviation of the log hazard ratio between trials that is added, for assurance.
    """

    def __init__(
        self, setup: Setup, trials: Trials, *, pool: Pool | None = None, seed: int = 0, spread: float = 0.0
    ) -> None:
        self._setup, self._trials, self._spread = setup, trials, spread
        self._pool, self._seed = pool, seed
        self.largest = trials.patients

    @classmethod
    def for_power(cls, setup: Setup, pool: Pool, *, trials: int, seed: int) -> Searching:
        """Draw trials of the patients at the best guess."""
        enrolment = replace(setup.enrolment, patients=_LARGER * setup.enrolment.patients)
        return cls(setup, draw_trials(pool, enrolment, trials, seed=seed), pool=pool, seed=seed)

    @classmethod
    def for_assurance(cls, setup: Setup, pool: Pool, *, between_trials: float, seed: int) -> Searching:
        """Take the trials over draws of the parameters; arguments as in `assure`."""
        spread = 0.0 if setup.is_response else between_trials
        return cls(setup, fresh_trials(pool, setup.enrolment, seed=seed), spread=spread)

    def at(self, setup: Setup, value: float) -> Searched:
        """Hold the looks of a changed design in all trials."""
        results, bounds = self._held(setup, self._trials.count)
        found = characterise(results, bounds, ratio=False)
        groups = 1 if self._pool is not None else TRIALS_OF_A_DRAW * (SHIFTS if self._spread > 0.0 else 1)
        moves = None if self._pool is None else pool_moves(self._pool, setup.enrolment, seed=self._seed)
        return Searched(
            value=value,
            power=chance_of_success(results, bounds, moves=moves, groups_of=groups),
            patients=found.patients.value,
            months=found.months.value,
        )

    def _held(self, setup: Setup, trials: int) -> tuple[Sequence[LookResult], Boundaries]:
        drawn = self._trials.first(setup.enrolment.patients).some(0, trials)
        results = hold_looks(drawn, setup.looks, setup.test, with_effect=self._spread > 0.0)
        bounds = boundaries_of(setup, results)
        if self._spread > 0.0:
            results = [shifted(result, self._spread) for result in results]
        return results, bounds

    def smallest(self, what: str, wanted: float) -> tuple[float | None, list[Searched]]:
        """Find by bisection the smallest size, number of events or last month with a wanted chance of success.

        Parameters
        ----------
        what
            `size`, `events` or `months`.
        wanted
            Chance of success.

        Returns
        -------
            None where the largest that was tried does not suffice; and everything that was tried, by value.
        """
        low, high, step, change = self._range(what)
        tried: dict[float, Searched] = {}

        def enough(value: float) -> bool:
            tried[value] = self.at(change(value), value)
            return tried[value].power.value >= wanted

        found = high if enough(high) else None
        if found is not None and enough(low):
            found = high = low
        while found is not None and high - low > step:
            middle = low + step * round((high - low) / (2.0 * step))
            if enough(middle):
                found = high = middle
            else:
                low = middle
        return found, [tried[value] for value in sorted(tried)]

    def _range(self, what: str) -> tuple[float, float, float, Callable[[float], Setup]]:
        setup = self._setup
        planned = setup.enrolment.patients
        if what == "size":
            step = max(2, round(planned / 100))
            return step * 10.0, step * (self.largest // step), step, lambda value: setup.of_size(round(value))
        setup.refuse_search(what)
        if what == "events":
            last = setup.looks[-1].events or 0
            step = max(1, round(last / 100))
            high = min(step * (2 * last // step), planned - 1)
            return step * 10.0, float(high), step, lambda value: setup.of_events(round(value))
        if what == "months":
            last_month = setup.latest / DAYS_PER_MONTH
            return 1.0, float(np.floor(last_month)), 1.0, setup.of_months
        raise InputError(f"search: {what!r} is none of size, events, months")

    def grid(self, sizes: Sequence[int], shares: Sequence[float], *, trials: int) -> list[dict[str, float]]:
        """Give power over sizes and shares of the planned events of the last look (or of its month)."""
        rows = []
        for patients in (size for size in sizes if size <= self.largest):
            sized = self._setup.of_size(patients)
            for share in shares:
                last = sized.looks[-1]
                if last.events is not None:
                    value: float = max(round((self._setup.looks[-1].events or 0) * share), 2)
                    if value >= patients:
                        continue
                    changed = sized.of_events(int(value))
                else:
                    value = (last.day or 0.0) * share / DAYS_PER_MONTH
                    changed = sized.of_months(value)
                power = chance_of_success(*self._held(changed, trials), moves=None).value
                rows.append({"patients": float(patients), "until": value, "power": power})
        return rows
