"""What stands in where a published regimen is silent: the library regimen of the same drugs and setting."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from cereblon.core.yaml_files import parse_yaml
from cereblon.evidence import Study
from cereblon.model.regimens import Order, Phase, Regimen, load_regimen

_SECTIONS = {"ndmm": "newly diagnosed", "rrmm": "relapsed", "maintenance": "maintenance"}
_ANY = ("relapsed", "newly diagnosed", "maintenance")


@cache
def automatic_rules() -> dict[str, Any]:
    """Read how a study is simulated where its file does not say."""
    text = (files("cereblon.trials") / "automatic_plans.yaml").read_text(encoding="utf-8")
    return parse_yaml(text, where="automatic_plans.yaml")


def section_of(study: Study) -> str | None:
    """Give the part of the rules that a study's setting belongs to; None for a setting without regimens."""
    return next((name for start, name in _SECTIONS.items() if study.setting.startswith(start)), None)


def library_regimen(drugs: Collection[str], section: str) -> Regimen | None:
    """Give the library regimen that stands for an arm of which only the drugs are known."""
    table = automatic_rules()["regimens"][section]
    return next(
        (load_regimen(_names(known)[0]) for listed, known in table.items() if set(listed.split()) == set(drugs)), None
    )


def _names(known: str | list[str]) -> list[str]:
    return [known] if isinstance(known, str) else known


@dataclass(frozen=True)
class Completion:
    """A phase of a library regimen that completes what is not stated of a drug."""

    regimen: Regimen
    phase: Phase

    def orders(self, drug: str) -> tuple[Order, ...]:
        """Give how the phase orders a drug."""
        return tuple(order for order in self.phase.orders if order.drug == drug)


def completion(drug: str, drugs: Collection[str], section: str, cycle_days: int | None) -> Completion | None:
    """Find the library phase that completes a drug of a phase.

    The phase gives the drug with no drug that is not there, in cycles of the same length where that is known; of
    those the one with most of the drugs, in the setting before any other.
    """
    best: tuple[tuple[int, int, int], Completion] | None = None
    for place, name in enumerate(dict.fromkeys((section, *_ANY))):
        known = [one for several in automatic_rules()["regimens"][name].values() for one in _names(several)]
        for row, regimen_name in enumerate(known):
            regimen = load_regimen(regimen_name)
            for phase in regimen.phases:
                ordered = {order.drug for order in phase.orders}
                fits = drug in ordered and phase.procedure is None and ordered <= set(drugs)
                if not fits or cycle_days not in (None, phase.cycle_days):
                    continue
                rank = (len(ordered), -place, -row)
                if best is None or rank > best[0]:
                    best = (rank, Completion(regimen, phase))
    return None if best is None else best[1]
