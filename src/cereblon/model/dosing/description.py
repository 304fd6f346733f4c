"""A rule set described in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from cereblon.model.dosing.conditions import Condition, Conditions
from cereblon.model.dosing.measures import MEASURES
from cereblon.model.dosing.rule_set import Change, DrugForm, Rule, RuleSet, StartRule

_NAMES = {
    "crcl": "creatinine clearance",
    "anc": "neutrophils",
    "bmi": "body mass index",
    "use": "treatment",
    "line_days": "days of the line",
    "cycle_day": "day of the cycle",
    "days_unchanged": "days since the dose last changed",
    "vte": "venous thromboembolism",
    "spm": "second cancer",
}
_FACTS = {
    "dialysis": ("the patient is not on dialysis", "the patient is on dialysis"),
    "marrow_infiltration": (
        "marrow infiltration does not explain low platelets",
        "marrow infiltration explains low platelets",
    ),
    "indication": ("disease is newly diagnosed", "disease is relapsed", "treatment is maintenance"),
}
_SCHEDULES = {
    "as-ordered": "as ordered",
    "three-weeks-of-four": "on days 1 to 21 only",
    "every-other-day": "every other day",
    "weekly": "once a week",
}
_TIMES = ("the first time", "the second time", "the third time", "the fourth time")


def describe_rules(rules: RuleSet) -> Iterator[str]:
    """Describe a rule set, one line for each fact.

    Parameters
    ----------
    rules
        A checked set.
    """
    yield f"{rules.id}: {rules.title}"
    yield ""
    for drug, form in rules.drugs.items():
        yield from _form(drug, form)
    if rules.start:
        yield ""
        yield "Starting doses"
        yield from (f"  {rule.id}: {describe_starting_dose(rules, rule)}." for rule in rules.start)
    if rules.rules:
        yield ""
        yield "During treatment"
        yield from (f"  {rule.id}: {describe_rule(rules, rule)}." for rule in rules.rules)
    for note in rules.notes:
        yield ""
        yield note


def _form(drug: str, form: DrugForm) -> Iterator[str]:
    for ladder in form.ladders:
        lowest = "then it is stopped" if form.below_lowest == "stop" else "never lower"
        yield f"Levels of {drug}: {', '.join(f'{level:g}' for level in ladder)} {form.unit}, {lowest}."
    if form.relapsed:
        levels = ", ".join(f"{level:g}" for level in form.relapsed)
        yield f"Levels of {drug} in relapsed disease: {levels} {form.unit}."
    if form.surface_cap is not None:
        yield f"Body surface for {drug} counts up to {form.surface_cap:g} m2."


def describe_starting_dose(rules: RuleSet, rule: StartRule) -> str:
    """Describe one starting dose."""
    unit = rules.drugs[rule.drug].unit if rule.drug in rules.drugs else "in the unit of the order"
    if rule.usual is not None:
        return f"{_when(rule.when)}, the full starting dose of {rule.drug} is {rule.usual:g} {unit}"
    parts = []
    if rule.at_most is not None:
        parts.append(f"at most {rule.at_most:g} {unit}")
    if rule.share < 1.0:
        parts.append(f"{100 * rule.share:g} % of the ordered dose")
    if rule.schedule != "as-ordered":
        parts.append(_SCHEDULES[rule.schedule])
    return f"{_when(rule.when)}, {rule.drug} starts with {' '.join(parts)}"


def describe_rule(rules: RuleSet, rule: Rule) -> str:
    """Describe one rule of treatment."""
    drugs = " and ".join(rule.drug)
    when = _when(rule.when)
    if rule.do == "give":
        return f"{when}, {rule.give} is given"
    if rule.do == "stop-all":
        return f"{when}, all treatment of the line stops for good"
    if rule.do == "stop":
        return f"{when}, {drugs} {'stop' if len(rule.drug) > 1 else 'stops'} for good"
    unit = rules.drugs[rule.drug[0]].unit if rule.drug[0] in rules.drugs else "in the unit of the order"
    then = _then(rule, unit)
    if rule.do == "change":
        return f"{when}, {drugs} {_each(rule)}{then}"
    until = f"until {_listed(rule.until)}" if rule.until else "until that is over"
    return f"{when}, {drugs} {'are' if len(rule.drug) > 1 else 'is'} held {until}, then {_each(rule)}{then}"


def _each(rule: Rule) -> str:
    return "each " if len(rule.drug) > 1 else ""


def _then(rule: Rule, unit: str) -> str:
    words = [_change(change, unit, rule.do == "hold") for change in rule.then]
    if len(words) == 1:
        return words[0]
    described = [f"{_TIMES[number]} {text}" for number, text in enumerate(words)]
    last = "and so on in turns" if rule.again == "cycle" else "and so every later time"
    return f"{', '.join(described)}, {last}"


def _change(change: Change, unit: str, after_hold: bool) -> str:
    parts = []
    if change.stop:
        parts.append("stops for good" if change.stop == "drug" else "ends all treatment of the line")
    if change.reduce:
        parts.append(f"goes on {_levels(change.reduce)} lower")
    if change.at_most is not None:
        parts.append(f"goes on with at most {change.at_most:g} {unit}")
    if change.schedule != "as-ordered":
        parts.append(f"is taken {_SCHEDULES[change.schedule]}")
    if change.raise_levels:
        parts.append(f"goes on {_levels(change.raise_levels)} higher, at most at its starting dose")
    if change.raise_to is not None:
        parts.append(f"rises to {change.raise_to:g} {unit}")
    return " and ".join(parts) or ("goes on at the same dose" if after_hold else "stays as it is")


def _levels(count: int) -> str:
    return "one level" if count == 1 else f"{count} levels"


def _when(conditions: Conditions) -> str:
    return f"When {_listed(conditions)}" if conditions else "Always"


def _listed(conditions: Conditions) -> str:
    return " and ".join(describe_condition(condition) for condition in conditions)


def describe_condition(condition: Condition) -> str:
    """Describe one condition."""
    measure = MEASURES[condition.measure]
    if measure.name.startswith("with_"):
        drug = measure.name.removeprefix("with_")
        return f"the cycle {'orders' if condition.at_least == 1.0 else 'does not order'} {drug}"
    name = _NAMES.get(measure.name, measure.name.replace("_", " "))
    if measure.name == "earlier":
        name = f"the number of times that {condition.of} has acted"
    if measure.name in _FACTS and condition.at_least == condition.at_most:
        return _FACTS[measure.name][int(condition.at_least)]
    if measure.words and condition.at_least == condition.at_most:
        return f"{name} is {measure.words[int(condition.at_least)]}"
    if condition.at_least == condition.at_most:
        return f"{name} is {condition.at_least:g}"
    plain = ("grade", "yes or no", "number", "day", "days", "times", "group", "unit of the order")
    unit = "" if measure.unit in plain else f" {measure.unit}"
    limits = (
        (condition.at_least, "at least"),
        (condition.more_than, "above"),
        (condition.less_than, "below"),
        (condition.at_most, "at most"),
    )
    described = [f"{word} {value:g}{unit}" for value, word in limits if abs(value) != float("inf")]
    return f"{name} is {' and '.join(described)}"
