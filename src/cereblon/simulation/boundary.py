"""A place where the compiler stores what it has computed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import jax
import jax.numpy as jnp
from jax import Array

T = TypeVar("T")


def stored(compute: Callable[[], T], once: Array) -> T:
    """Run `compute` one time and store its results.

    The compiler folds cheap operations into each of their users, so a day's drug effects would be computed again for
    every cell chain that reads them: half of the whole run time, and much of the compile time. A loop whose length
    is not known when compiling, but always 1, ends that. (An optimisation barrier does not: it is removed before
    operations are folded.)

    Parameters
    ----------
    compute
        Gives arrays.
    once
        The number 1 as an input of the compiled program.
    """
    empty = jax.tree.map(lambda made: jnp.zeros(made.shape, made.dtype), jax.eval_shape(compute))
    result: T = jax.lax.fori_loop(0, once, lambda _, __: compute(), empty)
    return result
