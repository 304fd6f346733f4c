"""`cereblon dose`: starting doses and dose decisions of a rule set for one patient type, and a rule set in words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

import typer

from cereblon.cli.applies import CheckedCommand

if TYPE_CHECKING:
    from cereblon.replay.decisions import DrugDecision

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)

_WARNING = "A research tool: it does not know the patient and is not for treating one."


@app.command(cls=CheckedCommand)
def dose(
    regimen: Annotated[str, typer.Argument(help="Regimen of the library, or a YAML file.")] = "",
    rules: Annotated[str, typer.Option(help="Rule set of the library, or a YAML file.")] = "us-label",
    explain: Annotated[
        str | None, typer.Option(help="Say in words what a rule set or rule file does, and stop.")
    ] = None,
    age: Annotated[float, typer.Option(min=18, max=110, help="Years.")] = 65,
    weight: Annotated[float, typer.Option(min=20, max=300, help="kg.")] = 75,
    height: Annotated[float, typer.Option(min=100, max=230, help="cm.")] = 170,
    crcl: Annotated[float, typer.Option(min=0, max=250, help="Creatinine clearance, mL/min.")] = 90,
    frailty: Annotated[str, typer.Option(help="fit, intermediate or frail.")] = "fit",
    prior_lines: Annotated[int, typer.Option(min=0, max=20, help="Lines of therapy before.")] = 0,
    cycle: Annotated[int, typer.Option(min=1, max=500, help="Cycle of the regimen, from 1.")] = 1,
    anc: Annotated[float | None, typer.Option(min=0, max=100, help="Neutrophils of today, 1e9/L.")] = None,
    platelets: Annotated[float | None, typer.Option(min=0, max=3000, help="Platelets of today, 1e9/L.")] = None,
    haemoglobin: Annotated[float | None, typer.Option(min=10, max=250, help="Haemoglobin of today, g/L.")] = None,
    neuropathy: Annotated[int | None, typer.Option(min=0, max=4, help="Grade of neuropathy today.")] = None,
    pain: Annotated[bool, typer.Option("--pain", help="The neuropathy hurts.")] = False,
    grade: Annotated[
        list[str] | None, typer.Option(help="Grade of other harm, e.g. rash=3; may be repeated.")
    ] = None,
    given: Annotated[
        list[str] | None, typer.Option(help="Dose a drug was lowered to before, e.g. lenalidomide=15.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Print starting doses for a patient type, or what a rule set does on the counts and grades of today.

    Every dose names its rule and source. It is not for treating patients.

    Example: cereblon dose vrd-s0777 --age 78 --crcl 45 --anc 0.8 --platelets 90 --neuropathy 2
    """
    from cereblon.dosing.library import find_rule_set
    from cereblon.errors import InputError
    from cereblon.regimens import Regimen
    from cereblon.regimens.library import load_entry
    from cereblon.simulation.findings import UNSEEN

    if explain is not None:
        from cereblon.dosing.words import explain as in_words

        for line in in_words(find_rule_set(explain, unseen=UNSEEN)):
            typer.echo(line)
        return
    if not regimen:
        raise typer.BadParameter(
            "name a regimen, e.g. vrd-s0777, or use --explain; `cereblon regimen list` shows all"
        )
    found = load_entry(regimen)
    if not isinstance(found, Regimen):
        raise InputError(f"{regimen}: is a strategy of several lines", hint="name one of its regimens")
    from cereblon.replay.decisions import decide_now

    seen = _seen({"anc": anc, "platelets": platelets, "haemoglobin": haemoglobin}, neuropathy, pain, grade)
    patient = {
        "age": age,
        "crcl": crcl,
        "weight": weight,
        "bmi": weight / (height / 100) ** 2,
        "frailty": float(_word(frailty)),
        "prior_lines": float(prior_lines),
    }
    before = {name: value for name, value in (_pair(text, "given") for text in given or [])}
    decisions = decide_now(find_rule_set(rules), found, patient, seen, cycle=cycle, reduced_to=before)
    surface = math.sqrt(weight * height / 3600)
    if as_json:
        import json

        answer = {
            "regimen": found.id,
            "rules": rules,
            "warning": _WARNING,
            "decisions": [decision.as_dict() for decision in decisions],
        }
        typer.echo(json.dumps(answer, indent=2))
    else:
        _print(decisions, f"{found.label}, cycle {cycle}, rules {rules}", surface, weight)
        typer.echo(_WARNING)


def _word(frailty: str) -> int:
    words = ("fit", "intermediate", "frail")
    if frailty not in words:
        raise typer.BadParameter(f"--frailty {frailty!r}: one of {', '.join(words)} is needed")
    return words.index(frailty)


def _seen(
    counts: dict[str, float | None], neuropathy: int | None, pain: bool, grades: list[str] | None
) -> dict[str, float]:
    from cereblon.dosing.measures import GRADE_TERMS
    from cereblon.errors import unknown_name

    seen = {name: value for name, value in counts.items() if value is not None}
    if neuropathy is not None:
        seen["peripheral_neuropathy"] = float(neuropathy)
    if pain:
        seen["neuropathic_pain"] = 1.0
    for text in grades or []:
        name, value = _pair(text, "grade")
        if name not in GRADE_TERMS:
            raise unknown_name("graded harm", name, list(GRADE_TERMS))
        if value not in (0, 1, 2, 3, 4):
            raise typer.BadParameter(f"--grade {text}: a grade is 0, 1, 2, 3 or 4")
        seen[name] = value
    return seen


def _pair(text: str, option: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    try:
        return name, float(value)
    except ValueError as error:
        raise typer.BadParameter(f"--{option} {text!r}: NAME=NUMBER is needed, e.g. {name or 'rash'}=2") from error


def _print(decisions: list[DrugDecision], title: str, surface: float, weight: float) -> None:
    typer.echo(f"{title}; body surface {surface:.2f} m2, {weight:g} kg\n")
    width = max(len(decision.drug) for decision in decisions)
    for decision in decisions:
        amount = "" if decision.dose is None else f"{decision.dose:g} {decision.unit}"
        often = "" if decision.schedule in ("", "as-ordered") else f", {decision.schedule}"
        days = f"  days {decision.days}" if decision.days and len(decision.days) < 40 else ""
        typer.echo(f"{decision.drug:<{width}}  {decision.action:<8}  {amount}{often}{days}")
        if decision.rule:
            typer.echo(f"{'':<{width}}  rule {decision.rule}")
            typer.echo(f"{'':<{width}}  source {decision.source}")
    typer.echo("")
