"""Annotations checked when a function is called: what stands in them is true, shapes of arrays included."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, get_args, runtime_checkable

import numpy as np
import pytest
from beartype import BeartypeConf, BeartypeDecorPlace, FrozenDict, beartype
from beartype.claw._ast import _clawaststar
from numpy.typing import ArrayLike
from pydantic import ValidationInfo

checked = beartype(conf=BeartypeConf(is_pep484_tower=True))
"""As `beartype`, with the rule of the type checker that a whole number is a float."""


@runtime_checkable
class Convertible(Protocol):
    """What says how it becomes an array, as columns of data frames do."""

    def __array__(self) -> np.ndarray: ...


_ARRAYS = np.ndarray | np.generic | Sequence[Any] | Convertible
"""What is `ArrayLike`; to ask the protocols of NumPy takes a tenth of a millisecond a call."""


class UntrueAnnotation(UserWarning):
    """What a function took or gave is not what its annotation says; pytest makes an error of the warning."""


CHECKED = BeartypeConf(
    is_pep484_tower=True,
    violation_type=UntrueAnnotation,
    claw_decor_place_func=BeartypeDecorPlace.FIRST,  # what `jax.jit` makes of a function must stay what it is
    claw_is_pep526=False,
    hint_overrides=FrozenDict(
        {ValidationInfo: Any}  # a protocol that cannot be checked at run time
        | {one: _ARRAYS for one in get_args(ArrayLike) if one not in (complex, bytes, str)}
    ),
)
"""The same for packages whose arrays are of NumPy, where no annotation states a shape."""


def leave_nested_functions_and_named_tuples() -> None:
    """Let the import hook of beartype pass over functions inside functions, and over named tuples.

    Each call of the outer function would write and compile the check of the inner one anew, in a millisecond or two:
    a thousand curves of resampled patients took ten times as long. A named tuple is made by a function that Python
    writes in a module of no name, where beartype cannot find the types of its fields. There is no setting for either.
    """

    def at_the_top(*, conf: BeartypeConf) -> Callable[[Any], Any]:
        return lambda thing: thing if _is_left(thing) else beartype(conf=conf)(thing)

    _clawaststar.__beartype__ = at_the_top  # type: ignore[assignment]


def _is_left(thing: Any) -> bool:
    named_tuple = isinstance(thing, type) and issubclass(thing, tuple) and hasattr(thing, "_fields")
    return named_tuple or "<locals>" in thing.__qualname__


misused = pytest.mark.filterwarnings("ignore::runtime_types.UntrueAnnotation")
"""Of a test that gives what the annotation forbids, to see it refused in our words."""
