"""Short versions of the counts that the reliability page gives; they take seconds, since runs are written anew."""

from __future__ import annotations

from pathlib import Path

import pytest
from scripts.reliability import power_cuts, same_bytes, wrong_bits

pytestmark = pytest.mark.usefixtures("compiled_programs")


def test_no_wrong_bit_is_silent_and_the_same_command_mends_it(tmp_path: Path) -> None:
    found = wrong_bits.count(24, seed=2, folder=tmp_path, mend_every=8)
    assert (found["noticed"], found["silent"]) == (24, 0)
    assert (found["mended"], found["not mended"]) == (3, 0)


def test_runs_in_other_processes_and_surroundings_have_the_same_bytes(tmp_path: Path) -> None:
    """Two runs with blocks of 512 and 1,024, each a process that imports everything anew."""
    compared, differing = same_bytes.differences(2, seed=3, folder=tmp_path)
    assert (compared, differing) == (9, [])


@pytest.mark.skipif(power_cuts.why_not() is not None, reason=str(power_cuts.why_not()))
def test_a_power_cut_loses_nothing_that_was_told_done(tmp_path: Path) -> None:
    """2,000 subjects in four blocks; the page has the count with 8,000 in 16."""
    found = power_cuts.count(3, seed=2, folder=tmp_path, replicates=100)
    assert found["lost"] == 0
    assert found["kept, finished"] >= 1
