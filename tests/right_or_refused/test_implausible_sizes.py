"""Counts, times at risk and intervals that nobody can have meant are refused, and can be insisted on."""

from __future__ import annotations

from pathlib import Path

import pytest

import cereblon as cb
from cereblon.core.errors import ArgumentError, InputError
from cereblon.synthesis.curves.digitised import risk_table

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
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
    found = cb.simulate_events(tmp_path / "e.csv", "lenalidomide", allow_implausible=True)
    assert any("accepted by --allow-implausible" in note and "line 2, II" in note for note in found.notes)


def test_a_curve_of_a_billion_patients_is_refused_before_each_is_rebuilt() -> None:
    with pytest.raises(InputError, match=r"1e\+09 at risk; each patient is rebuilt, at most 1,000,000"):
        risk_table([0.0, 6.0], [1e9, 1e8], arm="A")


def test_what_was_insisted_on_stands_among_the_notes(tmp_path: Path) -> None:
    points = "".join(f"{month},{1 - month / 2400:.3f}\n" for month in range(0, 1201, 60))
    (tmp_path / "points.csv").write_text(f"month,survival\n{points}")
    people = (EXAMPLES / "adjust-patients.csv").read_text().splitlines()
    columns, first = people[0].split(","), people[1].split(",")
    first[columns.index("age")] = "115"
    (tmp_path / "people.csv").write_text("\n".join([people[0], ",".join(first), *people[2:]]))

    answers = (
        cb.curve(points=tmp_path / "points.csv", patients=100, models="none", allow_implausible=True),
        cb.adjust(
            tmp_path / "people.csv", EXAMPLES / "adjust-targets.csv", arm="new", match="male", allow_implausible=True
        ),
        cb.pk("lenalidomide", dose="2500 mg", subjects=cb.Subjects(n=1), allow_implausible=True),
    )
    said = ("780 months is outside", "115 years is outside", "2500 mg of lenalidomide is outside")
    for answer, told in zip(answers, said, strict=True):
        assert any("accepted by --allow-implausible" in note and told in note for note in answer.notes)


@pytest.mark.parametrize("given", [["100"], {"new": "100"}, 100.5])
def test_patients_of_a_curve_are_a_whole_number(given: object) -> None:
    with pytest.raises(ArgumentError, match="a whole number is needed"):
        cb.curve(points=EXAMPLES / "curve-points.csv", patients=given, models="none")


PEOPLE = (EXAMPLES / "adjust-patients.csv").read_text().splitlines()


@pytest.mark.parametrize(("column", "cell"), [("age", "-5"), ("age", "23376")])
def test_what_nobody_can_mean_is_refused_whatever_is_insisted_on(column: str, cell: str, tmp_path: Path) -> None:
    columns, first = PEOPLE[0].split(","), PEOPLE[1].split(",")
    first[columns.index(column)] = cell
    (tmp_path / "people.csv").write_text("\n".join([PEOPLE[0], ",".join(first), *PEOPLE[2:]]))
    with pytest.raises(InputError, match=rf"line 2, {column}: .* no option accepts it"):
        cb.adjust(
            tmp_path / "people.csv", EXAMPLES / "adjust-targets.csv", arm="new", match="male", allow_implausible=True
        )


def test_a_ratio_of_a_hundred_digits_is_no_ratio(tmp_path: Path) -> None:
    (tmp_path / "n.csv").write_text("study,treatment,versus,effect,se\nA,X,P,300,0.2\n")
    selection = cb.TrialSelection(measure="log_hr", allow_implausible=True)
    with pytest.raises(InputError, match="no option accepts it: the ratio would have a hundred digits"):
        cb.network(data=tmp_path / "n.csv", selection=selection)


def test_doses_a_lifetime_apart_are_none(tmp_path: Path) -> None:
    (tmp_path / "e.csv").write_text(EVENTS.format(every=1e9))
    with pytest.raises(InputError, match="line 2, II: 1e\\+09 h is more than 100 years"):
        cb.simulate_events(tmp_path / "e.csv", "lenalidomide", allow_implausible=True)


