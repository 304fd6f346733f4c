"""Regimens and doses: concentrations, what a set of dose rules does today, and the calendar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any

import cereblon as cb
from cereblon.app.calls import Call
from cereblon.app.forms import Field, Value, regimen_choices
from cereblon.app.tabs.tab import Part, Tab
from cereblon.model.dosing.description import SCHEDULE_WORDS
from cereblon.questions.result import Result

_SHOWN = ("drug", "dose", "unit", "schedule", "days", "action", "because")
_HEIGHT_CM = 170.0  # as the dose is asked for
_WHO = ("crcl", "weight", "age")  # whom a label starts at another dose
_RULES = (("us-label", "US labels"), ("eu-label", "EU labels"))


def _fields(_: Mapping[str, Sequence[str]]) -> tuple[Field, ...]:
    from cereblon.model.drugs import DRUGS

    drugs = [(drug, drug) for drug in DRUGS]
    return (
        Field(name="regimen", label="Regimen", kind="choice", start="vrd-s0777", options=regimen_choices()),
        Field(name="drug", label="Concentration of", kind="choice", start="lenalidomide", options=drugs),
        Field(name="rules", label="Dose rules", kind="choice", start="us-label", options=_RULES),
        Field(
            name="crcl",
            label="Creatinine clearance",
            kind="slider",
            start=60.0,
            low=10,
            high=150,
            step=5,
            unit="mL/min",
        ),
        Field(name="weight", label="Weight", kind="slider", start=75.0, low=40, high=150, step=5, unit="kg"),
        Field(name="age", label="Age", kind="slider", start=65.0, low=30, high=95, unit="years"),
        Field(name="anc", label="Neutrophils", kind="slider", start=3.0, low=0, high=8, step=0.1, unit="10⁹/L"),
        Field(name="platelets", label="Platelets", kind="slider", start=200.0, low=0, high=400, step=5, unit="10⁹/L"),
        Field(name="cycle", label="Cycle", kind="slider", start=1.0, low=1, high=12, is_whole=True),
    )


def _parts(values: Mapping[str, Value]) -> tuple[Part, ...]:
    patient = {name: values[name] for name in ("crcl", "weight", "age", "anc", "platelets")}
    dose = Call(
        function="dose",
        command=("dose",),
        arguments=(values["regimen"],),
        options={"rules": values["rules"], "cycle": int(float(str(values["cycle"]))), **patient},
    )
    regimen = str(values["regimen"])
    calendar = Call(
        function="regimen", command=("regimen", "show"), arguments=(regimen,), kept=lambda: _calendar(regimen)
    )
    parts = [Part(title="Dose today", call=dose, chart="", columns=_SHOWN, has_open_table=True)]
    drug = str(values["drug"])
    order = _order_of(regimen, drug)
    if order is not None:
        started = _started(drug, order, regimen, str(values["rules"]), *(float(str(values[one])) for one in _WHO))
        options, drawn = {**started.asked, **_acting(drug, started.asked, values)}, _drawn(drug)
        exposure = Call(
            function="pk",
            command=("pk",),
            arguments=(drug,),
            options=options,
            python_only=drawn,
            command_only=("-n", str(_FEW)) if drawn else (),
            kept=lambda: _exposure(drug, tuple({**options, **drawn}.items())),
        )
        parts.append(Part(title=f"Concentration of {drug} at {started.words}", call=exposure))
    parts.append(Part(title="Calendar", call=calendar))
    return tuple(parts)


@lru_cache(maxsize=64)
def _exposure(drug: str, options: tuple[tuple[str, Any], ...]) -> Result:
    """Ask for an exposure once: most sliders change that of no antibody."""
    return cb.pk(drug, **dict(options))


@cache
def _calendar(regimen: str) -> Result:
    """Ask for a regimen of the library once: no slider changes it."""
    return cb.regimen(regimen)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Order:
    """Dose, schedule and route as a regimen orders them, with the days of a cycle and its length."""

    dose: str
    days: tuple[int, ...]
    cycle_days: int
    route: str

    @property
    def asked(self) -> dict[str, str]:
        """The options of a question for its exposure."""
        from cereblon.model.regimens.schedule import format_days

        return {"dose": self.dose, "schedule": f"{format_days(self.days)}/{self.cycle_days}", "route": self.route}


def _order_of(regimen: str, drug: str) -> _Order | None:
    """Give the first order of a drug; None where the regimen has none."""
    from cereblon.model.regimens import load_regimen

    for phase in load_regimen(regimen).phases:
        for order in phase.orders:
            if order.drug == drug:
                dose = f"{order.dose:g} {order.unit}"
                return _Order(dose=dose, days=order.days, cycle_days=phase.cycle_days, route=str(order.route))
    return None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Started:
    """What a patient is started on: the options of a question for its exposure, and words."""

    asked: Mapping[str, str]
    words: str


@lru_cache(maxsize=256)
def _started(drug: str, order: _Order, regimen: str, rules: str, crcl: float, weight: float, age: float) -> _Started:
    """Give the dose at which a set of rules starts a patient, whatever the counts of today are."""
    from cereblon.model.regimens.schedule import parse_days

    decisions = cb.dose(regimen, rules=rules, crcl=crcl, weight=weight, age=age).decided.decisions
    own = [one for one in decisions if one.drug == drug and one.days and parse_days(one.days) == order.days]
    if not own or not own[0].dose:  # in a later phase, or not to be started
        return _Started(asked=order.asked, words=f"{order.dose}, as ordered")
    dose, whose = f"{own[0].dose:g} {own[0].unit}", dict(_RULES)[rules]
    taken = replace(order, dose=dose, days=own[0].taken_days)
    if taken == order:
        return _Started(asked=order.asked, words=f"{dose}, as ordered and as {whose} start this patient")
    said = f"{dose} {SCHEDULE_WORDS[own[0].schedule]}" if taken.days != order.days else dose
    return _Started(asked=taken.asked, words=f"{said}, as {whose} start this patient (ordered: {order.dose})")


_FEW = 100


def _drawn(drug: str) -> dict[str, Any]:
    """Say who is drawn, unless as usual: few people of an antibody, whose equations have no closed form."""
    from cereblon.model.drugs.drug import drug_of

    return {"subjects": cb.Subjects(n=_FEW)} if drug_of(drug).is_antibody else {}


def _acting(drug: str, asked: Mapping[str, str], values: Mapping[str, Value]) -> dict[str, Value]:
    """Give what acts on the concentration of a drug: no clearance on that of bortezomib, but the body surface."""
    from cereblon.model.drugs.kinetics import load_kinetics
    from cereblon.model.exposure.request import DoseRequest
    from cereblon.questions.exposure_refusals import acting_covariates

    request = DoseRequest(
        label="", covariates={}, dose=asked["dose"], schedule=asked["schedule"], route=asked["route"]
    )
    acting = acting_covariates(request, load_kinetics(drug))
    described = {"crcl": values["crcl"], "weight": values["weight"], "height": _HEIGHT_CM}
    return {name: value for name, value in described.items() if name in acting}


DOSES = Tab(
    key="doses",
    title="Regimens and doses",
    intro="Move a slider: dose, concentration and calendar follow. For research, not for treating a patient.",
    fields=_fields,
    parts=_parts,
)
