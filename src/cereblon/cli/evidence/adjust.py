"""`cereblon evidence adjust`: people of one trial brought to the published baseline of another, then compared."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from cereblon.cli.applies import Applies, applies
from cereblon.cli.outputs import ending

if TYPE_CHECKING:
    from cereblon.questions.adjusted_patients import Patients
    from cereblon.questions.comparators import Against

Text = Optional[str]  # noqa: UP045
Whole = Optional[int]  # noqa: UP045
Picture = Optional[Path]  # noqa: UP045

_ANCHOR = "the data need a control only where a published ratio against it is given"
_COMPARATORS = ("--ratio", "--responders", "--points")


@applies(
    Applies("--run", without=("--data",)),
    Applies("--population", without=("--data", "--run")),
    Applies("--targets", without=("--study",)),
    Applies("--study-arm", with_any=("--study",)),
    Applies("--arm", without=("--population",), because="its people have one arm"),
    Applies("--control", with_any=("--ratio",), because=_ANCHOR),
    Applies("--responders", without=("--ratio",)),
    Applies("--points", with_any=("--at-risk",), without=("--ratio", "--responders")),
    Applies("--at-risk", with_any=("--points",)),
    Applies("--events", with_any=("--points",)),
    Applies("--comparator", with_any=_COMPARATORS),
    Applies("--outcome", with_any=("--ratio",), because="responders and curves say which outcome it is"),
    Applies("--bootstrap", with_any=_COMPARATORS),
    Applies("--endpoint", with_any=("--run",)),
    Applies("--replicate", with_any=("--run",)),
    Applies("--time-unit", with_any=("--data", "--points")),
    Applies("--event-coding", with_any=("--data",)),
    Applies("--allow-implausible", with_any=("--data", "--ratio", "--points")),
    Applies("--leave-out-missing", with_any=("--data", "--run"), because="people that are drawn lack nothing"),
    Applies("--seed", with_any=("--population", "--bootstrap", "--method=stc"), because="nothing else is drawn"),
    Applies("--median-rule", without=("--method=stc",), because="a regression takes a median for the mean"),
    Applies("--weights", without=("--method=stc",), because="a regression has no weights"),
)
def adjust(
    data: Annotated[
        Text, typer.Option(help="CSV of individuals: covariates, arm, and month with event, or response.")
    ] = None,
    run: Annotated[Text, typer.Option(help="Run folder: its simulated people are the individuals.")] = None,
    population: Annotated[Text, typer.Option(help="Virtual population to draw; gives weights only.")] = None,
    study: Annotated[Text, typer.Option(help="Study of the library whose baseline is matched.")] = None,
    study_arm: Annotated[Text, typer.Option(help="Its arm; the whole study if absent.")] = None,
    targets: Annotated[Text, typer.Option(help="Baseline table instead: CSV of covariate, statistic, value.")] = None,
    match: Annotated[Text, typer.Option(help="Figures to match, comma-separated; all if absent.")] = None,
    arm: Annotated[Text, typer.Option(help="Arm of the individuals that is compared.")] = None,
    control: Annotated[
        Text, typer.Option(help="Control arm of the individuals, shared with the other trial.")
    ] = None,
    ratio: Annotated[
        Text, typer.Option(help="Published hazard or odds ratio against that control: value,low,high (95 %).")
    ] = None,
    responders: Annotated[Text, typer.Option(help="Responders of the comparator: responders/patients.")] = None,
    points: Annotated[
        Text, typer.Option(help="Points read off the comparator's curve, as for evidence curve.")
    ] = None,
    at_risk: Annotated[Text, typer.Option(help="Numbers at risk of the comparator.")] = None,
    events: Annotated[Whole, typer.Option(help="Total number of events of the comparator.")] = None,
    comparator: Annotated[Text, typer.Option(help="Name of the comparator.")] = None,
    method: Annotated[str, typer.Option(help="maic (reweight) or stc (regress).")] = "maic",
    outcome: Annotated[Text, typer.Option(help="time or response, where the data have both.")] = None,
    bootstrap: Annotated[
        Whole, typer.Option(help="Bootstrap replicates; sandwich interval if absent (maic).")
    ] = None,
    endpoint: Annotated[str, typer.Option(help="Endpoint of a run folder.")] = "pfs",
    replicate: Annotated[int, typer.Option(help="Replicate of a run folder.")] = 0,
    time_unit: Annotated[Text, typer.Option(help="Unit of a column called time: months, years, weeks, days.")] = None,
    event_coding: Annotated[
        Text, typer.Option(help="Events as numbers: 0/1, 1/2 (2 is the event) or cnsr (0 is the event).")
    ] = None,
    median_rule: Annotated[
        Text,
        typer.Option(help="Published medians: above (strictly, as R maicplus; default) or half (ties count half)."),
    ] = None,
    allow_implausible: Annotated[
        bool, typer.Option("--allow-implausible", help="Accept numbers beyond what a quantity can be.")
    ] = False,
    leave_out_missing: Annotated[
        bool, typer.Option("--leave-out-missing", help="Leave out people in whom a matched covariate is missing.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Seed of draws.")] = 1,
    weights: Annotated[Text, typer.Option(help="Write each person's weight to this CSV file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    html: Annotated[Picture, typer.Option(help="Write a page to this file.", callback=ending(".html"))] = None,
    png: Annotated[Picture, typer.Option(help="Draw to this PNG file.", callback=ending(".png"))] = None,
    svg: Annotated[Picture, typer.Option(help="Draw to this SVG file.", callback=ending(".svg"))] = None,
) -> None:
    """Adjust an indirect comparison for the population: matching (MAIC) or regression (STC).

    People come from a CSV file, a run folder or a virtual population; the baseline from a study of the library or a
    CSV file. With --ratio the comparison is anchored on the shared control; with --responders or --points it is not,
    and rests on every prognostic factor being matched. Without a comparator the weights alone are shown.

    Example: cereblon evidence adjust --population rrmm-1-3 --study aspire --match baseline_age_median,baseline_iss_3
    """
    import cereblon as cb
    from cereblon.cli.outputs import print_result, save_result

    found = cb.adjust(
        _patients(data, run, population, endpoint, replicate),
        _baseline(study, targets),
        against=_against(ratio, responders, points, at_risk, events),
        comparator=comparator,
        arm=arm,
        control=control,
        baseline_arm=study_arm,
        match=match,
        method=method,
        outcome=outcome,
        bootstrap=bootstrap,
        median_rule=median_rule,
        time_unit=time_unit,
        event_coding=event_coding,
        allow_implausible=allow_implausible,
        leave_out_missing=leave_out_missing,
        seed=seed,
    )
    if weights:
        typer.echo(f"weights written to {found.save_weights(weights)}", err=True)
    save_result(found, html, png, svg)
    typer.echo(f"seed {found.seed}", err=True)
    print_result(found, as_json=as_json, as_csv=as_csv)


def _patients(data: str | None, run: str | None, population: str | None, endpoint: str, replicate: int) -> Patients:
    import cereblon as cb

    if data is not None:
        return Path(data)
    if run is not None:
        return cb.SimulatedPatients(run, endpoint, replicate)
    if population is None:
        raise typer.BadParameter("give one of --data, --run and --population")
    return cb.DrawnPatients(population)


def _baseline(study: str | None, targets: str | None) -> str | Path:
    if study is None and targets is None:
        raise typer.BadParameter("give --study ID or --targets FILE.csv")
    return Path(targets) if targets is not None else str(study)


def _against(
    ratio: str | None, responders: str | None, points: str | None, at_risk: str | None, events: int | None
) -> Against | None:
    import cereblon as cb

    if ratio is not None:
        return cb.PublishedRatio(*_numbers(ratio, ",", 3, "--ratio", "value,low,high"))
    if responders is not None:
        count, patients = _numbers(responders, "/", 2, "--responders", "responders/patients")
        if count != int(count) or patients != int(patients):
            raise typer.BadParameter(f"--responders is {responders!r}; whole numbers of people are needed")
        return cb.Responders(int(count), int(patients))
    return None if points is None else cb.PrintedCurve(Path(points), Path(str(at_risk)), events)


def _numbers(text: str, mark: str, count: int, option: str, form: str) -> list[float]:
    try:
        parts = [float(part) for part in text.split(mark)]
    except ValueError:
        parts = []
    if len(parts) != count or not all(abs(part) < float("inf") for part in parts):
        raise typer.BadParameter(f"{option} is {text!r}; {form} is needed")
    return parts
