"""`cereblon dose`: starting doses and dose decisions of a rule set for one patient type, and a rule set in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cereblon.cli.applies import Applies, CheckedCommand, applies

if TYPE_CHECKING:
    from cereblon.verification.replay.decisions import DrugDecision

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)

_WARNING = "A research tool: it does not know the patient and is not for treating one."


_PATIENT = ("--age", "--weight", "--height", "--crcl", "--dialysis", "--frailty", "--prior-lines")
_TODAY = ("--cycle", "--anc", "--platelets", "--haemoglobin", "--neuropathy", "--grade", "--given")
_IN_WORDS = "a rule set is said in words for every patient"


@app.command(cls=CheckedCommand)
@applies(
    *(
        Applies(option, without=("--explain",), because=_IN_WORDS)
        for option in ("--rules", *_PATIENT, *_TODAY, "--json")
    ),
    Applies("--pain", with_any=("--neuropathy",), because="it is pain of the neuropathy"),
    Applies("--marrow-infiltration", with_any=("--platelets",), because="it explains a count of platelets"),
)
def dose(
    context: typer.Context,
    regimen: Annotated[str, typer.Argument(help="Regimen of the library, or a YAML file.")] = "",
    rules: Annotated[str, typer.Option(help="Rule set of the library, or a YAML file.")] = "us-label",
    explain: Annotated[
        str | None, typer.Option(help="Say in words what a rule set or rule file does, and stop.")
    ] = None,
    age: Annotated[float, typer.Option(help="Years.")] = 65,
    weight: Annotated[float, typer.Option(help="kg.")] = 75,
    height: Annotated[float, typer.Option(help="cm.")] = 170,
    crcl: Annotated[float, typer.Option(help="Creatinine clearance, mL/min.")] = 90,
    dialysis: Annotated[
        bool, typer.Option("--dialysis", help="The patient is on dialysis; the clearance counts as below 30 mL/min.")
    ] = False,
    frailty: Annotated[str, typer.Option(help="fit, intermediate or frail.")] = "fit",
    prior_lines: Annotated[
        int, typer.Option(min=0, max=20, help="Lines of therapy before; with one or more, disease is relapsed.")
    ] = 0,
    cycle: Annotated[int, typer.Option(min=1, max=500, help="Cycle of the regimen, from 1.")] = 1,
    anc: Annotated[float | None, typer.Option(help="Neutrophils of today, 1e9/L.")] = None,
    platelets: Annotated[float | None, typer.Option(help="Platelets of today, 1e9/L.")] = None,
    marrow_infiltration: Annotated[
        bool, typer.Option("--marrow-infiltration", help="Plasma cells in the marrow explain low platelets.")
    ] = False,
    haemoglobin: Annotated[float | None, typer.Option(help="Haemoglobin of today, g/L.")] = None,
    neuropathy: Annotated[int | None, typer.Option(min=0, max=4, help="Grade of neuropathy today.")] = None,
    pain: Annotated[bool, typer.Option("--pain", help="The neuropathy hurts.")] = False,
    grade: Annotated[
        list[str] | None, typer.Option(help="Grade of other harm, e.g. rash=3; may be repeated.")
    ] = None,
    given: Annotated[
        list[str] | None,
        typer.Option(
            help="Dose a drug was lowered to before, e.g. lenalidomide=15 or 'Revlimid 15 mg'; may be repeated."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Print starting doses for a patient type, or what a rule set does on the counts and grades of today.

    Every dose names its rule and source. It is not for treating patients.

    Example: cereblon dose vrd-s0777 --age 78 --crcl 45 --anc 0.8 --platelets 90 --neuropathy 2
    """
    from cereblon.core.errors import InputError
    from cereblon.model.dosing.library import find_rule_set
    from cereblon.model.engine.findings import UNSEEN
    from cereblon.model.regimens import Regimen
    from cereblon.model.regimens.library import load_entry

    if explain is not None:
        from cereblon.model.dosing.words import explain as in_words

        if regimen:
            raise typer.BadParameter(f"--explain says a rule set in words; {regimen} would change nothing")
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
    from cereblon.verification.replay.question import OptionError, Question, ask

    numbers = {"age": age, "weight": weight, "height": height, "crcl": crcl}
    counts = {"anc": anc, "platelets": platelets, "haemoglobin": haemoglobin}
    question = Question(
        numbers=numbers | {name: value for name, value in counts.items() if value is not None},
        frailty=frailty,
        prior_lines=prior_lines,
        cycle=cycle,
        dialysis=dialysis,
        marrow_infiltration=marrow_infiltration,
        neuropathy=neuropathy,
        pain=pain,
        grades=tuple(grade or ()),
        given=tuple(given or ()),
        said=_said(context),
    )
    try:
        answer = ask(question, found, find_rule_set(rules))
    except OptionError as error:
        raise typer.BadParameter(error.message) from error
    if as_json:
        from cereblon.cli.running import print_json

        print_json(
            {
                "regimen": found.id,
                "cycle": cycle,
                "rules": rules,
                "indication": answer.indication,
                "read_as": answer.read_as,
                "warning": _WARNING,
                "notes": answer.notes,
                "decisions": [decision.as_dict() for decision in answer.decisions],
            }
        )
        return
    from cereblon.cli.running import print_notes

    typer.echo(f"{found.label}, cycle {cycle}, rules {rules}")
    typer.echo(f"Read as: {answer.read_as}.\n")
    _print(answer.decisions, f"Nothing is ordered in cycle {cycle} of {found.id}.")
    typer.echo(_WARNING)
    print_notes(answer.notes)


def _said(context: typer.Context) -> frozenset[str]:
    """Name the parameters that the caller wrote."""
    return frozenset(
        name
        for name in context.params
        if (source := context.get_parameter_source(name)) is not None and source.name == "COMMANDLINE"
    )


def _print(decisions: list[DrugDecision], nothing: str) -> None:
    if not decisions:
        typer.echo(f"{nothing}\n")
        return
    width = max(len(decision.drug) for decision in decisions)
    wide = max(len(decision.action) for decision in decisions)
    for decision in decisions:
        amount = "" if decision.dose is None else f"{decision.dose:g} {decision.unit}"
        often = "" if decision.schedule in ("", "as-ordered") else f", {decision.schedule}"
        days = f"  days {decision.days}" if decision.days and len(decision.days) < 40 else ""
        typer.echo(f"{decision.drug:<{width}}  {decision.action:<{max(wide, 8)}}  {amount}{often}{days}".rstrip())
        typer.echo(f"{'':<{width}}  rule {decision.rule}: {decision.because}.")
        typer.echo(f"{'':<{width}}  source {decision.source}")
    typer.echo("")
