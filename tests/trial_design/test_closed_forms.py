"""Events and patients by closed forms, against printed examples."""

from __future__ import annotations

import math

import pytest

from cereblon.core.errors import InputError
from cereblon.trial_design.closed_forms import (
    ConstantHazards,
    lachin_foulkes_patients,
    schoenfeld_events,
    schoenfeld_power,
)


def test_schoenfeld_needs_347_events_for_a_ratio_of_0_74() -> None:
    """(1.959964 + 0.841621)^2 / (log(0.74)^2 / 4) = 346.3, computed by hand."""
    assert schoenfeld_events(0.74, power=0.8, alpha=0.025) == pytest.approx(346.28, abs=0.01)


def test_power_of_so_many_events_is_the_wanted_one() -> None:
    events = schoenfeld_events(0.7, power=0.85, alpha=0.025, share=2 / 3)
    assert schoenfeld_power(0.7, events=events, alpha=0.025, share=2 / 3) == pytest.approx(0.85)


def test_lachin_needs_189_patients_in_each_arm() -> None:
    """Lachin, Control Clin Trials 1981;2:93: hazards 0.2 and 0.3, 3 years of entry, 5 in all, 5 % one-sided, 90 %."""
    trial = ConstantHazards(hazard=0.2, versus=0.3, enrolment=3.0, duration=5.0)
    patients = lachin_foulkes_patients(trial, power=0.9, alpha=0.05)
    assert 2 * math.ceil(patients / 2) == 378


def test_patients_without_enrolment_time_are_the_limit_of_a_short_one() -> None:
    at_once = ConstantHazards(hazard=0.02, versus=0.03, enrolment=0.0, duration=40.0, dropout=0.004)
    short = ConstantHazards(hazard=0.02, versus=0.03, enrolment=1e-3, duration=40.0, dropout=0.004)
    assert at_once.events(500) == pytest.approx(short.events(500), rel=1e-4)


def test_dropout_costs_events() -> None:
    kept = ConstantHazards(hazard=0.02, versus=0.03, enrolment=24.0, duration=60.0)
    lossy = ConstantHazards(hazard=0.02, versus=0.03, enrolment=24.0, duration=60.0, dropout=0.01)
    assert lossy.events(700) < kept.events(700)
    assert lachin_foulkes_patients(lossy, power=0.9, alpha=0.025) > lachin_foulkes_patients(
        kept, power=0.9, alpha=0.025
    )


@pytest.mark.parametrize(
    ("changes", "text"),
    [({"power": 1.2}, "power: 1.2"), ({"alpha": 5.0}, "alpha: 5"), ({"hazard_ratio": 1.0}, "other than 1")],
)
def test_impossible_wishes_are_refused(changes: dict[str, float], text: str) -> None:
    wish = {"hazard_ratio": 0.7, "power": 0.8, "alpha": 0.025} | changes
    with pytest.raises(InputError, match=text):
        schoenfeld_events(**wish)
