"""`cereblon mechanism`: lenalidomide's signals over a cycle, alone and with partners, and what-ifs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cereblon.cli.applies import Applies, CheckedCommand, applies
from cereblon.cli.running import AsCsv, AsJson

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cereblon.cli.mechanism_output import Answer

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
            "--with", help="Partner: dexamethasone, bortezomib, ixazomib, carfilzomib, daratumumab; may be repeated."
        ),
    ] = None,
    regimen: Annotated[
        str | None, typer.Option(help="Give the drugs of this regimen of the library instead, e.g. vrd-s0777.")
    ] = None,
    dose: Annotated[
        float | None,
        typer.Option(help="Lenalidomide, mg: 25 on days 1 to 21 of 28, or as in the regimen; 0 leaves it out."),
    ] = None,
    crcl: Annotated[float, typer.Option(help="Creatinine clearance, mL/min.")] = 90.0,
    weight: Annotated[float | None, typer.Option(help="Body weight, kg; 75 if left out.")] = None,
    height: Annotated[float | None, typer.Option(help="cm; 172 if weight is left out too.")] = None,
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
    html: Annotated[Path | None, typer.Option(help="Write a page: drawing, curves, values, evidence.")] = None,
    svg: Annotated[Path | None, typer.Option(help="Write drawing and curves as SVG.")] = None,
    png: Annotated[Path | None, typer.Option(help="Write drawing and curves as PNG.")] = None,
    sbml: Annotated[
        Path | None, typer.Option(help="Write the network with kinetics and doses as SBML Level 3.")
    ] = None,
) -> None:
    """Show what lenalidomide does from cereblon to the clone, immunity, stroma and marrow.

    Without --with or --regimen: lenalidomide alone, with dexamethasone, with
    bortezomib and with daratumumab. Values are in units of the untreated value,
    or shares. A changed dose, patient, node or parameter is set beside the
    standard case. Directions are published, most sizes are judged. For research,
    not for treating a patient.

    Example: cereblon mechanism --knockout cereblon
    """
    if dose == 0.0 and not partners and regimen is None:
        raise typer.BadParameter("--dose 0 leaves nothing to give: name a partner with --with")
    from cereblon.cli.mechanism_output import Question, answer, contents_of, print_text
    from cereblon.model.engine.batch import use_compilation_cache

    use_compilation_cache()
    asked = Question(
        partners=_partners(partners or ()),
        mg=dose,
        covariates=_covariates(crcl, weight, height),
        knockout=tuple(knockout or ()),
        changes=_numbers(changes or ()),
        cycles=cycles,
        regimen=regimen,
    )
    if regimen is not None:
        _tell_left_out(regimen, cycles)
    found = answer(asked)
    if svg or png or html:
        from cereblon.report.mechanism import save_page, save_picture

        contents = contents_of(found)
        for path, kind in ((svg, "svg"), (png, "png")):
            if path:
                save_picture(contents, path, kind)
                typer.echo(f"wrote {path}", err=True)
        if html:
            save_page(contents, html)
            typer.echo(f"wrote {html}", err=True)
    if sbml:
        _write_sbml(found, sbml)
    if as_json or as_csv:
        _print_data(found, every, as_json=as_json)
    elif not (svg or png or html or sbml):
        print_text(found)


def _partners(given: Sequence[str]) -> tuple[str, ...]:
    """Read drugs by any of their names, and say which name was read as which drug."""
    from cereblon.cli.running import print_notes
    from cereblon.model.mechanism.scenarios import PARTNERS
    from cereblon.vocabulary.drugs import need_drug

    found = tuple(need_drug(name, tuple(PARTNERS)) for name in given)
    print_notes([f"{name} is read as {drug}" for name, drug in zip(given, found, strict=True) if name != drug])
    return found


def _tell_left_out(regimen: str, cycles: int) -> None:
    from cereblon.cli.mechanism_regimen import left_out, regimen_of
    from cereblon.cli.running import print_notes

    for drug in left_out(regimen_of(regimen), cycles):
        print_notes([f"{drug} is not in the network and is left out"])


def _covariates(crcl: float, weight: float | None, height: float | None) -> dict[str, float]:
    """Gather what was said; without weight and height the person is of the reference size."""
    stated = {"weight_kg": weight, "height_cm": height}
    size = {name: value for name, value in stated.items() if value is not None}
    return {"crcl_ml_min": crcl, **(size or {"weight_kg": 75.0, "height_cm": 172.0})}


def _numbers(changes: Sequence[str]) -> Mapping[str, float]:
    """Read NAME=VALUE; the group, `mechanism.` or `effects.`, may stand before the name."""
    from cereblon.core.parameter import load_parameters

    read: dict[str, float] = {}
    for change in changes:
        label, _, value = change.partition("=")
        group, _, name = label.strip().rpartition(".")
        if group and (group not in ("mechanism", "effects") or name not in load_parameters(group)):
            raise typer.BadParameter(f"--set {change}: no parameter of the groups mechanism and effects")
        if name in read:
            raise typer.BadParameter(f"--set {change}: {name} is set twice")
        try:
            read[name] = float(value)
        except ValueError as error:
            raise typer.BadParameter(f"--set {change}: NAME=VALUE with a number is needed") from error
    return read


def _write_sbml(found: Answer, path: Path) -> None:
    from cereblon.model.mechanism.sbml import to_sbml
    from cereblon.report.static import write_bytes

    asked = found.question
    course = found.shown
    text = to_sbml(course.treatment, covariates=asked.covariates, knockout=asked.knockout, changes=asked.changes)
    write_bytes(path, text.encode())
    typer.echo(f"wrote {path}: {course.treatment.name}", err=True)


def _print_data(found: Answer, every: float, *, as_json: bool) -> None:
    from cereblon.cli.mechanism_output import as_data
    from cereblon.cli.running import print_csv, print_json
    from cereblon.model.mechanism.summary import curve_rows

    if as_json:
        print_json(as_data(found, every))
    else:
        print_csv([{**row} for course in found.courses for row in curve_rows(course, every)])
