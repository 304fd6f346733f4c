"""A finished run of a calibration is read as it was written, or simulated again."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import numpy as np
import pytest

from cereblon.calibration.evaluation import stored_run
from cereblon.core.errors import CereblonWarning


def stored(**arrays: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


U, Y = np.array([0.1, -2.0]), np.array([1.0, 2.0, 3.0])


def test_no_wrong_bit_changes_a_number_or_stops_a_calibration(tmp_path: Path) -> None:
    """Parts of the archive that hold no number, such as its dates, may differ."""
    path, whole = tmp_path / "step0-000.npz", stored(u=U, y=Y)
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << place % 8]) + whole[place + 1 :])
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            found = stored_run(path, U, targets=3)
        assert found is None or found.tobytes() == Y.tobytes()
        assert found is not None or "simulated again" in str(told[0].message)


@pytest.mark.parametrize(
    "content",
    [
        stored(u=U, y=Y[:2]),
        stored(u=U, y=Y.astype(int)),
        stored(u=U),
        b"",
        b"x" * 2**21,
        stored(u=U, y=np.zeros((3, 1))),
    ],
    ids=["another calibration", "whole numbers", "no predictions", "empty", "too large", "two dimensions"],
)
def test_what_is_no_run_of_the_calibration_is_simulated_again_with_a_word(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "step0-000.npz"
    path.write_bytes(content)
    with pytest.warns(CereblonWarning, match="step0-000.npz: is damaged; this run of the calibration is simulated"):
        assert stored_run(path, U, targets=3) is None
