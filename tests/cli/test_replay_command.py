"""`cereblon replay` on the small trial's run."""

from __future__ import annotations

import json
from pathlib import Path

from cli_calls import Call


def test_a_run_is_replayed_without_disagreement(call: Call, finished: Path) -> None:
    answer = call("replay", str(finished), "--most", "100")
    assert (answer.code, answer.out.strip()) == (0, "100 subjects, rules us-label: 0 disagreements")


def test_a_subject_is_followed_with_reasons(call: Call, finished: Path) -> None:
    answer = call("replay", str(finished), "--subject", "0", "--json")
    assert answer.code == 0
    rows = json.loads(answer.out)["rows"]
    assert rows[0]["day"] == 0
    assert {"anc", "platelets", "doses", "reasons", "sources"} <= set(rows[0])
    said = call("replay", str(finished), "--subject", "0").out
    assert "day line cycle" in said
    assert "aspirin given: with lenalidomide, in combination" in said
    assert "prophylaxis-lenalidomide" in rows[0]["by_rules"].split("; ")
    assert "prophylaxis-lenalidomide" not in said


def test_a_folder_that_is_no_run_is_refused(call: Call, tmp_path: Path) -> None:
    answer = call("replay", str(tmp_path))
    assert (answer.code, "no run folder" in answer.err) == (1, True)
    assert call("replay", str(tmp_path), "--json", "--csv").code == 2
