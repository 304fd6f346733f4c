"""The whole kernel as C++: blocks of sixteen subjects, each through all weeks before the next block."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from cereblon.model.engine.native.translate import Translator, Values
from cereblon.model.engine.native.writer import NotTranslatedError, Value, Writer, constant, kind_of, lane_text, lanes

_MEMORY = {"float32": "float", "bool": "uint8_t"} | {
    f"{sign}int{bits}": f"{sign}int{bits}_t" for sign in ("", "u") for bits in (8, 16, 32)
}


def kernel_source(
    week: Callable[..., Any], state: Any, number: Any, own: Any, common: Any, *, ones: Sequence[int], weeks: int
) -> tuple[str, list[Any]]:
    """Write the kernel that takes subjects through some weeks.

    Its function takes addresses of arrays in the order of the leaves of `state`, `number`, `own` and `common`, then
    those of what it gives in the order of the leaves of what `week` gives, and the number of subjects. Arrays of
    subjects have the subject first, weekly values the week second.

    Parameters
    ----------
    week
        Takes one subject's state, the number of the week, what else is the subject's, and what is common to all;
        gives the state after the week, and its values.
    state, number, own, common
        Shapes and kinds of these, for one subject.
    ones
        Leaves of `common` that are always the number 1.
    weeks
        How many.

    Returns
    -------
        The source, and the shapes of one week's values.

    Raises
    ------
    NotTranslatedError
        If something in it is not known here.
    """
    closed, shapes = jax.make_jaxpr(week, return_shape=True)(state, number, own, common)
    n_state, n_own = len(jax.tree.leaves(state)), len(jax.tree.leaves(own))
    inputs, results = closed.jaxpr.invars, closed.jaxpr.outvars
    n_mine = n_state + 1 + n_own
    writer = Writer()
    translator = Translator(writer)
    shared = [
        _common_inputs(f"in{place}", variable, ones=place - n_mine in ones)
        for place, variable in enumerate(inputs)
        if place >= n_mine
    ]
    with writer.loop("for (long g = 0; g < n; g += LANES)"):
        mine = [_own_inputs(writer, f"in{place}", variable) for place, variable in enumerate(inputs[:n_mine])]
        states, first, fixed = mine[:n_state], mine[n_state], mine[n_state + 1 :]
        carried = [_each(lambda value: writer.variable(value, shared=False), values) for values in states]
        with writer.loop(f"for (int week = 0; week < {weeks}; week++)"):
            text = f"{first[()].text} + B(week)"
            here = writer.value("i", shared=False, text=text, depth=writer.depth)
            found = translator.run(
                closed.jaxpr, closed.consts, [*carried, np.full((), here, object), *fixed, *shared]
            )
            for place, values in enumerate(found[n_state:], start=n_state):
                _store(writer, place, values, f"(g * {weeks} + week)", weeks)
            writer.carry_over(_flat(carried), _flat(found[:n_state]))
        for place, values in enumerate(carried):
            _store(writer, place, values, "g", 1)
    pointers = [_pointer("const ", "in", place, variable) for place, variable in enumerate(inputs)]
    pointers += [_pointer("", "out", place, variable) for place, variable in enumerate(results)]
    head = 'extern "C" void advance(const void *const *in, void *const *out, long n) {'
    body = [*pointers, "const NoSubnormals while_computing;", writer.text()]
    return "\n".join(['#include "lanes.h"', head, *body, "}", ""]), jax.tree.leaves(shapes[1])


def _pointer(constant_: str, side: str, place: int, variable: Any) -> str:
    memory = _MEMORY[str(variable.aval.dtype)]
    return f"{constant_}{memory} *const {side}{place} = ({constant_}{memory} *){side}[{place}];"


def _common_inputs(name: str, variable: Any, *, ones: bool) -> Values:
    """Give what is common to all subjects as values that stand in memory."""
    kind, shape = kind_of(variable.aval.dtype), variable.aval.shape
    if variable.aval.dtype.itemsize != (1 if kind == "b" else 4):
        raise NotTranslatedError(f"common numbers of kind {variable.aval.dtype}")
    found = np.empty(shape, object)
    for place, where in enumerate(np.ndindex(shape)):
        text = f"({name}[{place}] != 0)" if kind == "b" else f"{name}[{place}]"
        table = "" if kind == "b" else name
        found[where] = constant(1, kind) if ones else Value(text, kind, True, 0, table=table, place=place)
    return found


def _own_inputs(writer: Writer, name: str, variable: Any) -> Values:
    """Load what each subject of a block has of its own."""
    kind, shape = kind_of(variable.aval.dtype), variable.aval.shape
    size = math.prod(shape)
    found = np.empty(shape, object)
    for place, where in enumerate(np.ndindex(shape)):
        text = f"loaded<{lanes(kind)}>({name} + g * {size} + {place}, {size})"
        found[where] = writer.value(kind, shared=False, text=text, depth=writer.depth)
    return found


def _store(writer: Writer, place: int, values: Values, row: str, rows: int) -> None:
    size = math.prod(values.shape)
    for k, value in enumerate(values.reshape(-1)):
        writer.line(f"store({lane_text(value)}, out{place} + {row} * {size} + {k}, {rows * size});")


def _each(function: Callable[[Value], Value], values: Values) -> Values:
    found = np.empty(values.shape, object)
    for place in np.ndindex(values.shape):
        found[place] = function(values[place])
    return found


def _flat(arrays: Sequence[Values]) -> list[Value]:
    return [value for values in arrays for value in values.reshape(-1)]
