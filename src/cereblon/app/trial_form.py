"""The trial file as a form: its fields read from the text, and what was changed in a field written into the text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from cereblon.app.forms import read_number, regimen_choices
from cereblon.core.errors import InputError
from cereblon.core.yaml_files import parse_yaml

MOST_LETTERS = 200_000
NUMBERS: Mapping[str, tuple[str, type[int | float]]] = {
    "enrolment_months": ("Enrolment, months", float),
    "follow_up_months": ("Follow-up (median), months", float),
    "dropout_per_year": ("Lost to follow-up per year", float),
    "replicates": ("Virtual trials", int),
    "seed": ("Seed", int),
}
"""Numbers of a trial file that a form has: what they are called there, and whether they are whole."""
_TOO_LARGE = 1e15  # what a file may hold and be read again
_LATER = "later lines are a judgement"
_PLACE = re.compile(r"^trial, ([^:\s]+):")
_KEY = re.compile(r"[^a-z0-9]+")


def parsed_trial(text: str) -> dict[str, Any]:
    """Read the text of a trial file.

    Raises
    ------
    InputError
        If it is too long, or no mapping.
    """
    if len(text) > MOST_LETTERS:
        raise InputError(f"the trial has more than {MOST_LETTERS:,} letters")
    found = parse_yaml(text, where="trial")
    if not isinstance(found, dict):
        raise InputError("the trial is no YAML mapping", hint="begin with `id:` and `arms:`")
    return found


def form_of(trial: Mapping[str, Any]) -> dict[str, Any]:
    """Give the fields of a trial; what a form cannot hold is given in words, and stays as the file has it.

    Parameters
    ----------
    trial
        Fields of a trial file, which may be wrong.
    """
    population = trial.get("population")
    arms = trial.get("arms")
    return {
        "title": str(trial.get("title") or ""),
        "population": str(population.get("base") or "") if isinstance(population, Mapping) else "",
        "like": str(population.get("like") or "") if isinstance(population, Mapping) else "",
        "comparator": str(trial.get("comparator") or ""),
        "has_design": isinstance(trial.get("design"), Mapping),
        "arms": [_arm_form(str(key), arm) for key, arm in arms.items()] if isinstance(arms, Mapping) else [],
        **{name: _shown(trial.get(name)) for name in NUMBERS},
    }


def _arm_form(key: str, arm: object) -> dict[str, str]:
    """Give an arm: its first regimen by name and the later ones, or in words where the file says more."""
    if not isinstance(arm, Mapping):
        return {"key": key, "label": key, "size": "", "first": "", "later": "", "other": "not read"}
    lines = _lines(arm)
    other = "" if lines else str(arm.get("strategy") if isinstance(arm.get("strategy"), str) else "as in the file")
    return {
        "key": key,
        "label": str(arm.get("label") or key),
        "size": _shown(arm.get("size")),
        "first": lines[0] if lines else "",
        "later": ", ".join(lines[1:]),
        "other": other,
    }


def _shown(value: object) -> str:
    return "" if value is None else str(value)


def _lines(arm: Mapping[str, Any]) -> list[str]:
    """Give the regimens of an arm by name; none where one is written out in full, or a strategy of the library."""
    regimen, strategy = arm.get("regimen"), arm.get("strategy")
    if isinstance(regimen, str):
        return [regimen]
    lines = strategy.get("lines") if isinstance(strategy, Mapping) else None
    return list(lines) if isinstance(lines, list) and all(isinstance(one, str) for one in lines) else []


def called_as_in_the_form(refusal: str, form: Mapping[str, Any] | None) -> str:
    """Put the label that a field has in the form before its name in the file.

    Parameters
    ----------
    refusal
        Of a check, a line for each problem.
    form
        As of `form_of`; none where the text could not be read.
    """
    labels = {name: called for name, (called, _) in NUMBERS.items()} | {"title": "Title"}
    labels |= {f"arms.{arm['key']}.size": f"{arm['label']}, patients" for arm in (form or {}).get("arms", ())}
    return "\n".join(_PLACE.sub(lambda found: _labelled(found, labels), line) for line in refusal.split("\n"))


def _labelled(found: re.Match[str], labels: Mapping[str, str]) -> str:
    name = found.group(1)
    label = labels.get(name)
    if label is None:
        return found.group()
    return f"{label}:" if label.lower() == name else f"{label} ({name}):"


def changed_text(text: str, form: Mapping[str, Any]) -> str:
    """Write what a form says into the text of a trial file.

    Parameters
    ----------
    text
        As it stands; comments above it are kept, others are lost once a field is changed.
    form
        As of `form_of`; what equals the text changes nothing.

    Raises
    ------
    InputError
        If the text is no trial, or a field is not what a form can send.
    """
    trial = parsed_trial(text)
    before = form_of(trial)
    if {name: form.get(name) for name in before} == before:
        return text
    if str(form["title"]) != before["title"]:
        trial["title"] = str(form["title"])
    if (form["population"], form["like"]) != (before["population"], before["like"]):
        trial["population"] = {name: str(form[one]) for name, one in _POPULATION.items() if form[one]}
    for name, (called, kind) in NUMBERS.items():
        if str(form[name]) != before[name]:
            trial[name] = _number(str(form[name]), called, kind)
    if form["arms"] != before["arms"]:
        trial["arms"] = _arms(form["arms"], trial.get("arms") or {})
    _set_comparator(trial, str(form["comparator"]))
    if bool(form["has_design"]) != before["has_design"]:
        _set_design(trial, is_wanted=bool(form["has_design"]))
    comments = [line for line in text.splitlines() if line.startswith("#")]
    return "\n".join([*comments, yaml.safe_dump(trial, sort_keys=False, allow_unicode=True, width=110)])


_POPULATION = {"base": "population", "like": "like"}


def _number(words: str, called: str, kind: type[int | float]) -> int | float:
    value = read_number(words, called)
    if not abs(value) < _TOO_LARGE:
        raise InputError(f"{called}: {words!r} is no number that a trial can have")
    if kind is int and not value.is_integer():
        raise InputError(f"{called}: got {words}; a whole number is needed")
    return int(value) if value.is_integer() else value


def _arms(forms: Sequence[Mapping[str, str]], before: Mapping[str, Any]) -> dict[str, Any]:
    arms: dict[str, Any] = {}
    for form in forms:
        key = str(form.get("key") or "") or _free_key(str(form["first"]), arms)
        old = before.get(key)
        arm = dict(old) if isinstance(old, Mapping) else {}
        shown = _arm_form(key, arm) if arm else None
        if str(form["label"]) != (shown or {}).get("label"):
            arm["label"] = str(form["label"])
        if str(form["size"]) != (shown or {}).get("size"):
            arm["size"] = _number(str(form["size"]), f"{form['label'] or key}, patients", int)
        if form["first"] and (shown is None or any(form[name] != shown[name] for name in ("first", "later"))):
            _set_treatment(arm, key, str(form["first"]), str(form["later"]))
        arms[key] = arm
    return arms


def _free_key(name: str, arms: Mapping[str, Any]) -> str:
    key = _KEY.sub("-", name.lower()).strip("-") or "arm"
    return next(one for one in (key, *(f"{key}-{number}" for number in range(2, 99))) if one not in arms)


def _set_treatment(arm: dict[str, Any], key: str, first: str, later: str) -> None:
    lines = [first, *(name.strip() for name in later.split(",") if name.strip())]
    arm.pop("regimen", None)
    arm.pop("strategy", None)
    if len(lines) == 1:
        arm["regimen"] = first
        return
    arm["strategy"] = {
        "id": f"{key}-lines",
        "label": ", then ".join(lines),
        "lines": lines,
        "gap_days": 28,
        "basis": "assumed",
        "notes": [_LATER],
    }


def _set_comparator(trial: dict[str, Any], wanted: str) -> None:
    """Keep a comparator that is an arm; without one the last arm is it, and a trial of one arm has none."""
    arms = list(trial.get("arms") or {})
    if len(arms) < 2:
        trial.pop("comparator", None)
    elif wanted != str(trial.get("comparator") or "") or wanted not in arms:
        trial["comparator"] = wanted if wanted in arms else arms[-1]


def _set_design(trial: dict[str, Any], *, is_wanted: bool) -> None:
    """Plan one look at the end with a tenth of error and the accrual that the enrolment comes to, or plan none."""
    accrual = trial.pop("design", {}).get("accrual")
    if not is_wanted:
        size = sum(int(arm.get("size") or 0) for arm in trial["arms"].values())
        if accrual and isinstance(accrual.get("per_month"), (int, float)):
            trial["enrolment_months"] = round(size / accrual["per_month"], 1)
        return
    size = sum(int(arm.get("size") or 0) for arm in trial["arms"].values())
    months = float(trial.pop("enrolment_months", None) or 24)
    trial["design"] = {
        "primary_endpoint": "pfs",
        "alpha": 0.05,
        "sided": 2,
        "power": 0.9,
        "accrual": {"per_month": round(size / months, 2)},
        "looks": [{"events": max(1, round(0.6 * size))}],
    }


def _arm_labels(*names: str) -> list[str]:
    """Call arms by what the labels of their regimens begin with; by name too where that is the same."""
    labels = dict(regimen_choices())
    short = [re.split(r"[:,]| \(", labels.get(name, name))[0] for name in names]
    return (
        short
        if len(set(short)) == len(short)
        else [f"{one} ({name})" for one, name in zip(short, names, strict=True)]
    )


def two_regimens(text: str, first: str, second: str, population: str, size: str, months: str) -> str:
    """Write a trial of two regimens in a population.

    Parameters
    ----------
    text
        Of a trial file that gives everything else.
    first, second, population
        By name.
    size, months
        Patients of each arm, and the median follow-up.
    """
    labels = _arm_labels(first, second)
    arms = [
        {"key": "", "label": label, "size": size, "first": name, "later": "", "other": ""}
        for name, label in zip((first, second), labels, strict=True)
    ]
    started = {**parsed_trial(text), "arms": {}}
    started.pop("sources", None)
    started["id"] = f"{_KEY.sub('-', first)}-against-{_KEY.sub('-', second)}"[:64].strip("-")
    plain = yaml.safe_dump(started, sort_keys=False)
    wanted = form_of(started) | {
        "title": " against ".join(labels),
        "population": population,
        "follow_up_months": months,
        "arms": arms,
    }
    return changed_text(plain, wanted)
