"""Build regimens and strategies from parsed files, listing every problem of a file at once."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import ValidationError

from cereblon.core.errors import InputError
from cereblon.core.validation import StrictModel, texts
from cereblon.model.drugs.drug import UNITS
from cereblon.model.regimens.dose_unit import house_dose
from cereblon.model.regimens.order import Order
from cereblon.model.regimens.phase import Phase
from cereblon.model.regimens.regimen import Regimen, regimen_problems
from cereblon.model.regimens.strategy import Strategy
from cereblon.vocabulary.drugs import find_drug
from cereblon.vocabulary.settings import SETTING

Model = TypeVar("Model", bound=StrictModel)

_HINTS = (
    ("outside the", "days count from 1; for a longer cycle set cycle_days"),
    ("is beyond the", "cycles count from 1 within the phase; for more set the phase's cycles"),
    ("no source", "name one of the regimen's sources in the order or its phase"),
    ("not among the sources", "add it under sources with a citation, doi or address and its quality"),
    ("yet phase", "only the last phase can go on until progression; give the others a number of cycles"),
    ("a dose is greater than 0", "leave out an order instead of giving it no dose"),
    ("ordered twice", "separate the two orders by their cycles, or write one order"),
)


def parse_regimen(data: dict[Any, Any], *, where: str) -> Regimen:
    """Build a regimen from parsed data.

    Parameters
    ----------
    data
        Fields of `Regimen`.
    where
        Name of the file, for messages.

    Raises
    ------
    InputError
        Listing every problem with file, phase and drug.
    """
    try:
        return Regimen.model_validate(data)
    except ValidationError:
        problems = _regimen_problems(data)
    raise _error(problems, where)


def parse_strategy(data: dict[Any, Any], *, where: str) -> Strategy:
    """Build a strategy from parsed data; regimens written out among its lines are checked like files.

    Raises
    ------
    InputError
        Listing every problem with file, line, phase and drug.
    """
    try:
        return Strategy.model_validate(data)
    except ValidationError:
        problems: list[str] = []
    lines = data.get("lines")
    names: list[Any] = []
    for number, line in enumerate(lines if isinstance(lines, list) else [], start=1):
        if isinstance(line, dict):
            problems.extend(f"line {number}, {text}" for text in _regimen_problems(line))
        names.append("inline" if isinstance(line, dict) else line)
    problems.extend(_attempt(Strategy, data | {"lines": names} if isinstance(lines, list) else data)[1])
    raise _error(problems, where)


def understood(data: object) -> list[str]:
    """Say which drugs, doses and settings, wherever they stand in a file, are read otherwise than written."""
    if isinstance(data, (list, tuple)):
        return list(dict.fromkeys(text for part in data for text in understood(part)))
    if not isinstance(data, dict):
        return []
    told = []
    drug, dose, unit = (data.get(name) for name in ("drug", "dose", "unit"))
    if isinstance(drug, str) and (found := find_drug(drug)) not in (None, drug):
        told.append(f"{drug} is read as {found}")
    settings = data.get("setting")
    told += [
        f"setting {one} is read as {word}"
        for one in (settings if isinstance(settings, (list, tuple)) else [])
        if isinstance(one, str) and (word := SETTING.find(one)) not in (None, one)
    ]
    if isinstance(unit, str) and isinstance(dose, (int, float)) and unit not in UNITS:
        converted, known = house_dose(dose, unit)
        told.append(f"{dose:g} {unit} is read as {converted:g} {known}")
    return list(dict.fromkeys([*told, *(text for part in data.values() for text in understood(part))]))


def _error(problems: list[str], where: str) -> InputError:
    text = "\n".join(f"{where}, {problem}" for problem in dict.fromkeys(problems))
    hints = [hint for pattern, hint in _HINTS if pattern in text]
    return InputError(text, hint="\n      ".join(hints) or None)


def _regimen_problems(data: dict[Any, Any]) -> list[str]:
    raw_phases = data.get("phases")
    if not isinstance(raw_phases, list):
        return _attempt(Regimen, data)[1]
    phases: list[Phase] = []
    problems: list[str] = []
    for number, raw in enumerate(raw_phases, start=1):
        if not isinstance(raw, dict):
            problems.append(f"phase {number}: fields such as name, cycle_days and orders are needed; got {raw!r}")
            continue
        phase, found = _read_phase(raw, f"phase {raw.get('name') or number}")
        problems.extend(found)
        phases.extend([phase] if phase else [])
    problems.extend(_attempt(Regimen, {**data, "phases": phases}, complete=not problems)[1])
    sources = data.get("sources")
    known = {str(key): source for key, source in sources.items()} if isinstance(sources, dict) else {}
    # Not validated: a fault in a field of the regimen must not hide what its phases lack.
    unchecked = Regimen.model_construct(id="", label="", phases=tuple(phases), sources=known)
    return problems + regimen_problems(unchecked, complete=False)


def _read_phase(raw: dict[Any, Any], where: str) -> tuple[Phase | None, list[str]]:
    raw_orders = raw.get("orders", [])
    if not isinstance(raw_orders, list):
        return None, [f"{where}, orders: a list is needed; got {raw_orders!r}"]
    problems: list[str] = []
    orders: list[Order] = []
    for number, raw_order in enumerate(raw_orders, start=1):
        if not isinstance(raw_order, dict):
            problems.append(f"{where}, order {number}: fields such as drug and dose are needed; got {raw_order!r}")
            continue
        named = raw_order if raw_order.get("source") else {**raw_order, "source": raw.get("source") or ""}
        order, found = _attempt(Order, named)
        problems.extend(f"{where}, {raw_order.get('drug') or f'order {number}'}{_joined(text)}" for text in found)
        orders.extend([order] if order else [])
    phase, found = _attempt(Phase, {**raw, "orders": orders}, complete=len(orders) == len(raw_orders))
    problems.extend(text if text.startswith("phase ") else f"{where}, {text}" for text in found)
    return phase, problems


def _joined(text: str) -> str:
    """Put a field's problem behind its drug: a comma before a field, a colon before a sentence."""
    return f", {text}" if text.partition(":")[0] in Order.model_fields else f": {text}"


def _attempt(model: type[Model], data: dict[Any, Any], *, complete: bool = True) -> tuple[Model | None, list[str]]:
    """Build a part, or say what is wrong with it, one text per problem."""
    try:
        return model.model_validate(data, context={"incomplete": not complete}), []
    except ValidationError as error:
        return None, [text for problem in error.errors(include_url=False) for text in texts(problem, model)]
