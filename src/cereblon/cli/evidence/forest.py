"""`cereblon evidence forest`: trials of each comparison, pooled where there are several."""

from __future__ import annotations

from typing import Annotated

import typer

from cereblon.cli.applies import Applies, applies
from cereblon.cli.asks import Asked, Asks, asks
from cereblon.cli.evidence.synthesis_options import (
    OF_PICTURE,
    OF_TRIALS,
    OUTPUT,
    POOLING,
    SELECTION,
    TRIALS,
    give,
    synthesis,
)
from cereblon.cli.outputs import Output

_OWN = Asks(of="questions.forest.forest", only=("treatment", "reference", "across"))


@applies(
    *OF_TRIALS,
    *OF_PICTURE,
    Applies("--larger-is-better", with_any=("--png", "--svg", "--html"), because="it names the sides of the picture"),
)
@asks(TRIALS, SELECTION, POOLING, _OWN, OUTPUT)
def forest(
    trials: Asked,
    selection: Asked,
    pooling: Asked,
    own: Asked,
    output: Output,
    picture: Annotated[str, typer.Option(help="Picture for --png and --svg: forest or funnel.")] = "forest",
) -> None:
    """Show the trials of each comparison, pooled where there are several, with prediction intervals.

    Different comparisons are never pooled unless --across asks for it; --reference keeps those against one treatment.
    Where a trial has an arm without events, counts are also pooled without any correction (Mantel-Haenszel, Peto).

    Example: cereblon evidence forest --endpoint pfs_hr --setting rrmm
    """
    import cereblon as cb

    if picture not in ("forest", "funnel"):
        raise typer.BadParameter(f"--picture is {picture}; forest or funnel")
    give(cb.forest(**synthesis(trials, selection, pooling), **own), output, picture)
