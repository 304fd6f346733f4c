"""`cereblon sensitivity`: which parameters move the answer."""

from __future__ import annotations

from pathlib import Path

import typer

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command()
def sensitivity(
    runs: int = typer.Option(192, "--runs", min=32, max=4096, help="Sets of parameters that are simulated."),
    per_arm: int = typer.Option(128, "--per-arm", min=32, max=5000, help="Subjects of an arm in each."),
    seed: int = typer.Option(4711, "--seed", min=0, max=2**31 - 1, help="Seed of the analysis."),
    picture: Path | None = typer.Option(None, "--picture", help="Write the tornado picture, .png, .svg or .html."),
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

    from cereblon.calibration.sensitivity import analyse, ranked, tornado
    from cereblon.cli.running import one_format, parameter_draws, print_csv, print_json
    from cereblon.simulation.batch import use_compilation_cache

    one_format(as_json, as_csv)
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
        _write(tornado(found), picture)
        typer.echo(f"picture: {picture}", err=True)


def _write(drawn: object, path: Path) -> None:
    import vl_convert

    path.parent.mkdir(parents=True, exist_ok=True)
    spec = drawn.to_json()  # type: ignore[attr-defined]
    if path.suffix == ".png":
        path.write_bytes(vl_convert.vegalite_to_png(spec, scale=1.6))
    elif path.suffix == ".svg":
        path.write_text(vl_convert.vegalite_to_svg(spec), encoding="utf-8")
    else:
        path.write_text(vl_convert.vegalite_to_html(spec, bundle=True), encoding="utf-8")
