"""One course of visits under a rule set, by the engine's tables and by the rule interpreter; both must agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array

from cereblon.model.dosing import dosing_state
from cereblon.model.dosing.measures import GRADE_TERMS, INDICATIONS, KNOWN, UNSIMULATED, indication
from cereblon.model.dosing.rule_set import SCHEDULES, RuleSet
from cereblon.model.dosing.tables import RuleTables, rule_tables
from cereblon.model.drugs import DRUGS
from cereblon.verification.replay.rule_interpreter import RuleInterpreter, sparser

PERSON = {"age": 65.0, "crcl": 90.0, "weight": 75.0, "bmi": 26.0, "frailty": 0.0, "prior_lines": 0.0} | dict.fromkeys(
    UNSIMULATED, 0.0
)
WELL = {"anc": 3.0, "platelets": 150.0, "haemoglobin": 120.0}
Visit = Mapping[str, float] | None  # counts and grades; None: nothing was counted and nobody is ill


@dataclass(frozen=True)
class Given:
    """Dose and schedule of one drug after a visit."""

    dose: float
    schedule: str = "as-ordered"


class BothInterpreters:
    """A rule set and a cycle of orders.

    Parameters
    ----------
    rules
        Checked.
    orders
        Highest dose that the cycle orders, by drug.
    person
        Differences from a person of 65 with normal kidneys.
    """

    def __init__(self, rules: RuleSet, orders: Mapping[str, float], **person: float) -> None:
        self.rules, self.orders, self.person = rules, dict(orders), PERSON | person
        self.tables = RuleTables(*map(jnp.asarray, rule_tables(rules, DRUGS)))

    def course(self, visits: Sequence[Visit], drug: str, *, cycle_day: int = 1) -> list[Given]:
        """Give the drug's dose at the start and after each weekly visit."""
        interpreter, state = RuleInterpreter(self.rules, DRUGS), dosing_state.start(len(DRUGS))
        place, seen = DRUGS.index(drug), []
        for week, visit in enumerate((None, *visits)):
            known = self._known(week, cycle_day)
            grades = dict.fromkeys(GRADE_TERMS, 0.0) | {k: v for k, v in (visit or {}).items() if k in GRADE_TERMS}
            counts = {} if visit is None else WELL | {k: v for k, v in visit.items() if k in WELL}
            acts = interpreter.visit(7.0 * week, known, grades | counts, self.orders)
            plain = interpreter.current_dose(drug, self.orders.get(drug, 0.0), known)
            state, told = _compiled()(self.tables, state, *self._arrays(known, counts, grades))
            dose, schedule, fired, waits, counted = jax.device_get(told)
            engine = Given(float(dose[place]), SCHEDULES[int(schedule[place])])
            assert engine.dose == pytest.approx(plain.amount, rel=1e-6)  # single precision
            assert engine.schedule == sparser(plain.schedule, interpreter.own_schedule(drug))
            assert sum(int(word).bit_count() for word in fired) == sum(
                not act.action.endswith(" ends") and act.action != "withdraw" for act in acts
            )
            assert bool(waits) == interpreter.waits
            asked = interpreter.asks_counts(known, grades)
            assert bool(counted) == bool(counts or asked)
            seen.append(Given(plain.amount, engine.schedule))
        return seen

    def doses(self, visits: Sequence[Visit], drug: str, *, cycle_day: int = 1) -> list[float]:
        """Give the doses alone."""
        return [given.dose for given in self.course(visits, drug, cycle_day=cycle_day)]

    def _known(self, week: int, cycle_day: int) -> dict[str, float]:
        alone = set(self.orders) == {"lenalidomide"} and self.orders["lenalidomide"] <= 15.0
        ordered = {f"with_{drug}": float(self.orders.get(drug, 0.0) > 0.0) for drug in DRUGS}
        place = {"line": 1.0, "cycle": 2.0, "cycle_day": float(cycle_day), "line_days": 7.0 * week}
        kind = indication(is_maintenance=alone, prior_lines=self.person["prior_lines"], line=1.0)
        course = {"use": float(alone), "indication": float(INDICATIONS.index(kind)), **place}
        return {**self.person, **course, **ordered}

    def _arrays(self, known: Mapping[str, float], counts: Mapping[str, float], grades: Mapping[str, float]) -> Any:
        values = [known[name] for name in KNOWN], [counts.get(name, 0.0) for name in WELL], list(grades.values())
        ordered = tuple(np.float32(self.orders.get(drug, 0.0)) for drug in DRUGS)
        return (*(np.asarray(part, np.float32) for part in values), ordered, np.bool_(bool(counts)))


@cache
def _compiled() -> Any:
    @jax.jit
    def visit(
        tables: RuleTables,
        state: dosing_state.DosingState,
        known: Array,
        counts: Array,
        grades: Array,
        ordered: dosing_state.ByDrug,
        counted: Array,
    ) -> tuple[dosing_state.DosingState, tuple[Array, Array, Array, Array, Array]]:
        """Give the state, which stays where it is, and in five arrays what the engine decided."""
        decision = dosing_state.visit(
            state,
            tables,
            shared=tuple(jnp.concatenate([known, counts, grades])),
            ordered=ordered,
            counted=counted,
            fresh=jnp.asarray(False),
            on=jnp.asarray(True),
            once=jnp.int32(1),
        )
        begun = map(jnp.maximum, decision.starting.schedule, decision.state.schedule)
        dose, schedule, fired = (jnp.stack(tuple(one)) for one in (decision.dose, begun, decision.fired))
        return decision.state, (dose, schedule, fired, decision.waits, decision.counted)

    return visit


def programs() -> int:
    """Count the programs that were compiled for visits."""
    return int(_compiled()._cache_size())
