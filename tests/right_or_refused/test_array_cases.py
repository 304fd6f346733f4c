"""Arrays of pandas and numpy, given to the functions of outcomes: read as meant, or refused in our words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cereblon.core.errors import InputError
from cereblon.outcomes import cox_regression, hazard_ratio, kaplan_meier, landmark_rate, log_rank, numbers_at_risk
from runtime_types import misused

TIMES, SEEN = [5, 6, 7, 8], [1, 1, 1, 0]


@pytest.mark.parametrize(
    ("times", "what"),
    [
        (np.array(TIMES, "timedelta64[D]"), "spans of time"),
        (pd.Series(pd.to_timedelta(TIMES, unit="D")), "spans of time"),
        (pd.to_datetime(["2020-01-05", "2020-01-06", "2020-01-07", "2020-01-08"]), "dates"),
        (np.array(TIMES) + 0j, "complex values"),
        ([True, False, True, True], "true and false"),
    ],
)
def test_times_that_numpy_would_turn_into_numbers_are_refused(times: Any, what: str) -> None:
    """A time delta of pandas counts nanoseconds: the median was 561600000000000."""
    with pytest.raises(InputError, match=f"follow-up times: {what} are no numbers"):
        kaplan_meier(times, SEEN)


@pytest.mark.parametrize(
    "call",
    [
        lambda hidden: kaplan_meier(np.ma.array(TIMES, mask=hidden), SEEN),
        lambda hidden: kaplan_meier(TIMES, np.ma.array(SEEN, mask=hidden)),
        lambda hidden: hazard_ratio(TIMES, SEEN, np.ma.array([0, 1, 0, 1], mask=hidden)),
        lambda hidden: cox_regression(TIMES, SEEN, {"x": np.ma.array([0, 1, 0, 1], mask=hidden)}),
        lambda _: kaplan_meier(TIMES, pd.Series([1, 0, pd.NA, 1], dtype="Int64")),
        lambda _: hazard_ratio(TIMES, SEEN, pd.Series([True, False, pd.NA, False], dtype="boolean")),
        lambda _: hazard_ratio(TIMES, SEEN, np.array(["a", "b", np.float32("nan"), "a"], object), comparator="a"),
    ],
)
def test_a_missing_value_of_any_library_is_missing(call: Callable[[list[int]], Any]) -> None:
    with pytest.raises(InputError, match=r"missing|no number"):
        call([1, 0, 0, 0])


@pytest.mark.parametrize("labels", [["A", "a"] * 2, ["A", "A "] * 2, [1, "1"] * 2, ["A", "B", "A ", "B"]])
def test_labels_that_differ_in_their_writing_alone_are_no_two_arms(labels: list[Any]) -> None:
    with pytest.raises(InputError, match="differ in nothing but how they are written"):
        hazard_ratio(TIMES, SEEN, labels, comparator=labels[0])
    with pytest.raises(InputError, match="differ in nothing but how they are written"):
        log_rank(TIMES, SEEN, labels)


def test_a_regression_that_does_not_converge_is_separated() -> None:
    """Those with larger values of the covariate all have the event later: no finite ratio fits best."""
    assert cox_regression([5, 6, 7, 8], SEEN, {"x": [1, 2, 3, 5]})["x"].status == "separated"


def test_a_ratio_beyond_any_number_is_refused() -> None:
    with pytest.raises(InputError, match="its values span only 2e-09"):
        cox_regression([5, 6, 7, 8, 9, 10], [1, 1, 1, 0, 1, 0], {"x": [1e-9, 2e-9, 1e-9, 2e-9, 1e-9, 3e-9]})


@misused
@pytest.mark.parametrize(
    "call",
    [
        lambda: kaplan_meier(TIMES, SEEN, level="0.95"),  # type: ignore[arg-type]
        lambda: landmark_rate(kaplan_meier(TIMES, SEEN), "6"),  # type: ignore[arg-type]
        lambda: landmark_rate(kaplan_meier(TIMES, SEEN), True),
        lambda: numbers_at_risk(kaplan_meier(TIMES, SEEN), ["a"]),
        lambda: numbers_at_risk(kaplan_meier(TIMES, SEEN), [-1.0]),
        lambda: hazard_ratio(TIMES, SEEN, [1, 0, 1, 0], comparator=np.array([0, 1])),
        lambda: cox_regression(TIMES, SEEN, [1, 2, 3, 4]),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_number_or_label_is_refused_in_our_words(call: Callable[[], Any]) -> None:
    with pytest.raises(InputError):
        call()
