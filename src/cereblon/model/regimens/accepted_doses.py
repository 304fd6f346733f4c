"""Doses far from what the label gives that a regimen insists on."""

from __future__ import annotations

from collections.abc import Sequence

from cereblon.model.regimens.dose_size import dose_problem
from cereblon.model.regimens.regimen import Regimen


def accepted_doses(lines: Sequence[Regimen]) -> list[str]:
    """Say which doses far from what the label gives were accepted since their order insists."""
    return [
        f"{regimen.id}, {phase.name}: accepted by allow_implausible: {problem}"
        for regimen in lines
        for phase in regimen.phases
        for order in phase.orders
        if order.allow_implausible and (problem := dose_problem(order.drug, order.dose, order.unit))
    ]
