"""The run under the US labels, simulated once in a session."""

from __future__ import annotations

import pytest
from replay_runs import run_of

from cereblon.verification.replay.checking import RunReplay


@pytest.fixture(scope="session")
def us_run(compiled_programs: str, tmp_path_factory: pytest.TempPathFactory) -> RunReplay:
    return run_of(tmp_path_factory.mktemp("us") / "run", "us-label")
