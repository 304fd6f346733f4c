"""What a report confirms of deep responses: shares move, subjects do not."""

from __future__ import annotations

import pyarrow as pa
import pytest

from cereblon.core.errors import InputError
from cereblon.evidence import load_study
from cereblon.tables.conform import conform
from cereblon.tables.schemas import OUTCOMES
from cereblon.trials.library import load_trial
from cereblon.trials.response_ascertainment import (
    ResponseRecord,
    habits,
    on_record,
    record_of,
    record_sentences,
    spread_between,
)
from cereblon.trials.study_plan import plan_study
from cereblon.trials.trial import TrialPlan, parse_trial

MEASURED = {"orr": 90.0, "vgpr_or_better": 70.0, "vgpr": 45.0, "pr": 20.0, "cr_or_better": 25.0, "scr": 10.0}


def outcomes(arm: str = "a", **further: float) -> pa.Table:
    """Give the response rows of one arm of 200 patients."""
    rates = MEASURED | further
    columns = {
        "origin": ["simulated"] * len(rates),
        "source_id": ["run"] * len(rates),
        "endpoint": list(rates),
        "arm": [arm] * len(rates),
        "unit": ["percent"] * len(rates),
        "value": list(rates.values()),
        "low": [value - 5.0 for value in rates.values()],
        "high": [value + 5.0 for value in rates.values()],
        "n": [200] * len(rates),
        "method": ["best confirmed response"] * len(rates),
    }
    whole = {field.name: columns.get(field.name, [None] * len(rates)) for field in OUTCOMES}
    filled = {
        name: [
            "" if value is None and pa.types.is_dictionary(OUTCOMES.field(name).type) else value for value in values
        ]
        for name, values in whole.items()
    }
    return conform(filled, OUTCOMES, name="outcomes")


def values(rows: pa.Table) -> dict[str, float]:
    return {row["endpoint"]: row["value"] for row in rows.to_pylist()}


def test_a_stated_share_moves_deep_responses_to_partial_response() -> None:
    """0.6 of 70 % is 42 %, of 25 % is 15 %; what is lost is partial response, and overall response stays."""
    found = values(on_record(outcomes(mrd_negative=20.0), {"a": ResponseRecord(share=0.6)}))
    assert found == pytest.approx(
        {
            "orr": 90.0,
            "vgpr_or_better": 42.0,
            "vgpr": 27.0,
            "pr": 48.0,
            "cr_or_better": 15.0,
            "scr": 6.0,
            "mrd_negative": 12.0,
        }
    )


def test_a_habit_moves_complete_response_alone_and_never_beyond_very_good_partial_response() -> None:
    """Odds of 25 % are 1/3; times e they are 0.906, which is 47.5 %. A shift of 9 would be all patients."""
    found = values(on_record(outcomes(), {"a": ResponseRecord(shift=1.0)}))
    assert found["cr_or_better"] == pytest.approx(47.54, abs=0.01)
    assert found["vgpr"] == pytest.approx(70.0 - 47.54, abs=0.01)
    assert (found["orr"], found["vgpr_or_better"], found["pr"]) == (90.0, 70.0, pytest.approx(20.0))
    all_deep = values(on_record(outcomes(), {"a": ResponseRecord(shift=9.0)}))
    assert (all_deep["cr_or_better"], all_deep["vgpr"]) == (70.0, 0.0)


def test_an_interval_moves_with_its_value_and_other_arms_stay() -> None:
    rows = pa.concat_tables([outcomes("a"), outcomes("b")])
    found = [row for row in on_record(rows, {"a": ResponseRecord(shift=0.5), "b": None}).to_pylist()]
    complete = {row["arm"]: row for row in found if row["endpoint"] == "cr_or_better"}
    assert complete["a"]["low"] < complete["a"]["value"] < complete["a"]["high"]
    assert complete["a"]["method"] == "best confirmed response, as a report confirms them"
    assert (complete["b"]["value"], complete["b"]["method"]) == (25.0, "best confirmed response")
    assert on_record(rows, {"a": None, "b": ResponseRecord()}) is rows


