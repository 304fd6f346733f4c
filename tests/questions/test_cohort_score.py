"""Scores of a cohort against the truth read as words: shares in percent, and the answer first."""

from __future__ import annotations

import math

from cereblon.cohort.scoring import SCORES
from cereblon.questions.cohort_score import CohortScore


def test_scores_open_with_how_many_lines_are_right() -> None:
    values = dict.fromkeys(SCORES, 0.5) | {
        "exact": 0.7,
        "ceiling": 0.704,
        "median_pfs": 38.83,
        "median_error": math.nan,
    }
    rows = tuple(
        {
            "cohort": "co",
            "rules": "imwg2015",
            "estimand": "relaxed",
            "score": name,
            "value": values[name],
            "meaning": said,
        }
        for name, said in SCORES.items()
    )
    shown = CohortScore(truth="example", rows=rows).text()
    assert shown.startswith(
        "co: the lines of 70.0 % of the patients are exactly the true ones; the records still show those of 70.4 %.\n"
    )
    assert "nan" not in shown and "_" not in shown
    lines = shown.splitlines()
    assert [line.split()[-1] for line in lines if line.startswith(("median progression-free", "relative"))] == [
        "38.8",
        "defined",
    ]
    assert next(line for line in lines if line.startswith("kappa of depth;")).endswith(" 0.50")
