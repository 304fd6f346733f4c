"""`cereblon evidence network` and `league`: all treatments of one setting against each other."""

from __future__ import annotations

from typing import Annotated

import typer

from cereblon.cli.applies import applies
from cereblon.cli.asks import Asked, asks
from cereblon.cli.evidence.synthesis_options import (
    BAYES,
    OF_BAYES,
    OF_PICTURE,
    OF_TRIALS,
    OUTPUT,
    POOLING,
    REFERENCE,
    SEED,
    SELECTION,
    TRIALS,
    IfBayes,
    give,
    posterior,
    synthesis,
)
from cereblon.cli.outputs import Output

_PICTURES = ("network", "forest", "league", "ranks", "funnel")


@applies(*OF_TRIALS, *OF_BAYES, *OF_PICTURE)
@asks(TRIALS, SELECTION, POOLING, REFERENCE, BAYES, SEED, OUTPUT)
def network(
    trials: Asked,
    selection: Asked,
    pooling: Asked,
    reference: Asked,
    sampling: Asked,
    seed: Asked,
    output: Output,
    bayes: IfBayes = False,
    picture: Annotated[
        str, typer.Option(help="Picture for --png and --svg: network, forest, league, ranks or funnel.")
    ] = "network",
) -> None:
    """Compare all treatments of one setting in a network meta-analysis.

    Randomised trials of the evidence library, or a CSV of your own. Every comparison is printed with --json or --csv;
    without them the effects against the reference.

    Example: cereblon evidence network --endpoint pfs_hr --setting ndmm-tie
    """
    import cereblon as cb

    if picture not in _PICTURES:
        raise typer.BadParameter(f"--picture is {picture}; one of {', '.join(_PICTURES)}")
    chosen = synthesis(trials, selection, pooling)
    give(cb.network(**chosen, **reference, bayes=posterior(bayes, sampling), **seed), output, picture)


@applies(*OF_TRIALS)
@asks(TRIALS, SELECTION, POOLING, OUTPUT)
def league(trials: Asked, selection: Asked, pooling: Asked, output: Output) -> None:
    """Print the league table: every treatment against every other.

    Below the diagonal the column treatment against the row treatment from the whole network, above it the row
    treatment against the column treatment from head-to-head trials alone; best treatments first.

    Example: cereblon evidence league --endpoint pfs_hr --setting rrmm
    """
    import cereblon as cb

    give(cb.league(**synthesis(trials, selection, pooling)), output)
