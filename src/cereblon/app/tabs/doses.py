"""Regimens and doses: concentrations, what a set of dose rules does today, and the calendar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

import cereblon as cb
from cereblon.app.calls import Call
from cereblon.app.forms import Field, Value, regimen_choices
from cereblon.app.tabs.tab import Part, Tab
from cereblon.questions.result import Result

_SHOWN = ("drug", "dose", "unit", "schedule", "days", "action", "because")
_HEIGHT_CM = 170.0  # as the dose is asked for
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
    order = _order_of(regimen, str(values["drug"]))
    if order is not None:
        drug = str(values["drug"])
        options, drawn = {**order, **_acting(drug, order, values)}, _drawn(drug)
        exposure = Call(
            function="pk",
            command=("pk",),
            arguments=(drug,),
            options=options,
            python_only=drawn,
            command_only=("-n", str(_FEW)) if drawn else (),
            kept=lambda: _exposure(drug, tuple({**options, **drawn}.items())),
        )
        parts.append(Part(title=f"Concentration of {drug}, {order['dose']} as ordered", call=exposure))
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


def _order_of(regimen: str, drug: str) -> dict[str, str] | None:
    """Give dose, schedule and route of the first order of a drug; None where the regimen has none."""
    from cereblon.model.regimens import load_regimen
    from cereblon.model.regimens.schedule import format_days

    for phase in load_regimen(regimen).phases:
        for order in phase.orders:
            if order.drug == drug:
                return {
                    "dose": f"{order.dose:g} {order.unit}",
                    "schedule": f"{format_days(order.days)}/{phase.cycle_days}",
                    "route": str(order.route),
                }
    return None


_FEW = 100


def _drawn(drug: str) -> dict[str, Any]:
    """Say who is drawn, unless as usual: few people of an antibody, whose equations have no closed form."""
    from cereblon.model.drugs.drug import drug_of

    return {"subjects": cb.Subjects(n=_FEW)} if drug_of(drug).is_antibody else {}


def _acting(drug: str, order: Mapping[str, str], values: Mapping[str, Value]) -> dict[str, Value]:
    """Give what acts on the concentration of a drug: no clearance on that of bortezomib, but the body surface."""
    from cereblon.model.drugs.kinetics import load_kinetics
    from cereblon.model.exposure.request import DoseRequest
    from cereblon.questions.exposure_refusals import acting_covariates

    asked = DoseRequest(label="", covariates={}, dose=order["dose"], schedule=order["schedule"], route=order["route"])
    acting = acting_covariates(asked, load_kinetics(drug))
    described = {"crcl": values["crcl"], "weight": values["weight"], "height": _HEIGHT_CM}
    return {name: value for name, value in described.items() if name in acting}


DOSES = Tab(
    key="doses",
    title="Regimens and doses",
    intro="Move a slider: dose, concentration and calendar follow. For research, not for treating a patient.",
    fields=_fields,
    parts=_parts,
)
