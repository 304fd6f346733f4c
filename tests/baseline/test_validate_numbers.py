"""Predictions of two calibration studies as `validate` gives them, kept so that none moves unannounced.

`validate_numbers.csv` is our own output: a baseline, not a reference. A change of the model, of its draws or of the
scoring that moves one is named in the changelog under Results change, and the file is written anew in that commit:
`python tests/baseline/test_validate_numbers.py`.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import pytest

import cereblon as cb
from cereblon.calibration import prediction

BASELINE = Path(__file__).parent / "validate_numbers.csv"
STUDIES = ("mm009-mm010-pooled", "len-single-agent-014")
COLUMNS = ("study", "arm", "versus", "endpoint", "month", "unit", "predicted", "low", "high")
MONTHS = 24.0


def _predicted() -> list[dict[str, str]]:
    """Four runs, two for each of two draws, of 96 subjects in each arm, followed for two years instead of eight."""
    found = cb.validate(*STUDIES, draws=2, per_arm=96, seed=7, progress=False).table("predictions")
    return [
        {name: f"{row[name]:.4g}" if isinstance(row[name], float) else str(row[name] or "") for name in COLUMNS}
        for row in found.to_dicts()
    ]


def test_predictions_are_those_of_the_version_before(compiled_programs: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another processor's rounding may decide otherwise for two subjects of the 384 of an arm, and for the end of an
    interval, which is computed from four runs, for as many: 1.5 percentage points, and 5 % of times and ratios."""
    monkeypatch.setattr(prediction, "_LONGEST", MONTHS)
    with BASELINE.open(encoding="utf-8", newline="") as file:
        baseline = list(csv.DictReader(file))
    found = _predicted()
    what = COLUMNS[:6]
    assert len(baseline) >= 10
    assert [[row[name] for name in what] for row in found] == [[line[name] for name in what] for line in baseline]
    for row, line in zip(found, baseline, strict=True):
        tolerance = {"abs": 1.5} if row["unit"] == "percent" else {"rel": 0.05}
        for name in COLUMNS[6:]:
            assert float(row[name]) == pytest.approx(float(line[name]), **tolerance), (name, line)


if __name__ == "__main__":
    prediction._LONGEST = MONTHS
    with BASELINE.open("w", encoding="utf-8", newline="") as written:
        writer = csv.DictWriter(written, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(_predicted())
    print(f"{BASELINE} written", file=sys.stderr)
