"""Pictures and words of lines of therapy that follow each other."""

from __future__ import annotations

from cereblon.questions.observed_cohort import _sentence
from cereblon.report import style
from cereblon.report.observed import sankey_chart


def test_the_words_of_the_last_line_have_room_in_the_picture() -> None:
    """`no further line (20)` was cut at the edge: at 11 px it needs 20 letters of at most 6.3 px."""
    flows = [("VRd", "Kd", 1), ("Kd", "Pd", 2), ("Pd", "none", 3)]
    rows = [{"line": n, "regimen": one, "next_regimen": after, "patients": 20} for one, after, n in flows]
    drawn = sankey_chart(rows).to_dict()
    end = drawn["layer"][0]["encoding"]["x"]["scale"]["domain"][1]
    assert (1 - 3 / end) * style.WIDTH >= 20 * 6.3


def test_an_interval_without_an_end_is_said_in_words() -> None:
    row = {"endpoint": "os_median", "value": 67.5, "unit": "months", "low": 54.3, "high": None, "n": 139}
    assert _sentence(row) == "median overall survival 67.5 months (54.3 to not reached; n 139)"
