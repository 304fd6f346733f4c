"""Comparisons with published trials that come with the package, so that they are shown without simulating."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

from cereblon.core.errors import unknown_name
from cereblon.core.fingerprint import code_checksum
from cereblon.trials.kept_report import KeptReport, read_kept_report, write_kept_report
from cereblon.trials.library import load_trial
from cereblon.trials.run import Prepared, header, prepare
from cereblon.trials.summary import RunSummary, parameter_draws

_FOLDER = Path(__file__).parent / "shipped"
_ENDING = ".json.gz"
CODE = "code"
"""Name of the checksum of the code that decides results."""
_STUDY = "study file"


def kept_report_of(summary: RunSummary) -> KeptReport:
    """Give what the report of a run shows, with the checksums of what decided it."""
    study = summary.plan.study or ""
    head = summary.run.header
    told = {CODE: str(head["versions"]["model code"]), **{name: str(one) for name, one in head["checksums"].items()}}
    return KeptReport(data=summary.data, study=study, checksums=told | ({_STUDY: _file_of(study)} if study else {}))


def _file_of(study: str) -> str:
    return code_checksum(f"evidence/studies/{study}.yaml")


def shipped_studies() -> tuple[str, ...]:
    """Name the studies whose comparison comes with the package."""
    return tuple(sorted(path.name.removesuffix(_ENDING) for path in _FOLDER.glob(f"*{_ENDING}")))


@cache
def shipped_run(study: str) -> KeptReport:
    """Give the comparison of a study that comes with the package.

    Raises
    ------
    UnknownNameError
        If none comes with it.
    """
    if study not in shipped_studies():
        raise unknown_name("shipped comparison", study, list(shipped_studies()))
    return read_kept_report(_FOLDER / f"{study}{_ENDING}")


def ship(summary: RunSummary) -> Path:
    """Write the comparison of a run into the package; `compare` makes it again, whichever way it was made."""
    kept = kept_report_of(summary)
    kept = replace(kept, data=replace(kept.data, command=f"cereblon compare {kept.study}"))
    return write_kept_report(kept, _FOLDER / f"{kept.study}{_ENDING}")


@cache
def changed_since(study: str) -> tuple[str, ...]:
    """Name what decides a shipped comparison and is no longer what it was when it was made.

    Equal inputs and code give equal numbers, so that none of them means that `compare` would give the same.
    """
    return differences(study, prepare(load_trial(study), ensemble=parameter_draws(None)))


def differences(study: str, prepared: Prepared) -> tuple[str, ...]:
    """Name what decides a run and is not what it was when the comparison of a study was made that is shipped."""
    then = shipped_run(study).checksums
    head = header(prepared, 1)
    now = {CODE: head["versions"]["model code"], **head["checksums"], _STUDY: _file_of(study)}
    return tuple(name for name, checksum in now.items() if then.get(name) != checksum)
