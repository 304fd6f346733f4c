"""`cereblon pk`: which exposure a dose gives, in one kind of patient or a population."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cereblon.cli.applies import Applies, CheckedCommand, applies
from cereblon.cli.outputs import Html, Parquet, Png, Svg
from cereblon.cli.running import AsCsv, AsJson

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)

_ORDER = ("--dose", "--schedule", "--route", "--regimen", "--infusion", "--fed", "--cycles", "--compare", "--change")
_CURVE = ("--days", "--steady-state", "--parquet", "--html", "--png", "--svg", "--log", "--events")
_COVARIATES = (
    *("--sex", "--weight", "--height", "--crcl", "--albumin", "--isotype", "--b2m", "--m-protein", "--protein"),
    *("--asian", "--partner"),
)
_SUBJECTS = ("--population", "--subjects")
_READING = ("--time-unit", "--in-order")
_BOTH = ("--seed", "--typical", "--measured", "--allow-implausible", *_READING)


@app.command(cls=CheckedCommand)
@applies(
    *(
        Applies(option, without=("--checks", "--simulate-events"))
        for option in (*_ORDER, *_CURVE, *_COVARIATES, *_SUBJECTS)
    ),
    *(Applies(option, without=("--checks",)) for option in (*_BOTH, "--simulate-events")),
    *(Applies(option, with_any=("--simulate-events",)) for option in _READING),
    Applies("--log", with_any=("--png", "--svg"), because="it is the axis of the picture"),
    Applies("--cycles", without=("--steady-state",), because="it has been repeated for ever; --days sets its length"),
    Applies("--events", without=("--compare",), because="a data set holds one of the two"),
    Applies("--events", without=("--change", "--steady-state"), because="it is a course from its first dose on"),
)
def pk(
    drug: Annotated[str | None, typer.Argument(help="By its name or a brand: lenalidomide, Velcade ...")] = None,
    dose: Annotated[
        str | None, typer.Option(help='"25 mg", "1.3 mg/m2", "16 mg/kg"; the usual one if left out.')
    ] = None,
    schedule: Annotated[
        str | None,
        typer.Option(help='Days of a cycle as "1-21/28" or "21 of 28 days", an interval as q24h or q7d, or once.'),
    ] = None,
    route: Annotated[str | None, typer.Option(help="oral, iv or sc.")] = None,
    regimen: Annotated[
        str | None, typer.Option(help="Take dose, schedule and route from this regimen of the library.")
    ] = None,
    infusion: Annotated[float | None, typer.Option(help="Length of an infusion, minutes.")] = None,
    fed: Annotated[bool, typer.Option("--fed", help="Taken with a high-fat meal (lenalidomide).")] = False,
    cycles: Annotated[
        int | None,
        typer.Option(min=1, max=400, help="Number of cycles given, and shown unless --days says otherwise."),
    ] = None,
    days: Annotated[float | None, typer.Option(min=0.01, max=4000.0, help="Length of the curve, days.")] = None,
    steady_state: Annotated[
        bool, typer.Option("--steady-state", help="Show doses at steady state, not the first.")
    ] = False,
    sex: Annotated[str | None, typer.Option(help="male or female.")] = None,
    weight: Annotated[str | None, typer.Option(help="kg, or with its unit.")] = None,
    height: Annotated[str | None, typer.Option(help="cm, or with its unit.")] = None,
    crcl: Annotated[str | None, typer.Option(help="Creatinine clearance, mL/min, or with its unit.")] = None,
    albumin: Annotated[str | None, typer.Option(help="g/L, or with its unit.")] = None,
    isotype: Annotated[str | None, typer.Option(help="IgG, IgA, light_chain.")] = None,
    b2m: Annotated[str | None, typer.Option(help="Beta-2 microglobulin, mg/L, or with its unit.")] = None,
    m_protein: Annotated[str | None, typer.Option(help="Serum M-protein, g/L, or with its unit.")] = None,
    protein: Annotated[str | None, typer.Option(help="Total serum protein, g/L, or with its unit.")] = None,
    asian: Annotated[str | None, typer.Option(help="yes or no.")] = None,
    partner: Annotated[str | None, typer.Option(help="Partner of elotuzumab: lenalidomide or pomalidomide.")] = None,
    population: Annotated[
        str | None, typer.Option(help="Draw people of this population; a covariate stated beside it holds for all.")
    ] = None,
    n: Annotated[
        int | None,
        typer.Option("-n", "--subjects", min=1, max=100_000, help="Number of subjects, 1000 unless given."),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, max=2**32 - 1, help="Same seed, same subjects; 1 unless given.")
    ] = None,
    typical: Annotated[bool, typer.Option("--typical", help="Leave out what varies between subjects.")] = False,
    measured: Annotated[
        bool, typer.Option("--measured", help="Add residual error to the curve, as assayed.")
    ] = False,
    compare: Annotated[
        str | None, typer.Option(help='A second patient or dose, as "crcl=25" or "crcl=25,dose=10 mg".')
    ] = None,
    change: Annotated[
        list[str] | None,
        typer.Option(
            help='What changes so many days after the first dose, as "14: crcl=30,dose=15 mg"; may be repeated.'
        ),
    ] = None,
    allow_implausible: Annotated[
        bool, typer.Option("--allow-implausible", help="Accept a dose far outside what is given.")
    ] = False,
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
    time_unit: Annotated[
        str | None, typer.Option(help="Of times, intervals and rates in --simulate-events: hours or days.")
    ] = None,
    in_order: Annotated[
        bool,
        typer.Option("--in-order", help="In --simulate-events, the order of rows at one time counts, as in NONMEM."),
    ] = False,
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
    subjects = cb.Subjects(n=n, seed=seed, population=population, typical=typical, measured=measured)
    if simulate_events is not None:
        predicted = cb.simulate_events(
            simulate_events,
            drug,
            subjects=subjects,
            time_unit=time_unit,
            in_order=in_order,
            allow_implausible=allow_implausible,
        )
        print_result(predicted, as_json=as_json, as_csv=not as_json)
        return
    patient: cb.Covariates = {
        "sex": sex,
        "weight": weight,
        "height": height,
        "crcl": crcl,
        "albumin": albumin,
        "isotype": isotype,
        "b2m": b2m,
        "m_protein": m_protein,
        "protein": protein,
        "asian": asian,
        "partner": partner,
    }
    found = cb.pk(
        drug,
        dose=dose,
        schedule=schedule,
        route=route,
        regimen=regimen,
        infusion=infusion,
        fed=fed,
        cycles=cycles,
        days=days,
        steady_state=steady_state,
        compare=compare,
        change=change or (),
        subjects=subjects,
        allow_implausible=allow_implausible,
        **patient,
    )
    if events is not None:
        typer.echo(f"wrote {found.save_event_data(events)}", err=True)
    save_result(found, parquet, html, png, svg, picture="logarithmic" if log else None)
    print_result(found, as_json=as_json, as_csv=as_csv)
