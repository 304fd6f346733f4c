"""Report counts become ratios with intervals, and say what they cannot carry."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cereblon.core.errors import InputError
from cereblon.synthesis.spontaneous_reports.disproportionality import (
    ReportCounts,
    disproportionality,
    information_component,
)
from cereblon.synthesis.spontaneous_reports.report_counts import (
    ReportReading,
    read_count_json,
    read_count_table,
    read_openfda_counts,
)
from reference_data import kept_text

HEADER = "drug,event,reports,drug_reports,event_reports,all_reports\n"


def counts(a: int, b: int, c: int, d: int) -> ReportCounts:
    return ReportCounts(
        drug="drug", event="event", both=a, drug_reports=a + b, event_reports=a + c, all_reports=a + b + c + d
    )


def test_ratios_and_intervals_by_hand() -> None:
    """20, 80, 100, 9800: ROR 20*9800/(80*100) = 24.5, log SE sqrt(1/20+1/80+1/100+1/9800) = 0.26948.

    PRR (20/100)/(100/9900) = 19.8, log SE sqrt(1/20-1/100+1/100-1/9900) = 0.22338;
    chi-squared 10000*(|20*9800-80*100|-5000)^2/(100*9900*120*9880) = 285.3.
    """
    found = disproportionality(counts(20, 80, 100, 9800))
    assert found.ror == pytest.approx(24.5)
    assert found.ror_low == pytest.approx(24.5 * math.exp(-1.959964 * 0.26948), rel=1e-4)  # the SE has five figures
    assert found.prr == pytest.approx(19.8)
    assert found.prr_high == pytest.approx(19.8 * math.exp(1.959964 * 0.22338), rel=1e-4)
    assert found.chi_squared == pytest.approx(285.3, abs=0.1)  # printed with one decimal
    assert found.expected == pytest.approx(1.2)
    assert found.handling == ""


@pytest.mark.parametrize(("observed", "expected"), [(3, 0.4), (10, 4.0), (100, 60.0), (1000, 1500.0)])
def test_the_interval_of_ic_agrees_with_the_published_approximation(observed: int, expected: float) -> None:
    """Noren 2013: IC - 3.3 (O + 1/2)^-1/2 - 2 (O + 1/2)^-3/2 and IC + 2.4 (O + 1/2)^-1/2 - 0.5 (O + 1/2)^-3/2."""
    ic, low, high = information_component(observed, expected)
    shape = observed + 0.5
    assert ic == pytest.approx(math.log2(shape / (expected + 0.5)))
    # The approximation is stated for the exact quantiles to about 0.1 at few reports and far less at many.
    assert low == pytest.approx(ic - 3.3 * shape**-0.5 - 2 * shape**-1.5, abs=0.1)
    assert high == pytest.approx(ic + 2.4 * shape**-0.5 - 0.5 * shape**-1.5, abs=0.1)


@given(st.tuples(*[st.integers(0, 500)] * 4))
@settings(max_examples=60)
def test_estimates_lie_in_their_intervals_and_shrinkage_goes_towards_none(cells: tuple[int, int, int, int]) -> None:
    found = disproportionality(counts(*cells))
    assert found.ror_low <= found.ror <= found.ror_high
    assert found.prr_low <= found.prr <= found.prr_high
    assert found.ic_low < found.ic < found.ic_high
    if found.reports and found.expected:
        assert abs(found.ic) <= abs(math.log2(found.reports / found.expected)) + 1e-9  # rounding of the logarithm


def test_a_zero_cell_is_handled_visibly() -> None:
    found = disproportionality(counts(0, 50, 10, 1000))
    assert found.handling.startswith("one half was added to each cell")
    assert found.ror == pytest.approx(0.5 * 1000.5 / (50.5 * 10.5))
    assert found.warnings[0].startswith("0 reports of the pair; fewer than 3")


def test_counts_that_contradict_each_other_are_all_named() -> None:
    text = HEADER + "a,x,5,3,9,100\nb,x,1,2,200,100\nc,x,1,60,60,100\nd,x,1.5,2,3,4\na,x,1,2,3,9\n"
    with pytest.raises(InputError) as caught:
        read_count_table(text, where="counts.csv")
    for part in (
        "line 2: 5 reports with drug and event are more than drug_reports 3",
        "line 3: event_reports 200 are more than all_reports 100",
        "line 4: drug_reports 60 and event_reports 60 do not fit into all_reports 100",
        "line 5: got reports 1.5",
        "line 6: a and x stand in line 2 already",
    ):
        assert part in str(caught.value)


def test_a_table_without_a_column_is_refused() -> None:
    with pytest.raises(InputError, match="column all_reports is missing"):
        read_count_table("drug,event,reports,drug_reports,event_reports\na,b,1,2,3\n", where="counts.csv")


def openfda(**terms: int) -> str:
    results = [{"term": term.upper(), "count": count} for term, count in terms.items()]
    return json.dumps({"meta": {}, "results": results})


def joined(of_drug: str, of_all: str) -> ReportReading:
    return read_openfda_counts(
        of_drug,
        of_all,
        drug="lenalidomide",
        drug_reports=100,
        all_reports=1000,
        where="drug.json",
        background_where="all.json",
    )


def test_two_answers_of_openfda_make_a_table() -> None:
    (one,) = joined(openfda(neutropenia=20), openfda(neutropenia=50, rash=10)).counts
    assert one.cells == (20, 80, 30, 870)


def test_a_background_of_other_events_is_refused() -> None:
    with pytest.raises(InputError, match=r"all.json: holds no count of any event of drug.json"):
        joined(openfda(rash=20), openfda(neutropenia=50))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON"),
        ('{"results": [{"term": "A", "count": 1}]}', "answer of openFDA for one drug"),
        ('{"results": []}', "a list of counts or of reports is needed"),
        ('{"results": [{"patient": 1}]}', "report 1: has no patient"),
        ('[{"drug": "a"}]', "row 1: got"),
    ],
)
def test_json_of_another_kind_is_refused(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_count_json(text, where="counts.json")


def report(case: str, drug: str, event: str) -> dict[str, object]:
    concomitant = {"medicinalproduct": "ASPIRIN", "drugcharacterization": "2"}
    drugs = [{"medicinalproduct": drug, "drugcharacterization": "1"}, concomitant]
    return {"safetyreportid": case, "patient": {"drug": drugs, "reaction": [{"reactionmeddrapt": event}]}}


def test_single_reports_count_once_a_case_and_only_for_suspected_drugs() -> None:
    reports = [report("1", "REVLIMID", "Rash"), report("1", "REVLIMID", "Rash"), report("2", "OTHER", "Rash")]
    found = read_count_json(json.dumps({"results": reports}), where="reports.json")
    assert [(one.drug, one.cells) for one in found.counts] == [
        ("lenalidomide", (1, 0, 1, 0)),
        ("other", (1, 0, 1, 0)),
    ]
    assert "drug: 'REVLIMID' was read as lenalidomide in 2 reports" in found.remarks


def test_a_real_report_is_read() -> None:
    """The suspected drug of case 4562564 is VIOXX, named twice and counted once."""
    found = read_count_json(kept_text("faers_event.json"), where="event.json").counts
    assert {one.drug for one in found} == {"vioxx"}
    assert {one.all_reports for one in found} == {1}
