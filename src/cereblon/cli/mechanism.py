"""`cereblon mechanism`: lenalidomide's signals over a cycle, alone and with partners, and what-ifs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cereblon.cli.applies import Applies, CheckedCommand, applies
from cereblon.cli.asks import Asks, asks
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
@asks(
    Asks(
        of="questions.mechanism.mechanism",
        many=("partners", "knockout", "parameters"),
        limits={"cycles": (1, 13), "every_hours": (0.1, 168.0)},
        flags={"partners": ("--with",), "parameters": ("--set",), "every_hours": ("--every",)},
        said={
            "partners": "Partner by its name or a brand, e.g. dexamethasone or Velcade; may be repeated.",
            "knockout": "Node that cannot answer, e.g. cereblon; may be repeated. No signal passes through it.",
            "parameters": "Another value of a parameter, e.g. effector_exhaustion=0.3; may be repeated.",
            "every_hours": "Hours between rows of JSON and CSV.",
        },
    )
)
def mechanism(
    asked: dict[str, Any],
    as_json: AsJson = False,
    as_csv: AsCsv = False,
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

    found = cb.mechanism(**asked)
    save_result(found, svg, png, html, sbml)
    if as_json or as_csv or not (svg or png or html or sbml):
        print_result(found, as_json=as_json, as_csv=as_csv)
    else:
        print_notes(found.notes)
