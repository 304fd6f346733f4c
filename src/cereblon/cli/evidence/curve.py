"""`cereblon evidence curve`: individuals behind a printed curve, models fitted to them, and what lies beyond."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Optional

import typer

from cereblon.cli.applies import Applies, applies
from cereblon.cli.outputs import ending

Text = Optional[str]  # noqa: UP045
Picture = Optional[Path]  # noqa: UP045
Many = Optional[list[str]]  # noqa: UP045

_PEOPLE = ("--points", "--data")
_NOBODY = "the library holds medians and rates of a study, not its curve"


@applies(
    Applies("--data", without=("--points",)),
    Applies("--at-risk", with_any=("--points",)),
    Applies("--patients", with_any=("--points",), without=("--at-risk",), because="the numbers at risk say it"),
    Applies("--events", with_any=("--points",), because="individuals have their events"),
    Applies("--endpoint", with_any=("STUDY", "--tables", "--html", "--png", "--svg")),
    Applies("--time-unit", with_any=_PEOPLE),
    Applies("--event-coding", with_any=("--data",)),
    Applies("--allow-implausible", with_any=_PEOPLE),
    Applies("--models", with_any=_PEOPLE, because=_NOBODY),
    Applies("--versus", with_any=_PEOPLE, because=_NOBODY),
    Applies("--landmark", with_any=_PEOPLE, because=_NOBODY),
    Applies("--horizon", with_any=_PEOPLE, without=("--models=none",), because="models are read up to it"),
    Applies("--rmst", with_any=_PEOPLE, because=_NOBODY),
    Applies("--individuals", with_any=_PEOPLE, because=_NOBODY),
    Applies("--tables", with_any=_PEOPLE, because=_NOBODY),
)
def curve(
    study: Annotated[
        Text, typer.Argument(help="Study whose published medians and rates are shown, alone or beside the curve.")
    ] = None,
    points: Annotated[
        Text, typer.Option(help="CSV of points read off the curve: month, survival or percent, arm.")
    ] = None,
    at_risk: Annotated[Text, typer.Option(help="CSV of numbers at risk: month, at_risk, arm.")] = None,
    data: Annotated[Text, typer.Option(help="CSV of individuals instead of points: month, event, arm.")] = None,
    patients: Annotated[Many, typer.Option(help="Patients at the start, N or arm=N, without --at-risk.")] = None,
    events: Annotated[Many, typer.Option(help="Total number of events, N or arm=N.")] = None,
    endpoint: Annotated[str, typer.Option(help="What the curve shows: pfs, os or ttnt.")] = "pfs",
    time_unit: Annotated[Text, typer.Option(help="Unit of a column called time: months, years, weeks, days.")] = None,
    event_coding: Annotated[
        Text, typer.Option(help="Events as numbers: 0/1, 1/2 (2 is the event) or cnsr (0 is the event).")
    ] = None,
    models: Annotated[
        Text, typer.Option(help="Models to fit, comma-separated; all, or none. Default all with --points or --data.")
    ] = None,
    versus: Annotated[
        Text, typer.Option(help="Arm that the others are compared with; the last in the alphabet if absent.")
    ] = None,
    landmark: Annotated[
        Text, typer.Option(help="Months to read rates at, comma-separated; 2 years and the like are read too.")
    ] = None,
    horizon: Annotated[Text, typer.Option(help="Month to extrapolate to; twice the follow-up if absent.")] = None,
    rmst: Annotated[Text, typer.Option(help="Month to take restricted means to.")] = None,
    allow_implausible: Annotated[
        bool, typer.Option("--allow-implausible", help="Accept times that no follow-up reaches.")
    ] = False,
    individuals: Annotated[Text, typer.Option(help="Write the individuals to this CSV file.")] = None,
    tables: Annotated[
        Text, typer.Option(help="Write the individuals as subject tables (Parquet) to this new folder.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    html: Annotated[Picture, typer.Option(help="Write a page to this file.", callback=ending(".html"))] = None,
    png: Annotated[Picture, typer.Option(help="Draw to this PNG file.", callback=ending(".png"))] = None,
    svg: Annotated[Picture, typer.Option(help="Draw to this SVG file.", callback=ending(".svg"))] = None,
) -> None:
    """Rebuild individuals from a printed survival curve, compare arms, fit models and extrapolate.

    Points need the numbers at risk (or at least --patients); what had to be assumed and what does not fit together is
    said. With a study alone its published medians and rates are shown; they are no curve, and nobody is rebuilt.

    Example: cereblon evidence curve pollux --endpoint pfs
    """
    import cereblon as cb
    from cereblon.cli.outputs import print_result, save_result

    if points is None and data is None and study is None:
        raise typer.BadParameter("give a study, --points FILE.csv or --data FILE.csv")
    found = cb.curve(
        study,
        points=points,
        at_risk=at_risk,
        data=data,
        patients=_counts(patients, "--patients"),
        events=_counts(events, "--events"),
        endpoint=endpoint,
        versus=versus,
        models=models,
        landmark=landmark,
        rmst=rmst,
        horizon=horizon,
        time_unit=time_unit,
        event_coding=event_coding,
        allow_implausible=allow_implausible,
    )
    if individuals:
        typer.echo(f"individuals written to {found.save_individuals(individuals)}", err=True)
    if tables:
        place = found.save_tables(tables)
        typer.echo(f"subject tables written to {place}; only {found.endpoint} can be computed from them", err=True)
    save_result(found, html, png, svg)
    print_result(found, as_json=as_json, as_csv=as_csv)


def _counts(given: Sequence[str] | None, option: str) -> int | dict[str, int] | None:
    """Read N or arm=N."""
    counts = dict[str, int]()
    for text in given or ():
        arm, _, number = text.rpartition("=")
        if not number.strip().isdigit():
            raise typer.BadParameter(f"{option} is {text!r}; a whole number, or arm=number, is needed")
        if arm.strip() in counts:
            raise typer.BadParameter(f"{option} is given twice{f' for {arm.strip()}' if arm.strip() else ''}")
        counts[arm.strip()] = int(number)
    if len(counts) > 1 and "" in counts:
        raise typer.BadParameter(f"{option}: say of which arm, for example arm={counts['']}")
    return counts.get("", counts or None)
