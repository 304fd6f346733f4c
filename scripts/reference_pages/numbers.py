"""The page of parameters: every number of the model with its basis and source."""

from __future__ import annotations

from collections import Counter

from cereblon.core.parameter import BASES, Parameter, all_parameters
from cereblon.model.patients import load_population, population_names, statements
from scripts.reference_pages.markdown import NOTICE, cell, number, table

_INTRODUCTION = f"""---
hide: [toc]
---

# Parameters
{NOTICE}
Every number the model uses, from the parameter files of the package. `cereblon parameters` prints the same list. The
first table counts the numbers of each group and links to them.

| basis | meaning |
|---|---|
| published | taken from the source named |
| derived | computed from published numbers; the source names formula and inputs |
| fitted | adjusted until simulated trials resembled the calibration studies; the source says how |
| assumed | a judgement or from memory; the source says what would settle it |

*Spread* is the standard deviation between subjects (for `between_trial` between trials), of the logarithm unless
stated otherwise. Bounds are limits of what is possible, not of what is likely.
"""


def parameters_page() -> str:
    """Make the page."""
    groups = all_parameters()
    parts = [_INTRODUCTION, _counts(groups)]
    for group, parameters in groups.items():
        parts.append(f"## {group}\n\n{_table(parameters)}")
    return "\n".join([*parts, _populations()])


def _counts(groups: dict[str, dict[str, Parameter]]) -> str:
    rows = []
    for group, parameters in groups.items():
        by_basis = Counter(parameter.basis for parameter in parameters.values())
        rows.append([f"[{group}](#{group})", *(str(by_basis[basis]) for basis in BASES), str(len(parameters))])
    whole = Counter(parameter.basis for parameters in groups.values() for parameter in parameters.values())
    rows.append(["all", *(str(whole[basis]) for basis in BASES), str(whole.total())])
    return table(["group", *BASES, "all"], rows, right=range(1, len(BASES) + 2))


def _table(parameters: dict[str, Parameter]) -> str:
    rows = []
    for name, parameter in parameters.items():
        source = parameter.source + (f" ({parameter.note})" if parameter.note else "")
        rows.append([f"`{name}`", _value(parameter), parameter.basis, cell(parameter.meaning), cell(source)])
    return table(["name", "value", "basis", "meaning", "source"], rows)


def _value(parameter: Parameter) -> str:
    unit = "" if parameter.unit == "1" else f" {cell(parameter.unit)}"
    parts = [f"**{number(parameter.value)}**{unit}"]
    if parameter.sd_log:
        parts.append(f"spread {number(parameter.sd_log)}")
    if parameter.sd:
        parts.append(f"spread {number(parameter.sd)} of the value itself")
    parts.append(f"bounds {number(parameter.lower)} to {number(parameter.upper)}")
    return "<br>".join(parts)


def _populations() -> str:
    rows = []
    for name in population_names():
        by_basis = Counter(statement.basis for statement in statements(load_population(name)))
        rows.append([f"`{name}`", *(str(by_basis[basis]) for basis in BASES), str(by_basis.total())])
    counts = table(["population", *BASES, "all"], rows, right=range(1, len(BASES) + 2))
    return (
        "## Populations\n\nThe numbers of a population stand in its own file: "
        "`cereblon population show NAME` prints each with basis and source.\n\n" + counts
    )
