"""A finished run of a calibration is read as it was written, or simulated again."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from cereblon.calibration.evaluation import stored_run


def test_no_wrong_bit_changes_a_number_or_stops_a_calibration(tmp_path: Path) -> None:
    """Parts of the archive that hold no number, such as its dates, may differ."""
    u, y = np.array([0.1, -2.0]), np.array([1.0, 2.0, 3.0])
    buffer, path = io.BytesIO(), tmp_path / "step0-000.npz"
    np.savez(buffer, u=u, y=y)
    whole = buffer.getvalue()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << place % 8]) + whole[place + 1 :])
        found = stored_run(path, u)
        assert found is None or found.tobytes() == y.tobytes()
