"""`cereblon evidence adjust`: patients of one trial brought to the published baseline of another, then compared."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from cereblon.cli.applies import Applies, applies
from cereblon.cli.asks import Asked, Asks, Gathers, asks
from cereblon.cli.outputs import Output, file_place

if TYPE_CHECKING:
    from cereblon.questions.adjusted_patients import Patients
    from cereblon.questions.comparators import Against

Text = Optional[str]  # noqa: UP045
File = Optional[Path]  # noqa: UP045

_ANCHOR = "the data need a control only where a published ratio against it is given"
_COMPARATORS = ("--ratio", "--responders", "--points")


@dataclass(frozen=True, kw_only=True)
class PatientOptions:
    """Whose covariates are adjusted; the fields are the options."""

    data: Annotated[
        Text, typer.Option(help="CSV of individuals: covariates, arm, and month with event, or response.")
    ] = None
    run: Annotated[Text, typer.Option(help="Run folder: its virtual patients are the individuals.")] = None
    population: Annotated[Text, typer.Option(help="Virtual population to draw; gives weights only.")] = None
    endpoint: Annotated[str, typer.Option(help="Endpoint of a run folder.")] = "pfs"
    replicate: Annotated[int, typer.Option(help="Replicate of a run folder.")] = 0

    def patients(self) -> Patients:
        """Give the individuals as `adjust` takes them."""
        import cereblon as cb

        if self.data is not None:
            return Path(self.data)
        if self.run is not None:
            return cb.SimulatedPatients(self.run, self.endpoint, self.replicate)
        if self.population is None:
            raise typer.BadParameter("give one of --data, --run and --population")
        return cb.DrawnPatients(self.population)


@dataclass(frozen=True, kw_only=True)
class BaselineOptions:
    """The published baseline that is matched; the fields are the options."""

    study: Annotated[Text, typer.Option(help="Study of the library whose baseline is matched.")] = None
    targets: Annotated[Text, typer.Option(help="Baseline table instead: CSV of covariate, statistic, value.")] = None

    def table(self) -> str | Path:
        """Give the baseline as `adjust` takes it."""
        if self.study is None and self.targets is None:
            raise typer.BadParameter("give --study ID or --targets FILE.csv")
        return Path(self.targets) if self.targets is not None else str(self.study)


@dataclass(frozen=True, kw_only=True)
class ComparatorOptions:
    """What was published of the comparator; the fields are the options."""

    ratio: Annotated[
        Text, typer.Option(help="Published hazard or odds ratio against that control: value,low,high (95 %).")
    ] = None
    responders: Annotated[Text, typer.Option(help="Responders of the comparator: responders/patients.")] = None
    points: Annotated[Text, typer.Option(help="Points read off the comparator's curve, as for evidence curve.")] = (
        None
    )
    at_risk: Annotated[Text, typer.Option(help="Numbers at risk of the comparator.")] = None
    events: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(help="Total number of events of the comparator."),
    ] = None

    def published(self) -> Against | None:
        """Give what was published as `adjust` takes it, or None."""
        import cereblon as cb

        if self.ratio is not None:
            return cb.PublishedRatio.from_text(self.ratio)
        if self.responders is not None:
            return cb.Responders.from_text(self.responders)
        return (
            None if self.points is None else cb.PrintedCurve(Path(self.points), Path(str(self.at_risk)), self.events)
        )


@applies(
    Applies("--run", without=("--data",)),
    Applies("--population", without=("--data", "--run")),
    Applies("--targets", without=("--study",)),
    Applies("--study-arm", with_any=("--study",)),
    Applies("--arm", without=("--population",), because="its patients have one arm"),
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
    Applies("--leave-out-missing", with_any=("--data", "--run"), because="patients that are drawn lack nothing"),
    Applies("--seed", with_any=("--population", "--bootstrap", "--method=stc"), because="nothing else is drawn"),
    Applies("--median-rule", without=("--method=stc",), because="a regression takes a median for the mean"),
    Applies("--weights", without=("--method=stc",), because="a regression has no weights"),
)
@asks(
    Gathers(PatientOptions),
    Gathers(BaselineOptions),
    Gathers(ComparatorOptions),
    Asks(
        of="questions.adjust.adjust",
        without=("patients", "baseline", "against"),
        flags={"baseline_arm": ("--study-arm",)},
        said={"match": "Figures to match, comma-separated; all if left out."},
    ),
    Gathers(Output),
)
def adjust(
    individuals: PatientOptions,
    baseline: BaselineOptions,
    comparator: ComparatorOptions,
    asked: Asked,
    output: Output,
    weights: Annotated[
        File, typer.Option(help="Write each patient's weight to this CSV file.", callback=file_place)
    ] = None,
) -> None:
    """Adjust an indirect comparison for the population: matching (MAIC) or regression (STC).

    Patients come from a CSV file, a run folder or a virtual population; the baseline from a study of the library or a
    CSV file. With --ratio the comparison is anchored on the shared control; with --responders or --points it is not,
    and rests on every prognostic factor being matched. Without a comparator the weights alone are shown.

    Example: cereblon evidence adjust --population rrmm-1-3 --study aspire --match baseline_age_median,baseline_iss_3
    """
    import cereblon as cb

    found = cb.adjust(individuals.patients(), baseline.table(), against=comparator.published(), **asked)
    if weights:
        typer.echo(f"weights written to {found.save_weights(weights)}", err=True)
    typer.echo(f"seed {found.seed}", err=True)
    output.give(found)
