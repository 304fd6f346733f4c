"""ADaM datasets of a small trial: structure, values by hand, and files read back."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from cereblon.core.errors import InputError
from cereblon.outcomes import Censoring
from cereblon.outcomes.event_reasons import times_with_reasons
from cereblon.tables import conform
from cereblon.tables.adam import (
    AdamDataset,
    adam_datasets,
    dataset_json,
    read_dataset_json,
    read_transport,
    transport_bytes,
)
from cereblon.tables.schemas import ADVERSE_EVENTS, EVENTS, EXPOSURES, LABS, RESPONSES, SUBJECTS

KEY = {"origin": "observed", "source_id": "hand", "arm": "vrd"}
WHEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def table(schema: pa.Schema, name: str, rows: list[dict[str, object]]) -> pa.Table:
    return conform({one.name: [(KEY | row).get(one.name) for row in rows] for one in schema}, schema, name=name)


def subject(number: int) -> dict[str, object]:
    whole = {"replicate": 0, "result_code": 0, "prior_lines": 0, "iss": None if number == 2 else 2}
    return whole | {"subject_id": number, "sex": "female", "isotype": "IgG", "age": 60.5 + number}


@pytest.fixture
def tables() -> dict[str, pa.Table]:
    """Subject 1 progresses on day 56 and dies on day 100; subject 2 dies on day 40; subject 3 is seen to day 90."""
    happened = [
        {"subject_id": 1, "event": "treatment_start", "day": 0.0},
        {"subject_id": 2, "event": "treatment_start", "day": 0.0},
        {"subject_id": 1, "event": "progression", "day": 56.0, "cause": "serum M-protein"},
        {"subject_id": 1, "event": "death", "day": 100.0, "cause": "myeloma"},
        {"subject_id": 2, "event": "death", "day": 40.0, "cause": "other"},
        {"subject_id": 3, "event": "censored", "day": 90.0, "cause": "end_of_follow_up"},
    ]
    seen = [
        {"subject_id": 1, "day": 28.0, "category": "PR", "confirmed": "PR"},
        {"subject_id": 1, "day": 56.0, "category": "PD", "confirmed": "PR"},
        {"subject_id": 3, "day": 84.0, "category": "CR", "confirmed": "CR", "mrd_negative": True},
    ]
    dose = {"planned_doses": 21.0, "given_doses": 20.0, "planned_mg": 525.0, "given_mg": 500.0}
    return {
        "subjects": table(SUBJECTS, "subjects", [subject(one) for one in (1, 2, 3)]),
        "events": table(EVENTS, "events", [{"line": 1, "cause": ""} | row for row in happened]),
        "responses": table(RESPONSES, "responses", [{"line": 1} | row for row in seen]),
        "labs": table(
            LABS,
            "labs",
            [
                {"subject_id": 1, "day": day, "test": "m_protein", "value": value, "unit": "g/L"}
                for day, value in ((-1.0, 30.0), (0.0, 31.0), (28.0, 20.0))
            ]
            + [{"subject_id": 1, "day": 28.0, "test": "neutrophils", "value": 2.0, "unit": "1e9/L"}],
        ),
        "exposures": table(
            EXPOSURES,
            "exposures",
            [{"subject_id": 1, "line": 1, "cycle": 1, "day": 0.0, "drug": "lenalidomide"} | dose],
        ),
        "adverse_events": table(
            ADVERSE_EVENTS,
            "adverse_events",
            [
                {"subject_id": 1, "event": "neutropenia", "grade": 3, "start_day": 10.0, "line": 1}
                | {"related": "lenalidomide", "action": "held"}
            ],
        ),
    }


@pytest.fixture
def datasets(tables: dict[str, pa.Table]) -> dict[str, AdamDataset]:
    found = adam_datasets(tables, times_with_reasons(tables), study="HAND-1", labels={"vrd": "VRd"})
    return {one.name: one for one in found}


@pytest.fixture
def dated(tables: dict[str, pa.Table]) -> dict[str, AdamDataset]:
    """The trial began on 31 January 2026; subjects entered on its days 0, 10 and 20."""
    subjects = table(SUBJECTS, "subjects", [subject(n + 1) | {"enrolment_day": 10.0 * n + 0.4} for n in range(3)])
    found = adam_datasets(
        tables | {"subjects": subjects},
        times_with_reasons(tables),
        study="HAND-1",
        labels={},
        first_day=date(2026, 1, 31),
    )
    return {one.name: one for one in found}


def rows_of(dataset: AdamDataset, **wanted: object) -> list[dict[str, object]]:
    return [row for row in dataset.rows.to_pylist() if all(row[name] == value for name, value in wanted.items())]


def test_there_are_six_datasets_with_names_and_labels_of_the_standard(datasets: dict[str, AdamDataset]) -> None:
    """ADaM: names of variables have at most 8 letters, labels at most 40; codes of parameters at most 8."""
    assert list(datasets) == ["ADSL", "ADTTE", "ADRS", "ADLB", "ADEX", "ADAE"]
    for one in datasets.values():
        assert one.rows.column_names[:3] == ["STUDYID", "USUBJID", "SUBJID"]
        assert max(len(variable.name) for variable in one.variables) <= 8
        assert max(len(variable.label) for variable in one.variables) <= 40
        if "PARAMCD" in one.rows.column_names:
            assert max(len(code) for code in one.rows["PARAMCD"].to_pylist()) <= 8


def test_the_columns_are_those_of_a_published_example(datasets: dict[str, AdamDataset]) -> None:
    """adtte_onco and adsl of pharmaverseadam 1.3.0: what ours have of them, but for dates and sources of rows."""
    assert {"STUDYID", "USUBJID", "PARAMCD", "PARAM", "AVAL", "CNSR", "EVNTDESC", "CNSDTDSC"} <= set(
        datasets["ADTTE"].rows.column_names
    )
    assert {"STUDYID", "USUBJID", "SUBJID", "AGE", "AGEU", "SEX", "ARM", "TRT01P", "TRT01A", "SAFFL", "DTHFL"} <= set(
        datasets["ADSL"].rows.column_names
    )


def test_subjects_have_text_identifiers_flags_and_study_days(datasets: dict[str, AdamDataset]) -> None:
    first, second, third = datasets["ADSL"].rows.to_pylist()
    assert (first["USUBJID"], first["SUBJID"], first["SEX"]) == ("HAND-1-vrd-00001", "1", "F")
    assert (first["TRT01P"], first["AGE"], first["ISSBL"], second["ISSBL"]) == ("VRd", 61.5, 2, None)
    assert (third["SAFFL"], third["TRT01A"], third["DTHFL"], third["DTHADY"]) == ("N", "", "", None)
    assert (first["DTHFL"], first["DTHADY"]) == ("Y", 101.0)


def test_dates_follow_from_the_first_day_of_the_trial(dated: dict[str, AdamDataset]) -> None:
    """Day 0 is the date of randomisation, so that ADY is ADT - RANDDT + 1 from there, as ADaM has it."""
    subjects = {str(row["SUBJID"]): row for row in dated["ADSL"].rows.to_pylist()}
    assert [row["RANDDT"] for row in subjects.values()] == [date(2026, 1, 31), date(2026, 2, 10), date(2026, 2, 20)]
    assert subjects["1"]["DTHDT"] == date(2026, 5, 11)  # 100 days later
    assert (subjects["3"]["TRTSDT"], subjects["3"]["DTHDT"]) == (None, None)
    for name, day, study_day in (("ADTTE", "ADT", "ADY"), ("ADLB", "ADT", "ADY"), ("ADAE", "ASTDT", "ASTDY")):
        for row in dated[name].rows.to_pylist():
            since = (row[day] - subjects[row["SUBJID"]]["RANDDT"]).days
            assert row[study_day] == (since + 1 if since >= 0 else since)


def test_a_published_example_has_these_variables_as_dates(dated: dict[str, AdamDataset]) -> None:
    """adsl and adtte_onco of pharmaverseadam 1.3.0: RANDDT, TRTSDT, DTHDT, STARTDT and ADT."""
    kinds = {(name, one.name): one.kind for name, found in dated.items() for one in found.variables}
    for name, variables in (("ADSL", ("RANDDT", "TRTSDT", "DTHDT")), ("ADTTE", ("STARTDT", "ADT"))):
        assert {kinds[name, one] for one in variables} == {"date"}


def test_dates_are_left_out_without_a_first_day_and_need_days_of_enrolment(
    datasets: dict[str, AdamDataset], tables: dict[str, pa.Table]
) -> None:
    assert not [name for one in datasets.values() for name in one.rows.column_names if name.endswith("DT")]
    with pytest.raises(InputError, match="first_day: the days of enrolment are not known"):
        adam_datasets(tables, times_with_reasons(tables), study="X", labels={}, first_day=date(2026, 1, 31))


def test_laboratory_values_have_their_baseline_and_the_change_from_it(datasets: dict[str, AdamDataset]) -> None:
    """Of day -1 and day 0 the later; before it nothing has changed, and a test without one has no change."""
    shown = ("PARAMCD", "ADY", "ABLFL", "BASE", "CHG")
    assert [tuple(row[name] for name in shown) for row in datasets["ADLB"].rows.to_pylist()] == [
        ("MPROT", -1.0, "", 31.0, None),
        ("MPROT", 1.0, "Y", 31.0, None),
        ("MPROT", 29.0, "", 31.0, -11.0),
        ("NEUTROPH", 29.0, "", None, None),
    ]


def test_times_to_an_event_say_what_ended_them(datasets: dict[str, AdamDataset]) -> None:
    """AVAL counts the first day, as in the example; 0 in CNSR is the event."""
    shown = ("PARAMCD", "SUBJID", "AVAL", "CNSR", "EVNTDESC", "CNSDTDSC")
    found = [
        tuple(row[name] for name in shown) for row in rows_of(datasets["ADTTE"]) if row["PARAMCD"] in ("OS", "PFS")
    ]
    assert found == [
        ("OS", "1", 101.0, 0, "Death", ""),
        ("OS", "2", 41.0, 0, "Death", ""),
        ("OS", "3", 91.0, 1, "Alive", "Last known alive"),
        ("PFS", "1", 57.0, 0, "Disease progression", ""),
        ("PFS", "2", 41.0, 0, "Death", ""),
        ("PFS", "3", 85.0, 1, "No event", "Last adequate assessment"),
    ]


def test_days_and_times_are_whole_and_those_between_the_dates(tables: dict[str, pa.Table]) -> None:
    """Simulated deaths have a time of day; ADY and AVAL count dates. adtte_onco: 182, 2014-01-02 to 2014-07-02."""
    events = tables["events"]
    day = pc.add(events["day"], 0.7).cast(pa.float64())
    events = events.set_column(events.column_names.index("day"), "day", day.cast(events.schema.field("day").type))
    subjects = table(SUBJECTS, "subjects", [subject(n + 1) | {"enrolment_day": 10.0 * n + 0.5} for n in range(3)])
    broken = tables | {"events": events, "subjects": subjects}
    found = adam_datasets(broken, times_with_reasons(broken), study="HAND-1", labels={}, first_day=date(2026, 1, 31))
    rows = next(one for one in found if one.name == "ADTTE").rows.to_pylist()
    assert len(rows) > 5
    for row in rows:
        assert row["AVAL"] == (row["ADT"] - row["STARTDT"]).days + 1
        assert isinstance(row["ADY"], int)


def test_censoring_of_the_trial_is_that_of_the_dataset(tables: dict[str, pa.Table]) -> None:
    times = times_with_reasons(tables, ("pfs",), Censoring(without_event="last_contact"))
    assert times["day"].to_pylist() == [56.0, 40.0, 90.0]
    assert times["censoring"].to_pylist() == ["", "", "Last known alive"]


def test_responses_labs_doses_and_adverse_events(datasets: dict[str, AdamDataset]) -> None:
    (negative,) = rows_of(datasets["ADRS"], PARAMCD="MRDCR")
    assert (negative["SUBJID"], negative["ADY"], negative["AVALC"]) == ("3", 85.0, "Y")
    assert [row["AVALC"] for row in rows_of(datasets["ADRS"], PARAMCD="OVR")] == ["PR", "PD", "CR"]
    (protein,) = rows_of(datasets["ADLB"], PARAMCD="MPROT", ADY=-1.0)
    assert (protein["PARAMCD"], protein["PARAM"], protein["ADY"]) == ("MPROT", "M protein (g/L)", -1.0)
    (dose,) = rows_of(datasets["ADEX"], PARAMCD="DOSE")
    assert (dose["EXTRT"], dose["AVAL"], dose["ASTDY"]) == ("LENALIDOMIDE", 500.0, 1.0)
    (event,) = rows_of(datasets["ADAE"])
    assert (event["AEDECOD"], event["AETOXGR"], event["ASTDY"], event["AENDY"]) == ("NEUTROPENIA", "3", 11.0, None)


@pytest.mark.parametrize("name", ["ADSL", "ADTTE", "ADRS", "ADLB", "ADEX", "ADAE"])
def test_dataset_json_comes_back_as_it_was(datasets: dict[str, AdamDataset], name: str) -> None:
    text = dataset_json(datasets[name], created=WHEN, version="0.1.0")
    data = json.loads(text)
    assert (data["datasetJSONVersion"], data["datasetJSONCreationDateTime"]) == ("1.1.0", "2026-01-02T03:04:05")
    assert {"itemGroupOID", "records", "name", "label", "columns", "rows"} <= set(data)
    assert read_dataset_json(text, where="there") == datasets[name]


@pytest.mark.parametrize("name", ["ADSL", "ADTTE", "ADRS", "ADLB", "ADEX", "ADAE"])
def test_dates_come_back_from_both_formats(dated: dict[str, AdamDataset], name: str, tmp_path: Path) -> None:
    text = dataset_json(dated[name], created=WHEN, version="0.1.0")
    assert read_dataset_json(text, where="there") == dated[name]
    pytest.importorskip("pyreadstat")
    path = tmp_path / "dated.xpt"
    path.write_bytes(transport_bytes(dated[name]))
    found = read_transport(path)
    assert found.rows.to_pylist() == dated[name].rows.to_pylist()
    is_date = {one.name for one in dated[name].variables if one.kind == "date"}
    assert {one.name for one in found.variables if one.kind == "date"} == is_date


@pytest.mark.parametrize("name", ["ADSL", "ADTTE", "ADRS", "ADLB", "ADEX", "ADAE"])
def test_a_transport_file_comes_back_with_its_values(
    datasets: dict[str, AdamDataset], name: str, tmp_path: Path
) -> None:
    """Numbers are of one kind in XPT, so that whole ones come back as others; all else is the same."""
    pytest.importorskip("pyreadstat")
    path = tmp_path / f"{name.lower()}.xpt"
    path.write_bytes(transport_bytes(datasets[name]))
    found = read_transport(path)
    assert (found.name, found.label, found.study) == (name, datasets[name].label, "HAND-1")
    assert found.rows.to_pylist() == datasets[name].rows.to_pylist()
    assert [one.label for one in found.variables] == [one.label for one in datasets[name].variables]


def test_a_missing_extra_is_named(datasets: dict[str, AdamDataset], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyreadstat", None)
    with pytest.raises(InputError, match="pyreadstat") as refused:
        transport_bytes(datasets["ADSL"])
    assert 'pip install "cereblon[adam]"' in str(refused.value)


def test_several_trials_are_no_dataset(tables: dict[str, pa.Table]) -> None:
    times = times_with_reasons(tables)
    two = table(SUBJECTS, "subjects", [subject(1), subject(2) | {"replicate": 1}])
    with pytest.raises(InputError, match="several trials"):
        adam_datasets(tables | {"subjects": two}, times, study="X", labels={})


def test_what_is_no_dataset_json_is_refused() -> None:
    with pytest.raises(InputError, match="is no Dataset-JSON"):
        read_dataset_json("{}", where="there")
