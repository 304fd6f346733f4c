"""Adverse events of a record: serious ones, deaths, and those above the frequency threshold."""

from __future__ import annotations

import re

from cereblon.evidence.registry.facts import SOURCE, DraftFact, Fields, Harvest, count, share
from cereblon.evidence.registry.groups import Arms
from cereblon.evidence.registry.record import Branch
from cereblon.vocabulary.endpoints import vocabulary

# Terms of MedDRA, also in American spelling, whose endpoint has another name; a term must match as a whole.
_TERMS = {
    "neuropathy peripheral": "ae_peripheral_neuropathy",
    "peripheral sensory neuropathy": "ae_sensory_neuropathy",
    "peripheral motor neuropathy": "ae_motor_neuropathy",
    "pulmonary embolism": "ae_pe",
    "deep vein thrombosis": "ae_dvt",
    "venous thromboembolism": "ae_vte",
    "cardiac failure": "ae_cardiac_failure",
    "cardiac failure congestive": "ae_cardiac_failure",
    "anemia": "ae_anaemia",
    "diarrhea": "ae_diarrhoea",
    "dyspnea": "ae_dyspnoea",
    "hypokalemia": "ae_hypokalaemia",
    "hyperglycemia": "ae_hyperglycaemia",
    "oedema peripheral": "ae_peripheral_oedema",
    "edema peripheral": "ae_peripheral_oedema",
    "infusion related reaction": "ae_infusion_reaction",
    "covid-19": "ae_covid19",
    "upper respiratory tract infection": "ae_upper_respiratory_tract_infection",
    "leucopenia": "ae_leukopenia",
}


def endpoint_of(term: str) -> str | None:
    """Find the endpoint of a MedDRA term; None where the vocabulary has none."""
    word = re.sub(r"\s+", " ", term.lower().strip())
    name = f"ae_{re.sub(r'[^a-z0-9]+', '_', word)}"
    return _TERMS.get(word) or (name if name in vocabulary().endpoints else None)


def read_adverse_events(results: Branch, arms: Arms) -> Harvest:
    """Read deaths, serious events, and other events above the threshold of the record."""
    harvest = Harvest()
    module = results.branch("adverseEventsModule")
    if module.is_empty():
        return harvest
    groups = module.items("eventGroups")
    arm_of = arms.of_groups(groups)
    frame = f"time frame: {module.text('timeFrame')[:120]}"
    fields: Fields
    for group in groups:
        arm = arm_of[group.text("id")]
        deaths, at_risk = count(group.text("deathsNumAffected")), count(group.text("deathsNumAtRisk"))
        if at_risk == 0 or count(group.text("seriousNumAtRisk")) == 0:
            harvest.unread.append(f"adverse events: nobody in {arm} was at risk")
        if deaths is not None and at_risk:
            fields = {
                "arm": arm,
                "endpoint": "deaths_total",
                "value": deaths,
                "unit": "patients",
                "source": SOURCE,
            }
            if deaths > at_risk:
                harvest.unread.append(f"adverse events: {deaths} deaths in {arm} are more than the {at_risk} at risk")
            else:
                harvest.facts.append(DraftFact(fields, f"of {at_risk}; {frame}"))
        serious, participants = count(group.text("seriousNumAffected")), count(group.text("seriousNumAtRisk"))
        if serious is not None and participants:
            fields = {"arm": arm, "endpoint": "ae_any", "grade": "serious", **share(serious, participants)}
            harvest.facts.append(DraftFact({**fields, "source": SOURCE}, frame))
    threshold = module.text("frequencyThreshold") or "0"
    for key, grade, population in (
        ("seriousEvents", "serious", ""),
        ("otherEvents", "any", f"events that were not serious, in more than {threshold}% of an arm"),
    ):
        harvest.add(_events(module, key, grade, population, arm_of))
    return harvest


def _events(module: Branch, key: str, grade: str, population: str, arm_of: dict[str, str]) -> Harvest:
    harvest = Harvest()
    left: list[str] = []
    empty: list[str] = []
    for event in module.items(key):
        term = event.text("term")
        endpoint = endpoint_of(term)
        if endpoint is None:
            left.append(term)
            event.finish()
            continue
        for entry in event.items("stats"):
            affected, participants = count(entry.text("numAffected")), count(entry.text("numAtRisk"))
            if affected is None or not participants:
                empty.append(term)
                continue
            found: Fields = {
                "arm": arm_of[entry.text("groupId")],
                "endpoint": endpoint,
                "grade": grade,
                **share(affected, participants),
            }
            found |= {"population": population} if population else {}
            harvest.facts.append(DraftFact({**found, "source": SOURCE}, f"registry term: {term}"))
        event.finish()
    what = "serious events" if grade == "serious" else "other events"
    if empty:
        terms = ", ".join(dict.fromkeys(empty))
        harvest.unread.append(f"{what} of groups without a number or without participants at risk: {terms}")
    if left:
        harvest.unread.append(f"{what} without an endpoint of the vocabulary ({len(left)}): {', '.join(left)}")
    return harvest
