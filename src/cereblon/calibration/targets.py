"""What a fit aims at: published numbers of studies with role `calibration`, and nothing else."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from cereblon.errors import InputError
from cereblon.evidence import latest_facts, load_study, published_facts

STUDIES = ("first-mm020", "swog-s0777", "aspire", "pollux", "tourmaline-mm1", "mm009-mm010-pooled")

# Standard deviations on the scale of the comparison (logit of a share, log of a time or ratio): what studies of the
# same regimen differ by, beyond their size. Control arms of Rd spread from 18 to 34 months of median PFS.
_BETWEEN = {"share": 0.25, "time": 0.15, "ratio": 0.04}
_ENDPOINTS = {
    "orr": "share",
    "vgpr_or_better": "share",
    "cr_or_better": "share",
    "pfs_median": "time",
    "ttp_median": "time",
    "pfs_hr": "ratio",
}

# Of S0777 the confirmed response rates of the first report are aimed at; the later cut reassessed them.
_CUT = {"swog-s0777": {"orr": "2017 primary", "vgpr_or_better": "2017 primary", "cr_or_better": "2017 primary"}}


# The main job replicates S0777, so its numbers count for more in this first fit.
_WEIGHT = {"swog-s0777": 1.5}


@dataclass(frozen=True, slots=True)
class Target:
    """One published number with its distance scale."""

    study: str
    endpoint: str
    arm: str
    versus: str
    value: float
    sd: float

    def residual(self, simulated: float | None) -> float:
        """Give the distance in standard deviations; a value that was not reached counts as four."""
        if simulated is None:
            return 4.0
        return (_scale(self.endpoint, simulated) - _scale(self.endpoint, self.value)) / self.sd


def _scale(endpoint: str, value: float) -> float:
    if _ENDPOINTS[endpoint] == "share":
        share = min(max(value / 100.0, 0.003), 0.997)
        return math.log(share / (1.0 - share))
    return math.log(value)


def targets(study_id: str, arms: Sequence[str]) -> list[Target]:
    """Choose the targets of one study: for each quantity the last cut, or the one named above.

    Raises
    ------
    InputError
        If the study's role is not `calibration`.
    """
    study = load_study(study_id)
    if study.role != "calibration":
        raise InputError(f"{study_id}: role {study.role}; only calibration studies may be fitted")
    found = {}
    facts = published_facts(study, endpoints=list(_ENDPOINTS))
    cut = _CUT.get(study_id, {})
    chosen = [fact for fact in facts if cut.get(fact.endpoint) == fact.cut and fact.endpoint in cut]
    chosen += [fact for fact in latest_facts(study, facts) if fact.endpoint not in cut]
    for fact in chosen:
        versus = fact.versus or ""
        if fact.arm not in arms or fact.value is None or (versus and versus not in arms) or fact.month is not None:
            continue
        found[(fact.endpoint, fact.arm, versus)] = Target(
            study=study_id,
            endpoint=fact.endpoint,
            arm=fact.arm,
            versus=versus,
            value=fact.value,
            sd=_sd(fact.endpoint, fact.value, study.patients(fact.arm) or 200) / _WEIGHT.get(study_id, 1.0),
        )
    return list(found.values())


def _sd(endpoint: str, value: float, n: int) -> float:
    kind = _ENDPOINTS[endpoint]
    if kind == "share":
        share = min(max(value / 100.0, 0.02), 0.98)
        sampling = 1.0 / math.sqrt(n * share * (1.0 - share))
    else:
        # About two thirds of an arm have an event: the log of a median or of a ratio has this standard error.
        sampling = (1.3 if kind == "time" else math.sqrt(2.0)) / math.sqrt(0.65 * n)
    return math.hypot(sampling, _BETWEEN[kind])
