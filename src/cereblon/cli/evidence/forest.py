"""`cereblon evidence forest`: trials of each comparison, pooled where there are several."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from cereblon.cli.applies import Applies, applies
from cereblon.cli.evidence.synthesis_options import OF_PICTURE, OF_TRIALS, SynthesisOptions, takes


@applies(
    *OF_TRIALS,
    *OF_PICTURE,
    Applies("--larger-is-better", with_any=("--png", "--svg", "--html"), because="it names the sides of the picture"),
)
@takes(SynthesisOptions)
def forest(
    options: SynthesisOptions,
    treatment: Annotated[Optional[str], typer.Option(help="Keep comparisons of this treatment.")] = None,  # noqa: UP045
    across: Annotated[
        bool,
        typer.Option(
            "--across", help="Also pool different treatments against one comparator: a mean of their effects."
        ),
    ] = False,
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
    answer = cb.forest(**options.trials(), reference=options.reference, treatment=treatment, across=across)
    options.give(answer, picture)
