"""`cereblon evidence list`, `show`, `table`, `endpoints` and `check`: the numbers as published."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from cereblon.cli.evidence.printing import print_json, print_rows, print_table, print_text
from cereblon.cli.running import AsCsv, AsJson, print_notes

if TYPE_CHECKING:
    from cereblon.evidence import Fact, Row, Study

Setting = Annotated[Optional[str], typer.Option(help="Keep one setting, for example rrmm.")]  # noqa: UP045
Role = Annotated[Optional[str], typer.Option(help="Keep one role: calibration, validation or context.")]  # noqa: UP045
Kind = Annotated[Optional[str], typer.Option(help="Keep one kind, for example randomised.")]  # noqa: UP045

_SYNONYMS = {
    **dict.fromkeys(("newly diagnosed", "frontline", "first line", "untreated"), "ndmm"),
    **dict.fromkeys(("relapsed", "relapsed or refractory", "relapsed/refractory", "R/R"), "rrmm"),
    **dict.fromkeys(("transplant eligible", "TE-NDMM"), "ndmm-te"),
    **dict.fromkeys(("transplant ineligible", "TIE-NDMM", "NTE", "non-transplant"), "ndmm-tie"),
    **dict.fromkeys(("randomized", "RCT"), "randomised"),
    **dict.fromkeys(("RWE", "RWD", "observational"), "real-world"),
}
"""Other ways to write a setting or a kind of study."""


def list_studies(
    setting: Setting = None, role: Role = None, kind: Kind = None, as_json: AsJson = False, as_csv: AsCsv = False
) -> None:
    """List the studies with setting, role and number of facts.

    Example: cereblon evidence list --role validation --kind randomised
    """
    rows: list[Row] = [
        {
            "study": study.id,
            "name": study.name,
            "kind": study.kind,
            "setting": study.setting,
            "role": study.role,
            "role_reason": study.role_reason,
            "facts": len(study.facts),
        }
        for study in selected_studies(setting, role, kind)
    ]
    if print_rows(rows, list(rows[0]) if rows else [], as_json=as_json, as_csv=as_csv):
        return
    for group in dict.fromkeys(row["kind"] for row in rows):
        members = [row for row in rows if row["kind"] == group]
        typer.echo(f"\n{group} ({len(members)})")
        columns = ("study", "setting", "role", "facts")
        print_table(columns, [[str(row[name]) for name in columns] for row in members])


def show(
    study: Annotated[str, typer.Argument(help="Id of a study, or path of a study file.")],
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Show one study: population, arms, every number with its source, conflicts and cautions.

    Example: cereblon evidence show swog-s0777
    """
    from cereblon.evidence import COLUMNS, as_written, fact_rows, load_study
    from cereblon.evidence.wording import regimen_lines

    loaded = load_study(study)
    if as_json and not as_csv:
        print_json(as_written(loaded))
        return
    if as_csv and print_rows(fact_rows([loaded]), list(COLUMNS), as_json=as_json, as_csv=True):
        return
    print_text(f"{loaded.name} ({loaded.id})")
    registry = ", ".join(loaded.registry)
    about = {
        "kind": loaded.kind
        + (f", phase {loaded.phase}" if loaded.phase else "")
        + (f", {registry}" if registry else ""),
        "setting": loaded.setting,
        "design": loaded.design,
        "population": loaded.population,
        "role": f"{loaded.role} ({loaded.role_reason})",
    }
    for name, text in about.items():
        if text:
            print_text(f"{name}: {text}")
    typer.echo("\narms")
    for name, arm in loaded.arms.items():
        print_text(f"{name}: {arm.label}", indent="  ")
        for line in regimen_lines(arm):
            print_text(line, indent="    ")
    typer.echo()
    _print_facts([(loaded, fact) for fact in loaded.facts], with_study=False)
    for title, lines in (("conflicts", loaded.conflicts), ("notes", loaded.notes)):
        if lines:
            typer.echo(f"\n{title}")
            for line in lines:
                print_text(f"- {line}")


