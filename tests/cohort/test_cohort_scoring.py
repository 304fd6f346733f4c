"""Scores of a built cohort: each by hand on a few patients."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scripts.cohort_scores import parts, seeds
from scripts.cohort_scores.goals import goal_rows, kappa_of, read_share

from cereblon.cohort.scoring import (
    SCORES,
    Found,
    cohen_kappa,
    is_truth_of,
    matched_lines,
    progression_free,
    read_otherwise,
    score_cohort,
    score_lines,
    score_progression,
    score_response,
)
from cereblon.core.errors import InputError

ZERO = date(2020, 1, 1)
Line = tuple[str, int, str, int]  # person, line, regimen, day of start


def _day(day: int | None) -> date | None:
    return None if day is None else ZERO + timedelta(days=day)


def _truth(
    lines: list[Line], *, lost: tuple[str, ...] = (), progression: dict[str, int] | None = None
) -> pl.DataFrame:
    progressed = progression or {}
    return pl.DataFrame(
        [
            {
                "person_id": person,
                "line": line,
                "regimen": regimen,
                "start_date": _day(start),
                "end_date": _day(start + 450),
                "progression_date": _day(progressed.get(person)) if line == 1 else None,
                "best_response": "VGPR",
                "death_date": None,
                "identifiable": person not in lost,
                "on_record": person not in lost,
            }
            for person, line, regimen, start in lines
        ],
        schema_overrides={"progression_date": pl.Date, "death_date": pl.Date},
    )


def _found(
    lines: list[Line], *, progression: dict[str, int] | None = None, response: dict[str, str] | None = None
) -> Found:
    progressed, judged = progression or {}, response or {}
    table = pl.DataFrame(
        [
            {"person_id": p, "line": n, "regimen": r, "start_date": _day(s), "end_date": _day(s + 450)}
            for p, n, r, s in lines
        ]
    )
    people = table.select("person_id").unique()
    return Found(
        persons=people.with_columns(entry_date=pl.lit(ZERO), death_date=pl.lit(None, pl.Date)),
        lines=table,
        responses=table.filter(pl.col("line") == 1)
        .select("person_id", "line")
        .with_columns(
            estimand=pl.lit("relaxed"),
            best_response=pl.col("person_id").replace_strict(judged, default="NE", return_dtype=pl.String),
            evaluable=pl.lit(True),
            last_assessment_date=pl.lit(_day(900)),
        ),
        progression=pl.DataFrame(
            [
                {"person_id": person, "line": 1, "estimand": "relaxed", "date": _day(day)}
                for person, day in progressed.items()
            ],
            schema={"person_id": pl.String, "line": pl.Int64, "estimand": pl.String, "date": pl.Date},
        ),
    )


TRUE_LINES: list[Line] = [
    ("a", 1, "VRd", 0),
    ("a", 2, "Kd", 500),
    ("b", 1, "Rd", 0),
    ("c", 1, "Rd", 0),
    ("d", 1, "DRd", 0),
]


def test_lines_are_exact_only_if_number_regimens_and_days_are() -> None:
    """a is right; b begins a day late; c has a line too many; d was not found at all."""
    found = [("a", 1, "VRd", 0), ("a", 2, "Kd", 500), ("b", 1, "Rd", 1), ("c", 1, "Rd", 0), ("c", 2, "Pd", 400)]
    scores = score_lines(_found(found), _truth(TRUE_LINES, lost=("b",)))
    assert scores["exact"] == 1 / 4
    assert scores["ceiling"] == 3 / 4
    assert scores["exact_identifiable"] == pytest.approx(1 / 3)
    assert (scores["number"], scores["regimens"], scores["starts"]) == (2 / 4, 2 / 4, 1 / 4)


def test_always_one_line_is_right_for_those_who_had_one() -> None:
    """b, c and d had one; of these the builder's first line is right for c alone."""
    found = [("a", 1, "VRd", 0), ("b", 1, "Rd", 1), ("c", 1, "Rd", 0), ("c", 2, "Pd", 400)]
    scores = score_lines(_found(found), _truth(TRUE_LINES))
    assert (scores["one_line_number"], scores["one_line_exact"]) == (3 / 4, 1 / 4)


