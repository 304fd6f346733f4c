"""`cereblon pk`: which exposure a dose gives, in one kind of patient or a population."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cereblon.cli.applies import Applies, CheckedCommand, applies
from cereblon.cli.asks import Asks, asks
from cereblon.cli.outputs import Html, Parquet, Png, Svg
from cereblon.cli.running import AsCsv, AsJson

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)

_ORDER = Asks(
    of="questions.exposure.pk",
    without=("drug", "subjects"),
    many=("change",),
    limits={"cycles": (1, 400), "days": (0.01, 4000.0)},
    said={
        "compare": 'A second patient or dose, as "crcl=25" or "crcl=25,dose=10 mg".',
        "change": 'What changes so many days after the first dose, as "14: crcl=30,dose=15 mg"; may be repeated.',
    },
)
_PATIENT = Asks(of="model.drugs.covariates.Covariates")
_SUBJECTS = Asks(
    of="model.exposure.subjects.Subjects",
    limits={"n": (1, 100_000), "seed": (0, 2**32 - 1)},
    flags={"n": ("-n", "--subjects")},
)
_DATA_SET = Asks(
    of="questions.event_data.simulate_events",
    only=("time_unit", "in_order"),
    said={
        "time_unit": "Of times, intervals and rates in --simulate-events: hours or days.",
        "in_order": "In --simulate-events, the order of rows at one time counts, as in NONMEM.",
    },
)

_CURVE = ("--parquet", "--html", "--png", "--svg", "--log", "--events")
_OF_ALL = ("--allow-implausible", "--seed", "--typical", "--measured")


@app.command(cls=CheckedCommand)
@applies(
    *(
        Applies(option, without=("--checks", "--simulate-events"))
        for option in (*_ORDER.names, *_PATIENT.names, *_SUBJECTS.names, *_CURVE)
        if option not in _OF_ALL
    ),
    *(Applies(option, without=("--checks",)) for option in (*_OF_ALL, *_DATA_SET.names, "--simulate-events")),
    *(Applies(option, with_any=("--simulate-events",)) for option in _DATA_SET.names),
    Applies("--log", with_any=("--png", "--svg"), because="it is the axis of the picture"),
    Applies("--cycles", without=("--steady-state",), because="it has been repeated for ever; --days sets its length"),
    Applies("--events", without=("--compare",), because="a data set holds one of the two"),
    Applies("--events", without=("--change", "--steady-state"), because="it is a course from its first dose on"),
)
@asks(_ORDER, _PATIENT, _SUBJECTS, _DATA_SET)
def pk(
    order: dict[str, Any],
    patient: dict[str, Any],
    subjects: dict[str, Any],
    data_set: dict[str, Any],
    drug: Annotated[str | None, typer.Argument(help="By its name or a brand: lenalidomide, Velcade ...")] = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    parquet: Parquet = None,
    html: Html = None,
    png: Png = None,
    svg: Svg = None,
    log: Annotated[bool, typer.Option("--log", help="Logarithmic axis in PNG and SVG.")] = False,
    events: Annotated[Path | None, typer.Option(help="Write doses and observations as NONMEM-style CSV.")] = None,
    simulate_events: Annotated[
        Path | None, typer.Option(help="Read such a data set, print concentrations at its observations as CSV.")
    ] = None,
    checks: Annotated[bool, typer.Option("--checks", help="Print observed against simulated exposure.")] = False,
) -> None:
    """Show which exposure a dose gives: concentration over time and its metrics.

    A patient not described is a man of 65 years, 75 kg and 172 cm, creatinine clearance 90 mL/min, albumin 37 g/L,
    IgG myeloma. Bands run from 5 to 95 % of subjects. Steady state is computed in closed form.

    Example: cereblon pk lenalidomide --crcl 40 --dose "10 mg" --compare "crcl=90,dose=25 mg"
    """
    import cereblon as cb
    from cereblon.cli.outputs import print_result, save_result

    if checks:
        print_result(cb.pk_checks(drug), as_json=as_json, as_csv=as_csv)
        return
    if drug is None:
        raise typer.BadParameter("name a drug, e.g. cereblon pk lenalidomide")
    drawn, is_accepted = cb.Subjects(**subjects), order["allow_implausible"]
    if simulate_events is not None:
        predicted = cb.simulate_events(
            simulate_events, drug, subjects=drawn, allow_implausible=is_accepted, **data_set
        )
        print_result(predicted, as_json=as_json, as_csv=not as_json)
        return
    found = cb.pk(drug, subjects=drawn, **order, **patient)
    if events is not None:
        typer.echo(f"wrote {found.save_event_data(events)}", err=True)
    save_result(found, parquet, html, png, svg, picture="logarithmic" if log else None)
    print_result(found, as_json=as_json, as_csv=as_csv)
