"""`cereblon dose`: starting doses and dose decisions of a rule set for one patient type, and a rule set in words."""

from __future__ import annotations

from typing import Annotated

import typer

from cereblon.cli.applies import Applies, CheckedCommand, applies
from cereblon.cli.running import AsJson

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)

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
    regimen: Annotated[str, typer.Argument(help="Regimen of the library, or a YAML file.")] = "",
    rules: Annotated[str, typer.Option(help="Rule set of the library, or a YAML file.")] = "us-label",
    explain: Annotated[
        str | None, typer.Option(help="Say in words what a rule set or rule file does, and stop.")
    ] = None,
    age: Annotated[str | None, typer.Option(help="Years; 65 unless given.")] = None,
    weight: Annotated[str | None, typer.Option(help="kg, or with its unit; 75 unless given.")] = None,
    height: Annotated[str | None, typer.Option(help="cm, or with its unit; 170 unless given.")] = None,
    crcl: Annotated[
        str | None, typer.Option(help="Creatinine clearance, mL/min, or with its unit; 90 unless given.")
    ] = None,
    dialysis: Annotated[
        bool, typer.Option("--dialysis", help="The patient is on dialysis; the clearance counts as below 30 mL/min.")
    ] = False,
    frailty: Annotated[str | None, typer.Option(help="fit, intermediate or frail; fit unless given.")] = None,
    prior_lines: Annotated[
        int | None,
        typer.Option(min=0, max=20, help="Lines of therapy before; with one or more, disease is relapsed."),
    ] = None,
    cycle: Annotated[int, typer.Option(min=1, max=500, help="Cycle of the regimen, from 1.")] = 1,
    anc: Annotated[str | None, typer.Option(help="Neutrophils of today, 1e9/L, or with its unit.")] = None,
    platelets: Annotated[str | None, typer.Option(help="Platelets of today, 1e9/L, or with its unit.")] = None,
    marrow_infiltration: Annotated[
        bool, typer.Option("--marrow-infiltration", help="Plasma cells in the marrow explain low platelets.")
    ] = False,
    haemoglobin: Annotated[str | None, typer.Option(help="Haemoglobin of today, g/L, or with its unit.")] = None,
    neuropathy: Annotated[int | None, typer.Option(min=0, max=4, help="Grade of neuropathy today.")] = None,
    pain: Annotated[bool, typer.Option("--pain", help="The neuropathy hurts.")] = False,
    grade: Annotated[
        list[str] | None, typer.Option(help="Grade of another adverse event, e.g. rash=3; may be repeated.")
    ] = None,
    given: Annotated[
        list[str] | None,
        typer.Option(
            help="Dose a drug was lowered to before, e.g. lenalidomide=15 or 'Revlimid 15 mg'; may be repeated."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print starting doses for a patient type, or what a rule set does on the counts and grades of today.

    Every dose names its rule and source. It is not for treating patients.

    Example: cereblon dose vrd-s0777 --age 78 --crcl 45 --anc 0.8 --platelets 90 --neuropathy 2
    """
    import cereblon as cb
    from cereblon.cli.outputs import print_result

    if explain is not None:
        if regimen:
            raise typer.BadParameter(f"--explain says a rule set in words; {regimen} would change nothing")
        print_result(cb.explain_rules(explain))
        return
    if not regimen:
        raise typer.BadParameter(
            "name a regimen, e.g. vrd-s0777, or use --explain; `cereblon regimen list` shows all"
        )
    patient: cb.DosePatient = {
        "age": age,
        "weight": weight,
        "height": height,
        "crcl": crcl,
        "dialysis": dialysis or None,
        "frailty": frailty,
        "prior_lines": prior_lines,
        "anc": anc,
        "platelets": platelets,
        "marrow_infiltration": marrow_infiltration or None,
        "haemoglobin": haemoglobin,
        "neuropathy": neuropathy,
        "pain": pain or None,
    }
    found = cb.dose(regimen, rules=rules, cycle=cycle, grades=grade or (), given=given or (), **patient)
    print_result(found, as_json=as_json)
