"""Cox's partial likelihood with Efron's ties: value, score, information, and the part of each row in the score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cereblon.statistics.follow_up import Floats, FollowUp, Ints


@dataclass(frozen=True, slots=True)
class Likelihood:
    """The log partial likelihood at some coefficients, and its derivatives."""

    value: float
    score: Floats
    information: Floats


class PartialLikelihood:
    """The partial likelihood of some follow-up; strata add up."""

    def __init__(self, data: FollowUp, x: Floats) -> None:
        self.width = x.shape[1]
        self._rows = data.strata()
        self._strata = [_Stratum(data.take(rows), x[rows]) for rows in self._rows]
        self._shape = x.shape

    def at(self, beta: Floats) -> Likelihood:
        """Evaluate it."""
        parts = [stratum.at(beta) for stratum in self._strata]
        return Likelihood(
            float(sum(part.value for part in parts)),
            np.sum([part.score for part in parts], axis=0),
            np.sum([part.information for part in parts], axis=0),
        )

    def score_residuals(self, beta: Floats) -> Floats:
        """Give the part of each row in the score, times its weight."""
        found = np.zeros(self._shape)
        for rows, stratum in zip(self._rows, self._strata, strict=True):
            found[rows] = stratum.score_residuals(beta)
        return found


@dataclass(frozen=True, slots=True)
class _DeathTerms:
    """One entry for each death at some coefficients: Efron takes the tied dead out of the risk set in equal parts."""

    denominator: Floats
    mean: Floats  # of the covariates in the risk set
    hazard: Floats


class _Stratum:
    def __init__(self, data: FollowUp, x: Floats) -> None:
        self.x, self.weight, self.dead = x, data.weights, np.flatnonzero(data.observed)
        times = np.unique(data.time[data.observed])
        self.count = len(times)
        # a row is at risk at the event times number start, ..., stop - 1
        self.stop = np.searchsorted(times, data.time, side="right")
        self.start = 0 * self.stop if data.entry is None else np.searchsorted(times, data.entry, side="right")
        self.when = self.stop[self.dead] - 1
        deaths = np.bincount(self.when, minlength=self.count)
        self.place = np.repeat(np.arange(self.count), deaths)
        rank = np.arange(len(self.place)) - np.repeat(np.cumsum(deaths) - deaths, deaths)
        self.deaths, self.part = deaths, rank / deaths[self.place]
        self.mean_weight = (self._summed(self.weight[self.dead], self.when) / np.maximum(deaths, 1))[self.place]

    def _summed(self, values: Floats, at: Ints) -> Floats:
        """Add up rows by place."""
        if values.ndim == 1:
            return np.asarray(np.bincount(at, weights=values, minlength=self.count), dtype=np.float64)
        columns = [np.bincount(at, weights=column, minlength=self.count) for column in values.T]
        return np.stack(columns, axis=1)

    def _at_risk(self, values: Floats) -> Floats:
        """Add up who is at risk at each event time."""
        leaving = np.zeros((self.count + 1, *values.shape[1:]))
        np.add.at(leaving, self.stop, values)
        np.subtract.at(leaving, self.start, values)
        return np.asarray(np.cumsum(leaving[::-1], axis=0)[::-1][1:], dtype=np.float64)

    def _scaled(self, beta: Floats) -> tuple[Floats, float]:
        """Give the hazard of each row over the greatest one, and the logarithm of that."""
        log_hazard = self.x @ beta
        greatest = float(log_hazard.max()) if len(log_hazard) else 0.0
        return np.exp(log_hazard - greatest), greatest

    def _deaths(self, hazard: Floats) -> _DeathTerms:
        rate = self.weight * hazard
        covariates = rate[:, None] * self.x
        whole, dying = self._at_risk(rate), self._summed(rate[self.dead], self.when)
        moment, moment_dying = self._at_risk(covariates), self._summed(covariates[self.dead], self.when)
        denominator = whole[self.place] - self.part * dying[self.place]
        mean = (moment[self.place] - self.part[:, None] * moment_dying[self.place]) / denominator[:, None]
        return _DeathTerms(denominator, mean, self.mean_weight / denominator)

    def _exposed(self, deaths: _DeathTerms) -> tuple[Floats, Floats]:
        """Give the hazard that each row went through, and the same times the means of the risk sets."""
        pair = np.column_stack([deaths.hazard, deaths.hazard[:, None] * deaths.mean])
        upto = np.concatenate([np.zeros((1, pair.shape[1])), np.cumsum(self._summed(pair, self.place), axis=0)])
        through = upto[self.stop] - upto[self.start]
        through[self.dead] -= self._summed(self.part[:, None] * pair, self.place)[self.when]
        return through[:, 0], through[:, 1:]

    def at(self, beta: Floats) -> Likelihood:
        hazard, greatest = self._scaled(beta)
        deaths = self._deaths(hazard)
        through, _ = self._exposed(deaths)
        own = self.weight[self.dead] @ self.x[self.dead]
        value = own @ beta - (self.mean_weight * (np.log(deaths.denominator) + greatest)).sum()
        weighted_mean = self.mean_weight[:, None] * deaths.mean
        squares = (self.x * (self.weight * hazard * through)[:, None]).T @ self.x
        return Likelihood(float(value), own - weighted_mean.sum(axis=0), squares - weighted_mean.T @ deaths.mean)

    def score_residuals(self, beta: Floats) -> Floats:
        hazard, _ = self._scaled(beta)
        deaths = self._deaths(hazard)
        through, through_mean = self._exposed(deaths)
        residuals = -hazard[:, None] * (self.x * through[:, None] - through_mean)
        mean = self._summed(deaths.mean, self.place) / np.maximum(self.deaths, 1)[:, None]
        residuals[self.dead] += self.x[self.dead] - mean[self.when]
        return self.weight[:, None] * residuals
