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

    Fitted parameters vary over the shipped ensemble, assumed ones within a factor of 1.5. Sobol indices of the hazard
    ratio of progression-free survival and of overall response, on surfaces fitted to the simulator. Takes about four
    minutes on two cores.

    Example: cereblon sensitivity --runs 64 --picture tornado.png
    """
    from dataclasses import asdict
    from os.path import relpath

    from cereblon.calibration.sensitivity import analyse, ranked, tornado
    from cereblon.calibration.sensitivity_page import sensitivity_page
    from cereblon.cli.outputs import refuse_places
    from cereblon.cli.running import print_csv, print_json
    from cereblon.model.engine.batch import use_compilation_cache
    from cereblon.report.static import save_picture, write_bytes
    from cereblon.trials.summary import parameter_draws

    refuse_places(docs, picture=picture, kinds=(".png", ".svg"))
    use_compilation_cache()
    typer.echo(f"seed {seed}", err=True)
    found = analyse(
        parameter_draws(None), runs=runs, per_arm=per_arm, seed=seed, report=lambda text: typer.echo(text, err=True)
    )
    rows = [asdict(one) for one in found.effects]
    if as_json:
        print_json({"centres": found.centres, "unexplained": found.unexplained, "runs": found.runs, "rows": rows})
    elif as_csv:
        print_csv(rows)
    else:
        for place, (name, basis, share) in enumerate(ranked(found.effects)[:20], start=1):
            typer.echo(f"{place:2d}  {name:40s} {basis:8s} {100 * share:5.1f} % of the variance, mean over outcomes")
    if picture is not None:
        save_picture(tornado(found), picture)
        typer.echo(f"picture: {picture}", err=True)
    if docs is not None:
        shown = "" if picture is None else Path(relpath(picture, docs.parent)).as_posix()
        asked = f" --picture {picture}" if picture else ""
        page = sensitivity_page(found, command=f"cereblon sensitivity{asked} --docs {docs}", picture=shown)
        write_bytes(docs, page.encode())
        typer.echo(f"page: {docs}", err=True)
