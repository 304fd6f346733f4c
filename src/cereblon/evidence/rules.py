"""What published numbers must obey, beyond having the right fields."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from itertools import pairwise
from math import exp, log
from typing import Any

from cereblon.core.bounds import find_problem
from cereblon.core.names import find_name_problem
from cereblon.core.time_units import EARLIEST_YEAR, LATEST_YEAR, MONTHS_PER
from cereblon.evidence.contradictions import contradictions
from cereblon.evidence.study import (
    SURVIVAL_TOLERANCE,
    Arm,
    EnrolmentPeriod,
    Fact,
    Interval,
    PublishedCurve,
    Source,
    Study,
    cycle_day_numbers,
)
from cereblon.vocabulary.endpoints import Endpoint, Unit, is_hazard_ratio, vocabulary

_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)\s*(m?g)\b")
_LIFT = "a flag that says why"
_OFF_CENTRE = 0.2
"""Share of the half width of an interval by which a ratio may lie off its middle. Exact and profile intervals are not
quite symmetric; those of the evidence set lie no farther off than rounding explains.
"""


def check(
    study: Study,
    *,
    labels: Mapping[str, Sequence[str]],
    sources: Sequence[str],
    arms: Sequence[str],
    whole: Mapping[str, Any],
) -> list[str]:
    """List every broken rule, one line each.

    Parameters
    ----------
    study
        The pieces of the file whose fields are right.
    labels
        How messages name the `facts` and `curves` of `study`, in their order.
    sources, arms
        All keys the file defines, sound or not.
    whole
        The file as written.
    """
    problems = _header(study, sources, whole)
    for key, source in study.sources.items():
        problems += [f"source {key}, {problem}" for problem in _source(source)]
    problems += _same_document(study.sources)
    problems += [why for key in (*sources, *arms) if (why := find_name_problem(str(key)))]
    for key, arm in study.arms.items():
        problems += [f"arm {key}, {problem}" for problem in _arm(arm, sources, arms)]
    facts = labels["facts"]
    for label, fact in zip(facts, study.facts, strict=True):
        problems += [f"{label}, {problem}" for problem in _fact(fact, sources, arms)]
    for label, curve in zip(labels["curves"], study.curves, strict=True):
        problems += [f"{label}, {problem}" for problem in _curve(curve, sources, arms)]
    problems += _more_than_all(facts, study)
    problems += _duplicates(facts, study.facts)
    problems += contradictions(facts, study.facts)
    return problems


def _header(study: Study, sources: Sequence[str], whole: Mapping[str, Any]) -> list[str]:
    problems = []
    name = whole.get("id")
    if isinstance(name, str) and not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        problems.append(f"id: got {name!r}; lower-case letters, digits and single hyphens are needed")
    named = {"id": name, "name": whole.get("name")}
    problems += [f"{place}: {why}" for place, text in named.items() if (why := find_name_problem(str(text or "")))]
    problems += [
        f"registry: got {number!r}; NCT and eight digits are needed"
        for number in (whole["registry"] if isinstance(whole.get("registry"), list) else ())
        if isinstance(number, str) and number.upper().startswith("NCT") and not re.fullmatch(r"NCT\d{8}", number)
    ]
    problems += [_unknown("publications", key, sources) for key in study.publications if key not in sources]
    enrolled = whole.get("enrolled")
    if isinstance(enrolled, Mapping):
        problems += _enrolled(enrolled, sources)
    used = {*study.publications, *(key for arm in study.arms.values() for _, key in arm.cited)}
    used |= _cited(whole.get("facts")) | _cited(whole.get("curves")) | _cited([enrolled])
    problems += [
        f"source {key}: nothing uses it; cite it, list it under publications, or remove it"
        for key in study.sources
        if key not in used
    ]
    return problems


def _enrolled(written: Mapping[str, Any], sources: Sequence[str]) -> list[str]:
    """Check the period of enrolment as written; which fields it has is checked elsewhere."""
    problems = []
    ends = {key: written[key] for key in ("first", "last") if isinstance(written.get(key), (str, int))}
    if len(ends) == 2:
        try:
            first, last = EnrolmentPeriod(source="", **ends).years
        except ValueError as error:
            problems.append(f"enrolled: got {error}; a month such as 2014-03 or a year is needed")
        else:
            if not EARLIEST_YEAR <= first < last <= LATEST_YEAR:
                problems.append(
                    f"enrolled: got {ends['first']} to {ends['last']}; needed: the last not before the first, and "
                    f"both from {EARLIEST_YEAR} to {LATEST_YEAR}"
                )
    named = written.get("source")
    if isinstance(named, str) and named not in sources:
        problems.append(_unknown("enrolled.source", named, sources))
    return problems


def _cited(entries: object) -> set[str]:
    """Name the sources of all facts or curves as written, also of those that are refused."""
    named = [one.get("source") for one in entries if isinstance(one, dict)] if isinstance(entries, list) else []
    return {key for key in named if isinstance(key, str)}


def _source(source: Source) -> list[str]:
    problems = []
    if not (source.citation or source.doi or source.pmid or source.address):
        problems.append("needs a doi, a pmid, an address or a citation")
    if source.doi and not re.fullmatch(r"10\.\d{4,9}/\S+", source.doi):
        problems.append(f"doi: got {source.doi!r}; it starts with 10. and has no address before it")
    if source.pmid and not re.fullmatch(r"\d{1,8}", source.pmid):
        problems.append(f"pmid: got {source.pmid!r}; digits in quotes are needed")
    if source.address and not re.fullmatch(r"https?://\S+", source.address):
        problems.append(f"address: got {source.address!r}; it starts with https:// or http://")
    return problems


def _same_document(sources: Mapping[str, Source]) -> list[str]:
    seen: dict[tuple[str, str], str] = {}
    problems = []
    for key, source in sources.items():
        document = (source.document or key, source.quality)
        if document in seen:
            problems.append(f"source {key}: is the same document as source {seen[document]}; write it once")
        seen.setdefault(document, key)
    return problems


def _arm(arm: Arm, sources: Sequence[str], arms: Sequence[str]) -> list[str]:
    problems = [f"label: {why}"] if (why := find_name_problem(arm.label)) else []
    problems += [_unknown("pooled_of", key, arms) for key in arm.pooled_of if key not in arms]
    problems += [_unknown(place, key, sources) for place, key in arm.cited if key not in sources]
    if arm.regimen_source and arm.regimen_assumed:
        problems.append("regimen_assumed: a regimen with a source is not assumed; keep one of the two")
    problems += [
        f"regimen, {phase.phase}: what has a source is not assumed; keep one of the two"
        for phase in arm.regimen
        if phase.assumed and (phase.source or any(order.source for order in phase.drugs))
    ]
    has_numbers = any(
        phase.cycle_days or phase.cycles or any(order.dose or order.days or order.every for order in phase.drugs)
        for phase in arm.regimen
        if not (phase.source or phase.assumed)
    )
    if has_numbers and not (arm.regimen_source or arm.regimen_assumed):
        problems.append("regimen_source: is missing; doses and days need one, or regimen_assumed with the reason")
    for phase in arm.regimen:
        for order in phase.drugs:
            place = f"regimen, {phase.phase}, {order.drug}"
            problems += _days(place, order.days, phase.cycle_days)
            told = [] if order.flag else _too_much(order.dose or "")
            problems += [f"{place}: dose {order.dose!r}: {why}" for why in told]
    return problems


def _too_much(dose: str) -> list[str]:
    """List amounts that no drug of a myeloma regimen is given in, such as grams for milligrams."""
    amounts = [float(number) * (1000.0 if unit == "g" else 1.0) for number, unit in _AMOUNT.findall(dose)]
    return [why for amount in amounts if (why := find_problem("daily dose", amount, lift=_LIFT))]


def _days(place: str, days: str | None, cycle_days: int | None) -> list[str]:
    if days is None:
        return []
    try:
        numbers = cycle_day_numbers(days)
    except ValueError as error:
        return [f"{place}: days {days!r} holds {str(error)!r}; allowed: days and ranges such as 1-4, 9, 15-18"]
    if min(numbers) < 1 or (cycle_days is not None and max(numbers) > cycle_days):
        length = f"the {cycle_days}-day cycle" if cycle_days else "the cycle"
        return [f"{place}: days {days!r} go outside {length}; days count from 1"]
    return []


def _fact(fact: Fact, sources: Sequence[str], arms: Sequence[str]) -> list[str]:
    words = vocabulary()
    problems = [] if fact.source in sources else [_unknown("source", fact.source, sources)]
    problems += [
        _unknown(field, name, arms)
        for field, name in (("arm", fact.arm), ("versus", fact.versus))
        if name is not None and name not in arms
    ]
    if fact.endpoint not in words.endpoints:
        return [*problems, _unknown("endpoint", fact.endpoint, list(words.endpoints))]
    endpoint = words.endpoints[fact.endpoint]
    problems += _qualifiers(fact, endpoint)
    if fact.unit not in endpoint.units:
        return [*problems, f"unit: got {fact.unit!r}; allowed: {' or '.join(endpoint.units)}"]
    return problems + _numbers(fact, endpoint, words.units[fact.unit])


def _curve(curve: PublishedCurve, sources: Sequence[str], arms: Sequence[str]) -> list[str]:
    problems = []
    if curve.arm not in arms:
        problems.append(_unknown("arm", curve.arm, arms))
    if curve.source not in sources:
        problems.append(_unknown("source", curve.source, sources))
    months, percents = [point[0] for point in curve.points], [point[1] for point in curve.points]
    if len(months) < 2:
        return [*problems, f"points: got {len(months)}; two at least are needed, each as [month, percent]"]
    if months[0] < 0 or any(later < earlier for earlier, later in pairwise(months)):
        problems.append("points: months are needed in order of time, from 0 on")
    if not all(0 <= percent <= 100 for percent in percents) or max(percents) <= 1:
        problems.append(f"points: got {min(percents):g} to {max(percents):g}; percent from 0 to 100 is needed")
    rise = max(later - earlier for earlier, later in pairwise(percents))
    if rise > 100 * SURVIVAL_TOLERANCE:
        problems.append(f"points: survival rises by {rise:g} points; are points of two arms mixed?")
    return problems


def _qualifiers(fact: Fact, endpoint: Endpoint) -> list[str]:
    words = vocabulary()
    problems = [
        f"{name}: is missing; {endpoint.name} cannot be understood without it"
        for name in endpoint.requires
        if getattr(fact, name) is None
    ]
    if endpoint.section == "comparison":
        if fact.versus is None and fact.versus_subgroup is None:
            problems.append("versus: is missing; a comparison names the other arm, or the other subgroup")
    elif fact.versus is not None or fact.versus_subgroup is not None:
        problems.append(f"versus: {endpoint.name} is a number of one arm; comparisons are hazard or odds ratios")
    if fact.versus is not None and fact.versus == fact.arm:
        problems.append(f"versus: got {fact.versus!r}, which is the arm itself")
    if fact.versus_subgroup is not None and fact.subgroup is None:
        problems.append("subgroup: is missing; the ratio reads subgroup over versus_subgroup")
    for name in ("subgroup", "versus_subgroup", "feature", "phase", "cut", "drug"):
        if why := find_name_problem(getattr(fact, name) or ""):
            problems.append(f"{name}: {why}")
    for name, allowed in (("grade", words.grades), ("event", words.events), ("of", words.compared)):
        got = getattr(fact, name)
        if got is not None and got not in allowed:
            problems.append(_unknown(name, got, allowed))
    if fact.month is not None and fact.month <= 0:
        problems.append(f"month: got {fact.month:g}; above 0 is allowed")
    elif fact.month is not None and not fact.flag and (told := find_problem("landmark", fact.month, lift=_LIFT)):
        problems.append(f"month: {told}")
    return problems


def _numbers(fact: Fact, endpoint: Endpoint, unit: Unit) -> list[str]:
    given = [name for name in ("value", "below", "status") if getattr(fact, name) is not None]
    problems = []
    if len(given) != 1:
        what = f"got {' and '.join(given)}" if given else "is missing"
        problems.append(f"value: {what}; exactly one of value, below and status is needed")
    if fact.status is not None and unit.kind != "time":
        problems.append(f"status: got {fact.status!r}, which only a time can have; {endpoint.name} is {unit.kind}")
    if fact.number is not None:
        field = "value" if fact.value is not None else "below"
        problems += [f"{field}: {problem}" for problem in _out_of_range(fact.number, endpoint, unit)]
    if fact.interval is not None:
        problems += [f"interval: {problem}" for problem in _interval(fact, fact.interval, endpoint, unit)]
    if not problems:
        problems += _implausible(fact, endpoint, unit)
    if fact.p is not None:
        if (fact.p.value is None) == (fact.p.below is None):
            problems.append("p: exactly one of value and below is needed")
        bound = fact.p.number
        if bound is not None and not 0 <= bound <= 1:
            problems.append(f"p: got {bound:g}; 0 to 1 is allowed")
    return problems


def _out_of_range(number: float, endpoint: Endpoint, unit: Unit) -> list[str]:
    if endpoint.negative:
        return []
    if unit.kind == "ratio" and number <= 0:
        return [f"got {number:g}; a ratio is above 0"]
    if not unit.lower <= number <= unit.upper:
        upper = f"to {unit.upper:g}" if unit.upper < float("inf") else "or more"
        return [f"got {number:g} {unit.name}; {unit.lower:g} {upper} is allowed"]
    if unit.whole and number != int(number):
        return [f"got {number:g} {unit.name}; a whole number is needed"]
    return []


def _more_than_all(labels: Sequence[str], study: Study) -> list[str]:
    """List counts of patients that exceed the largest number of patients of their arm."""
    sizes: dict[str, float] = {}
    for fact in study.facts:
        if fact.endpoint.startswith("n_") and fact.value is not None:
            sizes[fact.arm] = max(fact.value, sizes.get(fact.arm, 0.0))
    return [
        f"{label}, value: got {fact.value:g} patients; arm {fact.arm} has {sizes[fact.arm]:g}"
        for label, fact in zip(labels, study.facts, strict=True)
        if fact.unit == "patients" and fact.value is not None and fact.value > sizes.get(fact.arm, fact.value)
    ]


def _implausible(fact: Fact, endpoint: Endpoint, unit: Unit) -> list[str]:
    """List numbers that are a slip in all likelihood; a flag, which says why one stands so, lets it through."""
    if fact.flag or fact.value is None:
        return []
    if unit.name == "percent" and 0 < fact.value < 1 and endpoint.section != "safety":
        meant = f"{100 * fact.value:.4g} percent"
        return [f"value: got {fact.value:g} percent; is it a fraction, {meant}? a flag that says why accepts it"]
    quantity = "hazard ratio" if is_hazard_ratio(fact.endpoint) else ""
    if unit.kind == "time":
        quantity = "age" if "_age_" in fact.endpoint else "follow-up"
    in_bounds_unit = MONTHS_PER.get(unit.name, 1.0) if quantity == "follow-up" else 1.0
    told = find_problem(quantity, fact.value * in_bounds_unit, lift=_LIFT) if quantity else None
    problems = [f"value: {told}"] if told else []
    return problems + _off_centre(fact, unit)


def _off_centre(fact: Fact, unit: Unit) -> list[str]:
    """Find a ratio far from the middle of its interval, on the log scale, in which such intervals are symmetric."""
    low, high = (fact.interval.low, fact.interval.high) if fact.interval else (None, None)
    if unit.kind != "ratio" or fact.value is None or low is None or high is None or not 0 < low < fact.value < high:
        return []
    half = (log(high) - log(low)) / 2
    rounding = sum(0.5 * 10.0 ** -_decimals(number) / number for number in (low, fact.value, high))
    if abs(log(fact.value) - (log(high) + log(low)) / 2) <= _OFF_CENTRE * half + rounding:
        return []
    middle = exp((log(high) + log(low)) / 2)
    return [
        f"interval: {low:g} to {high:g} belongs to a ratio near {middle:.2g}, not {fact.value:g}; is a digit wrong? "
        "a flag that says why accepts it"
    ]


def _decimals(number: float) -> int:
    return len(f"{number:.10f}".rstrip("0").partition(".")[2])


def _interval(fact: Fact, interval: Interval, endpoint: Endpoint, unit: Unit) -> list[str]:
    low, high, problems = interval.low, interval.high, []
    if not 0 < interval.level < 1:
        problems.append(f"level {interval.level:g} is not between 0 and 1; write 0.95 for 95%")
    if low is None and high is None:
        problems.append("needs low, high or both")
    for end in (low, high):
        if end is not None and not (unit.kind == "ratio" and end == 0):  # 0.00 is printed for less than 0.005
            problems += _out_of_range(end, endpoint, unit)
    if low is not None and high is not None and low > high:
        return [*problems, f"{low:g} to {high:g} is reversed"]
    value = fact.value
    if value is not None and ((low is not None and value < low) or (high is not None and value > high)):
        ends = f"{'open' if low is None else f'{low:g}'} to {'open' if high is None else f'{high:g}'}"
        problems.append(f"{ends} does not contain the value {value:g}")
    return problems


def _duplicates(labels: Sequence[str], facts: Sequence[Fact]) -> list[str]:
    seen: dict[tuple[object, ...], str] = {}
    problems = []
    for label, fact in zip(labels, facts, strict=True):
        key = (*fact.quantity, fact.cut, fact.source)
        if key in seen:
            problems.append(f"{label}: repeats {seen[key]}; a second value needs its own cut, subgroup or source")
        seen.setdefault(key, label)
    return problems


def _unknown(field: str, got: str, known: Sequence[str]) -> str:
    near = get_close_matches(got, known, n=3, cutoff=0.6)
    if near:
        return f"{field}: {got!r} is not known; did you mean {' or '.join(near)}?"
    allowed = ", ".join(known) if len(known) <= 12 else "see `cereblon evidence endpoints`"
    return f"{field}: {got!r} is not known; allowed: {allowed}"
