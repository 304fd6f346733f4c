"""`cereblon evidence compare`: two treatments, from all trials of a setting."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from cereblon.cli.applies import Applies, applies
from cereblon.cli.asks import Asked, asks
from cereblon.cli.evidence.synthesis_options import (
    BAYES,
    OF_BAYES,
    OF_TRIALS,
    OUTPUT,
    POOLING,
    SEED,
    SELECTION,
    TRIALS,
    IfBayes,
    give,
    posterior,
    synthesis,
)
from cereblon.cli.outputs import Output


@applies(*OF_TRIALS, *OF_BAYES, Applies("--seed", with_any=("--bayes",), because="nothing else is drawn"))
@asks(TRIALS, replace(SELECTION, without=("part",)), POOLING, BAYES, SEED, OUTPUT)
def compare(
    trials: Asked,
    selection: Asked,
    pooling: Asked,
    sampling: Asked,
    seed: Asked,
    output: Output,
    treatment: Annotated[str, typer.Argument(help="Treatment above the line, for example DRd.")],
    versus: Annotated[str, typer.Argument(help="Treatment below the line, for example VRd.")],
    bayes: IfBayes = False,
) -> None:
    """Compare two treatments: head to head, indirectly, and from the whole network, with how sure that is.

    With --bayes also the posterior, and direct against indirect evidence in a posterior of their own (node-splitting)
    where there are both.

    Example: cereblon evidence compare VRd DRd --setting ndmm-tie
    """
    import cereblon as cb

    chosen = synthesis(trials, selection, pooling)
    give(cb.compare_treatments(treatment, versus, **chosen, bayes=posterior(bayes, sampling), **seed), output)
