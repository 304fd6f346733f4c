"""Decisions of a followed subject are said in words, and the names of their rules kept."""

from __future__ import annotations

import pytest

from cereblon.model.dosing.library import load_rule_set
from cereblon.questions.followed_words import weeks_in_words


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("lenalidomide hold: lenalidomide-fatigue", "lenalidomide held: fatigue of grade 3 or worse"),
        ("lenalidomide hold ends: lenalidomide-fatigue", "lenalidomide resumed after: fatigue of grade 3 or worse"),
        (
            "starting dose: ixazomib-start-below-30",
            "ixazomib starts at 3 mg at most: creatinine clearance below 30 mL/min",
        ),
        ("aspirin give: a-rule-of-nobody", "aspirin give: a-rule-of-nobody"),
    ],
)
def test_a_reason_says_what_the_rule_looks_at(reason: str, words: str) -> None:
    (row,) = weeks_in_words(
        [{"day": 7, "grades": "", "reasons": reason, "sources": "a label"}], load_rule_set("us-label")
    )
    assert row["reasons"] == words
    assert row["by_rules"] == reason.rpartition(": ")[2]


def test_adverse_events_have_their_names() -> None:
    row = {"day": 7, "grades": "vte 3, peripheral_neuropathy 1", "reasons": "", "sources": ""}
    (said,) = weeks_in_words([row], load_rule_set("us-label"))
    assert said["grades"] == "venous thromboembolism of grade 3, peripheral neuropathy of grade 1"