def table(
    endpoint: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(help="Endpoint, for example orr; may be given more than once; all if absent."),
    ] = None,
    setting: Setting = None,
    role: Role = None,
    kind: Kind = None,
    regimen: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--regimen", "--arm", help="Keep arms with this id, this word in their label, or this drug."),
    ] = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Print the numbers of all studies side by side, each with its reference.

    Example: cereblon evidence table --endpoint orr --setting rrmm --regimen KRd
    """
    from cereblon.evidence import COLUMNS, fact_row, select_facts

    studies = selected_studies(setting, role, kind)
    facts = select_facts(studies, endpoints=endpoint or None, regimen=regimen)
    if not facts:
        _explain_nothing(studies, regimen)
    rows = [fact_row(study, fact) for study, fact in facts] if as_json or as_csv else []
    if print_rows(rows, list(COLUMNS), as_json=as_json, as_csv=as_csv):
        return
    _print_facts(facts, with_study=True)


def _explain_nothing(studies: Sequence[Study], regimen: str | None) -> None:
    """Say why a table is empty; a regimen or drug that no arm has is refused."""
    from cereblon.core.errors import unknown_name
    from cereblon.evidence import load_all
    from cereblon.evidence.facts_table import is_arm_like

    arms = {arm.label: (name, arm) for study in load_all() for name, arm in study.arms.items()}
    if regimen is not None and not any(is_arm_like(name, arm, regimen) for name, arm in arms.values()):
        drugs = {drug for _, arm in arms.values() for drug in arm.drugs}
        raise unknown_name("regimen or drug", regimen, sorted({*drugs, *arms}))
    print_notes([f"none of {len(studies)} studies has a number that fits all that was asked"])


def endpoints(as_json: AsJson = False, as_csv: AsCsv = False) -> None:
    """List the endpoints a fact may have, with unit and meaning.

    Example: cereblon evidence endpoints
    """
    from cereblon.evidence import vocabulary

    known = vocabulary().endpoints.values()
    rows: list[Row] = [
        {"endpoint": e.name, "section": e.section, "kind": e.kind, "unit": " or ".join(e.units), "meaning": e.meaning}
        for e in known
    ]
    if print_rows(rows, list(rows[0]), as_json=as_json, as_csv=as_csv):
        return
    columns = ("endpoint", "unit", "meaning")
    print_table(columns, [[str(row[column]) for column in columns] for row in rows])


def check(files: Annotated[list[str], typer.Argument(help="Study files.")]) -> None:
    """Check study files and name every problem in them.

    Example: cereblon evidence check my-trial.yaml
    """
    from pathlib import Path

    from cereblon.core.errors import InputError
    from cereblon.evidence.schema import read_study

    problems = []
    for file in files:
        try:
            study = read_study(Path(file))
        except InputError as error:
            problems.append(error)
        else:
            typer.echo(f"{file}: {len(study.facts)} facts, no problem")
    if problems:
        raise InputError("\n".join(error.message for error in problems), hint=problems[0].hint)


def selected_studies(setting: str | None, role: str | None, kind: str | None) -> tuple[Study, ...]:
    """Load the studies that fit; a value no study may have is refused with those it may."""
    from typing import get_args

    from cereblon.evidence import load_all, select_studies
    from cereblon.evidence import study as types

    chosen = [
        None if given is None else known_word(name, given, get_args(allowed))
        for name, given, allowed in (
            ("setting", setting, types.Setting),
            ("role", role, types.Role),
            ("kind of study", kind, types.Kind),
        )
    ]
    return select_studies(load_all(), setting=chosen[0], role=chosen[1], kind=chosen[2])


def known_word(name: str, given: str, allowed: Sequence[str]) -> str:
    """Find the word of a closed list that was meant, and say it where it is written otherwise."""
    from cereblon.core.errors import unknown_name
    from cereblon.core.words import Words

    synonyms = {written: word for written, word in _SYNONYMS.items() if word in allowed}
    word = Words(name, tuple(allowed), synonyms).find(given)
    if word is None:
        raise unknown_name(name, given, allowed)
    if word != given:
        print_notes([f"{name} {given} is read as {word}"])
    return word


def _print_facts(facts: Sequence[tuple[Study, Fact]], *, with_study: bool) -> None:
    """Print facts, each with the number of its reference in the list below; side by side under their endpoint."""
    from cereblon.evidence import vocabulary
    from cereblon.evidence.wording import arm_text, qualifier_text, value_text

    numbers: dict[str, int] = {}
    rows: dict[str, list[list[str]]] = {}
    flags = []
    for study, fact in facts:
        reference = study.source_of(fact).reference
        mark = f"[{numbers.setdefault(reference, len(numbers) + 1)}]"
        if fact.flag:
            mark += "!"
            flags.append(f"! {study.id}, {arm_text(fact)}, {fact.endpoint} {value_text(fact)}: {fact.flag}")
        about = [qualifier_text(fact)] if with_study else [qualifier_text(fact), fact.derived, fact.note]
        cells = [arm_text(fact), value_text(fact), "; ".join(filter(None, about)), mark]
        if with_study:
            rows.setdefault(fact.endpoint, []).append([study.id, *cells])
        else:
            rows.setdefault("", []).append([fact.endpoint, *cells])
    for endpoint, entry in {"": None, **vocabulary().endpoints}.items():
        if endpoint in rows:
            if entry is not None:
                print_text(f"{endpoint}: {entry.meaning}")
            columns = ("study" if entry else "endpoint", "arm", "value", "for", "ref")
            print_table(columns, rows[endpoint], folded=("for", "value"))
            typer.echo()
    if flags:
        typer.echo("do not use without reading")
        for line in flags:
            print_text(line)
        typer.echo()
    typer.echo("references" if numbers else "no such number is in the set", err=not numbers)
    for reference, number in numbers.items():
        typer.echo(f"[{number}] {reference}")
