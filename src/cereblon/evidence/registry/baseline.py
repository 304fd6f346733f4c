"""Baseline characteristics and participant flow of a record."""

from __future__ import annotations

import re

from cereblon.evidence.registry.facts import SOURCE, DraftFact, Fields, Harvest, count, number, share
from cereblon.evidence.registry.groups import Arms
from cereblon.evidence.registry.record import Branch

# Titles of measures, then of their categories, and the endpoint that a category of such a measure is.
_CATEGORIES: tuple[tuple[str, str, str], ...] = (
    (r"\bsex\b|gender", r"male|men", "baseline_male"),
    (r"\bage\b", r"(>=|≥|at least)\s*75( years)?|75 years (and|or) (over|older)", "baseline_age_75_or_over"),
    (r"\bage\b", r">\s*75( years)?", "baseline_age_over_75"),
    (r"\biss\b|international staging", r"(stage )?(i|1)", "baseline_iss_1"),
    (r"\biss\b|international staging", r"(stage )?(ii|2)", "baseline_iss_2"),
    (r"\biss\b|international staging", r"(stage )?(iii|3)", "baseline_iss_3"),
    (r"\becog\b|performance status", r"0 (or|to|-) ?1", "baseline_ecog_0_1"),
    (r"prior (lines?|therap|regimen)", r"(1|one)( prior)?( lines?| therapy)?", "baseline_prior_lines_1"),
    (r"prior (lines?|therap|regimen)", r"(2|two) (or|to|-) ?(3|three)", "baseline_prior_lines_2_or_3"),
    (r"prior (lines?|therap|regimen)", r"(>=|≥) ?2|2 or more", "baseline_prior_lines_2_or_more"),
    (r"prior (lines?|therap|regimen)", r"(>=|≥) ?3|3 or more", "baseline_prior_lines_3_or_more"),
    (r"cytogenetic", r"high([- ]risk)?", "baseline_high_risk_cytogenetics"),
    (r"cytogenetic", r"standard([- ]risk)?", "baseline_standard_risk_cytogenetics"),
)
_MEDIANS: tuple[tuple[str, str, str, str], ...] = (
    (r"\bage\b", r"years", "baseline_age_median", "years"),
    (r"creatinine clearance", r"ml ?/ ?min", "baseline_crcl_median", "mL/min"),
    (r"time (since|from) (initial )?diagnosis", r"months", "baseline_time_since_diagnosis_median", "months"),
    (r"time (since|from) (initial )?diagnosis", r"years", "baseline_time_since_diagnosis_median", "years"),
    (r"number of prior (lines|therap)", r".*", "baseline_prior_lines_median", "lines"),
)


def read_flow(results: Branch, arms: Arms, *, randomised: bool) -> Harvest:
    """Read how many started, and how many left for an adverse event, by period."""
    harvest = Harvest()
    module = results.branch("participantFlowModule")
    arm_of = arms.of_groups(module.items("groups"))
    for index, period in enumerate(module.items("periods")):
        title = period.text("title")
        started: dict[str, int] = {}
        for milestone in period.items("milestones"):
            kind = milestone.text("type")
            if kind == "STARTED":
                participants = [
                    (one.text("groupId"), count(one.text("numSubjects"))) for one in milestone.items("achievements")
                ]
                started = {group: number for group, number in participants if number is not None}
            if kind == "STARTED" and not index:
                harvest.facts += _starters(started, arm_of, "n_randomised" if randomised else "n_patients")
            else:
                harvest.unread.append(f"flow, {title}: {kind.lower()}")
                milestone.finish()
        for reason in period.items("dropWithdraws"):
            why = reason.text("type")
            if why.lower() == "adverse event":
                harvest.add(_left_for_events(reason, title, started, arm_of))
            else:
                harvest.unread.append(f"flow, {title}: left for {why.lower()}")
                reason.finish()
    return harvest


def _starters(started: dict[str, int], arm_of: dict[str, str], endpoint: str) -> list[DraftFact]:
    return [
        DraftFact(
            {"arm": arm_of[group], "endpoint": endpoint, "value": participants, "unit": "patients", "source": SOURCE}
        )
        for group, participants in started.items()
        if participants
    ]


