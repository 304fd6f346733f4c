"""`cereblon validate`: predict studies that the model was not fitted to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from cereblon.cli.applies import Applies, CheckedCommand, applies

if TYPE_CHECKING:
    from cereblon.calibration.record import Record
    from cereblon.model.engine.ensemble import Ensemble

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command(cls=CheckedCommand)
@applies(
    Applies("--set", without=("--study",), because="the studies named are predicted, whatever their role"),
    Applies("--ensemble", without=("--draws=1",), because="one draw stands for the point values"),
)
def validate(
    study: list[str] = typer.Option(
        [], "--study", help="Only this study, a key or a file in the evidence schema; may be repeated."
    ),
    only: str = typer.Option("all", "--set", help="Which studies: all, validation or calibration."),
    ensemble: Path | None = typer.Option(None, "--ensemble", help="Folder written by cereblon calibrate."),
    draws: int = typer.Option(12, "--draws", min=1, max=200, help="Parameter draws; 1 uses the point values."),
    per_arm: int = typer.Option(64, "--per-arm", min=16, max=5000, help="Subjects of an arm in one replicate."),
    seed: int = typer.Option(90210, "--seed", min=0, max=2**32 - 1, help="Seed of people and luck."),
    html: Path | None = typer.Option(None, "--html", help="Write the picture of predicted against published."),
    docs: Path | None = typer.Option(None, "--docs", help="Write the validation page of the documentation there."),
    as_json: bool = typer.Option(False, "--json", help="Print scores and rows as JSON."),
    as_csv: bool = typer.Option(False, "--csv", help="Print rows as CSV."),
) -> None:
    """Predict published studies and score the predictions.

    Studies of role validation were never fitted; those of role calibration are shown beside them. Every published
    number gets a 90 % prediction interval from parameter draws, spread between trials and chance. Takes about five
    minutes on two cores. Whoever changes the model because of a miss has used the study up.

    Example: cereblon validate --study pollux
    """
    from cereblon.cli.outputs import refuse_places

    refuse_places(docs, picture=html, kinds=(".html", ".png", ".svg"))
    if only not in ("all", "validation", "calibration"):
        raise typer.BadParameter(f"--set {only}: all, validation or calibration")
    record = _record(study, only, _ensemble(ensemble, draws), draws=draws, per_arm=per_arm, seed=seed)
    _print(record, as_json=as_json, as_csv=as_csv)
    if html is not None:
        _draw(record, html)
        typer.echo(f"picture: {html}", err=True)
    if docs is not None:
        from cereblon.calibration.pages import record_page
        from cereblon.report.static import write_bytes

        write_bytes(docs, record_page(record).encode())
        typer.echo(f"page: {docs}", err=True)


def _draw(record: Record, path: Path) -> None:
    from cereblon.calibration.picture import chart
    from cereblon.report.static import save_picture, write_bytes

    if path.suffix.lower() == ".html":
        write_bytes(path, chart(record).to_html(inline=True).encode())
    else:
        save_picture(chart(record), path)


def _ensemble(folder: Path | None, draws: int) -> Ensemble | None:
    from cereblon.core.errors import InputError
    from cereblon.model.engine.ensemble import load_ensemble

    if draws == 1 and folder is None:
        return None
    try:
        return load_ensemble(folder)
    except InputError as error:
        if folder is not None:
            raise
        typer.echo(f"{error.message}; predicting with the point values, without parameter draws", err=True)
        return None


def _record(names: list[str], only: str, ensemble: Ensemble | None, *, draws: int, per_arm: int, seed: int) -> Record:
    from cereblon.calibration.prediction import Sizes
    from cereblon.calibration.record import make_record, studies_of
    from cereblon.evidence import load_study, study_ids
    from cereblon.model.engine.batch import use_compilation_cache

    use_compilation_cache()
    sizes = Sizes(draws=draws if draws > 1 else Sizes().draws, per_arm=per_arm, seed=seed)
    chosen = [load_study(name) for name in names]
    foreign = {study.id for name, study in zip(names, chosen, strict=True) if name not in study_ids()}
    studies = chosen or studies_of(("validation", "calibration") if only == "all" else (only,))
    typer.echo(f"seed {seed}", err=True)
    return make_record(studies, ensemble, sizes, lambda text: typer.echo(text, err=True), foreign=foreign)


def _print(record: Record, *, as_json: bool, as_csv: bool) -> None:
    from cereblon.cli.running import print_csv, print_json

    if as_json:
        print_json(record.as_json())
        return
    if as_csv:
        print_csv(record.as_json()["rows"])  # type: ignore[arg-type]
        return
    from rich.console import Console

    from cereblon.calibration.pages import rows_table, scores_table

    console = Console(width=120)
    console.print(rows_table(record))
    console.print(scores_table(record))
    for study, arm, reason in record.not_simulated:
        typer.echo(f"not simulated: {study}, {arm}: {reason}", err=True)
