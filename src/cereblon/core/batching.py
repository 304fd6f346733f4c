"""How one subject's equations become a fast program for many: stored results, and functions of many subjects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
from jax import Array
from jax.custom_batching import custom_vmap
from jax.extend.core import jaxpr_as_fun

T = TypeVar("T")


def stored(compute: Callable[[], T], once: Array) -> T:
    """Run `compute` one time and store its results.

    The compiler folds cheap operations into each of their users, so a day's drug effects would be computed again for
    every cell chain that reads them: half of the whole run time, and much of the compile time. A branch on a number
    that is not known when compiling, but always 1, ends that. (An optimisation barrier does not: it is removed before
    operations are folded.)

    Parameters
    ----------
    compute
        Gives arrays.
    once
        The number 1 as an input of the compiled program.
    """
    closed, shapes = jax.make_jaxpr(compute, return_shape=True)()
    flat, form = jax.tree.flatten(shapes)
    found = jax.lax.cond(
        once > 0,
        lambda: tuple(jaxpr_as_fun(closed)()),
        lambda: tuple(jnp.zeros(made.shape, made.dtype) for made in flat),
    )
    result: T = jax.tree.unflatten(form, found)
    return result


def for_many(compute: Callable[..., Any]) -> Callable[..., Any]:
    """Let one subject call a function that is written for many of them, with the subject as the last axis.

    Where something is done to a row of numbers of each subject, such as the doses of each day and drug, arrays with
    the subject last let every operation run along subjects; `jax.vmap` would put the subject first.

    Parameters
    ----------
    compute
        Takes what is common to all subjects, and then values of subjects; gives values of subjects.

    Returns
    -------
        The function for one subject. It takes the same, and gives tuples of numbers where `compute` gives arrays.
    """

    def apart(common: Any, own: tuple[Any, ...]) -> Any:
        with jax.numpy_rank_promotion("allow"):  # numbers of subjects stand beside rows of such numbers here
            return _apart(compute(common, *own))

    @custom_vmap
    def one(common: Any, own: tuple[Any, ...]) -> Any:
        alone = jax.tree.map(lambda value: jnp.asarray(value)[..., None], own)
        return jax.tree.map(lambda value: value[0], apart(common, alone))

    @one.def_vmap
    def many(size: int, is_mapped: Any, common: Any, own: tuple[Any, ...]) -> Any:
        if any(jax.tree.leaves(is_mapped[0])):
            raise ValueError("what is common to all subjects differs between them")

        def last(value: Array, mapped: bool) -> Array:
            if mapped:
                return jnp.moveaxis(value, 0, -1)
            value = jnp.asarray(value)
            return jnp.broadcast_to(value[..., None], (*value.shape, size))

        made = apart(common, jax.tree.map(last, own, is_mapped[1]))
        return made, jax.tree.map(lambda _: True, made)

    return lambda common, *own: one(common, own)


def _apart(made: Any) -> Any:
    """Take arrays apart into numbers of one subject."""

    def rows(value: Array) -> Any:
        return value if value.ndim == 1 else tuple(rows(row) for row in value)

    return jax.tree.map(rows, made)
