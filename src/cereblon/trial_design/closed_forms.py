"""Events and patients by closed forms, for arms with constant hazards: what a simulated design is set beside."""

from __future__ import annotations

import math
from dataclasses import dataclass

from cereblon.core.errors import InputError
from cereblon.statistics.distributions import normal_beyond, normal_tail


def schoenfeld_events(hazard_ratio: float, *, power: float, alpha: float, share: float = 0.5) -> float:
    """Find the events that a log-rank test needs under proportional hazards.

    Parameters
    ----------
    hazard_ratio
        First arm over the second; positive, not 1.
    power
        Wanted chance of success.
    alpha
        One-sided error.
    share
        Of the patients in the first arm.

    Returns
    -------
        Not rounded; the next whole number is what a protocol writes.

    Raises
    ------
    InputError
        If a number is out of its range.

    Source
    ------
    Schoenfeld, Biometrika 1981;68:316.

    Examples
    --------
    >>> round(schoenfeld_events(0.74, power=0.8, alpha=0.025), 1)
    346.3
    """
    _check(hazard_ratio, power, alpha, share)
    z = normal_beyond(alpha) + normal_beyond(1.0 - power)
    return z**2 / (share * (1.0 - share) * math.log(hazard_ratio) ** 2)


def schoenfeld_power(hazard_ratio: float, *, events: float, alpha: float, share: float = 0.5) -> float:
    """Find the power of a log-rank test with one look; arguments as in `schoenfeld_events`."""
    _check(hazard_ratio, 0.5, alpha, share)
    drift = -math.log(hazard_ratio) * math.sqrt(events * share * (1.0 - share))
    return normal_tail(normal_beyond(alpha) - drift)


@dataclass(frozen=True, kw_only=True, slots=True)
class ConstantHazards:
    """A trial whose patients enter evenly and have constant hazards; times in one unit.

    Parameters
    ----------
    hazard, versus
        Of the event in the first and in the second arm, per unit of time.
    enrolment, duration
        Length of even enrolment, and of the whole trial.
    dropout
        Hazard of loss to follow-up.
    share
        Of the patients in the first arm.
    """

    hazard: float
    versus: float
    enrolment: float
    duration: float
    dropout: float = 0.0
    share: float = 0.5

    def event_share(self, hazard: float) -> float:
        """Give the share of patients with this hazard whose event is seen before the end.

        Source
        ------
        Lachin and Foulkes, Biometrics 1986;42:507, equation 4.3, for even entry.
        """
        leaving = hazard + self.dropout
        if self.enrolment == 0.0:
            return hazard / leaving * (1.0 - math.exp(-leaving * self.duration))
        late = math.exp(-leaving * (self.duration - self.enrolment)) - math.exp(-leaving * self.duration)
        return hazard / leaving * (1.0 - late / (leaving * self.enrolment))

    def events(self, patients: float) -> float:
        """Give the events expected among so many patients of both arms."""
        both = self.share * self.event_share(self.hazard) + (1.0 - self.share) * self.event_share(self.versus)
        return patients * both


def lachin_foulkes_patients(trial: ConstantHazards, *, power: float, alpha: float) -> float:
    """Find the patients of both arms that a comparison of constant hazards needs.

    Parameters
    ----------
    trial
        Hazards and times; its duration exceeds its enrolment.
    power, alpha
        Wanted chance of success, and one-sided error.

    Returns
    -------
        Not rounded.

    Raises
    ------
    InputError
        If hazards are not positive or equal, or times do not fit.

    Source
    ------
    Lachin and Foulkes, Biometrics 1986;42:507, equation 2.6 with the variances under both hypotheses.
    """
    if not (trial.hazard > 0 and trial.versus > 0 and trial.dropout >= 0):
        raise InputError(f"hazards {trial.hazard:g} and {trial.versus:g} must be positive, and dropout not negative")
    if not 0 <= trial.enrolment <= trial.duration or trial.duration == 0:
        raise InputError(f"a trial of {trial.duration:g} cannot enrol for {trial.enrolment:g}")
    _check(trial.hazard / trial.versus, power, alpha, trial.share)
    first, second = trial.share, 1.0 - trial.share
    pooled = first * trial.hazard + second * trial.versus
    null = pooled**2 / trial.event_share(pooled) * (1.0 / first + 1.0 / second)
    effect = trial.hazard**2 / trial.event_share(trial.hazard) / first
    effect += trial.versus**2 / trial.event_share(trial.versus) / second
    reached = normal_beyond(alpha) * math.sqrt(null) + normal_beyond(1.0 - power) * math.sqrt(effect)
    return (reached / (trial.hazard - trial.versus)) ** 2


def _check(hazard_ratio: float, power: float, alpha: float, share: float) -> None:
    if not 0.0 < hazard_ratio < math.inf or hazard_ratio == 1.0:
        raise InputError(f"hazard ratio: {hazard_ratio:g} is not a positive number other than 1")
    for name, value in (("power", power), ("alpha", alpha), ("share of the first arm", share)):
        if not 0.0 < value < 1.0:
            raise InputError(f"{name}: {value:g} is outside 0 to 1")