def test_testing_residual_disease_and_later_years_put_more_on_record() -> None:
    def shift(**record: object) -> float:
        fields = load_trial("first-mm020").model_dump() | {"recorded": {"source": "asked", **record}}
        found = record_of(parse_trial(fields, where="trial"))
        assert found is not None
        return found.shift

    assert shift(mrd_tested=True) > shift(mrd_tested=False)
    later = load_trial("first-mm020").model_copy(update={"enrolment_year": 2019.0})
    early, late = record_of(load_trial("first-mm020")), record_of(later)
    assert early is not None and late is not None
    assert late.shift > early.shift
    assert late.spread is not None and late.spread > habits().spread


@pytest.mark.parametrize("study", ["swog-s0777", "maia", "first-mm020"])
def test_the_trial_of_a_study_and_a_copy_of_its_file_have_one_answer(study: str) -> None:
    """The copy names the study and none of what the study file says of the record."""
    plan = plan_study(load_study(study), found_at=study).plan
    assert plan is not None
    left_out = {"recorded": None, "enrolment_year": None}
    copy = TrialPlan.model_validate(plan.model_dump() | left_out | {"id": "copied"})
    assert record_of(copy) == record_of(plan)
    assert record_of(plan) is not None


@pytest.mark.parametrize("study", ["swog-s0777", "maia", "first-mm020", "eloquent2", "mm021-china"])
def test_a_trial_that_names_no_study_records_as_the_study_that_it_stands_for(study: str) -> None:
    """What `validate` and a fit simulate stands alone; what `compare` simulates names the study."""
    alone, naming = plan_study(load_study(study)).plan, plan_study(load_study(study), found_at=study).plan
    assert alone is not None and naming is not None
    assert alone.study is None
    for predicted in (True, False):
        found, other = record_of(alone, predicted=predicted), record_of(naming, predicted=predicted)
        assert found == other is not None


def test_routine_care_and_a_trial_of_nobody_are_left_as_measured() -> None:
    practice = plan_study(load_study("rw-vrd-emory1000"), found_at="rw-vrd-emory1000").plan
    alone = load_trial("maia").model_copy(update={"study": None})
    assert practice is not None
    assert record_of(practice) is None
    assert record_of(alone) is None
    assert spread_between({"depth": 0.5}, None) == {"depth": 0.5}


def test_both_answers_are_said_with_the_grounds() -> None:
    plan = load_trial("maia")
    rows = pa.concat_tables([outcomes("drd"), outcomes("rd")])
    (said,) = record_sentences(rows, plan, record_of(plan))
    assert said.startswith("complete response or better: DRd 25 % as measured, 3")
    assert said.endswith("(residual disease tested, patients enrolled about 2016)")


def test_the_share_of_s0777_is_that_of_its_own_two_reports() -> None:
    """Very good partial response or better: 43.5 and 31.8 % in 2017, 74.9 and 53.7 % reassessed in 2020."""
    facts = {
        (fact.arm, fact.cut): fact.value
        for fact in load_study("swog-s0777").facts
        if fact.endpoint == "vgpr_or_better" and not fact.subgroup
    }
    shares = [(facts[arm, "2017 primary"] or 0.0) / (facts[arm, "2020 update"] or 1.0) for arm in ("vrd", "rd")]
    found = record_of(load_trial("swog-s0777"), predicted=False)
    assert found is not None
    assert found.share == pytest.approx(sum(shares) / 2, abs=0.005)
    assert found.shift == 0.0


def test_a_share_beyond_one_or_without_a_source_is_refused() -> None:
    whole = load_trial("swog-s0777").model_dump()
    with pytest.raises(InputError, match="deep_response"):
        parse_trial({**whole, "recorded": {"deep_response": 1.2, "source": "x"}}, where="trial")
    with pytest.raises(InputError, match="source"):
        parse_trial({**whole, "recorded": {"deep_response": 0.6}}, where="trial")
