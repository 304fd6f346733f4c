"""A generated kernel as a function of arrays: it takes subjects through weeks as the program of JAX does."""

from __future__ import annotations

import ctypes
import json
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from cereblon.model.engine.native.compiler import compiled, loaded
from cereblon.model.engine.native.source import kernel_source


def kernel_code(week: Any, given: tuple[Any, Any, Any, Any], *, ones: Sequence[int], weeks: int) -> bytes:
    """Generate and compile a kernel.

    Parameters
    ----------
    week
        See `source.kernel_source`.
    given
        State, first week and what else is the subjects', each with the subject first, and what is common to all.
    ones, weeks
        See `source.kernel_source`.

    Returns
    -------
        A line that describes one week's values, and the machine code.

    Raises
    ------
    NotTranslatedError
        If something in it is not known here.
    CereblonError
        If the compiler fails.
    """
    state, number, own = jax.tree.map(_of_one, given[:3])
    source, values = kernel_source(week, state, number, own, given[3], ones=ones, weeks=weeks)
    head = [[list(value.shape), str(value.dtype)] for value in values]
    return json.dumps({"weeks": weeks, "values": head}).encode() + b"\n" + compiled(source)


class Kernel:
    """The function of a kernel.

    Parameters
    ----------
    code
        From `kernel_code`.
    common
        What is common to all subjects.
    """

    def __init__(self, code: bytes, common: Any) -> None:
        head, _, machine_code = code.partition(b"\n")
        told = json.loads(head)
        self._function = loaded(machine_code).advance
        self._function.restype = None
        self._values = [((told["weeks"], *shape), np.dtype(kind)) for shape, kind in told["values"]]
        self._common = _arrays(common)
        self._common_places = _places(self._common)

    def __call__(
        self, state: Any, first_week: np.ndarray, own: Any, *, until: int | None = None
    ) -> tuple[Any, list[np.ndarray]]:
        """Take subjects through the weeks; other threads go on meanwhile.

        Parameters
        ----------
        state, first_week, own
            Arrays with the subject first, of a multiple of sixteen subjects.
        until
            Place from which on nobody need be computed; what is given there may be anything.

        Returns
        -------
            The state after the weeks, and arrays of weekly values, [subject, week].
        """
        given = _arrays((state, np.asarray(first_week, np.int32), own))
        leaves, form = jax.tree.flatten(state)
        after = [np.empty(leaf.shape, leaf.dtype) for leaf in leaves]
        values = [np.empty((len(first_week), *shape), kind) for shape, kind in self._values]
        self._function(
            _pointers([*_places(given), *self._common_places]),
            _pointers(_places([*after, *values])),
            ctypes.c_long(len(first_week) if until is None else until),
        )
        return jax.tree.unflatten(form, after), values


def _of_one(leaf: Any) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct(leaf.shape[1:], leaf.dtype)  # type: ignore[no-untyped-call]


def _arrays(tree: Any) -> list[np.ndarray]:
    return [np.ascontiguousarray(leaf) for leaf in jax.tree.leaves(tree)]


def _places(arrays: Sequence[np.ndarray]) -> list[int]:
    return [_place(array) for array in arrays]


def _place(array: np.ndarray) -> int:
    if array.flags.writeable and array.size:
        # Five times as quick, for hundreds of arrays a step.
        return ctypes.addressof(ctypes.c_char.from_buffer(array))  # type: ignore[arg-type]
    place: int = array.__array_interface__["data"][0]
    return place


def _pointers(places: Sequence[int]) -> Any:
    return (ctypes.c_void_p * len(places))(*places)
