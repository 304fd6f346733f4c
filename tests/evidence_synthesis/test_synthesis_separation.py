"""Which ratios have no finite estimate."""

from __future__ import annotations

import pytest

from cereblon.synthesis.frequentist import compare_treatments, network_meta_analysis, parse_contrasts
from cereblon.synthesis.frequentist.separation import unbounded_against


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("A,X,0,50\nA,P,5,50", ("X",)),
        ("A,X,50,50\nA,P,5,50", ("X",)),
        ("A,X,0,50\nA,P,5,50\nB,X,1,50\nB,P,5,50", ()),
        ("A,X,0,50\nA,P,5,50\nB,X,3,50\nB,Y,5,50", ("X", "Y")),
        ("A,X,0,50\nA,P,5,50\nB,X,3,50\nB,Y,5,50\nC,Y,3,50\nC,P,5,50", ()),
        ("A,X,0,50\nA,P,5,50\nA,Y,2,50", ("X",)),
    ],
    ids=["no event", "only events", "an event elsewhere", "a chain through it", "a loop closes it", "one of three"],
)
def test_a_ratio_is_unbounded_where_no_likelihood_has_a_maximum(rows: str, expected: tuple[str, ...]) -> None:
    """By hand: along the named ratios the likelihood of logistic regression rises without end, along others not."""
    data = parse_contrasts(f"study,treatment,events,n\n{rows}\n")
    assert unbounded_against(data, "P") == expected


def test_a_printed_contrast_bounds_a_ratio() -> None:
    text = "study,treatment,versus,or,ci_low,ci_high,events,n\nA,X,,,,,0,50\nA,P,,,,,5,50\nB,X,P,0.5,0.3,0.8333,,\n"
    assert unbounded_against(parse_contrasts(text), "P") == ()


def test_risk_differences_are_always_bounded() -> None:
    data = parse_contrasts("study,treatment,events,n\nA,X,0,50\nA,P,5,50\n", measure="risk_difference")
    assert unbounded_against(data, "P") == ()


def test_the_network_and_the_comparison_say_so() -> None:
    result = network_meta_analysis(parse_contrasts("study,treatment,events,n\nA,X,0,50\nA,P,5,50\n"), reference="P")
    assert any(note.startswith("X versus P: not an estimate") for note in result.notes)
    said = compare_treatments(result, "X", "P").sentences(smaller_is_better=True)
    assert any("This is not an estimate" in sentence for sentence in said)
