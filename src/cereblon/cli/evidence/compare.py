"""`cereblon evidence compare`: two treatments, from all trials of a setting."""

from __future__ import annotations

from typing import Annotated

import typer

from cereblon.cli.applies import Applies, applies
from cereblon.cli.evidence.synthesis_options import OF_BAYES, OF_TRIALS, BayesianOptions, SynthesisOptions, takes


@applies(*OF_TRIALS, *OF_BAYES, Applies("--seed", with_any=("--bayes",), because="nothing else is drawn"))
@takes(SynthesisOptions, BayesianOptions, without=("reference", "part"))
def compare(
    options: SynthesisOptions,
    bayes: BayesianOptions,
    treatment: Annotated[str, typer.Argument(help="Treatment above the line, for example DRd.")],
    versus: Annotated[str, typer.Argument(help="Treatment below the line, for example VRd.")],
) -> None:
    """Compare two treatments: head to head, indirectly, and from the whole network, with how sure that is.

    With --bayes also the posterior, and direct against indirect evidence in a posterior of their own (node-splitting)
    where there are both.

    Example: cereblon evidence compare VRd DRd --setting ndmm-tie
    """
    import cereblon as cb

    trials = options.trials()
    options.give(cb.compare_treatments(treatment, versus, **trials, bayes=bayes.model(), seed=bayes.seed))
