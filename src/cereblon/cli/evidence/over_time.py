"""`cereblon evidence over-time`: several trials synthesised without proportional hazards."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from cereblon.cli.applies import Applies, applies
from cereblon.cli.outputs import ending

Text = Optional[str]  # noqa: UP045
Picture = Optional[Path]  # noqa: UP045


@applies(Applies("--powers", without=("--changes",), because="the ratio is a step function or a polynomial"))
def over_time(
    data: Annotated[str, typer.Option(help="CSV of individuals: study, treatment, month, event.")],
    reference: Annotated[str, typer.Option(help="Treatment that the others are set against.")],
    changes: Annotated[
        Text, typer.Option(help="Months where the hazard ratio may change, comma-separated, instead of polynomials.")
    ] = None,
    powers: Annotated[
        Text, typer.Option(help="Powers of the polynomial, one or two; the best by AIC of all 44 if absent.")
    ] = None,
    months: Annotated[
        Text, typer.Option(help="Months to read hazard ratios at; 6, 12, 24, 36 and 48 within the data if absent.")
    ] = None,
    cell: Annotated[float, typer.Option(help="Width of the intervals of the baseline hazard, months.")] = 1.0,
    time_unit: Annotated[Text, typer.Option(help="Unit of a column called time: months, years, weeks, days.")] = None,
    event_coding: Annotated[
        Text, typer.Option(help="Events as numbers: 0/1, 1/2 (2 is the event) or cnsr (0 is the event).")
    ] = None,
    allow_implausible: Annotated[
        bool, typer.Option("--allow-implausible", help="Accept times that no follow-up reaches.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    html: Annotated[Picture, typer.Option(help="Write a page to this file.", callback=ending(".html"))] = None,
    png: Annotated[Picture, typer.Option(help="Draw to this PNG file.", callback=ending(".png"))] = None,
    svg: Annotated[Picture, typer.Option(help="Draw to this SVG file.", callback=ending(".svg"))] = None,
) -> None:
    """Synthesise trials whose hazards are not proportional: the hazard ratio as a function of time.

    Every study keeps its own baseline hazard; effects are shared (fixed effect), as steps or fractional polynomials.
    Individuals come from a file, for example rebuilt by `cereblon evidence curve --individuals`.

    Example: cereblon evidence over-time --data trials.csv --reference Rd --changes 12,24
    """
    import cereblon as cb
    from cereblon.cli.outputs import print_result, save_result

    found = cb.over_time(
        data,
        reference=reference,
        changes=changes,
        powers=powers,
        months=months,
        cell=cell,
        time_unit=time_unit,
        event_coding=event_coding,
        allow_implausible=allow_implausible,
    )
    save_result(found, html, png, svg)
    print_result(found, as_json=as_json, as_csv=as_csv)
