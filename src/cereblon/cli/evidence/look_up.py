"""`cereblon evidence list`, `show`, `table`, `endpoints`, `check` and `regimen`: what is published."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from cereblon.cli.outputs import print_result
from cereblon.cli.running import AsCsv, AsJson

Setting = Annotated[Optional[str], typer.Option(help="Keep one setting, for example rrmm.")]  # noqa: UP045
Role = Annotated[Optional[str], typer.Option(help="Keep one role: calibration, validation or context.")]  # noqa: UP045
Kind = Annotated[Optional[str], typer.Option(help="Keep one kind, for example randomised.")]  # noqa: UP045


def list_studies(
    setting: Setting = None, role: Role = None, kind: Kind = None, as_json: AsJson = False, as_csv: AsCsv = False
) -> None:
    """List the studies with setting, role and number of facts.

    Example: cereblon evidence list --role validation --kind randomised
    """
    import cereblon as cb

    print_result(cb.evidence.studies(setting=setting, role=role, kind=kind), as_json=as_json, as_csv=as_csv)


def show(
    study: Annotated[str, typer.Argument(help="Id of a study, or path of a study file.")],
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Show one study: population, arms, every number with its source, conflicts and cautions.

    Example: cereblon evidence show swog-s0777
    """
    import cereblon as cb

    print_result(cb.evidence.show(study), as_json=as_json, as_csv=as_csv)


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
    import cereblon as cb

    answer = cb.evidence.table(endpoint, setting=setting, role=role, kind=kind, regimen=regimen)
    print_result(answer, as_json=as_json, as_csv=as_csv)


def endpoints(as_json: AsJson = False, as_csv: AsCsv = False) -> None:
    """List the endpoints a fact may have, with unit and meaning.

    Example: cereblon evidence endpoints
    """
    import cereblon as cb

    print_result(cb.evidence.endpoints(), as_json=as_json, as_csv=as_csv)


def check(files: Annotated[list[str], typer.Argument(help="Study files.")]) -> None:
    """Check study files and name every problem in them.

    Example: cereblon evidence check my-trial.yaml
    """
    import cereblon as cb

    print_result(cb.evidence.check(*files))


def regimen(
    study: Annotated[str, typer.Argument(help="Id of a study, or path of a study file.")],
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Show what was understood of the regimen of each arm: as a calendar, in words, and what is assumed.

    Example: cereblon evidence regimen griffin
    """
    import cereblon as cb

    print_result(cb.evidence.regimen(study), as_json=as_json, as_csv=as_csv)
