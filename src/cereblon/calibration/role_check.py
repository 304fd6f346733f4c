"""The check of roles: a fit sees published numbers of studies of role `calibration` alone."""

from __future__ import annotations

from functools import cache

from cereblon.core.errors import InputError
from cereblon.evidence import Study, load_study, study_ids


def calibration_study(study_id: str) -> Study:
    """Load a study that may be fitted.

    Parameters
    ----------
    study_id
        Key of a packaged study.

    Raises
    ------
    UnknownNameError
        If there is no such study.
    InputError
        If its role is another than `calibration`.
    """
    if study_id not in calibration_studies():
        role = load_study(study_id).role  # an unknown key is refused here
        raise InputError(
            f"{study_id}: role {role}; only calibration studies may be fitted",
            hint="cereblon validate predicts studies of other roles",
        )
    return load_study(study_id)


def calibration_trials() -> tuple[str, ...]:
    """Name the studies of role `calibration` that state a trial."""
    from cereblon.trials.study_trial import has_trial

    return tuple(name for name in calibration_studies() if has_trial(load_study(name)))


@cache
def calibration_studies() -> tuple[str, ...]:
    """Name the studies of role `calibration` from one line of each file, so that no other number is read."""
    from importlib.resources import files

    folder = files("cereblon.evidence") / "studies"
    allowed = set()
    for study in study_ids():
        with (folder / f"{study}.yaml").open(encoding="utf-8") as lines:
            role = next((line for line in lines if line.startswith("role:")), "")
        if role.split(":", 1)[-1].strip() == "calibration":
            allowed.add(study)
    return tuple(sorted(allowed))
