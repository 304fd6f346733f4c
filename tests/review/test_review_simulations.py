"""Trials simulated for the review."""

from __future__ import annotations

import pytest

from cereblon.core.errors import InputError
from cereblon.report.review.predictions import simulate_trials


def test_an_unknown_trial_is_refused_before_anything_is_simulated() -> None:
    with pytest.raises(InputError, match="maya"):
        simulate_trials(["maia", "maya"])
