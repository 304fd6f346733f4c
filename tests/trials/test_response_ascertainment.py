"""Deep responses that never got on record count as partial response; nothing else changes."""

import numpy as np
import pyarrow as pa
import pytest

from cereblon.core import random_streams
from cereblon.core.errors import InputError
from cereblon.evidence import load_study
from cereblon.tables.conform import conform
from cereblon.tables.schemas import RESPONSES
from cereblon.trials.library import load_trial
from cereblon.trials.response_ascertainment import ascertained
from cereblon.trials.trial import parse_trial

ROOT = random_streams.root_key(3)
SUBJECTS = 4000


@pytest.fixture(scope="module")
def tables():
    """Everyone of arm a and of arm b has PR, then CR without residual disease."""
    subject = np.repeat(np.arange(SUBJECTS), 2)
    columns = {
        "origin": np.full(len(subject), "simulated"),
        "source_id": np.full(len(subject), "run"),
        "subject_id": subject,
        "arm": np.where(subject % 2 == 0, "a", "b"),
        "line": np.ones(len(subject), np.int16),
        "day": np.tile([28.0, 56.0], SUBJECTS),
        "category": np.tile(["PR", "CR"], SUBJECTS),
        "confirmed": np.tile(["PR", "CR"], SUBJECTS),
        "mrd_negative": pa.array(np.tile([False, True], SUBJECTS), mask=np.tile([True, False], SUBJECTS)),
    }
    return {"responses": conform(columns, RESPONSES, name="responses"), "events": pa.table({"day": [1.0]})}


def deep(responses, arm):
    rows = responses.to_pylist()
    return [row for row in rows if row["arm"] == arm and row["confirmed"] == "CR"]


def test_the_share_of_one_arm_is_on_record_and_the_other_arm_is_whole(tables):
    """2000 in an arm: a share of 0.59 has a standard error of 1.1 points, so four of them are 0.045."""
    found = ascertained(tables, {"a": 0.59, "b": 1.0}, ROOT)["responses"]
    assert len(deep(found, "a")) / (SUBJECTS / 2) == pytest.approx(0.59, abs=0.045)
    assert len(deep(found, "b")) == SUBJECTS / 2
    assert found.schema.equals(tables["responses"].schema)


def test_who_is_not_on_record_has_partial_response_and_no_test_of_residual_disease(tables):
    found = ascertained(tables, {"a": 0.59}, ROOT)["responses"].to_pylist()
    lost = [row for row in found if row["arm"] == "a" and row["day"] == 56.0 and row["confirmed"] != "CR"]
    assert {(row["category"], row["confirmed"], row["mrd_negative"]) for row in lost} == {("PR", "PR", None)}


def test_other_tables_and_whole_records_stay_as_they_are(tables):
    assert ascertained(tables, {"a": 1.0}, ROOT)["responses"] is tables["responses"]
    assert ascertained(tables, {"a": 0.5}, ROOT)["events"] is tables["events"]


def test_the_share_of_s0777_is_that_of_its_own_two_reports():
    """Very good partial response or better: 43.5 and 31.8 % in 2017, 74.9 and 53.7 % reassessed in 2020."""
    facts = {
        (fact.arm, fact.cut): fact.value
        for fact in load_study("swog-s0777").facts
        if fact.endpoint == "vgpr_or_better" and not fact.subgroup
    }
    shares = [facts[arm, "2017 primary"] / facts[arm, "2020 update"] for arm in ("vrd", "rd")]
    recorded = load_trial("swog-s0777").recorded
    assert recorded is not None
    assert recorded.deep_response == pytest.approx(sum(shares) / 2, abs=0.005)


def test_a_share_beyond_one_or_without_a_source_is_refused():
    whole = load_trial("swog-s0777").model_dump()
    with pytest.raises(InputError, match="deep_response"):
        parse_trial({**whole, "recorded": {"deep_response": 1.2, "source": "x"}}, where="trial")
    with pytest.raises(InputError, match="source"):
        parse_trial({**whole, "recorded": {"deep_response": 0.6}}, where="trial")
