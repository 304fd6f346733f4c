"""How much more often an event is reported with a drug than with all others: ROR, PRR and IC of report counts.

Spontaneous reports have no denominator of patients treated. These measures compare shares of reports alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from cereblon.core.errors import InputError
from cereblon.statistics.estimate import normal_quantile

LEVEL = 0.95
_FEW = 3  # of reports of the pair: the usual least number for a signal (Evans 2001)
_SMALL_EXPECTED = 0.5
_BACKGROUND = 1000  # reports below which a file is hardly the background of a whole database

GENERAL_WARNINGS: tuple[str, ...] = (
    "Reporting ratios are not incidence: nobody knows how many patients took the drug, or how many events went"
    " unreported.",
    "Reporting is stimulated: media, new warnings and patient-support or risk-management programmes raise the number"
    " of reports. Lenalidomide is dispensed under such a programme, which stays in touch with every patient.",
    "The disease under treatment is reported as an event, and raises some ratios and hides others (confounding by"
    " indication, masking).",
    "Reports may be duplicates, and one report may name many drugs and events.",
    "A raised ratio is a reason to look, and no evidence of cause.",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportCounts:
    """Counts of reports for one drug and one event.

    Parameters
    ----------
    drug, event
        Names.
    both
        Reports that name both.
    drug_reports
        Reports that name the drug.
    event_reports
        Reports that name the event.
    all_reports
        Reports in the data.
    """

    drug: str
    event: str
    both: int
    drug_reports: int
    event_reports: int
    all_reports: int

    @property
    def cells(self) -> tuple[int, int, int, int]:
        """Give the table of two by two: with drug and event, drug only, event only, neither."""
        only_drug, only_event = self.drug_reports - self.both, self.event_reports - self.both
        return self.both, only_drug, only_event, self.all_reports - self.both - only_drug - only_event


@dataclass(frozen=True, kw_only=True, slots=True)
class Disproportionality:
    """The measures of one drug and event, each with its 95% interval.

    `handling` names what was done about a cell without reports; `warnings` what this row cannot carry. A measure that
    the counts do not determine is NaN.
    """

    drug: str
    event: str
    reports: int
    expected: float
    ror: float
    ror_low: float
    ror_high: float
    prr: float
    prr_low: float
    prr_high: float
    chi_squared: float
    ic: float
    ic_low: float
    ic_high: float
    handling: str
    warnings: tuple[str, ...]


def find_count_problems(counts: ReportCounts) -> list[str]:
    """List counts that cannot be together, in words."""
    problems = [
        f"{name} {value} is below 0"
        for name, value in (
            ("reports", counts.both),
            ("drug_reports", counts.drug_reports),
            ("event_reports", counts.event_reports),
            ("all_reports", counts.all_reports),
        )
        if value < 0
    ]
    if problems:
        return problems
    for name, value in (("drug_reports", counts.drug_reports), ("event_reports", counts.event_reports)):
        if counts.both > value:
            problems.append(f"{counts.both} reports with drug and event are more than {name} {value}")
        if value > counts.all_reports:
            problems.append(f"{name} {value} are more than all_reports {counts.all_reports}")
    if not problems and min(counts.cells) < 0:
        problems.append(
            f"drug_reports {counts.drug_reports} and event_reports {counts.event_reports} do not fit into all_reports"
            f" {counts.all_reports}"
        )
    return problems


def disproportionality(counts: ReportCounts) -> Disproportionality:
    """Compute ROR, PRR and IC of one drug and event.

    The reporting odds ratio and the proportional reporting ratio have Wald intervals on the log scale; where a cell
    of the table is 0, one half is added to each (Haldane), and `handling` says so. The information component is the
    shrunk log2 of observed over expected reports, with the exact quantiles of a gamma distribution.

    Raises
    ------
    InputError
        If the counts contradict each other.

    Source
    ------
    Evans 2001, doi:10.1002/pds.677 (PRR, chi-squared with Yates' correction); van Puijenbroek 2002,
    doi:10.1002/pds.668 (ROR); Noren 2013, doi:10.1177/0962280211403604 (IC and its interval).
    """
    problems = find_count_problems(counts)
    if problems:
        raise InputError("\n".join(f"{counts.drug}, {counts.event}: {problem}" for problem in problems))
    observed = counts.both
    expected = counts.drug_reports * counts.event_reports / counts.all_reports if counts.all_reports else 0.0
    handling = ""
    cells: Sequence[float] = counts.cells
    if min(cells) == 0:
        cells = [cell + 0.5 for cell in cells]
        handling = "one half was added to each cell for ROR and PRR, since one is 0"
    a, b, c, d = cells
    ror, prr = a * d / (b * c), (a / (a + b)) / (c / (c + d))
    ror_se = math.sqrt(1 / a + 1 / b + 1 / c + 1 / d)
    prr_se = math.sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d))
    z = normal_quantile(LEVEL)
    ic, ic_low, ic_high = information_component(observed, expected)
    return Disproportionality(
        drug=counts.drug,
        event=counts.event,
        reports=observed,
        expected=expected,
        ror=ror,
        ror_low=ror * math.exp(-z * ror_se),
        ror_high=ror * math.exp(z * ror_se),
        prr=prr,
        prr_low=prr * math.exp(-z * prr_se),
        prr_high=prr * math.exp(z * prr_se),
        chi_squared=_chi_squared(counts),
        ic=ic,
        ic_low=ic_low,
        ic_high=ic_high,
        handling=handling,
        warnings=_warnings(counts, expected),
    )


def information_component(observed: int, expected: float) -> tuple[float, float, float]:
    """Give the shrunk log2 of observed over expected reports, with its 95% interval.

    The rate has a gamma prior of shape and rate one half, which pulls pairs of few reports towards 0.

    Parameters
    ----------
    observed
        Reports of the pair.
    expected
        Reports expected if drug and event were independent.
    """
    from scipy.special import gammaincinv

    shape, rate = observed + 0.5, expected + 0.5
    low, high = gammaincinv(shape, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]) * (1 / rate)
    return math.log2(shape / rate), math.log2(low), math.log2(high)


def _chi_squared(counts: ReportCounts) -> float:
    """Give chi-squared with Yates' correction; NaN where a margin is empty."""
    a, b, c, d = counts.cells
    margins = (a + b) * (c + d) * (a + c) * (b + d)
    if margins == 0:
        return math.nan
    total = a + b + c + d
    return float(total * max(0.0, abs(a * d - b * c) - total / 2) ** 2 / margins)


def _warnings(counts: ReportCounts, expected: float) -> tuple[str, ...]:
    found = []
    if counts.both < _FEW:
        found.append(f"{counts.both} reports of the pair; fewer than {_FEW} carry no ratio")
    elif min(counts.cells) < 5:
        found.append("a cell below 5: the intervals of ROR and PRR are rough")
    if expected < _SMALL_EXPECTED:
        found.append(f"{expected:.2g} reports expected: ROR and PRR are unstable, read IC")
    if counts.all_reports < _BACKGROUND:
        found.append(f"{counts.all_reports} reports in all: these counts compare within a small file, not a database")
    if counts.event_reports == counts.both and counts.both:
        found.append("no other drug has this event in the data")
    return tuple(found)
