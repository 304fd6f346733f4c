"""`cereblon evidence network` and `league`: all treatments of one setting against each other."""

from __future__ import annotations

from typing import Annotated

import typer

from cereblon.cli.applies import applies
from cereblon.cli.evidence.synthesis_options import (
    OF_BAYES,
    OF_PICTURE,
    OF_TRIALS,
    BayesianOptions,
    SynthesisOptions,
    takes,
)

_PICTURES = ("network", "forest", "league", "ranks", "funnel")


@applies(*OF_TRIALS, *OF_BAYES, *OF_PICTURE)
@takes(SynthesisOptions, BayesianOptions)
def network(
    options: SynthesisOptions,
    bayes: BayesianOptions,
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
    trials = options.trials()
    answer = cb.network(**trials, reference=options.reference, bayes=bayes.model(), seed=bayes.seed)
    options.give(answer, picture)


@applies(*OF_TRIALS)
@takes(SynthesisOptions, without=("reference",))
def league(options: SynthesisOptions) -> None:
    """Print the league table: every treatment against every other.

    Below the diagonal the column treatment against the row treatment from the whole network, above it the row
    treatment against the column treatment from head-to-head trials alone; best treatments first.

    Example: cereblon evidence league --endpoint pfs_hr --setting rrmm
    """
    import cereblon as cb

    options.give(cb.league(**options.trials()))
