"""No answer depends on the order in which rows stand in a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cereblon.synthesis.adjustment.targets import read_targets
from cereblon.synthesis.curves.digitised import read_points, read_risk_table
from right_or_refused.curve_calls import EXAMPLES, QUICK, answer, write


def shuffled(path: Path, source: Path, seed: int) -> str:
    header, *rows = source.read_text(encoding="utf-8").split("\n")
    rows = [row for row in rows if row.strip()]
    order = np.random.default_rng(seed).permutation(len(rows))
    return write(path, header, [rows[i] for i in order])


def same(one: object, other: object) -> bool:
    """Compare results up to the rounding of sums in another order."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, float) and isinstance(other, float):
        return one == pytest.approx(other, rel=1e-6, abs=1e-9)
    if isinstance(one, str) and isinstance(other, str):
        return one.replace("shuffled", "") == other.replace("shuffled", "")
    return one == other


@QUICK
@given(st.integers(0, 2**16))
def test_readers_do_not_depend_on_the_order_of_rows(tmp_path: Path, seed: int) -> None:
    points = read_points(EXAMPLES / "curve-points.csv")
    for name, other in read_points(Path(shuffled(tmp_path / "a.csv", EXAMPLES / "curve-points.csv", seed))).items():
        assert np.array_equal(other.month, points[name].month)
        assert np.array_equal(other.survival, points[name].survival)
        assert other.notes == points[name].notes
    risk = read_risk_table(EXAMPLES / "curve-at-risk.csv")
    for name, table in read_risk_table(
        Path(shuffled(tmp_path / "b.csv", EXAMPLES / "curve-at-risk.csv", seed))
    ).items():
        assert np.array_equal(table.count, risk[name].count)
    figures, _ = read_targets(EXAMPLES / "adjust-targets.csv")
    again, _ = read_targets(Path(shuffled(tmp_path / "c.csv", EXAMPLES / "adjust-targets.csv", seed)))
    assert [(t.label, t.value) for t in figures] == [(t.label, t.value) for t in again]


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("models", ["none", "weibull"])
def test_curve_does_not_depend_on_the_order_of_rows(seed: int, models: str, tmp_path: Path) -> None:
    files = {name: EXAMPLES / f"curve-{name}.csv" for name in ("points", "at-risk")}
    options = ("--models", models, "--landmark", "24")
    before = answer("curve", "--points", str(files["points"]), "--at-risk", str(files["at-risk"]), *options)
    mixed = {name: shuffled(tmp_path / f"{name}.csv", path, seed) for name, path in files.items()}
    after = answer("curve", "--points", mixed["points"], "--at-risk", mixed["at-risk"], *options)
    assert same(before["rows"], after["rows"])
    rebuilt = [[{**row, "study": ""} for row in one["individuals"]] for one in (before, after)]  # named by the file
    assert same(rebuilt[0], rebuilt[1])


@pytest.mark.parametrize(
    "options",
    [
        ("--ratio", "0.75,0.60,0.94", "--control", "control"),
        ("--ratio", "0.75,0.60,0.94", "--control", "control", "--bootstrap", "100"),
        ("--ratio", "0.75,0.60,0.94", "--control", "control", "--method", "stc"),
    ],
    ids=["weights", "bootstrap", "regression"],
)
def test_adjust_does_not_depend_on_the_order_of_rows(options: tuple[str, ...], tmp_path: Path) -> None:
    people, targets = EXAMPLES / "adjust-patients.csv", EXAMPLES / "adjust-targets.csv"
    before = answer("adjust", "--data", str(people), "--targets", str(targets), "--arm", "new", *options)
    mixed = (shuffled(tmp_path / "p.csv", people, 3), shuffled(tmp_path / "t.csv", targets, 3))
    after = answer("adjust", "--data", mixed[0], "--targets", mixed[1], "--arm", "new", *options)
    assert same(before["effects"], after["effects"])


@pytest.mark.parametrize("seed", [1, 2])
def test_over_time_does_not_depend_on_the_order_of_rows(seed: int, tmp_path: Path) -> None:
    rows = [f"{s},{t},{(m * k) % 37 + 1},{m % 2}" for s in "xy" for t, k in (("A", 7), ("B", 5)) for m in range(40)]
    data = write(tmp_path / "d.csv", "study,arm,month,event", rows)
    options = ("--reference", "A", "--changes", "12", "--months", "6,24")
    before = answer("over-time", "--data", data, *options)
    after = answer("over-time", "--data", shuffled(tmp_path / "e.csv", Path(data), seed), *options)
    assert same(before["effects"], after["effects"])
    assert same(before["models"], after["models"])
