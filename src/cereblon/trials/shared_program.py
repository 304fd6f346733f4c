"""Several trials as one compiled program: compiling it takes longer than simulating a small trial."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from cereblon.model.engine.ensemble import Ensemble
from cereblon.model.engine.inputs import build_program
from cereblon.trials.run import Prepared, prepare
from cereblon.trials.trial import TrialPlan


def prepare_together(plans: Sequence[TrialPlan], *, ensemble: Ensemble | None = None) -> list[Prepared]:
    """Look up several trials and stack the arms of all in one program, which is compiled once for all of them.

    The program has the drugs, lines and weeks of all trials. Each trial keeps its patients, random numbers,
    parameters and dose rules, so that its results are those of `prepare` but for the rounding of single precision:
    another program adds up in another order. A trial with response visits in another interval is compiled for itself.

    Parameters
    ----------
    plans
        Trials with different ids.
    ensemble
        Draws of the parameters for the replicate trials; None for the point values.

    Returns
    -------
        In the order of the plans, each to be run by `run_trial`.

    Raises
    ------
    InputError
        If a trial cannot be prepared, or its dose rules have no room for the drugs of all.
    """
    alone = [prepare(plan, ensemble=ensemble) for plan in plans]
    if len(alone) < 2:
        return alone
    grids = [grid for one in alone for grid in one.grids]
    run_ins = [weeks for one in alone for weeks in one.run_in_weeks]
    first_arms = [0, *accumulate(len(one.grids) for one in alone)]
    together = []
    for one, first_arm in zip(alone, first_arms, strict=False):
        program, drugs, routes = build_program(grids, one.rules, run_ins)
        layout = replace(
            one.layout,
            drugs=drugs,
            routes=routes,
            n_weeks=max(other.layout.n_weeks for other in alone),
            n_lines=max(other.layout.n_lines for other in alone),
        )
        together.append(
            replace(
                one,
                program=program,
                layout=layout,
                first_arm=first_arm,
                beside=tuple(other.plan.id for other in alone),
            )
        )
    return together
