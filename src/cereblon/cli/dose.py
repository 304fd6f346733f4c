"""`cereblon dose`: starting doses and dose decisions of a rule set for one patient type, and a rule set in words."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cereblon.cli.applies import Applies, CheckedCommand, applies
from cereblon.cli.asks import Asks, asks
from cereblon.cli.running import AsJson

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)

_PATIENT = ("--age", "--weight", "--height", "--crcl", "--dialysis", "--frailty", "--prior-lines")
_TODAY = ("--cycle", "--anc", "--platelets", "--haemoglobin", "--neuropathy", "--grade", "--given")
_IN_WORDS = "a rule set is said in words for every patient"


@app.command(cls=CheckedCommand)
@applies(
    *(
        Applies(option, without=("--explain",), because=_IN_WORDS)
        for option in ("--rules", *_PATIENT, *_TODAY, "--allow-implausible", "--json")
    ),
    Applies("--pain", with_any=("--neuropathy",), because="it is pain of the neuropathy"),
    Applies("--marrow-infiltration", with_any=("--platelets",), because="it explains a count of platelets"),
)
@asks(
    Asks(
        of="questions.dosing.dose",
        without=("regimen",),
        many=("grades", "given"),
        limits={"cycle": (1, 500)},
        flags={"grades": ("--grade",)},
        said={
            "grades": "Grade of another adverse event, e.g. rash=3; may be repeated.",
            "given": "Dose a drug was lowered to before, e.g. lenalidomide=15 or 'Revlimid 15 mg'; may be repeated.",
        },
    ),
    Asks(of="questions.dose_patient.DosePatient", limits={"prior_lines": (0, 1000), "neuropathy": (0, 4)}),
)
def dose(
    asked: dict[str, Any],
    patient: dict[str, Any],
    regimen: Annotated[str, typer.Argument(help="Regimen of the library, or a YAML file.")] = "",
    explain: Annotated[
        str | None, typer.Option(help="Say in words what a rule set or rule file does, and stop.")
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
    found = cb.dose(regimen, **asked, **patient)
    print_result(found, as_json=as_json)
