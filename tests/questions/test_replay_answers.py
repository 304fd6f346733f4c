"""`replay` from Python: a run of the small trial as a whole, and one of its subjects."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import cereblon as cb
from cereblon.core.errors import ArgumentError, InputError, RunFolderError
from cereblon.verification.replay.replaying import Disagreement

if TYPE_CHECKING:
    from cereblon.questions.replay import FollowedSubject, Replay
    from cereblon.trials.folder import RunFolder


@pytest.fixture(scope="module")
def replayed(small_run: RunFolder) -> Replay:
    return cb.replay(small_run.path, most=40)


@pytest.fixture(scope="module")
def followed(small_run: RunFolder) -> FollowedSubject:
    return cb.replay(str(small_run.path), subject=0)


def test_a_run_is_replayed_without_disagreement(replayed: Replay, small_run: RunFolder) -> None:
    assert replayed.text() == "40 subjects, rules us-label: 0 disagreements"
    assert replayed.run_id == small_run.run_id
    assert replayed.table().height == 0
    assert dict(replayed.charts()) == {}
    assert repr(replayed) == replayed.answer()


def test_what_disagrees_is_listed(replayed: Replay, tmp_path: Path) -> None:
    one = Disagreement(7, 1, 29.0, "lenalidomide", "hold by anc-below-1", "did not happen", "happened")
    doubtful = replace(replayed, disagreements=(one,) * 51)
    lines = doubtful.text().splitlines()
    assert lines[0] == (
        "subject 7, line 1, day 29, lenalidomide: hold by anc-below-1: run did not happen, replay happened"
    )
    assert lines[-2:] == ["... and 1 more; --csv lists all", "40 subjects, rules us-label: 51 disagreements"]
    assert doubtful.table()["drug"].unique().to_list() == ["lenalidomide"]
    assert len(json.loads(doubtful.to_json())["disagreements"]) == 51
    assert "anc-below-1" in doubtful.save(tmp_path / "replay.html").read_text(encoding="utf-8")


def test_a_subject_is_followed_with_reasons(followed: FollowedSubject, tmp_path: Path) -> None:
    table = followed.table()
    assert table["day"][0] == 0
    assert {"anc", "platelets", "doses", "reasons", "sources"} <= set(table.columns)
    assert f"subject 0, arm {followed.arm}, rules us-label" in followed.text()
    assert "  day line cycle   ANC" in followed.text()
    content = json.loads(followed.to_json())
    assert list(content) == ["run", "subject", "arm", "rows", "notes"]
    assert "Doses and reasons" in followed.save(tmp_path / "subject.html").read_text(encoding="utf-8")


def test_the_course_of_a_subject_is_drawn(followed: FollowedSubject) -> None:
    assert list(followed.charts()) == ["course"]
    assert {row["subject_id"] for row in followed.recorded} == {0}
    assert '<img alt="course"' in followed._repr_html_()


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"subject": 99_999}, InputError, "subject 99999 is not in the run"),
        ({"most": 0}, ArgumentError, "most: 0"),
        ({"subject": 1, "most": 5}, ArgumentError, "most does not apply"),
    ],
)
def test_what_cannot_be_replayed_is_refused(
    small_run: RunFolder, options: dict[str, int], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        cb.replay(small_run.path, **options)  # type: ignore[call-overload]


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match="no run folder"):
        cb.replay(tmp_path)
    with pytest.raises(InputError, match="a run folder or the result of a trial is needed, got a number"):
        cb.replay(5)  # type: ignore[call-overload]