def test_a_patient_whom_hardly_any_adult_resembles_is_accepted_with_a_note() -> None:
    with pytest.raises(ArgumentError, match=r"--weight: 310 kg is outside .*--allow-implausible accepts it"):
        cb.dose("rd", weight=310)
    found = cb.dose("rd", weight=310, prior_lines=31, allow_implausible=True)
    assert [note.split(":")[0] for note in found.notes if "accepted by --allow-implausible" in note] == [
        *("--weight", "--prior-lines")
    ]
    with pytest.raises(ArgumentError, match=r"--weight: .* no option accepts it: nobody weighed more"):
        cb.dose("rd", weight=75_000, allow_implausible=True)


def test_a_landmark_beyond_any_follow_up_needs_the_same_word_as_the_data() -> None:
    points = {"month": [0.0, 400.0, 900.0], "survival": [1.0, 0.5, 0.2]}
    asked = {"points": points, "patients": 100, "models": "none", "landmark": 800}
    with pytest.raises(ArgumentError, match="--allow-implausible accepts it"):
        cb.curve(**asked)
    assert 800.0 in [row["month"] for row in cb.curve(**asked, allow_implausible=True).numbers]


def test_a_dose_that_an_order_insists_on_is_told_by_check_and_trial() -> None:
    order = {"drug": "lenalidomide", "dose": 100, "unit": "mg", "route": "oral", "days": "1-21", "source": "s"}
    phase = {
        "name": "all",
        "cycle_days": 28,
        "until": "progression",
        "orders": [{**order, "allow_implausible": True}],
    }
    regimen = {
        **{"id": "high", "label": "High", "setting": ["rrmm"], "phases": [phase]},
        "sources": {"s": {"citation": "ours", "quality": "recalled"}},
    }
    told = "high, all: accepted by allow_implausible: 100 mg is above three times the largest usual dose"
    assert [note for note in cb.check_regimen(regimen).notes if note.startswith(told)]
    trial = {
        **{"id": "t", "title": "T", "population": {"base": "rrmm-1-3"}, "follow_up_months": 12, "replicates": 1},
        "arms": {"a": {"regimen": regimen, "size": 10}},
    }
    assert [note for note in cb.check_trial(trial).notes if note.startswith(told)]


def test_a_table_of_patients_says_what_it_was_told_to_accept() -> None:
    from cereblon.tables import read_subject_tables

    tables = {"subjects": {"usubjid": ["1", "2"], "arm": ["A", "A"], "sex": ["F", "M"], "age": [115, 66]}}
    with pytest.raises(InputError, match=r"age.*: 115 years is outside .*\n\nhint: .*allow_implausible=True"):
        read_subject_tables(tables)
    found = read_subject_tables(tables, allow_implausible=True)
    assert [one for one in found.remarks if "115 years is outside" in one and "accepted by allow_implausible" in one]
    with pytest.raises(InputError, match=r"-3 years is outside .* no option accepts it"):
        read_subject_tables({"subjects": {**tables["subjects"], "age": [-3, 66]}}, allow_implausible=True)


def test_a_column_of_patients_is_no_column_of_treatments(tmp_path: Path) -> None:
    """Each treatment is compared with each: a thousand made an answer of a gigabyte."""
    rows = "".join(f"S{number},T{number},P,0.8,0.6,1.07\n" for number in range(100))
    (tmp_path / "n.csv").write_text(f"study,treatment,versus,hr,ci_low,ci_high\n{rows}")
    with pytest.raises(InputError, match="101 treatments; at most 100 are put together"):
        cb.network(data=tmp_path / "n.csv")


def test_more_baseline_hazards_than_memory_holds_are_refused() -> None:
    """Two thousand patients of 50 studies, followed for 100 months, took 8 s and 800 MB."""
    rows = [
        {"study": f"S{study}", "treatment": arm, "month": float(month), "event": month % 2}
        for study in range(50)
        for arm in "ab"
        for month in range(1, 101)
    ]
    data = {name: [row[name] for row in rows] for name in rows[0]}
    with pytest.raises(InputError, match="more than is fitted at once"):
        cb.over_time(data, reference="a", changes=[6.0])