def test_days_of_progression_are_exact_missed_or_false() -> None:
    """Of the true ones a is found on its day, b a month late, c not at all; d and the second line of a have none."""
    truth = _truth(TRUE_LINES, progression={"a": 400, "b": 300, "c": 200})
    found = _found(TRUE_LINES, progression={"a": 400, "b": 328, "d": 100})
    scores = score_progression(matched_lines(found, truth, "relaxed"))
    assert scores["progression_exact"] == pytest.approx(1 / 3)
    assert scores["progression_missed"] == pytest.approx(1 / 3)
    assert scores["progression_false"] == pytest.approx(1 / 2)


def test_a_line_found_some_days_late_is_the_same_line_and_one_after_its_end_is_another() -> None:
    """The first line of a is found 20 days late, with its progression; of b only what comes after it is found."""
    truth = _truth(TRUE_LINES, progression={"a": 400, "b": 300})
    late: list[Line] = [("a", 1, "VRd", 20), ("a", 2, "Kd", 500), ("b", 1, "Kd", 500)]
    found = _found(late, progression={"a": 400, "b": 700}, response={"a": "VGPR", "b": "VGPR"})
    matched = matched_lines(found, truth, "relaxed")
    rows = matched.sort("person_id", "line").select("person_id", "line", "found_line").rows()
    assert rows == [("a", 1, 1), ("a", 2, 2), ("b", 1, None), ("c", 1, None), ("d", 1, None)]
    assert score_progression(matched)["progression_exact"] == 1 / 2


def test_no_found_line_stands_for_two_true_ones() -> None:
    """Both lines of a are found as one, which shares 450 days with the first and 400 with the second."""
    found = _found([("a", 1, "VRd", 0)])
    found = replace(found, lines=found.lines.with_columns(end_date=pl.lit(_day(900))))
    matched = matched_lines(found, _truth(TRUE_LINES[:2]), "relaxed").sort("line")
    assert matched["found_line"].to_list() == [1, None]


def test_a_ceiling_is_the_kappa_of_who_reads_every_line_on_record_right() -> None:
    """Truth is VGPR, SD, VGPR, SD, and the last has no drug on record: 3 of 4 agree, by chance 3/8, so 3/5."""
    truth = _truth([("a", 1, "Rd", 0), ("b", 1, "Rd", 0), ("c", 1, "Rd", 0), ("d", 1, "Rd", 0)], lost=("d",))
    truth = truth.with_columns(best_response=pl.Series(["VGPR", "SD", "VGPR", "SD"]))
    found = _found([("a", 1, "Rd", 0)], response={"a": "VGPR"})
    scores = score_response(matched_lines(found, truth, "relaxed"))
    assert scores["response_ceiling"] == scores["depth_ceiling"] == pytest.approx(3 / 5)
    assert scores["evaluable"] == 1 / 4
    assert scores["response_kappa_on_record"] == pytest.approx(1 / 7)  # 1 of 3 agrees, by chance 2/9
    assert read_otherwise(matched_lines(found, truth, "relaxed"))["person_id"].to_list() == ["b", "c", "d"]
    nobody = score_response(matched_lines(found, truth.with_columns(on_record=pl.lit(False)), "relaxed"))
    assert np.isnan(nobody["response_kappa_on_record"])


@pytest.mark.parametrize(("read", "responders"), [(85, 0.9), (96, 0.8), (50, 0.5)])
def test_what_unread_lines_cost_is_the_kappa_of_a_table_of_them(read: int, responders: float) -> None:
    """Of 1,000 lines as many of those with a response as of the others are read, all of them right."""
    yes, no = round(1000 * responders), round(1000 * (1 - responders))
    true = ["yes"] * yes + ["no"] * no
    seen = [
        word if place < round(count * read / 100) else "none"
        for word, count in (("yes", yes), ("no", no))
        for place in range(count)
    ]
    assert kappa_of(read / 100, responders) == pytest.approx(cohen_kappa(true, seen))
    assert read_share(kappa_of(read / 100, responders), responders) == pytest.approx(read / 100)


