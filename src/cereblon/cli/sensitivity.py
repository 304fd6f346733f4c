"""`cereblon sensitivity`: which parameters move the answer."""

from __future__ import annotations

from pathlib import Path

import typer

from cereblon.cli.applies import CheckedCommand

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command(cls=CheckedCommand)
def sensitivity(
    runs: int = typer.Option(192, "--runs", min=32, max=4096, help="Sets of parameters that are simulated."),
    per_arm: int = typer.Option(128, "--per-arm", min=32, max=5000, help="Subjects of an arm in each."),
    seed: int = typer.Option(4711, "--seed", min=0, max=2**31 - 1, help="Seed of the analysis."),
    picture: Path | None = typer.Option(None, "--picture", help="Write the tornado picture, .png or .svg."),
    docs: Path | None = typer.Option(None, "--docs", help="Write the page of the documentation there."),
    as_json: bool = typer.Option(False, "--json", help="Print as JSON."),
    as_csv: bool = typer.Option(False, "--csv", help="Print as CSV."),
) -> None:
    """Rank fitted and assumed parameters by what they do to VRd, DRd, KRd and IRd against Rd.

    Fitted parameters vary over the shipped ensemble, assumed ones within a factor, 1.5 or as their file says. Sobol
    indices of the hazard ratio, overall and complete response, medians and landmarks of progression-free and overall
    survival, on surfaces fitted to the simulator. Takes about five minutes on two cores.

    Example: cereblon sensitivity --runs 64 --picture tornado.png
    """
    import cereblon as cb
    from cereblon.cli.outputs import print_result, refuse_places
    from cereblon.cli.running import tell

    refuse_places(docs, picture=picture, kinds=(".png", ".svg"))
    analysis = cb.sensitivity(runs=runs, per_arm=per_arm, seed=seed, progress=tell)
    print_result(analysis, as_json=as_json, as_csv=as_csv)
    if picture is not None:
        typer.echo(f"picture: {analysis.save(picture)}", err=True)
    if docs is not None:
        typer.echo(f"page: {analysis.write_reference_page(docs, picture=picture)}", err=True)
