"""Points with intervals: every one inside the axis, nothing drawn for an end that was not printed."""

from __future__ import annotations

from typing import Any

import pytest

from cereblon.report.points import points_chart
from cereblon.report.static import save_picture, svg_text


def row(value: float | None, low: float | None, high: float | None, unit: str) -> dict[str, Any]:
    label = {"panel": "panel", "label": "study", "group": "trial", "words": "as printed"}
    return {**label, "value": value, "low": low, "high": high, "unit": unit}


def scales(spec: Any) -> list[dict[str, Any]]:
    """All scales of a finished chart."""
    if isinstance(spec, dict):
        own = [spec["scale"]] if isinstance(spec.get("scale"), dict) else []
        return own + [found for value in spec.values() for found in scales(value)]
    return [found for value in spec for found in scales(value)] if isinstance(spec, list) else []


@pytest.mark.parametrize("ratio", [0.0054, 0.0999, 0.5, 1.0, 1.9, 8.2, 24.5, 1200.0])
def test_the_logarithmic_axis_holds_every_ratio(ratio: float) -> None:
    spec = points_chart([row(ratio, ratio / 2, ratio * 2, "ratio")]).to_dict()
    domains = [scale["domain"] for scale in scales(spec) if scale.get("type") == "log"]
    assert domains
    assert all(low <= ratio / 2 and ratio * 2 <= high for low, high in domains)


def test_a_median_not_reached_keeps_its_line_and_has_no_point() -> None:
    chart = points_chart([row(None, None, None, "months"), row(20.0, 17.3, None, "months")])
    drawn = svg_text(chart)
    assert drawn.count(">as printed<") == 2


def test_a_picture_of_another_kind_is_refused(tmp_path: Any) -> None:
    with pytest.raises(ValueError, match=r"a picture ends in .png or .svg"):
        save_picture(points_chart([row(20.0, 15.0, 25.0, "months")]), tmp_path / "picture.gif")


def test_a_long_label_makes_its_own_line_of_points_higher_and_no_other() -> None:
    """All lines of a panel were as high as the highest."""

    def height(*labels: str) -> float:
        rows = [
            {"panel": "p", "label": label, "group": "trial", "value": 1.0, "unit": "months", "words": "1"}
            for label in labels
        ]
        panels = points_chart(rows, has_legend=False).to_dict()["vconcat"]
        return float(panels[0]["height"])

    long = "RVD induction, 1000 consecutive patients, Emory: RVd induction, ASCT, maintenance"
    assert height("a", "b", long) - height("a", "b", "c") == height(long) - height("c")
