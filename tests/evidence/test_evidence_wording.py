"""Facts in words."""

from __future__ import annotations

import pytest

from cereblon.evidence import Fact, Interval, PValue, Source, load_study
from cereblon.evidence.wording import arm_text, interval_text, qualifier_text, regimen_lines, value_text


def _fact(unit: str, **fields: object) -> Fact:
    return Fact(arm="krd", endpoint="x", unit=unit, source="s", **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        (_fact("percent", value=87.1), "87.1 %"),
        (_fact("months", value=26.0), "26 mo"),
        (_fact("patients", value=231926.0), "231926 patients"),
        (_fact("percent", below=25.0), "<25 %"),
        (
            _fact("months", status="not_reached", interval=Interval(low=54.8, level=0.95)),
            "not reached (95% 54.8-open)",
        ),
        (_fact("months", status="not_estimable"), "not estimable"),
        (_fact("ratio", value=0.742, p=PValue(value=0.003, sided="one")), "0.742 p=0.003 one-sided"),
        (_fact("ratio", value=0.5, p=PValue(below=1e-06)), "0.5 p<0.000001"),
        (_fact("ratio", value=0.82, interval=Interval(low=0.67, high=1.0, level=0.95)), "0.82 (95% 0.67-1.00)"),
        (_fact("ratio", value=0.6, interval=Interval(low=0.411, level=0.95)), "0.600 (95% 0.411-open)"),
    ],
)
def test_a_value_is_written_with_unit_interval_and_p(fact: Fact, text: str) -> None:
    assert value_text(fact) == text


def test_a_level_that_is_no_round_number_is_kept() -> None:
    assert interval_text(Interval(low=0.68, high=1.0, level=0.9571)) == "95.71% 0.68-1"


def test_what_narrows_a_fact_is_written_after_it() -> None:
    fact = _fact("ratio", value=2.0, versus="rd", month=18.0, subgroup="old", versus_subgroup="young", cut="interim")
    assert (arm_text(load_study("aspire"), fact), qualifier_text(fact)) == (
        "KRd v Rd",
        "month 18; old; v young; cut interim",
    )


def test_a_regimen_is_written_phase_by_phase() -> None:
    """The VRd arm of SWOG S0777: eight cycles of 21 days, then Rd in cycles of 28 days until progression."""
    assert regimen_lines(load_study("swog-s0777").arms["vrd"]) == [
        "induction, 8 x 21 days: bortezomib 1.3 mg/m2 iv days 1, 4, 8, 11; lenalidomide 25 mg oral days 1-14; "
        "dexamethasone 20 mg days 1, 2, 4, 5, 8, 9, 11, 12",
        "maintenance, 28-day cycles, until progression: lenalidomide 25 mg oral days 1-21; "
        "dexamethasone 40 mg days 1, 8, 15, 22",
    ]


@pytest.mark.parametrize(
    ("source", "reference", "link"),
    [
        (Source(quality="primary", citation="A 2020", doi="10.1/x"), "A 2020, doi:10.1/x", "https://doi.org/10.1/x"),
        (Source(quality="primary", pmid="7"), "pmid:7", "https://pubmed.ncbi.nlm.nih.gov/7/"),
        (Source(quality="secondary", address="https://e.org"), "https://e.org (secondary)", "https://e.org"),
        (Source(quality="secondary", citation="Congress abstract"), "Congress abstract (secondary)", ""),
    ],
)
def test_a_source_is_one_line_and_a_link(source: Source, reference: str, link: str) -> None:
    assert (source.reference, source.link) == (reference, link)
