"""`cereblon calibrate`: fit the model to the calibration studies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from cereblon.cli.applies import Applies, CheckedCommand, applies
from cereblon.cli.outputs import folder_place

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command(cls=CheckedCommand)
@applies(
    Applies("--docs", with_any=("--compare-structures",)),
    Applies("--out", without=("--compare-structures",), because="structures are compared and no ensemble is written"),
    Applies("--only", without=("--compare-structures",), because="structures differ in tumours and drugs"),
    Applies("--quick", without=("--only",), because="a stage is fitted to the draws of the package"),
    Applies("--members", without=("--only",), because="the members are the draws of the package"),
    Applies("--structure", without=("--only",), because="the draws of the package are of one structure"),
    Applies("--hold", without=("--only",), because="all but the stage is held as it is"),
)
def calibrate(
    out: Path = typer.Option(Path("runs/ensemble"), "--out", help="Folder of the ensemble.", callback=folder_place),
    work: Path | None = typer.Option(
        None, "--work", help="Keep finished runs there, so that a stopped calibration goes on.", callback=folder_place
    ),
    quick: bool = typer.Option(False, "--quick", help="A small fit of two studies, to try the command; not for use."),
    only: str | None = typer.Option(
        None, "--only", help="Fit one stage, deaths or refractory; all else stays as in the package's draws."
    ),
    members: int | None = typer.Option(None, "--members", min=8, max=2000, help="Members of the ensemble."),
    steps: int | None = typer.Option(None, "--steps", min=1, max=20, help="Assimilations of the smoother."),
    per_arm: int | None = typer.Option(None, "--per-arm", min=16, max=10_000, help="Subjects of each arm in a run."),
    seed: int | None = typer.Option(None, "--seed", min=0, max=2**32 - 1, help="Seed of the calibration."),
    structure: str | None = typer.Option(
        None, "--structure", help="Fit another structure: one-resistant-clone, additive-kill, and so on."
    ),
    compare: bool = typer.Option(
        False,
        "--compare-structures",
        help="Fit every structure in a small way and score what each predicts of studies left out; no ensemble.",
    ),
    docs: Path | None = typer.Option(None, "--docs", help="With --compare-structures, write the page there."),
    hold: list[str] = typer.Option(
        [], "--hold", help="Hold a parameter at a value, GROUP.NAME=VALUE; may be repeated. Fits another structure."
    ),
) -> None:
    """Fit the free parameters to the calibration studies and write an ensemble of draws.

    Studies of role validation are not read. Two methods are run, an ensemble smoother on the simulator and a sampler
    on an emulator of it; the one that predicts left-out studies better is kept. The full run takes 20 to 40 minutes
    on two cores; the same seed gives the same ensemble. For research, not for treating a patient.

    Example: cereblon calibrate --quick --out runs/quick
    """
    import cereblon as cb
    from cereblon.cli.outputs import print_result, refuse_places
    from cereblon.cli.running import tell
    from cereblon.questions.calibrate import calibration_settings

    refuse_places(docs)
    changes: dict[str, Any] = {
        "members": members,
        "steps": steps,
        "per_arm": per_arm,
        "seed": seed,
        "held": _held(hold) or None,
    }
    if compare:
        sizes = calibration_settings(quick=quick, of_structures=True, **changes)
        compared = cb.compare_structures(structure, settings=sizes, work=work, progress=tell)
        if docs is None:
            print_result(compared)
        else:
            typer.echo(f"page: {compared.write_reference_page(docs)}", err=True)
        return
    settings = calibration_settings(quick=quick, only=only, structure=structure, **changes)
    print_result(cb.calibrate(settings, only=only, out=out, work=work, progress=tell))
    typer.echo(f"ensemble: {out}")


def _held(given: list[str]) -> tuple[tuple[str, float], ...]:
    held: dict[str, float] = {}
    for text in given:
        label, _, value = text.partition("=")
        if label.strip() in held:
            raise typer.BadParameter(f"--hold {text}: {label.strip()} is held twice")
        try:
            held[label.strip()] = float(value)
        except ValueError as error:
            raise typer.BadParameter(
                f"--hold {text}: GROUP.NAME=VALUE is needed, e.g. clones.additivity=1"
            ) from error
    return tuple(held.items())
