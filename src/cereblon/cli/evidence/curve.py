"""`cereblon evidence curve`: individuals behind a printed curve, models fitted to them, and what lies beyond."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from cereblon.cli.applies import Applies, applies
from cereblon.cli.evidence.printing import print_json, print_rows, print_table
from cereblon.cli.running import print_notes

if TYPE_CHECKING:
    from cereblon.cli.evidence.curve_results import CurveResult
    from cereblon.synthesis.curves.guyot import Rebuilt

Text = Optional[str]  # noqa: UP045
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
    endpoint: Annotated[Text, typer.Option(help="What the curve shows: pfs, os or ttnt; pfs if absent.")] = None,
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
    html: Annotated[Text, typer.Option(help="Write a page to this file.")] = None,
    png: Annotated[Text, typer.Option(help="Draw to this PNG file.")] = None,
    svg: Annotated[Text, typer.Option(help="Draw to this SVG file.")] = None,
) -> None:
    """Rebuild individuals from a printed survival curve, compare arms, fit models and extrapolate.

    Points need the numbers at risk (or at least --patients); what had to be assumed and what does not fit together is
    said. With a study alone its published medians and rates are shown; they are no curve, and nobody is rebuilt.

    Example: cereblon evidence curve pollux --endpoint pfs
    """
    from cereblon.cli.evidence.curve_files import individuals_of, write_individuals, write_tables
    from cereblon.cli.evidence.curve_results import describe, published_rows
    from cereblon.cli.evidence.months import read_month, read_months
    from cereblon.core.errors import InputError
    from cereblon.evidence import load_study

    endpoint = _endpoint(endpoint)
    if points is None and data is None and study is None:
        raise typer.BadParameter("give a study, --points FILE.csv or --data FILE.csv")
    times = (read_months(landmark, "--landmark"), read_month(rmst, "--rmst"), read_month(horizon, "--horizon"))
    loaded = None if study is None else load_study(study)
    published = None if loaded is None else published_rows(loaded, endpoint)
    arms, notes = individuals_of(
        points, at_risk, data, patients, events, time_unit, event_coding, allow_implausible=allow_implausible
    )
    if arms:
        result = describe(
            arms,
            versus=_control(arms, versus),
            landmarks=times[0],
            rmst=times[1],
            models=_models(models),
            horizon=times[2],
        )
        if published is not None:
            _put_beside(result, published, str(study))
    elif published is None or not published.rows:
        raise InputError(f"{study}: no {endpoint} median or rate in the library")
    else:
        result = published
        result.warnings.append("published medians and rates only; the line between them is not known and not drawn")
    result.notes = [*notes, *result.notes]
    source = study or points or data or ""
    if individuals:
        write_individuals(arms, individuals, source)
    if tables:
        write_tables(arms, tables, endpoint, source)
    _draw(result, endpoint, source, html, png, svg)
    _print(result, arms, as_json=as_json, as_csv=as_csv)


def _endpoint(given: str | None) -> str:
    from cereblon.synthesis.curves.individuals import ENDPOINTS

    found = (given or ENDPOINTS[0]).lower()
    if found not in ENDPOINTS:
        raise typer.BadParameter(f"--endpoint is {given!r}; allowed: {', '.join(ENDPOINTS)}")
    return found


def _put_beside(result: CurveResult, published: CurveResult, study: str) -> None:
    """Put a study's published numbers beside the curve."""
    result.rows += published.rows
    result.published = [row for row in published.published if row["arm"] in result.arms]
    if len(result.published) < len(published.published):
        result.warnings.append(
            f"published numbers of {study} are drawn for arms of its names only ({', '.join(published.arms)})"
        )


def _control(arms: Sequence[Rebuilt], versus: str | None) -> str | None:
    from cereblon.core.errors import unknown_name

    if versus is not None and versus not in [arm.arm for arm in arms]:
        raise unknown_name("arm", versus, [arm.arm for arm in arms])
    return versus


def _models(given: str | None) -> Sequence[str]:
    from cereblon.synthesis.curves.fits import STANDARD_MODELS

    if given is None or given.strip().lower() == "all":
        return STANDARD_MODELS
    return () if given.strip().lower() == "none" else [name.strip() for name in given.split(",")]


