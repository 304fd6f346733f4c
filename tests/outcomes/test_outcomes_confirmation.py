"""Confirmed responses against the rules of the R package admiralonco on its synthetic IMWG data."""

from __future__ import annotations

import numpy as np

from cereblon.outcomes.confirmation import best_so_far, confirmed_at_visit
from cereblon.outcomes.response_category import CATEGORIES
from reference_data import kept_rows


def read_subjects() -> dict[str, list[dict[str, str]]]:
    subjects: dict[str, list[dict[str, str]]] = {}
    for row in kept_rows("imwg_confirmed_response.csv"):
        subjects.setdefault(row["USUBJID"], []).append(row)
    return subjects


def is_confirmed_progression(rows: list[dict[str, str]], number: int) -> bool:
    """Imaging and death from progression confirm at once, laboratory progression needs the next visit."""
    row = rows[number]
    judged = [later["OVR"] for later in rows[number + 1 :] if later["OVR"] != "NE"]
    by_next = row["PDOFL"] == "Y" and judged[:1] == ["PD"]
    return row["OVR"] == "PD" and (row["PDIFL"] == "Y" or row["DTHPDFL"] == "Y" or by_next)


def test_confirmed_responses_equal_those_of_admiralonco() -> None:
    """Expected column COVR: logic of the admiralonco vignette applied in R to rs_onco_imwg (data README)."""
    compared = 0
    for rows in read_subjects().values():
        before_new_therapy = [not row["NACTDT"] or row["ADT"] <= row["NACTDT"] for row in rows]
        category = np.array([[CATEGORIES.index(row["OVR"])] for row in rows], np.int8)
        line = np.array([[1 if before else 2] for before in before_new_therapy])
        progressed = np.array([[is_confirmed_progression(rows, number)] for number in range(len(rows))])
        progressed = np.maximum.accumulate(progressed, axis=0)
        proved = confirmed_at_visit(category, line, np.zeros_like(progressed), progressed)
        best = best_so_far(proved, line)
        for number, row in enumerate(rows):
            if before_new_therapy[number]:
                # the vignette shows PD from progression on; ours keeps the best response reached before
                ours = "PD" if progressed[number, 0] else CATEGORIES[best[number, 0]]
                assert ours == row["COVR"], (row["USUBJID"], row["AVISIT"])
                compared += 1
    assert compared > 55
