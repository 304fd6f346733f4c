"""Adverse events of a group of a cohort beside those that trials and studies of routine care print."""

from __future__ import annotations

from collections.abc import Sequence

from cereblon.cohort.beside.reference_trial import published_arms
from cereblon.cohort.beside.treated_groups import TreatedGroup
from cereblon.cohort.diagnosed_events import ANY_GRADE, line_diagnosed_events
from cereblon.cohort.folder import CohortTables
from cereblon.cohort.laboratory_events import line_laboratory_events
from cereblon.cohort.line_outcomes import masked
from cereblon.core.rows import Row, number, text
from cereblon.evidence.library import latest_facts, published_facts
from cereblon.evidence.study import Study
from cereblon.synthesis.real_world import TreatedCohort

_SAME_GRADES = {"3+": ("3+", "3-4"), "4": ("4", "4+"), ANY_GRADE: (ANY_GRADE,)}
"""How publications write the ranges of grades that are counted in a cohort."""


def event_rows(built: CohortTables, studies: Sequence[Study], group: TreatedGroup, *, fewest: int) -> list[Row]:
    """Give the share of lines with each adverse event, and the range that publications print.

    Parameters
    ----------
    built
        The cohort.
    studies
        The evidence.
    group
        Its lines.
    fewest
        Smaller numbers are masked.

    Returns
    -------
        Rows of events of which something was observed and can be shown, or published.
    """
    seen = masked(
        [
            *line_laboratory_events(built, group.lines, group.key),
            *line_diagnosed_events(built, group.lines, group.key),
        ],
        fewest,
    )
    arms = published_arms(studies, group)
    rows: list[Row] = []
    for row in seen:
        endpoint, grade = text(row, "endpoint"), text(row, "grade")
        printed = {kind: _printed([arm for arm in arms if arm.group == kind], endpoint, grade) for kind in _KINDS}
        if number(row, "value") is None and not any(printed.values()):
            continue
        rows.append(
            {
                "group": group.key,
                "label": group.label,
                "endpoint": endpoint,
                "grade": grade,
                "observed": row["value"],
                "observed_low": row["low"],
                "observed_high": row["high"],
                "n": row["n"],
                **{
                    name: found
                    for kind, values in printed.items()
                    for name, found in (
                        (f"{kind}s", len(values)),
                        (f"{kind}_least", min(values, default=None)),
                        (f"{kind}_greatest", max(values, default=None)),
                    )
                },
            }
        )
    return rows


_KINDS = ("trial", "practice")
EVENT_COLUMNS = (
    *("group", "label", "endpoint", "grade", "observed", "observed_low", "observed_high", "n"),
    *("trials", "trial_least", "trial_greatest", "practices", "practice_least", "practice_greatest"),
)


def _printed(arms: Sequence[TreatedCohort], endpoint: str, grade: str) -> list[float]:
    """Give the printed percentages of whole arms over all treatment, one of an arm."""
    found = []
    for arm in arms:
        facts = published_facts(arm.study, endpoints=[endpoint], numbers_only=True)
        own = [
            float(fact.value or 0.0)
            for fact in latest_facts(arm.study, facts)
            if fact.arm == arm.arm
            and fact.grade in _SAME_GRADES[grade]
            and fact.unit == "percent"
            and fact.value is not None
            and not any((fact.phase, fact.at, fact.of, fact.month, fact.subgroup, fact.versus, fact.drug))
        ]
        found += own[-1:]
    return found