def _left_for_events(reason: Branch, title: str, started: dict[str, int], arm_of: dict[str, str]) -> Harvest:
    """Read how many left for an adverse event; of a group that nobody started, 0 is no observation."""
    harvest = Harvest()
    for entry in reason.items("reasons"):
        group, participants = entry.text("groupId"), count(entry.text("numSubjects"))
        arm = arm_of[group]
        if participants is None or started.get(group) == 0:
            why = "nobody of the group started" if started.get(group) == 0 else "no number"
            harvest.unread.append(f"flow, {title}: left for adverse event, {arm}: {why}")
        elif participants > started.get(group, participants):
            why = f"{participants} are more than the {started[group]} who started"
            harvest.unread.append(f"flow, {title}: left for adverse event, {arm}: {why}")
        else:
            fields: Fields = {"arm": arm, "endpoint": "discontinued_ae", "value": participants, "unit": "patients"}
            note = "left the study; check that it is the treatment that was stopped"
            harvest.facts.append(DraftFact({**fields, "phase": title, "source": SOURCE}, note))
    return harvest


def read_baseline(results: Branch, arms: Arms) -> Harvest:
    """Read the baseline measures that the vocabulary knows."""
    harvest = Harvest()
    module = results.branch("baselineCharacteristicsModule")
    if module.is_empty():
        return harvest
    arm_of = arms.of_groups(module.items("groups"))
    whole = participants_of(module)
    nobody = empty_groups(module)
    for measure in module.items("measures"):
        title, kind, unit = measure.text("title"), measure.text("paramType"), measure.text("unitOfMeasure").lower()
        participants = participants_of(measure) or whole
        before = len(harvest.facts)
        found: list[tuple[str, DraftFact]] = []
        if kind == "MEDIAN":
            found = _medians(measure, title, unit, arm_of)
        elif kind == "COUNT_OF_PARTICIPANTS" or "percent" in unit:
            found = _shares(measure, title, arm_of, participants, is_count=kind == "COUNT_OF_PARTICIPANTS")
        without = nobody | empty_groups(measure)
        harvest.facts += [fact for group, fact in found if group not in without]
        harvest.unread += sorted(
            {f"baseline, {title!r}: nobody in {fact.fields['arm']}" for group, fact in found if group in without}
        )
        if len(harvest.facts) == before:
            why = "a mean; the vocabulary holds the median" if "MEAN" in kind else "no endpoint fits"
            harvest.unread.append(f"baseline, {title!r}: {why}")
        elif kind != "MEDIAN":
            harvest.unread.append(f"baseline, {title!r}: categories other than those taken over")
        measure.finish()
    return harvest


def participants_of(branch: Branch) -> dict[str, int]:
    """Give the participants of each group as a measure, a class or a module counts them."""
    participants: dict[str, int] = {}
    for denominator in branch.items("denoms"):
        if denominator.text("units").lower() == "participants":
            for entry in denominator.items("counts"):
                value = count(entry.text("value"))
                if value:
                    participants[entry.text("groupId")] = value
    return participants


def empty_groups(branch: Branch) -> set[str]:
    """Name the groups of which a measure, a class or a module counts nobody."""
    return {
        entry.text("groupId")
        for denominator in branch.items("denoms")
        if denominator.text("units").lower() == "participants"
        for entry in denominator.items("counts")
        if count(entry.text("value")) == 0
    }


def _medians(measure: Branch, title: str, unit: str, arm_of: dict[str, str]) -> list[tuple[str, DraftFact]]:
    match = next((row for row in _MEDIANS if re.search(row[0], title.lower()) and re.fullmatch(row[1], unit)), None)
    classes = measure.items("classes")
    if match is None or len(classes) != 1:
        return []
    facts = []
    for category in classes[0].items("categories"):
        for entry in category.items("measurements"):
            value = number(entry.text("value"))
            if value is not None:
                fields: Fields = {"arm": arm_of[entry.text("groupId")], "endpoint": match[2], "value": value}
                facts.append((entry.text("groupId"), DraftFact({**fields, "unit": match[3], "source": SOURCE})))
    return facts


def _shares(
    measure: Branch, title: str, arm_of: dict[str, str], participants: dict[str, int], *, is_count: bool
) -> list[tuple[str, DraftFact]]:
    facts = []
    for group in measure.items("classes"):
        within = participants_of(group) or participants
        for category in group.items("categories"):
            name = (category.text("title") or group.text("title")).lower().strip()
            endpoint = next(
                (
                    end
                    for about, which, end in _CATEGORIES
                    if re.search(about, title.lower()) and re.fullmatch(which, name)
                ),
                None,
            )
            if endpoint is None:
                continue
            for entry in category.items("measurements"):
                key = entry.text("groupId")
                value = number(entry.text("value"))
                if value is None or (is_count and key not in within):
                    continue
                told: Fields = {"value": value, "unit": "percent"}
                if is_count:
                    told = share(int(value), within[key])
                fields: Fields = {"arm": arm_of[key], "endpoint": endpoint, **told, "source": SOURCE}
                facts.append((key, DraftFact(fields)))
    return facts
