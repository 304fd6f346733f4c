"""Runs that a review would not use, or would use by their order, are refused."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cereblon.core.errors import InputError
from cereblon.report.review import predictions


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run folder is of the trial that stands before the first dot of its name."""

    def read(path: Path) -> Any:
        return SimpleNamespace(study=path.name.partition(".")[0], folder=path.name)

    monkeypatch.setattr(predictions, "read_run", read)


@pytest.mark.usefixtures("runs")
def test_a_run_of_a_trial_without_a_chapter_is_refused() -> None:
    with pytest.raises(InputError, match="runs/maia: is a run of maia; the chapters use swog-s0777, pollux"):
        predictions.predictions_for(["swog-s0777", "pollux"], runs=[Path("runs/maia")], simulate=False)


@pytest.mark.usefixtures("runs")
def test_two_runs_of_one_trial_are_refused_in_either_order() -> None:
    pair = [Path("pollux.1"), Path("pollux.2")]
    for given in (pair, pair[::-1]):
        with pytest.raises(InputError, match="is a second run of pollux"):
            predictions.predictions_for(["pollux"], runs=given, simulate=False)


@pytest.mark.usefixtures("runs")
def test_the_order_of_runs_means_nothing() -> None:
    pair = [Path("pollux.1"), Path("maia.1")]
    one, other = (
        predictions.predictions_for(["pollux", "maia"], runs=given, simulate=False) for given in (pair, pair[::-1])
    )
    assert one == other
    assert set(one) == {"pollux", "maia"}
