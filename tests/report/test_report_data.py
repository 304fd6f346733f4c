"""Contents that a page would misreport are refused, by table, row and column."""

from __future__ import annotations

import math

import pytest

from cereblon.core.errors import InputError
from cereblon.report import ReportData
from cereblon.report.schemas import TABLES, table_problems

Fields = dict[str, object]


def changed(fields: Fields, table: str, **cells: object) -> Fields:
    rows = list(fields[table])
    rows[1] = {**rows[1], **cells}
    return {**fields, table: rows}


def test_a_missing_cell_is_named_by_table_row_and_column(fields: Fields) -> None:
    with pytest.raises(InputError, match=r"report, km, row 1, survival: missing; needed: share without the event"):
        ReportData(**changed(fields, "km", survival=None))


def test_an_unknown_column_is_refused_with_the_known_ones(fields: Fields) -> None:
    with pytest.raises(InputError, match=r"report, km, survial: not a column of this table \(endpoint, arm, month"):
        ReportData(**changed(fields, "km", survial=0.5))


@pytest.mark.parametrize("number", [math.nan, math.inf, "43", True])
def test_what_is_no_finite_number_is_refused(fields: Fields, number: object) -> None:
    with pytest.raises(InputError, match=r"comparison, row 1, predicted: got .*; a finite number is needed"):
        ReportData(**changed(fields, "comparison", predicted=number))


def test_a_percentage_in_place_of_a_share_is_refused(fields: Fields) -> None:
    with pytest.raises(InputError, match=r"km, row 1, survival: 98.0 is outside 0 to 1"):
        ReportData(**changed(fields, "km", survival=98.0))


def test_an_interval_upside_down_is_refused(fields: Fields) -> None:
    with pytest.raises(InputError, match=r"predicted_interval: the interval 80 to 70 is upside down"):
        ReportData(**changed(fields, "comparison", predicted_interval=(80.0, 70.0)))


@pytest.mark.parametrize("cell", [(1.0,), (1.0, math.nan), 3.0, "1 to 2"])
def test_what_is_no_interval_is_refused(fields: Fields, cell: object) -> None:
    with pytest.raises(InputError, match=r"predicted_interval: got .*; a pair \(low, high\)"):
        ReportData(**changed(fields, "comparison", predicted_interval=cell))


def test_an_arm_that_is_not_listed_is_refused(fields: Fields) -> None:
    with pytest.raises(InputError, match="report, waterfall: arm 'kd' is not one of vrd, rd"):
        ReportData(**changed(fields, "waterfall", arm="kd"))


def test_figures_for_the_whole_trial_need_no_arm_of_their_own(fields: Fields) -> None:
    assert ReportData(**changed(fields, "population", arm="all")).population[1]["arm"] == "all"


def test_an_origin_other_than_simulated_or_published_is_refused(fields: Fields) -> None:
    with pytest.raises(
        InputError, match="report, adverse_events: origin 'observed' is not one of simulated, published"
    ):
        ReportData(**changed(fields, "adverse_events", origin="observed"))


def test_a_headline_that_the_table_contradicts_is_refused(fields: Fields) -> None:
    verdict = [{**row, "inside": 27, "outside": 0} if row["group"] == "all" else row for row in fields["verdict"]]
    with pytest.raises(
        InputError, match=r"verdict: 27 values inside, but the comparison has 22\n.*verdict: 0 values outside"
    ):
        ReportData(**{**fields, "verdict": verdict})


def test_a_verdict_without_the_whole_is_refused(fields: Fields) -> None:
    verdict = [row for row in fields["verdict"] if row["group"] != "all"]
    with pytest.raises(InputError, match="verdict: 0 rows for the group 'all'; one is needed"):
        ReportData(**{**fields, "verdict": verdict})


def test_a_band_without_a_name_is_refused(fields: Fields) -> None:
    with pytest.raises(InputError, match="km_band: empty, but km has a band"):
        ReportData(**{**fields, "km_band": ""})


def test_no_arm_at_all_is_refused(fields: Fields) -> None:
    with pytest.raises(InputError, match="report, arms: empty"):
        ReportData(**{**fields, "arms": []})


def test_all_problems_are_told_at_once(fields: Fields) -> None:
    broken = changed(changed(fields, "km", survival=None), "waterfall", change="deep")
    with pytest.raises(InputError) as refusal:
        ReportData(**broken)
    assert len(str(refusal.value).splitlines()) == 2


def test_many_bad_rows_of_one_column_make_one_sentence() -> None:
    rows = [{"reason": "x", "subjects": 0} for _ in range(500)]
    assert table_problems("failure_reasons", rows, TABLES["failure_reasons"]) == [
        "failure_reasons, row 0, subjects: 0 is outside 1 to inf (how many)"
    ]
