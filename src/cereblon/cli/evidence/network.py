"""`cereblon evidence network` and `league`: all treatments of one setting against each other."""

from __future__ import annotations

from typing import Annotated

import typer

from cereblon.cli.applies import applies
from cereblon.cli.evidence.synthesis_options import (
    OF_MATERIAL,
    OF_PICTURE,
    OF_SAMPLER,
    Asked,
    AskedOfSampler,
    takes,
)

_PICTURES = ("network", "forest", "league", "ranks", "funnel")


@applies(*OF_MATERIAL, *OF_SAMPLER, *OF_PICTURE)
@takes(Asked, AskedOfSampler)
def network(
    asked: Asked,
    sampler: AskedOfSampler,
    picture: Annotated[
        str, typer.Option(help="Picture for --png and --svg: network, forest, league, ranks or funnel.")
    ] = "network",
) -> None:
    """Compare all treatments of one setting in a network meta-analysis.

    Randomised trials of the evidence library, or a CSV of your own. Every comparison is printed with --json or --csv;
    without them the effects against the reference.

    Example: cereblon evidence network --endpoint pfs_hr --setting ndmm-tie
    """
    from cereblon.questions.network import network as ask

    if picture not in _PICTURES:
        raise typer.BadParameter(f"--picture is {picture}; one of {', '.join(_PICTURES)}")
    trials = asked.trials()
    answer = ask(**trials, reference=asked.reference, bayes=sampler.model(), seed=sampler.seed)
    asked.give(answer, picture)


@applies(*OF_MATERIAL)
@takes(Asked, without=("reference",))
def league(asked: Asked) -> None:
    """Print the league table: every treatment against every other.

    Below the diagonal the column treatment against the row treatment from the whole network, above it the row
    treatment against the column treatment from head-to-head trials alone; best treatments first.

    Example: cereblon evidence league --endpoint pfs_hr --setting rrmm
    """
    from cereblon.questions.league import league as ask

    asked.give(ask(**asked.trials()))
