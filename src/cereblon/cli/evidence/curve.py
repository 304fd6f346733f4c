"""`cereblon evidence curve`: individuals behind a printed curve, models fitted to them, and what lies beyond."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Optional

import typer

from cereblon.cli.applies import Applies, applies
from cereblon.cli.asks import Asked, Asks, Gathers, asks
from cereblon.cli.outputs import Output, file_place, folder_place
from cereblon.core.number_text import is_whole_number

Text = Optional[str]  # noqa: UP045
File = Optional[Path]  # noqa: UP045

_INDIVIDUALS = ("--points", "--data")
_NOBODY = "the library holds medians and rates of a study, not its curve"


@applies(
    Applies("--data", without=("--points",)),
    Applies("--at-risk", with_any=("--points",)),
    Applies("--patients", with_any=("--points",), without=("--at-risk",), because="the numbers at risk say it"),
    Applies("--events", with_any=("--points",), because="individuals have their events"),
    Applies("--endpoint", with_any=("STUDY", "--tables", "--html", "--png", "--svg")),
    Applies("--time-unit", with_any=_INDIVIDUALS),
    Applies("--event-coding", with_any=("--data",)),
    Applies("--allow-implausible", with_any=_INDIVIDUALS),
    Applies("--models", with_any=_INDIVIDUALS, because=_NOBODY),
    Applies("--versus", with_any=_INDIVIDUALS, because=_NOBODY),
    Applies("--landmark", with_any=_INDIVIDUALS, because=_NOBODY),
    Applies("--horizon", with_any=_INDIVIDUALS, without=("--models=none",), because="models are read up to it"),
    Applies("--rmst", with_any=_INDIVIDUALS, because=_NOBODY),
    Applies("--individuals", with_any=_INDIVIDUALS, because=_NOBODY),
    Applies("--tables", with_any=_INDIVIDUALS, because=_NOBODY),
)
@asks(
    Asks(
        of="questions.curve.curve",
        without=("study",),
        many=("patients", "events"),
        said={
            "points": "CSV of points read off the curve: month, survival or percent, arm.",
            "at_risk": "CSV of numbers at risk: month, at_risk, arm.",
            "data": "CSV of individuals instead of points: month, event, arm.",
            "patients": "Patients at the start, N or arm=N, without --at-risk.",
            "events": "Total number of events, N or arm=N.",
            "models": "Models to fit, comma-separated; all, or none. Default all with --points or --data.",
            "landmark": "Months to read rates at, comma-separated; 2 years and the like are read too.",
        },
    ),
    Gathers(Output),
)
def curve(
    asked: Asked,
    output: Output,
    study: Annotated[
        Text, typer.Argument(help="Study whose published medians and rates are shown, alone or beside the curve.")
    ] = None,
    individuals: Annotated[
        File, typer.Option(help="Write the individuals to this CSV file.", callback=file_place)
    ] = None,
    tables: Annotated[
        File,
        typer.Option(
            help="Write the individuals as subject tables (Parquet) to this new folder.", callback=folder_place
        ),
    ] = None,
) -> None:
    """Rebuild individuals from a published survival curve, compare arms, fit models and extrapolate.

    Points need the numbers at risk (or at least --patients); what had to be assumed and what does not fit together is
    said. With a study alone its published medians and rates are shown; they are no curve, and nobody is rebuilt.

    Example: cereblon evidence curve pollux --endpoint pfs
    """
    import cereblon as cb

    if asked["points"] is None and asked["data"] is None and study is None:
        raise typer.BadParameter("give a study, --points FILE.csv or --data FILE.csv")
    asked |= {name: _counts(asked[name], f"--{name}") for name in ("patients", "events")}
    found = cb.curve(study, **asked)
    if individuals:
        typer.echo(f"individuals written to {found.save_individuals(individuals)}", err=True)
    if tables:
        place = found.save_tables(tables)
        typer.echo(f"subject tables written to {place}; only {found.endpoint} can be computed from them", err=True)
    output.give(found)


def _counts(given: Sequence[str] | None, option: str) -> int | dict[str, int] | None:
    """Read N or arm=N."""
    counts = dict[str, int]()
    for text in given or ():
        arm, _, number = text.rpartition("=")
        if not is_whole_number(number.strip()):
            raise typer.BadParameter(f"{option} is {text!r}; a whole number, or arm=number, is needed")
        if arm.strip() in counts:
            raise typer.BadParameter(f"{option} is given twice{f' for {arm.strip()}' if arm.strip() else ''}")
        counts[arm.strip()] = int(number)
    if len(counts) > 1 and "" in counts:
        raise typer.BadParameter(f"{option}: say of which arm, for example arm={counts['']}")
    return counts.get("", counts or None)
