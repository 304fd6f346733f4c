"""What the first subjects of a run show, said while the others are simulated."""

from __future__ import annotations

from cereblon.report.answer_section import main_sentence
from cereblon.trials.comparison import pooled_outcomes
from cereblon.trials.run_counts import RunCounts
from cereblon.trials.trial import TrialPlan


def first_look(found: RunCounts, plan: TrialPlan) -> str:
    """Say the main result among the first subjects.

    It has no interval: the virtual trials that would give one are not over.

    Parameters
    ----------
    found
        Counts of them.
    plan
        The trial.
    """
    labels = {key: arm.label or key for key, arm in plan.arms.items()}
    rows = [
        {**row, "arm": labels[row["arm"]], "versus": labels.get(row["versus"]), "low": None, "high": None}
        for row in pooled_outcomes(found, plan).to_pylist()
        if row["arm"] in labels and row["month"] is None
    ]
    said = main_sentence(list(labels.values()), rows)
    return f"first look, at {sum(found.results.values()):,} of {plan.subjects:,} patients: {said}"
