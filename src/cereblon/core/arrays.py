"""Shapes of what the equations of one subject take and give; tests check them at every call."""

from __future__ import annotations

from jax import Array
from jaxtyping import Shaped

Value = Shaped[Array, "*#subjects"]
"""A number of one subject, or of each of many: equations hold for both, and the numbers of a call fit one another."""

Pair = Shaped[Array, "2 *#subjects"]
"""Two numbers of one subject."""

Values = Shaped[Array, "_ *#subjects"]
"""Several numbers of one subject."""

NumberOrArray = Array | float
"""A parameter: one number for all, or an array where it differs between subjects or is traced by the compiler."""