def test_response_that_was_not_judged_is_a_category_of_its_own() -> None:
    """All four are truly VGPR, three are judged so: agreement is no more than chance where the truth never varies."""
    found = _found(TRUE_LINES, response={"a": "VGPR", "b": "VGPR", "c": "VGPR"})
    scores = score_response(matched_lines(found, _truth(TRUE_LINES), "relaxed"))
    assert scores["evaluable"] == 3 / 4
    assert scores["response_kappa"] == pytest.approx(0.0)
    assert np.isnan(scores["response_kappa_evaluable"])


def test_kappa_of_a_textbook_table() -> None:
    """20 and 15 agreements of 50, 5 and 10 disagreements: observed 0.7, by chance 0.5, so 0.4 (Cohen 1960)."""
    one = ["yes"] * 25 + ["no"] * 25
    other = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    assert cohen_kappa(one, other) == pytest.approx(0.4)
    with pytest.raises(InputError, match="as many"):
        cohen_kappa(["yes"], [])


def test_survival_is_censored_at_the_last_assessment() -> None:
    found = _found(TRUE_LINES, progression={"a": 400})
    months = progression_free(found, "relaxed").sort("person_id")
    assert months["event"].to_list() == [True, False, False, False]
    assert months["months"].to_list()[:2] == pytest.approx([400 / 30.4375, 900 / 30.4375])


def test_intervals_that_hold_the_median_of_all_seeds_are_counted() -> None:
    """Every patient has the event in one of months 1 to 10, so that half have had it by month 5; an end that is not
    reached is no limit."""
    sample = {"months": [float(month) for month in range(1, 11)], "event": [True] * 10}
    true = seeds.median_of_all([sample, sample])[0]
    assert 5.0 <= true <= 6.0
    cases = [(5.0, 4.0, 7.0), (8.0, 7.0, None), (3.0, 2.0, 4.0), (None, None, None)]
    assert [seeds.holds(one, true) for one in cases] == [True, False, False, True]
    assert [seeds.below(one, true) for one in cases] == [False, False, True, False]


def test_a_part_is_computed_again_only_when_the_program_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed = []

    def make() -> list[int]:
        computed.append(1)
        return [len(computed)]

    assert [parts.kept("one", make, folder=tmp_path) for _ in range(2)] == [[1], [1]]
    monkeypatch.setattr(parts, "_program", lambda: "another")
    assert parts.kept("one", make, folder=tmp_path) == [2]


def test_a_missed_kappa_stands_beside_what_a_perfect_reader_would_reach() -> None:
    """Kappa of response is missed, that of depth met; only of the first does the page say how far one could come."""
    scores = dict.fromkeys(SCORES, 0.9) | {"response_kappa": 0.5, "response_ceiling": 0.6, "depth_ceiling": 0.95}
    logs = dict.fromkeys(("cloned, censored and weighted", "naive: ever began or not"), (0.0, 0.0))
    rows = goal_rows({"clean": scores, "published": scores}, 0.9, logs, samples=50)
    by_goal = {row[0].split(" at least")[0]: row[1:] for row in rows}
    assert by_goal["published: kappa of partial response or better"] == ["0.500", "**no**; of a perfect reader 0.600"]
    assert by_goal["published: kappa of depth"] == ["0.900", "yes"]


def test_a_cohort_that_finds_all_has_full_scores() -> None:
    truth = _truth(TRUE_LINES, progression={"a": 400, "b": 300, "c": 200, "d": 100})
    found = _found(
        TRUE_LINES, progression={"a": 400, "b": 300, "c": 200, "d": 100}, response=dict.fromkeys("abcd", "VGPR")
    )
    labs = pl.DataFrame({"person_id": list("abcd"), "test": ["m_protein"] * 4, "date": [_day(900)] * 4})
    scores = score_cohort(found, truth, labs)
    assert scores["exact"] == scores["progression_exact"] == scores["evaluable"] == 1.0
    assert scores["progression_false"] == scores["median_error"] == 0.0


def test_a_truth_of_another_example_is_told_by_the_days_of_values() -> None:
    days = [date(2020, 1, 1) + timedelta(days=28 * number) for number in range(10)]
    labs = pl.DataFrame({"person_id": ["1"] * 10, "date": days})
    other = labs.with_columns(pl.col("date").dt.offset_by("3d"))
    assert is_truth_of(labs, labs) and is_truth_of(labs.head(4), labs) and not is_truth_of(labs, other)
    assert is_truth_of(labs.clear(), labs)
