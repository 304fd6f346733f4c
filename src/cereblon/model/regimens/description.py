"""Regimens and strategies in words and in plain rows, for people and for tables."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from cereblon.model.regimens.calendar import TEXT_WIDTH, text_calendar
from cereblon.model.regimens.grid import grid_problems
from cereblon.model.regimens.library import load_regimen, regimen_names, resolve_lines
from cereblon.model.regimens.order import RegimenSource
from cereblon.model.regimens.regimen import Regimen
from cereblon.model.regimens.schedule import format_cycles, format_days
from cereblon.model.regimens.strategy import Strategy

Row = dict[str, str | int | float]


def listing(strategies: Iterable[Strategy]) -> list[Row]:
    """Give one row per regimen of the library and strategy: kind, name, setting, drugs, lines, label."""
    regimens = [load_regimen(name) for name in regimen_names()]
    return [_listed("regimen", entry, (entry,), entry.id) for entry in regimens] + [
        _listed("strategy", entry, resolve_lines(entry), " > ".join(_line_names(entry))) for entry in strategies
    ]


def _listed(kind: str, entry: Regimen | Strategy, lines: Sequence[Regimen], order: str) -> Row:
    drugs = dict.fromkeys(drug for regimen in lines for drug in regimen.drugs)
    return {
        "kind": kind,
        "name": entry.id,
        "setting": " ".join(entry.setting),
        "drugs": " ".join(drugs),
        "lines": order,
        "label": entry.label,
    }


def _line_names(strategy: Strategy) -> list[str]:
    return [line if isinstance(line, str) else line.id for line in strategy.lines]


def order_rows(lines: Sequence[Regimen]) -> list[Row]:
    """Give one row per order of the lines; a phase without orders has a row with an empty drug."""
    rows: list[Row] = []
    for number, regimen in enumerate(lines, start=1):
        for phase in regimen.phases:
            place: Row = {
                "line": number,
                "regimen": regimen.id,
                "phase": phase.name,
                "cycle_days": phase.cycle_days,
                "phase_cycles": phase.cycles if phase.cycles is not None else "until progression",
                "transplant_day": phase.transplant_day or "",
            }
            for order in phase.orders:
                given: Row = {
                    "drug": order.drug,
                    "dose": order.dose,
                    "unit": order.unit,
                    "route": order.route,
                    "days": format_days(order.days),
                    "cycles": format_cycles(order.cycles) if order.cycles else "all",
                }
                rows.append({**place, **given, **_source_cells(regimen, order.source)})
            if not phase.orders:
                nothing = dict.fromkeys(("drug", "dose", "unit", "route", "days", "cycles"), "")
                rows.append({**place, **nothing, **_source_cells(regimen, phase.source)})
    return rows


def _source_cells(regimen: Regimen, key: str) -> Row:
    return {"source": key, "quality": regimen.sources[key].quality}


def describe_regimen(regimen: Regimen) -> str:
    """Write a regimen's calendar, sources and notes as text."""
    parts = [textwrap.fill(f"{regimen.id}: {regimen.label}", TEXT_WIDTH, subsequent_indent="  ")]
    if regimen.setting:
        parts[0] += f"\nsetting: {', '.join(regimen.setting)}"
    parts.append(text_calendar(regimen))
    parts.append(_sources_text(regimen.sources))
    parts.append(_bullets("Notes", regimen.notes))
    parts.append(_bullets("Cannot be simulated", grid_problems(regimen)))
    return "\n\n".join(part for part in parts if part)


def order_sentences(lines: Sequence[Regimen]) -> list[str]:
    """Say what each order is read as: drug, dose, and which days of which cycles."""
    sentences = []
    for regimen in lines:
        for phase in regimen.phases:
            for order in phase.orders:
                days = format_days(order.days)
                plural = "" if len(order.days) == 1 else "s"
                cycles = f", cycles {format_cycles(order.cycles)}" if order.cycles else ""
                sentences.append(
                    f"{phase.name}: {order.drug} {order.dose:g} {order.unit} {order.route}, "
                    f"{len(order.days)} dose{plural} a cycle, day{plural} {days} of {phase.cycle_days}{cycles}"
                )
    return sentences


def describe_strategy(strategy: Strategy) -> str:
    """Write a strategy's lines, its basis, and the calendar of each line as text."""
    head = [textwrap.fill(f"{strategy.id}: {strategy.label}", TEXT_WIDTH, subsequent_indent="  ")]
    head += [f"setting: {', '.join(strategy.setting)}"] if strategy.setting else []
    head += [f"era: {strategy.era}"] if strategy.era else []
    head.append(f"lines: {', then '.join(_line_names(strategy))}; {strategy.gap_days} days between lines")
    head.append(f"basis of the later lines: {strategy.basis}")
    parts = ["\n".join(head), _bullets("Notes", strategy.notes), _sources_text(strategy.sources)]
    for number, regimen in enumerate(resolve_lines(strategy), start=1):
        parts.append(f"Line {number}\n\n{describe_regimen(regimen)}")
    return "\n\n".join(part for part in parts if part)


def _sources_text(sources: dict[str, RegimenSource]) -> str:
    lines = []
    for key, source in sources.items():
        where = f"doi:{source.doi}" if source.doi else source.address
        words = [f"[{key}] {source.quality}: {source.citation}".rstrip(": "), where, source.note]
        lines.append("; ".join(word for word in words if word))
    return _bullets("Sources", lines)


def _bullets(title: str, lines: Sequence[str]) -> str:
    if not lines:
        return ""
    wrapped = [
        textwrap.fill(
            line,
            width=TEXT_WIDTH,
            initial_indent="  ",
            subsequent_indent="    ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        for line in lines
    ]
    return "\n".join([title, *wrapped])


def summary(entry: Regimen | Strategy) -> str:
    """Say in one sentence what a valid file holds."""
    if isinstance(entry, Strategy):
        return f"strategy {entry.id}, {', then '.join(_line_names(entry))}"
    phases, orders = len(entry.phases), sum(len(phase.orders) for phase in entry.phases)
    end = "until progression" if entry.repeats else f"{_total_days(entry)} days"
    drugs = ", ".join(entry.drugs) or "no drug"
    return f"regimen {entry.id}, {_count(phases, 'phase')}, {_count(orders, 'order')} ({drugs}), {end}"


def _total_days(regimen: Regimen) -> int:
    return sum(phase.cycle_days * (phase.cycles or 1) for phase in regimen.phases)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
