"""How high the lines of a forest plot stand."""

from __future__ import annotations

from cereblon.report.static import specification
from cereblon.report.synthesis.forest import ForestLine, forest_plot

LONG = "Elotuzumab with bortezomib and dexamethasone, phase 2"


def places(*lines: ForestLine) -> tuple[dict[str, float], float]:
    """Give the pixels from the top at which each line of words begins, and the height of the plot."""
    drawn = specification(
        forest_plot(lines, measure="hazard ratio", is_ratio=True, favours=("favours A", "favours B"))
    )
    found = {
        str(row["label"]).partition("\n")[0]: float(row["line"])
        for rows in drawn["datasets"].values()
        for row in rows
        if row.get("label")
    }
    return found, drawn["vconcat"][0]["height"]


def trial(label: str) -> tuple[ForestLine, ForestLine, ForestLine]:
    name = label.split(" ")[0]
    return ForestLine("heading", f"{name} versus B"), ForestLine("trial", label, 0.7, 0.5, 0.9), ForestLine("gap", "")


def test_a_long_name_makes_its_own_line_higher_and_no_other() -> None:
    """All lines were as high as the highest, so that a forest of eleven trials was taller than the window."""
    short, low = places(*trial("ONE"), *trial("TWO"))
    long, high = places(*trial("ONE"), *trial(LONG))
    assert short["TWO"] - short["ONE"] == long["Elotuzumab with bortezomib and"] - long["ONE"]
    assert high - low == 14


def test_two_comparisons_are_less_than_a_line_apart() -> None:
    found, _ = places(*trial("ONE"), *trial("TWO"))
    between_lines = found["ONE"] - found["ONE versus B"]
    assert 0 < found["TWO versus B"] - found["ONE"] - between_lines < between_lines / 2
