"""Facts and regimens in words, for tables that people read."""

from __future__ import annotations

from cereblon.evidence.study import Arm, DrugOrder, Fact, Interval, PublishedPhase, Study

_UNITS = {
    "percent": "%",
    "months": "mo",
    "ratio": "",
    "p": "",
    "shape": "",
    "patients": "patients",
    "per_100_person_years": "per 100 person-years",
    "per_person_year": "per person-year",
}


def value_text(fact: Fact) -> str:
    """Write value, unit, interval and p of a fact, for example `0.742 (96% 0.594-0.928) p=0.003`.

    A ratio and the ends of its interval share their number of decimals: `0.82 (95% 0.67-1.00)`.
    """
    unit = _UNITS.get(fact.unit, fact.unit)
    decimals = _decimals(fact) if fact.unit == "ratio" and fact.interval is not None else 0
    if fact.number is None:
        text = "not reached" if fact.status == "not_reached" else "not estimable"
    else:
        number = _number(fact.number, decimals)
        text = f"{'<' if fact.reading == 'below' else ''}{number} {unit}".rstrip()
    if fact.interval is not None:
        text += f" ({interval_text(fact.interval, decimals)})"
    if fact.p is not None:
        text += f" p={_plain(fact.p.value)}" if fact.p.value is not None else f" p<{_plain(fact.p.below or 0.0)}"
        text += f" {fact.p.sided}-sided" if fact.p.sided else ""
    return text


def _decimals(fact: Fact) -> int:
    ends = (fact.interval.low, fact.interval.high) if fact.interval is not None else ()
    shown = [f"{value:.12g}" for value in (fact.number, *ends) if value is not None]
    return max((len(text.partition(".")[2]) for text in shown), default=0)


def _plain(value: float) -> str:
    """Write a small number without the letter e."""
    return f"{value:.12f}".rstrip("0").rstrip(".")


def _number(value: float, decimals: int) -> str:
    return f"{value:.{decimals}f}" if decimals else f"{value:.12g}"


def interval_text(interval: Interval, decimals: int = 0) -> str:
    """Write an interval with its level, for example `95% 54.8-open`; with fixed decimals if not 0."""
    ends = (interval.low, interval.high)
    low, high = ("open" if end is None else _number(end, decimals) for end in ends)
    return f"{interval.level * 100:.4g}% {low}-{high}"


def qualifier_text(fact: Fact) -> str:
    """Write what narrows a fact: grade, month, subgroup, analysis set, cut and so on; empty when nothing does."""
    named = {
        "of": fact.of,
        "grade": fact.grade,
        "event": fact.event,
        "drug": fact.drug,
        "phase": fact.phase,
        "from": fact.counted_from,
    }
    parts = [f"{name} {text}" for name, text in named.items() if text is not None]
    parts += [f"month {fact.month:g}"] if fact.month is not None else []
    parts += [text for text in (fact.feature, fact.at, fact.subgroup) if text is not None]
    parts += [f"v {fact.versus_subgroup}"] if fact.versus_subgroup is not None else []
    parts += [fact.population] if fact.population is not None else []
    parts += [f"cut {fact.cut}"] if fact.cut is not None else []
    return "; ".join(parts)


def arm_text(study: Study, fact: Fact) -> str:
    """Write the arm of a fact by its label, or both arms of a comparison."""
    label = study.arms[fact.arm].label
    return label if fact.versus is None else f"{label} v {study.arms[fact.versus].label}"


def regimen_lines(arm: Arm) -> list[str]:
    """Write a published regimen, one line per phase; what the source does not state is left out."""
    return [_phase(phase) for phase in arm.regimen]


def _phase(phase: PublishedPhase) -> str:
    length = f"{phase.cycle_days}-day cycles" if phase.cycle_days else ""
    if phase.cycles:
        length = f"{phase.cycles} x {phase.cycle_days} days" if phase.cycle_days else f"{phase.cycles} cycles"
    ends = [length, f"until {phase.until}" if phase.until else "", phase.duration or "", phase.procedure or ""]
    ends += [f"randomised: {phase.randomised}" if phase.randomised else ""]
    start = ", ".join([phase.phase, *(part for part in ends if part)])
    drugs = "; ".join(_order(order) for order in phase.drugs)
    note = f" ({phase.note})" if phase.note else ""
    return f"{start}: {drugs}{note}" if drugs else f"{start}{note}"


def _order(order: DrugOrder) -> str:
    parts = [order.drug, order.dose, order.route, order.days and f"days {order.days}"]
    parts += [order.every and f"every {order.every}", order.cycles and f"cycles {order.cycles}"]
    parts += [order.months and f"months {order.months}", order.above_75 and f"above 75 years {order.above_75}"]
    parts += [order.condition and f"if {order.condition}"]
    remarks = [remark for remark in (order.note, order.flag) if remark]
    text = " ".join(part for part in parts if part)
    return f"{text} ({'; '.join(remarks)})" if remarks else text
