"""Confirmed responses against the rules of the R package admiralonco on its synthetic IMWG data."""

from __future__ import annotations

import numpy as np

from cereblon.outcomes.assessment import AssessedVisits
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
        category = np.array([CATEGORIES.index(row["OVR"]) for row in rows], np.int8)
        line = np.array([1 if before else 2 for before in before_new_therapy])
        progressed = np.array([is_confirmed_progression(rows, number) for number in range(len(rows))])
        progressed = np.maximum.accumulate(progressed)
        visits = AssessedVisits(
            subject=np.zeros(len(rows), np.int64),
            day=np.arange(len(rows), dtype=np.float64),
            line=line,
            category=category,
            needs_no_repeat=np.zeros(len(rows), np.bool_),
            mrd_negative=np.full(len(rows), -1, np.int8),
        )
        best = best_so_far(visits, confirmed_at_visit(visits, progressed))
        for number, row in enumerate(rows):
            if before_new_therapy[number]:
                # the vignette shows PD from progression on; ours keeps the best response reached before
                ours = "PD" if progressed[number] else CATEGORIES[best[number]]
                assert ours == row["COVR"], (row["USUBJID"], row["AVISIT"])
                compared += 1
    assert compared > 55
