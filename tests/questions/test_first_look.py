"""What the first subjects of a run show while the others are simulated."""

from __future__ import annotations

from cereblon.outcomes import summarise
from cereblon.questions.first_look import first_look
from cereblon.trials.folder import RunFolder
from cereblon.trials.run_counts import count_tables
from cereblon.trials.trial import TrialPlan


def test_the_first_look_says_the_hazard_ratio_of_its_block_without_an_interval(
    small_run: RunFolder, small_plan: TrialPlan
) -> None:
    """The ratio is that of the outcomes of the same subjects; what a trial records changes responses alone."""
    found = summarise(small_run.block_tables(1), choices=small_plan.choices, comparisons=[("dex", "rd")])
    ratio = next(row["value"] for row in found.to_pylist() if row["endpoint"] == "pfs_hr")
    said = first_look(count_tables(small_run.block_tables(1), small_plan, None), small_plan)
    assert said.startswith(
        "first look, at 512 of 1,200 patients: dexamethasone against rd: hazard ratio for progression or death "
        f"{ratio:.2f}; median progression-free survival "
    )
