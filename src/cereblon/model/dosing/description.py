"""A rule set described in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cereblon.model.dosing.conditions import Condition, Conditions
from cereblon.model.dosing.measures import MEASURES
from cereblon.model.dosing.rule_set import Change, DrugForm, Rule, RuleSet, StartRule

_NAMES = {
    "crcl": "creatinine clearance",
    "anc": "neutrophils",
    "bmi": "body mass index",
    "line_days": "days of the line",
    "cycle_day": "day of the cycle",
    "days_unchanged": "days since the dose last changed",
    "vte": "venous thromboembolism",
    "spm": "second cancer",
}
_FACTS = {
    "dialysis": ("not on dialysis", "on dialysis"),
    "marrow_infiltration": ("low platelets not due to the marrow", "low platelets due to the marrow"),
    "neuropathic_pain": ("without neuropathic pain", "with neuropathic pain"),
    "use": ("in combination", "as maintenance"),
    "indication": ("newly diagnosed", "relapsed", "as maintenance"),
}
_UNITS = {
    "1e9/L": "x 10^9/L",
    "grade": "",
    "yes or no": "",
    "number": "",
    "group": "",
    "times": "",
    "kind": "",
    "day": "",
}
SCHEDULE_WORDS = {
    "as-ordered": "as ordered",
    "three-weeks-of-four": "on days 1 to 21 only",
    "every-other-day": "every other day",
    "weekly": "once a week",
}
_AS_ORDERED = "in the unit of the order"
_WHEN_AND_HOW_MUCH = {"dose", "cycle", "line_days"}
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


def describe_starting_dose(rules: RuleSet, rule: StartRule, ordered_in: str = _AS_ORDERED) -> str:
    """Describe one starting dose: `Lenalidomide starts at 10 mg at most: creatinine clearance below 60 mL/min`.

    Parameters
    ----------
    rules, rule
        The rule and the set that it is of.
    ordered_in
        Unit of the order, where one is known; it counts for a drug without levels of its own.
    """
    unit = rules.drugs[rule.drug].unit if rule.drug in rules.drugs else ordered_in
    asked = f": {_listed(rule.when)}" if rule.when else ""
    if rule.usual is not None:
        return f"Full starting dose of {rule.drug} {rule.usual:g} {unit}{asked}"
    parts = []
    if rule.at_most is not None:
        parts.append(f"at {rule.at_most:g} {unit} at most")
    if rule.share < 1.0:
        parts.append(f"at {100 * rule.share:g} % of the ordered dose")
    if rule.schedule != "as-ordered":
        parts.append(SCHEDULE_WORDS[rule.schedule])
    return f"{_capital(rule.drug)} starts {' '.join(parts)}{asked}"


def describe_rule(rules: RuleSet, rule: Rule) -> str:
    """Describe one rule: `Platelets below 30 x 10^9/L: hold lenalidomide; resume at 30 or more, one level lower`."""
    when = f"{_capital(_listed(rule.when, _unit(rules, rule)))}: " if rule.when else "Always: "
    return f"{when}{_action(rules, rule)}"


def _unit(rules: RuleSet, rule: Rule) -> str:
    return rules.drugs[rule.drug[0]].unit if rule.drug and rule.drug[0] in rules.drugs else _AS_ORDERED


def _action(rules: RuleSet, rule: Rule) -> str:
    drugs = " and ".join(rule.drug)
    if rule.do == "give":
        return f"give {rule.give}"
    if rule.do == "count":
        return "count blood cells every week"
    if rule.do == "stop-all":
        return "stop all treatment of the line for good"
    if rule.do == "stop":
        return f"stop {drugs} for good"
    unit = _unit(rules, rule)
    then = _then(rule, unit)
    each = "each " if len(rule.drug) > 1 else ""
    if rule.do == "change":
        return f"{drugs} {each}{then}"
    word = "when" if any(_is_setting(condition) for condition in rule.until) else "at"
    told = f"{word} {_recovery(rule, unit)}".replace("when without ", "when there is no ", 1)
    until = told if rule.until else "when that is over"
    if rule.do == "delay":
        return f"do not begin the next cycle; begin it {until}, {drugs} {each}{then}"
    return f"hold {drugs}; resume {until}, {each}{then}"


def _recovery(rule: Rule, unit: str) -> str:
    """Describe when a drug is resumed; what was measured is not named again where it is the same alone."""
    told = _listed(rule.until, unit)
    asked = {condition.measure for condition in rule.when if not _is_setting(condition)} - _WHEN_AND_HOW_MUCH
    if len(rule.until) != 1 or asked != {rule.until[0].measure} or _is_setting(rule.until[0]):
        return told
    name = rule.until[0].measure
    named = _NAMES.get(name, name.replace("_", " "))
    return told.removeprefix(f"{named} of ").removeprefix(f"{named} ")


def _then(rule: Rule, unit: str) -> str:
    words = [_change(change, unit) for change in rule.then]
    if len(words) == 1:
        return words[0]
    times = list(_TIMES[: len(words)])
    if rule.again != "cycle":
        times[-1] = "every later time"
    described = ", ".join(f"{time} {text}" for time, text in zip(times, words, strict=True))
    return f"{described}, and so on in turns" if rule.again == "cycle" else described


def _change(change: Change, unit: str) -> str:
    parts = []
    if change.stop:
        parts.append("stopped for good" if change.stop == "drug" else "with all treatment of the line stopped")
    if change.reduce:
        parts.append(f"{_levels(change.reduce)} lower")
    if change.at_most is not None:
        parts.append(f"at {change.at_most:g} {unit} at most")
    if change.schedule != "as-ordered":
        parts.append(SCHEDULE_WORDS[change.schedule])
    if change.raise_levels:
        parts.append(f"{_levels(change.raise_levels)} higher, up to its starting dose")
    if change.raise_to is not None:
        parts.append(f"raised to {change.raise_to:g} {unit}")
    return ", ".join(parts) or "at the same dose"


def _levels(count: int) -> str:
    return "one level" if count == 1 else f"{count} levels"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _listed(conditions: Conditions, unit: str = _AS_ORDERED) -> str:
    """Give what is measured first, then in which patients and treatments; doses are in `unit`."""
    settled = sorted(conditions, key=_is_setting)
    return ", ".join(describe_condition(condition, unit) for condition in settled)


def _is_setting(condition: Condition) -> bool:
    return condition.measure.startswith("with_") or condition.measure in _FACTS


def describe_condition(condition: Condition, dose_unit: str = _AS_ORDERED) -> str:
    """Describe one condition: `platelets below 30 x 10^9/L`, `rash of grade 3 or worse`, `without ixazomib`.

    Parameters
    ----------
    condition
        What has to hold.
    dose_unit
        Unit of a limit on the dose.
    """
    measure = MEASURES[condition.measure]
    if condition.for_days:
        return f"{describe_condition(replace(condition, for_days=0.0))} for {condition.for_days:g} days"
    is_one = condition.at_least == condition.at_most
    if measure.name.startswith("with_"):
        drug = measure.name.removeprefix("with_")
        return f"{'with' if condition.at_least == 1.0 else 'without'} {drug}"
    if measure.name in _FACTS and is_one:
        return _FACTS[measure.name][int(condition.at_least)]
    if measure.name == "line_days" and condition.at_most <= 0:
        return "before the first dose"
    if measure.name == "cycle_day" and is_one:
        return f"on day {condition.at_least:g} of a cycle"
    if measure.name == "cycle" and condition.at_most == float("inf"):
        return f"from cycle {condition.at_least:g}"
    name = _NAMES.get(measure.name, measure.name.replace("_", " "))
    if measure.name == "earlier":
        name = f"number of times that {condition.of} has acted"
    if measure.words and is_one:
        return f"{name} {measure.words[int(condition.at_least)]}"
    if measure.unit == "grade":
        return f"{name} of grade {_grades(condition)}"
    unit = dose_unit if measure.name == "dose" else _UNITS.get(measure.unit, measure.unit)
    return f"{name} {_limits(condition, f' {unit}' if unit else '')}"


def _grades(condition: Condition) -> str:
    lowest = condition.at_least if condition.at_least >= 0 else condition.more_than + 1
    highest = condition.at_most if condition.at_most <= 4 else condition.less_than - 1
    if lowest in (highest, MEASURES[condition.measure].highest):
        return f"{lowest:g}"
    if highest == float("inf"):
        return f"{lowest:g} or worse"
    return f"{highest:g} or less" if lowest == -float("inf") else f"{lowest:g} to {highest:g}"


def _limits(condition: Condition, unit: str) -> str:
    if condition.at_least == condition.at_most:
        return f"{condition.at_least:g}{unit}"
    lower, upper = max(condition.at_least, condition.more_than), min(condition.at_most, condition.less_than)
    least = f"above {lower:g}" if condition.more_than == lower else f"{lower:g}"
    most = f"below {upper:g}" if condition.less_than == upper else f"{upper:g}"
    if upper == float("inf"):
        return f"{least}{unit}" if condition.more_than == lower else f"{least}{unit} or more"
    if lower == -float("inf"):
        return f"{most}{unit}" if condition.less_than == upper else f"{most}{unit} or less"
    return f"{least} to {most}{unit}"
