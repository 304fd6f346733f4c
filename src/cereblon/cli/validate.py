"""`cereblon validate`: predict studies that the model was not fitted to."""

from __future__ import annotations

from pathlib import Path

import typer

from cereblon.cli.applies import Applies, CheckedCommand, applies

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command(cls=CheckedCommand)
@applies(
    Applies("--set", without=("--study",), because="the studies named are predicted, whatever their role"),
    Applies("--ensemble", without=("--draws=1",), because="one draw stands for the point values"),
)
def validate(
    study: list[str] = typer.Option(
        [],
        "--study",
        help="Only this study: a key, a file in the evidence schema or a folder of them; may be repeated.",
    ),
    only: str = typer.Option("all", "--set", help="Which studies: all, validation or calibration."),
    ensemble: Path | None = typer.Option(None, "--ensemble", help="Folder written by cereblon calibrate."),
    draws: int = typer.Option(12, "--draws", min=1, max=200, help="Parameter draws; 1 uses the point values."),
    per_arm: int = typer.Option(64, "--per-arm", min=16, max=5000, help="Subjects of an arm in one replicate."),
    seed: int = typer.Option(90210, "--seed", min=0, max=2**32 - 1, help="Seed of patients and random numbers."),
    html: Path | None = typer.Option(
        None, "--html", help="Write the page, or with .png or .svg the picture of predicted against published."
    ),
    docs: Path | None = typer.Option(None, "--docs", help="Write the validation page of the documentation there."),
    as_json: bool = typer.Option(False, "--json", help="Print scores and rows as JSON."),
    as_csv: bool = typer.Option(False, "--csv", help="Print rows as CSV."),
) -> None:
    """Predict published studies and score the predictions.

    Studies of role validation were never fitted; those of role calibration are shown beside them. Every published
    number gets a 90 % prediction interval from parameter draws, spread between trials and chance. Coverage is the
    share of published hazard ratios, responses and medians that can be predicted at all. Takes about five minutes on
    two cores. A study that was used to change the model no longer counts as validation.

    Example: cereblon validate --study pollux
    """
    import cereblon as cb
    from cereblon.cli.outputs import print_result, refuse_places
    from cereblon.cli.running import tell

    refuse_places(docs, picture=html, kinds=(".html", ".png", ".svg"))
    validation = cb.validate(
        *study, role=only, ensemble=ensemble, draws=draws, per_arm=per_arm, seed=seed, progress=tell
    )
    print_result(validation, as_json=as_json, as_csv=as_csv)
    if html is not None:
        typer.echo(f"picture: {validation.save(html)}", err=True)
    if docs is not None:
        typer.echo(f"page: {validation.write_reference_page(docs)}", err=True)
