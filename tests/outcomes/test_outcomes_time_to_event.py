"""Each endpoint's start, event and censoring, by hand on the small trial of conftest.py."""

from __future__ import annotations

import pyarrow as pa
import pytest

from cereblon.core.errors import InputError, UnknownNameError
from cereblon.outcomes import ENDPOINTS, Censoring, time_to_event

MONTH = 365.25 / 12


def months(
    trial: dict[str, pa.Table], endpoint: str, arm: str = "a", censoring: Censoring | None = None
) -> dict[int, tuple[float, bool]]:
    found = time_to_event(
        trial["subjects"], trial["events"], trial["responses"], endpoint, censoring or Censoring()
    ).to_pylist()
    return {row["subject_id"]: (round(row["day"] / MONTH, 6), row["observed"]) for row in found if row["arm"] == arm}


def test_pfs_ends_with_progression_or_death_and_is_censored_at_the_last_assessment(
    trial: dict[str, pa.Table],
) -> None:
    assert months(trial, "pfs") == {1: (46, False), 2: (12, True), 3: (6, True), 4: (0, False)}


def test_pfs_can_be_censored_at_the_last_contact(trial: dict[str, pa.Table]) -> None:
    found = months(trial, "pfs", censoring=Censoring(without_event="last_contact"))
    assert found == {1: (48, False), 2: (12, True), 3: (6, True), 4: (0, False)}


def test_os_ends_with_death(trial: dict[str, pa.Table]) -> None:
    assert months(trial, "os") == {1: (48, False), 2: (36, True), 3: (6, True), 4: (0, False)}


def test_ttp_censors_a_death_that_is_not_from_myeloma(trial: dict[str, pa.Table]) -> None:
    assert months(trial, "ttp") == {1: (46, False), 2: (12, True), 3: (4, False), 4: (0, False)}


def test_duration_of_response_counts_responders_from_their_first_response(trial: dict[str, pa.Table]) -> None:
    assert months(trial, "dor") == {1: (44, False), 2: (11, True)}
    assert months(trial, "dor", "b") == {2: (9, True), 3: (15, True), 4: (21, False)}


def test_time_to_response_counts_responders(trial: dict[str, pa.Table]) -> None:
    assert months(trial, "ttr") == {1: (2, True), 2: (1, True)}


def test_time_to_next_therapy_counts_death(trial: dict[str, pa.Table]) -> None:
    assert months(trial, "ttnt") == {1: (48, False), 2: (12, True), 3: (6, True), 4: (0, False)}


def test_pfs2_ends_with_progression_in_the_second_line_or_death(trial: dict[str, pa.Table]) -> None:
    assert months(trial, "pfs2") == {1: (48, False), 2: (24, True), 3: (6, True), 4: (0, False)}
    assert months(trial, "pfs2", "b") == {1: (30, False), 2: (40, True), 3: (20, False), 4: (26, False)}


def test_treatment_duration_counts_the_treated(trial: dict[str, pa.Table]) -> None:
    assert months(trial, "treatment_duration") == {1: (48, False), 2: (12, True), 3: (5, True)}


def test_a_next_line_before_progression_can_censor_or_end_pfs(trial: dict[str, pa.Table], table) -> None:
    early = {"arm": "b", "subject_id": 4, "event": "next_therapy", "day": 10 * MONTH, "line": 2}
    changed = trial | {"events": pa.concat_tables([trial["events"], table("events", [early])]).unify_dictionaries()}
    assert months(changed, "pfs", "b")[4] == (24, False)
    assert months(changed, "pfs", "b", Censoring(next_therapy="censor"))[4] == (3, False)
    assert months(changed, "pfs", "b", Censoring(next_therapy="event"))[4] == (10, True)


def test_therapy_on_the_day_of_progression_does_not_censor_it(trial: dict[str, pa.Table]) -> None:
    assert months(trial, "pfs", censoring=Censoring(next_therapy="censor"))[2] == (12, True)


def test_subjects_whose_simulation_failed_are_left_out(trial: dict[str, pa.Table]) -> None:
    codes = pa.array([0, 0, 5, 0, 0, 0, 0, 0], pa.int16())
    position = trial["subjects"].column_names.index("result_code")
    field = trial["subjects"].schema.field("result_code")
    changed = trial | {"subjects": trial["subjects"].set_column(position, field, codes)}
    assert set(months(changed, "os")) == {1, 2, 4}


def test_every_endpoint_gives_at_most_one_row_per_subject(trial: dict[str, pa.Table]) -> None:
    for endpoint in ENDPOINTS:
        found = time_to_event(trial["subjects"], trial["events"], trial["responses"], endpoint)
        assert found.column_names == ["arm", "replicate", "subject_id", "day", "observed"]
        keys = [(row["arm"], row["subject_id"]) for row in found.to_pylist()]
        assert len(keys) == len(set(keys)) > 0


def test_an_unknown_endpoint_is_refused_with_the_nearest_name(trial: dict[str, pa.Table]) -> None:
    with pytest.raises(UnknownNameError, match="did you mean pfs"):
        time_to_event(trial["subjects"], trial["events"], trial["responses"], "pfz")


def test_an_event_of_nobody_is_refused(trial: dict[str, pa.Table], table) -> None:
    stray = table("events", [{"arm": "a", "subject_id": 99, "event": "death", "day": 3.0}])
    with pytest.raises(InputError, match="events, arm 'a': subject 99 is not in the subjects table"):
        time_to_event(trial["subjects"], stray, trial["responses"], "os")
