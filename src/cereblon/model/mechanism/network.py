"""The network's nodes, edges and numbers, read from `network.yaml` and checked against each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import Field, model_validator

from cereblon.core.errors import InputError, unknown_name
from cereblon.core.parameter import Parameter, load_parameters
from cereblon.core.validation import StrictModel, validate
from cereblon.core.yaml_files import parse_yaml
from cereblon.model.mechanism.formulas import names_in

GROUPS = ("mechanism", "effects")
"""Parameter files whose names formulas may use."""


class NetworkInput(StrictModel):
    """What drives the network from outside."""

    label: str
    unit: str
    full: float = Field(gt=0.0)
    at: tuple[float, float]
    meaning: str


class Cell(StrictModel):
    """A box of the drawing: the cells in which nodes lie."""

    label: str
    box: tuple[float, float, float, float]


class Node(StrictModel):
    """One marker of the network.

    Parameters
    ----------
    untreated
        Value without drugs: 1, or 0 for a share of a maximum.
    rate, value
        Its time derivative, 1/day, or the value itself; one of the two.
    full
        Value that the drawing shows at full strength.
    """

    label: str
    meaning: str
    untreated: float = 1.0
    rate: str | None = None
    value: str | None = None
    full: float
    at: tuple[float, float]

    @model_validator(mode="after")
    def _one_formula(self) -> Node:
        if (self.rate is None) == (self.value is None):
            raise ValueError("needs either rate or value")
        return self

    @property
    def formula(self) -> str:
        """The formula, whichever it is."""
        return self.rate or self.value or ""


class Edge(StrictModel):
    """One influence: its direction and the evidence for that direction; `switch` is 0 while the edge is off."""

    source_node: str = Field(alias="from")
    target: str = Field(alias="to")
    sign: Literal["+", "-"]
    switch: str | None = None
    quality: Literal["published", "assumed"]
    evidence: str = Field(min_length=1)
    source: str = Field(min_length=1)


class Network(StrictModel):
    """The whole network; nodes with a value stand after what they use."""

    inputs: dict[str, NetworkInput]
    cells: tuple[Cell, ...]
    nodes: dict[str, Node]
    edges: tuple[Edge, ...]

    @property
    def states(self) -> tuple[str, ...]:
        """Nodes with a time derivative."""
        return tuple(name for name, node in self.nodes.items() if node.rate is not None)

    @property
    def label(self) -> dict[str, str]:
        """Labels of inputs and nodes, unique: where two cells have the same protein the cells are named."""
        return {name: node.label for name, node in (self.inputs | self.nodes).items()}


def check(network: Network, parameters: Mapping[str, object], *, where: str) -> None:
    """Hold formulas, edges and numbers together.

    Raises
    ------
    InputError
        Listing every name that is unknown or used twice, and every edge without a formula or formula without an edge.
    """
    problems = list(_problems(network, parameters))
    if problems:
        raise InputError("\n".join(f"{where}, {problem}" for problem in problems))


def _problems(network: Network, parameters: Mapping[str, object]) -> Iterator[str]:
    things = network.inputs | network.nodes
    yield from (f"{name}: is a node and a parameter" for name in sorted(set(things) & set(parameters)))
    yield from (
        f"edge to {e.target}: no parameter {e.switch}" for e in network.edges if e.switch not in {None, *parameters}
    )
    edges = [(edge.source_node, edge.target) for edge in network.edges]
    yield from (
        f"edge {a} to {b}: written twice" for a, b in sorted({edge for edge in edges if edges.count(edge) > 1})
    )
    used = set()
    known: set[str] = set(network.inputs) | set(network.states)
    for name, node in network.nodes.items():
        for other in sorted(names_in(node.formula)):
            if other not in things and other not in parameters:
                yield f"{name}: {other} is neither a node nor a parameter"
            elif other in things and other != name:
                used.add((other, name))
        if node.value is not None:
            early = sorted((names_in(node.value) & set(things)) - known)
            yield from (f"{name}: uses {other}, which stands after it" for other in early)
            known.add(name)
    yield from (f"edge {a} to {b}: the formula of {b} does not use {a}" for a, b in sorted(set(edges) - used))
    yield from (f"{b}: uses {a} without an edge" for a, b in sorted(used - set(edges)))


@cache
def load_network() -> Network:
    """Read the network of the package.

    Raises
    ------
    InputError
        If the file contradicts itself or the parameters.
    """
    text = files("cereblon.model.mechanism").joinpath("network.yaml").read_text(encoding="utf-8")
    network = validate(Network, parse_yaml(text, where="network.yaml"), where="network.yaml")
    check(network, parameters_used(), where="network.yaml")
    return network


@cache
def parameters_used() -> dict[str, Parameter]:
    """Give the parameters that formulas may use, by bare name."""
    return {name: parameter for group in GROUPS for name, parameter in load_parameters(group).items()}


@cache
def _in_formulas() -> frozenset[str]:
    """Give all names that formulas and switches use."""
    network = load_network()
    formulas = (names_in(node.formula) for node in network.nodes.values())
    return frozenset().union(*formulas, (edge.switch for edge in network.edges if edge.switch is not None))


def constants(changes: Mapping[str, float] | None = None) -> dict[str, float]:
    """Give the numbers of the network in house units.

    Parameters
    ----------
    changes
        Values to use instead, by name of parameter.

    Raises
    ------
    UnknownNameError
        If a changed parameter does not exist.
    InputError
        If a value is outside the parameter's bounds, or no formula uses the parameter.
    """
    known = parameters_used()
    values = {name: parameter.value for name, parameter in known.items()}
    for name, value in (changes or {}).items():
        if name not in known:
            raise unknown_name("parameter", name, list(known))
        if name not in _in_formulas():
            raise InputError(
                f"{name}: no formula of the network uses it",
                hint="it belongs to the reduced form of the trial engine, which stays as it is",
            )
        parameter = known[name]
        if not parameter.lower <= value <= parameter.upper:
            allowed = f"{parameter.lower:g} to {parameter.upper:g} {parameter.unit}"
            raise InputError(f"{name}: {value:g} {parameter.unit} is outside {allowed}")
        values[name] = value
    return values
