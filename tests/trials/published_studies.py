"""Study files of regimens, as a user would write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from cereblon.evidence import Study
from cereblon.evidence.schema import parse_study

Order = dict[str, Any]
Phase = dict[str, Any]


def order(drug: str, dose: str | None = None, **fields: Any) -> Order:
    """Give an order of a published regimen."""
    return {"drug": drug, **({} if dose is None else {"dose": dose}), **fields}


def phase(name: str, *drugs: Order, **fields: Any) -> Phase:
    """Give a phase of a published regimen."""
    return {"phase": name, **fields, **({"drugs": list(drugs)} if drugs else {})}


def file_of(
    arms: Mapping[str, Sequence[Phase]],
    *,
    setting: str = "ndmm-tie",
    facts: Sequence[dict[str, Any]] = (),
    key: str = "mine",
) -> str:
    """Write a study file of some arms."""
    return yaml.safe_dump(
        {
            "id": key,
            "name": "Mine",
            "kind": "randomised",
            "setting": setting,
            "population": "as in other trials",
            "role": "validation",
            "role_reason": "ours",
            "sources": {"report": {"citation": "Report 2026", "quality": "primary"}},
            "publications": ["report"],
            "arms": {
                name: {"label": f"arm {name}", "regimen": list(phases), "regimen_source": "report"}
                for name, phases in arms.items()
            },
            "facts": [{"source": "report", **fact} for fact in facts],
        },
        sort_keys=False,
    )


def study_of(arms: Mapping[str, Sequence[Phase]], **fields: Any) -> Study:
    """Write a study file and read it."""
    return parse_study(file_of(arms, **fields), where="mine.yaml")
