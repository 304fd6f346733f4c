"""`cereblon mechanism`: lenalidomide's signals over a cycle, alone and with partners, and what-ifs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cereblon.cli.applies import Applies, CheckedCommand, applies
from cereblon.cli.outputs import Html, Png, Svg, ending
from cereblon.cli.running import AsCsv, AsJson

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command(cls=CheckedCommand)
@applies(
    Applies("--with", without=("--regimen",), because="the regimen names the partners"),
    Applies("--every", with_any=("--json", "--csv")),
    Applies("--height", with_any=("--weight",), because="body surface needs both"),
    Applies("--crcl", without=("--dose=0.0",), because="the kidney clears lenalidomide, of which none is given"),
)
def mechanism(
    partners: Annotated[
        list[str] | None,
        typer.Option(
            "--with", help="Partner by its name or a brand, e.g. dexamethasone or Velcade; may be repeated."
        ),
    ] = None,
    regimen: Annotated[
        str | None, typer.Option(help="Give the drugs of this regimen of the library instead, e.g. vrd-s0777.")
    ] = None,
    dose: Annotated[
        str | None,
        typer.Option(help="Lenalidomide, mg: 25 on days 1 to 21 of 28, or as in the regimen; 0 leaves it out."),
    ] = None,
    crcl: Annotated[
        str | None, typer.Option(help="Creatinine clearance, mL/min, or with its unit; 90 unless given.")
    ] = None,
    weight: Annotated[str | None, typer.Option(help="Body weight, kg, or with its unit; 75 if left out.")] = None,
    height: Annotated[str | None, typer.Option(help="cm, or with its unit; 172 if weight is left out too.")] = None,
    knockout: Annotated[
        list[str] | None,
        typer.Option(help="Node that cannot answer, e.g. cereblon; may be repeated. No signal passes through it."),
    ] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", help="Another value of a parameter, e.g. effector_exhaustion=0.3; may be repeated."),
    ] = None,
    cycles: Annotated[int, typer.Option(min=1, max=13, help="Cycles of 28 days, or of the regimen.")] = 1,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    every: Annotated[float, typer.Option(min=0.1, max=168.0, help="Hours between rows of JSON and CSV.")] = 6.0,
    html: Html = None,
    svg: Svg = None,
    png: Png = None,
    sbml: Annotated[
        Path | None,
        typer.Option(
            help="Write the network with kinetics and doses as SBML Level 3.", callback=ending(".xml", ".sbml")
        ),
    ] = None,
) -> None:
    """Show what lenalidomide does from cereblon to the clone, immunity, stroma and marrow.

    Without --with or --regimen: lenalidomide alone, and with each of three usual
    partners. Values are in units of the untreated value,
    or shares. A changed dose, patient, node or parameter is set beside the
    standard case. Directions are published, most sizes are judged. For research,
    not for treating a patient.

    Example: cereblon mechanism --knockout cereblon
    """
    import cereblon as cb
    from cereblon.cli.outputs import print_result, save_result
    from cereblon.cli.running import print_notes

    found = cb.mechanism(
        partners or (),
        regimen=regimen,
        dose=dose,
        crcl=crcl,
        weight=weight,
        height=height,
        knockout=knockout or (),
        parameters=changes or (),
        cycles=cycles,
        every_hours=every,
    )
    save_result(found, svg, png, html, sbml)
    if as_json or as_csv or not (svg or png or html or sbml):
        print_result(found, as_json=as_json, as_csv=as_csv)
    else:
        print_notes(found.notes)
