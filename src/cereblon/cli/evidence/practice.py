"""`cereblon evidence practice`: a regimen in trials and in practice, side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from cereblon.cli.evidence.printing import print_rows, print_table, print_text
from cereblon.cli.running import print_notes

if TYPE_CHECKING:
    from cereblon.evidence import Row
    from cereblon.synthesis.real_world import PopulationRow, PracticeRow, Regimen

File = Optional[Path]  # noqa: UP045


def practice(
    regimen: Annotated[str, typer.Argument(help="rd, vrd, ird, krd, drd or maintenance.")],
    setting: Annotated[Optional[str], typer.Option(help="Keep one setting, for example rrmm.")] = None,  # noqa: UP045
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON: results, patients, readings, cautions.")
    ] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print the results as CSV.")] = False,
    html: Annotated[File, typer.Option(help="Write a page with picture, tables and sources.")] = None,
    png: Annotated[File, typer.Option(help="Write the picture as PNG.")] = None,
    svg: Annotated[File, typer.Option(help="Write the picture as SVG.")] = None,
) -> None:
    """Set real-world results of a regimen beside trials of the same setting.

    Each figure of practice is compared with the largest trial arm of its setting: medians as a ratio, response as a
    difference, with an interval where one can be derived. Nothing is pooled or adjusted.

    Example: cereblon evidence practice ird --setting rrmm
    """
    from typing import get_args

    from cereblon.cli.evidence.look_up import known_word
    from cereblon.core.errors import InputError
    from cereblon.evidence import load_all
    from cereblon.evidence.study import Setting
    from cereblon.synthesis.real_world import find_regimen, not_used, population_rows, practice_rows

    setting = None if setting is None else known_word("setting", setting, get_args(Setting))
    for path, ending in ((html, ".html"), (png, ".png"), (svg, ".svg")):
        if path is not None and path.suffix != ending:
            raise typer.BadParameter(f"{path} ends otherwise than {ending}")
    found, studies = find_regimen(regimen), load_all()
    rows = practice_rows(studies, found, setting=setting)
    people = population_rows(studies, found, setting=setting)
    if not any(row.group == "practice" for row in rows):
        where = f" in the setting {setting}" if setting else ""
        raise InputError(f"no cohort of practice gives results of {found.name}{where}")
    notes = not_used(studies, found, setting=setting)
    print_notes(notes)
    _write_files(rows, regimen=found, html=html, png=png, svg=svg)
    columns = list(rows[0].as_row())
    if as_csv and print_rows([row.as_row() for row in rows], columns, as_json=as_json, as_csv=True):
        return
    if as_json:
        _print_everything(found, rows, people, notes)
    else:
        _print_words(rows, people)


def _write_files(
    rows: tuple[PracticeRow, ...], *, regimen: Regimen, html: Path | None, png: Path | None, svg: Path | None
) -> None:
    from cereblon.report.review.practice_section import practice_chart, practice_document
    from cereblon.report.static import save_picture

    settings = list(dict.fromkeys(row.setting for row in rows if row.group == "practice"))
    shown = [row for row in rows if row.setting in settings]
    for path in (png, svg):
        if path is not None:
            save_picture(practice_chart(shown, with_setting=len(settings) > 1), path)
            typer.echo(str(path), err=True)
    if html is not None:
        from cereblon.evidence import load_all
        from cereblon.report.review.page import render
        from cereblon.report.static import write_bytes

        write_bytes(html, render(practice_document(load_all(), regimen)).encode("utf-8"))
        typer.echo(str(html), err=True)


def _print_everything(
    regimen: Regimen, rows: tuple[PracticeRow, ...], people: tuple[PopulationRow, ...], notes: tuple[str, ...]
) -> None:
    from cereblon.cli.evidence.printing import print_json
    from cereblon.synthesis.real_world import CAUTIONS, readings

    settings = dict.fromkeys(row.setting for row in rows)
    print_json(
        {
            "regimen": regimen.key,
            "results": [row.as_row() for row in rows],
            "patients": [row.as_row() for row in people],
            "readings": {setting: readings(rows, people, setting) for setting in settings},
            "cautions": CAUTIONS,
            "notes": notes,
        }
    )


def _print_words(rows: tuple[PracticeRow, ...], people: tuple[PopulationRow, ...]) -> None:
    from cereblon.evidence.wording import value_text
    from cereblon.report.review.practice_section import compared_words
    from cereblon.synthesis.real_world import CAUTIONS, NAMES, readings

    references: dict[str, int] = {}
    for setting in dict.fromkeys(row.setting for row in rows if row.group == "practice"):
        here = [row for row in rows if row.setting == setting]
        print_text(setting)
        cells = []
        for row in here:
            mark = f"[{references.setdefault(row.source, len(references) + 1)}]"
            against = compared_words(row) or (row.why if row.group == "practice" else "")
            cells.append([NAMES[row.endpoint], row.group, row.study, value_text(row.fact), against, mark])
        columns = ("what", "where", "study", "value", "against the largest trial arm", "ref")
        print_table(columns, cells, folded=("what", "against the largest trial arm"))
        typer.echo()
        for sentence in readings(rows, people, setting):
            print_text(f"- {sentence}")
        typer.echo()
        described: list[Row] = [row.as_row() for row in people if row.setting == setting]
        if described:
            names = ("trait", "endpoint", "group", "study", "value", "unit")
            print_table(names, [[str(row[name]) for name in names] for row in described])
            typer.echo()
    for caution in CAUTIONS:
        print_text(f"! {caution}")
    typer.echo("\nreferences")
    for reference, number in references.items():
        typer.echo(f"[{number}] {reference}")
