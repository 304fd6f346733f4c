"""One number per subject from whatever array holds them; what numpy would turn into a number unasked is refused."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cereblon.core.errors import InputError

ArrayInput = ArrayLike | Sequence[object]
"""Whatever NumPy reads as an array. `Sequence` stands beside its own `ArrayLike`, as tuples are none of that."""

_NO_NUMBERS = {"m": "spans of time", "M": "dates", "c": "complex values", "b": "true and false"}
"""Kinds of arrays that numpy turns into numbers, such as nanoseconds, that nobody meant."""


def as_numbers(values: ArrayInput, name: str) -> NDArray[np.float64]:
    """Read one number per subject.

    Raises
    ------
    InputError
        If they are no numbers, or not one per subject.
    """
    array = np.asarray(values.tolist() if isinstance(values, np.ma.MaskedArray) else values)
    if array.dtype.kind in _NO_NUMBERS:
        what = _NO_NUMBERS[array.dtype.kind]
        raise InputError(f"{name}: {what} are no numbers", hint="convert them first, times to days or months")
    try:
        numbers = array.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name}: not all are numbers ({error})") from error
    if numbers.ndim != 1:
        raise InputError(f"{name} of shape {numbers.shape}; one per subject is needed")
    return numbers
