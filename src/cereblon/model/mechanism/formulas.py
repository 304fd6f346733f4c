"""Formulas of the network as text: read once, used by the solver, the SBML export and the drawing."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from functools import cache

import jax.numpy as jnp

from cereblon.core.arrays import NumberOrArray
from cereblon.core.errors import InputError

_OPERATIONS: dict[type[ast.operator], Callable[[NumberOrArray, NumberOrArray], NumberOrArray]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
}


@cache
def parsed(formula: str) -> ast.expr:
    """Read a formula.

    Raises
    ------
    InputError
        If it holds anything but numbers, names, + - * /, brackets and `max(a, b)`.
    """
    try:
        tree = ast.parse(formula, mode="eval").body
    except SyntaxError as error:
        raise InputError(f"formula {formula!r} cannot be read ({error.msg})") from error
    for part in ast.walk(tree):
        if isinstance(part, ast.Call):
            allowed = isinstance(part.func, ast.Name) and part.func.id == "max" and len(part.args) == 2
        elif isinstance(part, ast.Constant):
            allowed = isinstance(part.value, (int, float)) and not isinstance(part.value, bool)
        elif isinstance(part, ast.BinOp):
            allowed = type(part.op) in _OPERATIONS
        else:
            allowed = isinstance(part, (ast.Name, ast.UnaryOp, ast.USub, ast.operator, ast.expr_context))
        if not allowed:
            raise InputError(
                f"formula {formula!r}: {type(part).__name__} is not understood",
                hint="numbers, names, + - * /, brackets and max(a, b) are",
            )
    return tree


def names_in(formula: str) -> frozenset[str]:
    """Name what a formula refers to."""
    called = {id(part.func) for part in ast.walk(parsed(formula)) if isinstance(part, ast.Call)}
    return frozenset(
        part.id for part in ast.walk(parsed(formula)) if isinstance(part, ast.Name) and id(part) not in called
    )


def evaluate(formula: str, values: Mapping[str, NumberOrArray]) -> NumberOrArray:
    """Compute a formula.

    Parameters
    ----------
    formula
        As in `network.yaml`.
    values
        Every name that it uses, in house units.
    """
    return _evaluate(parsed(formula), values)


def _evaluate(part: ast.expr, values: Mapping[str, NumberOrArray]) -> NumberOrArray:
    if isinstance(part, ast.Constant) and isinstance(part.value, (int, float)):
        return float(part.value)
    if isinstance(part, ast.Name):
        return values[part.id]
    if isinstance(part, ast.BinOp):
        return _OPERATIONS[type(part.op)](_evaluate(part.left, values), _evaluate(part.right, values))
    if isinstance(part, ast.UnaryOp):
        return -_evaluate(part.operand, values)
    if isinstance(part, ast.Call):
        return jnp.maximum(_evaluate(part.args[0], values), _evaluate(part.args[1], values))
    raise InputError(f"{ast.unparse(part)!r} is not understood")
