"""Pathways of drugs: the cases of TreatmentPatterns, and what always holds."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cereblon.cohort.pathways import PathwayRules, pathway
from reference_data import kept_text

# The file of cases holds the first number of a product only: these windows are months of 30 days in the tests.
MONTHS = {"FollowUp: A-B-C to A-B-C": 6, "FollowUp: A-B-C to A-B": 3}


CASES: list[dict[str, Any]] = json.loads(kept_text("treatmentpatterns_cases.json.gz"))


def rules_of(args: dict[str, str]) -> PathwayRules:
    keep = {"All": "all", "Changes": "changes", "First": "first"}[args["filterTreatments"]]
    return PathwayRules(
        least_days=int(args["minEraDuration"]),
        pause_days=int(args["eraCollapseSize"]),
        overlap_days=int(args.get("combinationWindow", 30)),
        rest_days=int(args.get("minPostCombinationDuration", 30)),
        keep=keep,  # type: ignore[arg-type]
        longest=int(args.get("maxPathLength", 5)),
    )


def pathways_of(case: dict[str, Any]) -> Iterator[str]:
    """Give the pathway of each target period: a patient's periods one by one, or together if they are joined."""
    names = {one["id"]: one["name"] for one in case["cohorts"] if one["type"] == "event"}
    targets = {one["id"] for one in case["cohorts"] if one["type"] == "target"}
    rows = [(one, who, date.fromisoformat(start).toordinal(), date.fromisoformat(end).toordinal())
            for one, who, start, end in case["rows"]]  # fmt: skip
    args = case["args"]
    before = int(args.get("windowStart", 0))
    after = args.get("windowEnd") if args.get("endAnchor") == "startDate" else None
    if after is not None:
        after = int(after) * (30 if MONTHS.get(case["name"]) == int(after) else 1)
    rules = rules_of(args)
    everything = rules.__class__(**{**{name: getattr(rules, name) for name in rules.__slots__}, "longest": 10_000})
    for person in sorted({who for _, who, _, _ in rows}):
        if all(one in targets for one, who, _, _ in rows if who == person):
            yield "None"  # a patient without anything given counts once, however many periods there are
            continue
        steps: list[str] = []
        periods = sorted((start, end) for one, who, start, end in rows if one in targets and who == person)
        for start, end in periods:
            first, last = start + before, end if after is None else start + after
            events = [
                (names[one], begin, min(stop, last))
                for one, who, begin, stop in rows
                if one in names and who == person and first <= begin <= last
            ]
            if args.get("concatTargets") == "TRUE":
                steps += pathway(events, everything)
            else:
                yield "-".join(pathway(events, rules))
        if args.get("concatTargets") == "TRUE":
            yield "-".join(steps[: rules.longest])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_cases_of_treatment_patterns(case: dict[str, Any]) -> None:
    """darwin-eu/TreatmentPatterns at 9bc5c00, tests of pathways; Apache-2.0."""
    expected = dict(case["expect"])
    paths = [one.strip(' "') for one in expected["pathway"].removeprefix("c(").rstrip(")").split(",")]
    counts = expected.get("freq", "1").removeprefix("c(").rstrip(")").split(",")
    assert Counter(pathways_of(case)) == {path: int(count) for path, count in zip(paths, counts, strict=True)}


def test_two_drugs_that_overlap_for_long_are_alone_before_and_after() -> None:
    assert pathway([("A", 0, 100), ("B", 40, 160)], PathwayRules()) == ("A", "A+B", "B")
    assert pathway([("A", 0, 100), ("B", 90, 160)], PathwayRules()) == ("A", "B")
    assert pathway([("A", 0, 200), ("B", 60, 120)], PathwayRules()) == ("A", "A+B", "A")


STRETCHES = st.lists(
    st.tuples(st.sampled_from("ABC"), st.integers(0, 400), st.integers(1, 150)).map(
        lambda one: (one[0], one[1], one[1] + one[2])
    ),
    max_size=7,
)


@given(STRETCHES, st.integers(-500, 500), st.randoms())
def test_neither_the_order_of_rows_nor_a_shift_of_all_days_changes_a_pathway(
    stretches: list[tuple[str, int, int]], by: int, luck: Any
) -> None:
    moved = [(drug, start + by, end + by) for drug, start, end in stretches]
    luck.shuffle(moved)
    assert pathway(moved, PathwayRules()) == pathway(stretches, PathwayRules())
