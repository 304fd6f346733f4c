"""Several trials as one compiled program: each has the results that it has by itself."""

from __future__ import annotations

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from cereblon.model.engine import batch
from cereblon.trials.run import Prepared, header, simulate_block
from cereblon.trials.shared_program import prepare_together
from cereblon.trials.trial import TrialPlan, parse_trial
from plain_tables import plain


@pytest.fixture(scope="module")
def longer_plan() -> TrialPlan:
    """A trial with a drug more than the small one, treatment before it, other dose rules, and a longer follow-up."""
    return parse_trial(
        {
            "id": "longer",
            "title": "Bortezomib with Rd, against Rd",
            "population": {"base": "ndmm"},
            "run_in": "rd18",
            "arms": {"vrd": {"regimen": "vrd-lite", "size": 10}, "rd": {"regimen": "rd", "size": 10}},
            "follow_up_months": 30,
            "replicates": 10,
            "rules": "none",
            "seed": 5,
        },
        where="test",
    )


@pytest.fixture(scope="module")
def together(small_plan: TrialPlan, longer_plan: TrialPlan, compiled_programs: str) -> tuple[Prepared, Prepared]:
    longer, small = prepare_together([longer_plan, small_plan])
    return longer, small


def programs() -> int:
    """Count the programs that this process has compiled or loaded."""
    assert batch._cache is not None
    return len(batch._cache._ready)


@pytest.fixture(scope="module")
def simulated(together: tuple[Prepared, Prepared]) -> tuple[int, dict[str, pa.Table], dict[str, pa.Table]]:
    """The programs that both needed, and the tables of each."""
    before = programs()
    longer, small = (simulate_block(one, 0, min(512, one.plan.subjects), source_id="together") for one in together)
    return programs() - before, longer, small


def test_one_program_is_compiled_for_all(
    simulated: tuple[int, dict[str, pa.Table], dict[str, pa.Table]],
) -> None:
    assert simulated[0] == 1


def test_a_trial_has_the_results_that_it_has_by_itself(
    simulated: tuple[int, dict[str, pa.Table], dict[str, pa.Table]], small_frames: dict[str, pl.DataFrame]
) -> None:
    """Every row and every decision is the same.

    Numbers may differ by rounding: the same sums in another order. Of 32-bit numbers a unit in the last place is 6e-8
    of them; over the weeks of a trial it grows to 1e-6 in a blood count, and to 1e-3 in the smallest burdens, which
    double within weeks from what a drug has left.
    """
    exact = {"labs": ["value"], "events": ["day"]}
    for name, table in simulated[2].items():
        one = plain(table).drop("source_id")
        alone = small_frames[name].filter(pl.col("subject_id") < 512).drop("source_id")
        rounded = exact.get(name, [])
        assert len(one)
        assert one.drop(rounded).equals(alone.drop(rounded)), name
        for column in rounded:
            np.testing.assert_allclose(one[column], alone[column], rtol=1e-3)
            assert (one[column] == alone[column]).mean() > 0.9, "more than rounding would differ in every number"


def test_each_arm_has_its_own_orders_rules_and_follow_up(
    simulated: tuple[int, dict[str, pa.Table], dict[str, pa.Table]],
) -> None:
    longer, small = ({name: plain(table) for name, table in tables.items()} for tables in simulated[1:])
    given = longer["exposures"].filter(pl.col("given_mg") > 0)
    drugs = {arm: set(rows["drug"]) for (arm,), rows in given.group_by("arm")}
    assert drugs == {"vrd": {"lenalidomide", "dexamethasone", "bortezomib"}, "rd": {"lenalidomide", "dexamethasone"}}
    assert set(small["exposures"]["drug"]) == {"lenalidomide", "dexamethasone"}
    assert set(longer["decisions"]["action"]) <= {"give", "withdraw"}  # the rule set `none` only prevents thrombosis
    assert 20 < len(longer["subjects"]) < 200  # who is still treated after 18 cycles
    assert len(small["subjects"]) == 512
    assert {"give", "hold", "hold ends"} <= set(small["decisions"]["action"])
    month = 365.25 / 12
    last_visit = {name: tables["labs"]["day"].max() for name, tables in (("longer", longer), ("small", small))}
    assert 30 * month - 28 < last_visit["longer"] <= 30 * month
    assert 23 * month - 28 < last_visit["small"] <= 23 * month  # the first enrolled, 20 months and half of 6


def test_the_run_file_says_which_trials_shared_the_program(
    together: tuple[Prepared, Prepared], small_prepared: Prepared
) -> None:
    shared, alone = header(together[1], 512), header(small_prepared, 512)
    assert shared["beside"] == ["longer", "small"]
    assert alone["beside"] == []
    assert shared["fingerprint"] != alone["fingerprint"]
    changed = {key for key, value in shared["checksums"].items() if alone["checksums"].get(key) != value}
    assert changed == {"beside"}


def test_a_trial_alone_is_an_ordinary_run(small_plan: TrialPlan, small_prepared: Prepared) -> None:
    (alone,) = prepare_together([small_plan])
    assert header(alone, 512) == header(small_prepared, 512)
