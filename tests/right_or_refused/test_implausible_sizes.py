"""Counts, times at risk and intervals that nobody can have meant are refused, and can be insisted on."""

from __future__ import annotations

from pathlib import Path

import pytest

import cereblon as cb
from cereblon.core.errors import InputError
from cereblon.synthesis.curves.digitised import risk_table

EVENTS = "ID,HOURS,EVID,AMT,CMT,ADDL,II,CRCL,WT\n1,0,1,25,1,3,{every},90,75\n1,2,0,.,2,0,0,90,75\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "study,treatment,events,n\nA,X,10,1e11\nA,P,20,100\n",
            "line 2, n: 1e\\+11 is outside what a number of patients can be, 0 to 1e\\+06",
        ),
        (
            "study,treatment,events,person_time\nA,X,30,1e12\nA,P,20,1000\n",
            "line 2, person_time: 1e\\+12 is outside what a time at risk can be",
        ),
    ],
)
def test_more_patients_than_any_trial_has_are_refused_unless_insisted_on(
    text: str, said: str, tmp_path: Path
) -> None:
    (tmp_path / "n.csv").write_text(text)
    with pytest.raises(InputError, match=said):
        cb.network(data=tmp_path / "n.csv")
    found = cb.network(data=tmp_path / "n.csv", selection=cb.TrialSelection(allow_implausible=True))
    assert any("accepted by --allow-implausible" in note for note in found.notes)


@pytest.mark.parametrize("every", [0.0001, 200_000])
def test_doses_by_the_second_or_by_the_decade_are_refused_unless_insisted_on(every: float, tmp_path: Path) -> None:
    (tmp_path / "e.csv").write_text(EVENTS.format(every=every))
    with pytest.raises(InputError, match=r"line 2, II: .* h is outside 1 to 100000 h"):
        cb.simulate_events(tmp_path / "e.csv", "lenalidomide")
    assert cb.simulate_events(tmp_path / "e.csv", "lenalidomide", allow_implausible=True)


def test_a_curve_of_a_billion_patients_is_refused_before_each_is_rebuilt() -> None:
    with pytest.raises(InputError, match=r"1e\+09 at risk; each patient is rebuilt, at most 1,000,000"):
        risk_table([0.0, 6.0], [1e9, 1e8], arm="A")
