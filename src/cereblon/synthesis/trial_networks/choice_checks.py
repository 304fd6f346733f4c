"""What may be asked of a network of published trials: endpoints, scales, grades and studies that fit one another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cereblon.core.errors import InputError, unknown_name
from cereblon.evidence.study import Study
from cereblon.synthesis.frequentist.measure import Measure
from cereblon.synthesis.trial_networks.nodes import ArmRole
from cereblon.synthesis.trial_networks.selection import ExcludedEvidence
from cereblon.vocabulary.endpoints import Endpoint

_COUNTED_SECTIONS = ("response", "safety", "disposition")


def check_endpoint(entry: Endpoint, measure: str | None) -> None:
    """Refuse an endpoint that cannot be synthesised, or not on the scale asked for."""
    is_hazard = entry.is_hazard_ratio
    counted = entry.section in _COUNTED_SECTIONS and entry.kind in ("percent", "count")
    if not is_hazard and (not counted or entry.name.startswith("n_")):
        raise InputError(
            f"endpoint {entry.name} ({entry.meaning}) is neither a hazard ratio nor a share of patients",
            hint="for example pfs_hr, os_hr, orr, vgpr_or_better, mrd_negative_1e-5, ae_neutropenia",
        )
    if is_hazard and measure not in (None, "log_hr"):
        raise InputError(f"endpoint {entry.name} is a hazard ratio; it cannot be shown as {measure}")


def check_options(entry: Endpoint, grades: Sequence[str], at: str | None) -> None:
    """Refuse choices that say nothing about the endpoint."""
    if grades and entry.section != "safety":
        raise InputError(
            f"--grade is of adverse events; endpoint {entry.name} ({entry.meaning}) has none", hint="leave it out"
        )
    if at is not None and entry.is_hazard_ratio:
        raise InputError(
            f"--at is of responses; endpoint {entry.name} ({entry.meaning}) is of the whole time", hint="leave it out"
        )


def check_excluded(endpoint: str, setting: str, exclude: Sequence[str], left_out: Sequence[ExcludedEvidence]) -> None:
    """Refuse to leave out a study that is not there."""
    absent = sorted(set(exclude) - {entry.study for entry in left_out})
    if absent:
        raise InputError(
            f"--exclude {' '.join(absent)}: not among the studies of {endpoint} in the setting {setting}, so nothing "
            "would change",
            hint="leave it out of the command",
        )


def count_scale(measure: str | None) -> Measure:
    """Give the scale of counts that was asked for; log_or unless one was."""
    if measure is None or measure == "log_or":
        return "log_or"
    if measure == "log_rr":
        return "log_rr"
    if measure == "risk_difference":
        return "risk_difference"
    raise unknown_name("measure", measure, ("log_or", "log_rr", "risk_difference"))


def checked_grades(
    endpoint: str, chosen: Sequence[tuple[Study, Mapping[str, ArmRole]]], grades: Sequence[str]
) -> tuple[str, ...]:
    """Return the grades to use; several grades are never taken as one without being asked to."""
    printed = {
        fact.grade: None
        for study, roles in chosen
        for fact in study.facts
        if fact.endpoint == endpoint and fact.arm in roles and fact.grade is not None
    }
    unknown = [grade for grade in grades if grade not in printed]
    if unknown and printed:
        raise unknown_name("grade", unknown[0], list(printed))
    if not grades and len(printed) > 1:
        raise InputError(
            f"{endpoint} is published for several grades: {', '.join(printed)}",
            hint="choose with --grade; give it twice, e.g. --grade 3+ --grade 3-4, to take two as one",
        )
    return tuple(grades) or tuple(printed)
