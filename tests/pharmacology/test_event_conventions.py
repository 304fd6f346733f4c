"""Event data sets as NONMEM's users' guide and the manuals of mrgsolve and rxode2 define them, interpreted once more.

The interpreter below knows the file and the flows between compartments, and nothing of the package: it moves amounts
with matrix exponentials from record to record, and finds a steady state by giving the dose many times.
"""

from __future__ import annotations

import csv
from io import StringIO

import numpy as np
import pytest
from scipy.linalg import expm

from cereblon.model.drugs.drug_values import drug_values
from cereblon.model.drugs.kinetics import load_kinetics
from cereblon.model.drugs.patient import patients
from cereblon.model.exposure.course import Schedule
from cereblon.model.exposure.event_reading import parse_events
from cereblon.model.exposure.event_simulation import simulate_events
from cereblon.model.exposure.event_writing import event_csv

BSA = 1.9
# Both are exact up to rounding: a few thousand products of matrices against sums of exponentials.
AGREEMENT = 1e-7
MANY = 250  # doses a day apart; the slowest half-life of four days is then gone 62 times


def _bortezomib() -> tuple[np.ndarray, float]:
    """Amounts in depot and three compartments per hour, adult values scaled by body surface; central volume, L."""
    v = drug_values("bortezomib")
    size = BSA / v["reference_bsa"]
    cl, v1 = v["clearance"] * size ** v["clearance_bsa_exponent"], v["central_volume"]
    q2, v2 = v["exchange_shallow"], v["shallow_volume"]
    q3 = v["exchange_deep"] * size ** v["exchange_deep_bsa_exponent"]
    v3 = v["deep_volume"] * size ** v["deep_volume_bsa_exponent"]
    ka, enters = v["absorption_rate"], v["bioavailability_sc"]
    flows = np.asarray(
        [
            [-ka, 0.0, 0.0, 0.0],
            [enters * ka, -(cl + q2 + q3) / v1, q2 / v2, q3 / v3],
            [0.0, q2 / v1, -q2 / v2, 0.0],
            [0.0, q3 / v1, 0.0, -q3 / v3],
        ]
    )
    return flows / 24.0, float(v1)  # parameters come in 1/day


class _Body:
    """Amounts, running infusions and doses that are still to come."""

    def __init__(self, flows: np.ndarray) -> None:
        self.flows, self.now = flows, 0.0
        self.reset(0.0)

    def reset(self, hours: float) -> None:
        self.amounts, self.rates, self.coming = np.zeros(4), np.zeros(4), []
        self.now = hours

    def to(self, hours: float) -> None:
        """Go on to a time, through everything that happens until then, itself included."""
        while due := [one for one in self.coming if one[0] <= hours + 1e-9]:
            first = min(due, key=lambda one: one[0])
            self.coming.remove(first)
            self._drift(first[0])
            _, place, mg, rate = first
            (self.rates if rate else self.amounts)[place] += rate or mg
            if rate > 0.0:
                self.coming.append((self.now + mg / rate, place, mg, -rate))
        self._drift(hours)

    def _drift(self, hours: float) -> None:
        whole = np.zeros((5, 5))
        whole[:4, :4], whole[:4, 4] = self.flows, self.rates
        self.amounts = (expm(whole * (hours - self.now)) @ np.append(self.amounts, 1.0))[:4]
        self.now = hours

    def give(self, hours: float, row: dict[str, float]) -> None:
        for k in range(int(row["ADDL"]) + 1):
            self.coming.append((hours + k * row["II"], int(row["CMT"]) - 1, row["AMT"], row["RATE"]))


def _interpret(text: str, flows: np.ndarray, volume: float) -> list[float]:
    """Give ng/mL at records with EVID 0 or 2."""
    levels, bodies = [], {}
    for cells in csv.DictReader(StringIO(text)):
        row = {name: 0.0 if value == "." else float(value) for name, value in cells.items()}
        body, hours = bodies.setdefault(cells["ID"], _Body(flows)), row["TIME"]
        if row["EVID"] in (3, 4):
            body.reset(hours)
        body.to(hours)
        if row["EVID"] in (0, 2):
            levels.append(1000.0 * body.amounts[1] / volume)
        elif row["EVID"] in (1, 4):
            if row["SS"] == 1:
                body.reset(hours - MANY * row["II"])
                body.give(body.now, row | {"ADDL": MANY - 1.0})
                body.to(hours - 1e-6)
                body.to(hours)
            body.give(hours, row)
            body.to(hours)
    return levels


HAND_MADE = """\
ID,TIME,EVID,AMT,RATE,CMT,ADDL,II,SS,BSA
1,0,1,2.4,0,1,2,72,0,1.9
1,10,0,.,.,2,.,.,.,1.9
1,72,0,.,.,2,.,.,.,1.9
1,100,1,2.4,1.2,2,1,50,0,1.9
1,101,2,.,.,.,.,.,.,1.9
1,150.5,0,.,.,2,.,.,.,1.9
1,151,1,0.6,0,2,0,0,0,1.9
1,151.25,0,.,.,2,.,.,.,1.9
1,230,1,2.4,0,2,3,24,1,1.9
1,231,0,.,.,2,.,.,.,1.9
1,275,0,.,.,2,.,.,.,1.9
1,280,3,.,.,.,.,.,.,1.9
1,305,0,.,.,2,.,.,.,1.9
1,5,4,1.0,0,1,1,12,0,1.9
1,18,0,.,.,2,.,.,.,1.9
2,0,1,2.4,0.8,2,2,24,1,1.9
2,1,0,.,.,2,.,.,.,1.9
2,60,0,.,.,2,.,.,.,1.9
"""
"""Every kind of record: depot, bolus and infusion, further doses, two steady states, reset, reset with dose."""


def test_every_kind_of_record_means_what_the_manuals_say() -> None:
    found = simulate_events(
        parse_events(HAND_MADE, load_kinetics("bortezomib"), where="events.csv", time_unit="hours", in_order=True)
    )
    expected = _interpret(HAND_MADE, *_bortezomib())
    assert len(expected) == 11
    assert expected[7] == 0.0  # after the reset, of the further doses nothing comes
    np.testing.assert_allclose(found.level, expected, rtol=AGREEMENT)


@pytest.mark.parametrize(("route", "infusion"), [("sc", 0.0), ("iv", 0.0), ("iv", 1.0 / 24.0)])
def test_what_is_written_means_the_doses_that_were_meant(route: str, infusion: float) -> None:
    """A cycle of VRd, days 1, 4, 8 and 11 of 21, twice."""
    kinetics = load_kinetics("bortezomib")
    schedule = Schedule(starts=(0.0, 3.0, 7.0, 10.0), length=21.0)
    doses = schedule.doses(2.47, absorbed=route == "sc", cycles=2, infusion=infusion)
    text = event_csv(kinetics, patients({"bsa_m2": [BSA]}), doses, [0.0, 0.5, 3.0, 72.0, 72.5, 240.0, 504.0, 760.0])
    found = simulate_events(parse_events(text, kinetics, where="events.csv"))
    # Times are written in hours and computed in days: one more rounding.
    np.testing.assert_allclose(found.level, _interpret(text, *_bortezomib()), rtol=AGREEMENT, atol=1e-9)