def _draw(
    result: CurveResult, endpoint: str, source: str, html: str | None, png: str | None, svg: str | None
) -> None:
    if not (html or png or svg):
        return
    from pathlib import Path

    from cereblon.report.extrapolation import extrapolation_chart
    from cereblon.report.saving import Panel, save_page
    from cereblon.report.static import save_picture

    words = {"pfs": "progression-free survival", "os": "overall survival", "ttnt": "time to next therapy"}[endpoint]
    chart = extrapolation_chart(
        result.steps,
        result.fitted,
        result.hazards,
        result.arms,
        follow_up=result.follow_up,
        quantity=words,
        published=result.published,
    )
    for path in (png, svg):
        if path:
            save_picture(chart, Path(path))
    if html:
        origin = "reconstructed from a printed curve" if result.steps else "as published"
        lead = [f"{words.capitalize()}, {origin}. Source: {source}.", *result.warnings, *result.notes]
        if result.fitted:
            lead.append(
                "Beyond the dashed vertical line nothing was observed: each model is a guess of its own there."
            )
        shown = [{name: value for name, value in row.items() if value not in ("", None)} for row in result.rows]
        panels = [Panel("Curves", chart=chart)]
        columns = [name for name in result.rows[0] if any(name in row for row in shown)]
        panels.append(Panel("Numbers", rows=[{name: row.get(name) for name in columns} for row in shown]))
        save_page(Path(html), f"Survival curves: {source}", lead, panels)


def _print(result: CurveResult, arms: Sequence[Rebuilt], *, as_json: bool, as_csv: bool) -> None:
    from cereblon.cli.evidence.curve_results import COLUMNS

    print_notes(result.notes)
    for text in result.warnings:
        typer.echo(f"warning: {text}", err=True)
    if as_json:
        people = [
            {"arm": arm.arm, "month": round(float(month), 6), "event": bool(seen)}
            for arm in arms
            for month, seen in zip(arm.month, arm.observed, strict=True)
        ]
        origin = (
            "reconstructed" if arms and arms[0].mean_gap == arms[0].mean_gap else "observed" if arms else "reported"
        )
        print_json(
            {
                "origin": origin,
                "rows": result.rows,
                "individuals": people,
                "notes": result.notes,
                "warnings": result.warnings,
            }
        )
        return
    if print_rows(result.rows, list(COLUMNS), as_json=False, as_csv=as_csv):
        return
    names = ("arm", "quantity", "month", "value", "interval", "unit", "method")
    print_table(names, [_cells(row) for row in result.rows if not row["model"]], folded=("method",))
    for arm in dict.fromkeys(row["arm"] for row in result.rows if row["quantity"] == "aic"):
        typer.echo(f"\nmodels fitted to {arm}, best first; * lies beyond the data, intervals with --json and --csv")
        columns, lines = _models_of([row for row in result.rows if row["model"] and row["arm"] == arm])
        print_table(columns, lines, folded=("model",))


def _models_of(rows: Sequence[dict[str, str | float | int | None]]) -> tuple[list[str], list[list[str]]]:
    """Lay one arm's fits out, a line per model."""
    lines = dict[str, dict[str, str]]()
    for row in rows:
        quantity = str(row["quantity"])
        if quantity in ("aic", "aic_difference", "bic", "median", "mean", "rate"):
            name = quantity.replace("_", " ")
            if quantity == "rate" and row["month"] is not None:
                name = f"% at {row['month']:g}"
            lines.setdefault(str(row["model"]), {})[name] = _cells(row)[3]
    columns = list(dict.fromkeys(name for line in lines.values() for name in line))
    return ["model", *columns], [[model, *(line.get(c, "") for c in columns)] for model, line in lines.items()]


def _cells(row: dict[str, str | float | int | None]) -> list[str]:
    value, low, high = (row[name] for name in ("value", "low", "high"))
    interval = "" if low is None and high is None else f"{_short(low, '')} to {_short(high, 'open')}"
    star = "*" if row["extrapolated"] == "yes" else ""
    shown = str(row["status"]).replace("_", " ") if value is None else _short(value, "")
    month = "" if row["month"] is None else f"{row['month']:g}"
    arm = f"{row['arm']} versus {row['versus']}" if row["versus"] else str(row["arm"])
    return [
        arm,
        str(row["quantity"]).replace("_", " "),
        month,
        shown + star,
        interval,
        str(row["unit"]),
        str(row["method"]),
    ]


def _short(value: str | float | int | None, otherwise: str) -> str:
    if not isinstance(value, int | float):
        return otherwise
    return str(value) if isinstance(value, int) else f"{value:.4g}" if abs(value) < 1000 else f"{value:.1f}"
