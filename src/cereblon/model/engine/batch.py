"""A batch of subjects in compiled programs: mapped over subjects here and nowhere else.

Two programs serve every run with the same drugs. One begins subjects, the other advances them by some weeks, each
from its own week on. A batch has a fixed size, and what is computed for a subject depends neither on its place in the
batch nor on who stands beside it: results are equal to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Lock
from typing import Any, TypeAlias

import jax
import numpy as np
from jax import Array

from cereblon.core.errors import warn
from cereblon.core.private_folder import NotPrivateError
from cereblon.core.small_programs import keep_small_programs
from cereblon.model.engine import subject as one_subject
from cereblon.model.engine.inputs import Subject, kind_of
from cereblon.model.engine.native.compiler import NATIVE, chosen_kernel
from cereblon.model.engine.native.kernel import Kernel, kernel_code
from cereblon.model.engine.native.writer import NotTranslatedError
from cereblon.model.engine.parameters import Parameters
from cereblon.model.engine.program import Layout, Program
from cereblon.model.engine.program_cache import ProgramCache
from cereblon.model.engine.state import IndividualParameters, SubjectState
from cereblon.model.engine.trajectory import WeeklyValues

BATCH = 512
"""Least number of subjects in a batch; blocks hold a multiple of it."""

WEEKS = 26
"""Weeks that a batch is advanced by before it is looked through for subjects whose time is over."""

Numbers = dict[str, dict[str, Array]]
Arrays: TypeAlias = Any
"""Arrays of every subject of a batch: of JAX as programs give them, of numpy where subjects were put in."""

_COMPILING = {"begin": Lock(), "advance": Lock()}
"""Each program is loaded or compiled once at a time; the two go side by side, each on one core."""
_cache: ProgramCache | None = None


@partial(jax.jit, static_argnames=("layout",))
def _begin(
    subjects: Subject, own: Numbers, root: Array, once: Array, p: Numbers, layout: Layout
) -> tuple[SubjectState, IndividualParameters]:
    def one(subject: Subject, own: Numbers) -> tuple[SubjectState, IndividualParameters]:
        return one_subject.begin(subject, root, once, _with_own(p, own), layout)

    return jax.vmap(one)(subjects, own)


@partial(jax.jit, static_argnames=("layout",))
def _advance(
    state: SubjectState,
    first_week: Array,
    subjects: Subject,
    own: Numbers,
    fixed: IndividualParameters,
    program: Program,
    p: Numbers,
    layout: Layout,
) -> tuple[SubjectState, WeeklyValues]:
    def one(
        state: SubjectState, first_week: Array, subject: Subject, own: Numbers, fixed: IndividualParameters
    ) -> tuple[SubjectState, WeeklyValues]:
        return one_subject.advance(state, first_week, subject, fixed, program, _with_own(p, own), layout, weeks=WEEKS)

    return jax.vmap(one)(state, first_week, subjects, own, fixed)


def _week(
    state: SubjectState,
    number: Array,
    own: tuple[Subject, Numbers, IndividualParameters],
    common: tuple[Program, Numbers],
    layout: Layout,
) -> tuple[SubjectState, WeeklyValues]:
    """Give one subject's week as a kernel is made of it."""
    (subject, numbers, fixed), (program, p) = own, common
    return one_subject.week(state, number, subject, fixed, program, _with_own(p, numbers), layout)


def _with_own(p: Numbers, own: Numbers) -> Numbers:
    return {group: {**values, **own.get(group, {})} for group, values in p.items()}


def use_compilation_cache() -> None:
    """Keep compiled programs between runs; where the user's cache folder is not the user's alone, keep none."""
    global _cache
    home, before = keep_small_programs(), _cache
    if before is None or home is None or before.folder != home / "programs":
        _cache = None
        try:
            _cache = ProgramCache(home / "programs") if home else None
        except NotPrivateError as error:
            warn(f"no compiled programs are kept: {error}; remove it or set XDG_CACHE_HOME")
        except OSError:  # a full disk
            pass


def keeps_programs() -> bool:
    """Tell whether compiled programs are kept between runs."""
    return _cache is not None


def batch_size() -> int:
    """Give the number of subjects in a batch, a multiple of `BATCH`.

    A native kernel takes sixteen subjects through all weeks before the next, so that a larger batch only spares the
    handing over of arrays. What JAX makes for a processor walks through all subjects for each operation, and 512 of
    them stay in its cache; a graphics processor is given as many as wait in the blocks of two workers.
    """
    if chosen_kernel() == NATIVE:
        return 2 * BATCH
    return BATCH if jax.default_backend() == "cpu" else 8 * BATCH


class BatchPrograms:
    """The two programs of a run, each loaded or compiled when it is first needed.

    Parameters
    ----------
    root
        Key of the run.
    program
        Orders of all arms.
    parameters
        Bare values, from `parameters.model_parameters`.
    layout
        Static shape.
    """

    def __init__(self, root: Array, program: Program, parameters: Parameters, layout: Layout) -> None:
        self._root, self._program, self._layout = root, program, layout
        self._numbers: Numbers = jax.device_put(jax.tree.map(np.float32, parameters))
        self._ready: dict[str, Callable[..., Any]] = {}
        self._is_native = chosen_kernel() == NATIVE
        self.size = batch_size()
        self._kernel: Kernel | None = None

    def begin(self, subjects: Arrays, own: Arrays) -> tuple[SubjectState, IndividualParameters]:
        """Give the states before the first week, and what is fixed for each subject.

        Parameters
        ----------
        subjects
            `Subject` with a batch of them.
        own
            Parameters that differ between subjects.
        """
        given = (subjects, own, self._root, self._program.once, self._numbers)
        begun: tuple[SubjectState, IndividualParameters] = self._run("begin", _begin, given)
        return begun

    def advance(
        self,
        state: Arrays,
        first_week: Arrays,
        subjects: Arrays,
        own: Arrays,
        fixed: Arrays,
        *,
        until: int | None = None,
    ) -> tuple[SubjectState, WeeklyValues]:
        """Advance each subject by `WEEKS` from its own week on; give states and weekly values, [subject, week].

        Nobody reads what is given from place `until` on, which may be anything.
        """
        given = (state, first_week, subjects, own, fixed, self._program, self._numbers)
        kernel = self._native(given)
        if kernel is not None:
            after, values = kernel(state, first_week, (subjects, own, fixed), until=until)
            return after, WeeklyValues(*values)
        advanced: tuple[SubjectState, WeeklyValues] = self._run("advance", _advance, given)
        return advanced

    def make_ready(self, own: Arrays) -> None:
        """Load or compile both programs; `own` may be of other subjects."""
        given = self._first(own)
        begun = self._shapes(given) if self._is_new("begin", given) else None
        with ThreadPoolExecutor(max_workers=1) as beside:
            waiting = beside.submit(self._load, "begin", _begin, given) if begun else None
            state, fixed = begun or self.begin(*given[:2])
            first_week = np.zeros(self.size, np.int32)
            advancing = (state, first_week, *given[:2], fixed, self._program, self._numbers)
            if self._native(advancing) is None:
                self._load("advance", _advance, advancing)
            if waiting:
                waiting.result()

    def _native(self, given: tuple[Any, ...]) -> Kernel | None:
        """Give the native kernel that stands for the second program; none where JAX computes."""
        if self._kernel is None and self._is_native:
            with _COMPILING["advance"]:
                state, first_week, *own, program, numbers = given
                common = (program, numbers)
                make = partial(self._kernel_code, (state, first_week, tuple(own), common))
                try:
                    code = _cache.code("kernel", make, given, layout=self._layout, weeks=WEEKS) if _cache else make()
                    self._kernel = Kernel(code, common)
                except NotTranslatedError as error:
                    self._is_native = False
                    warn(f"no native kernel is made of {error}; JAX computes instead")
        return self._kernel

    def _kernel_code(self, given: tuple[Any, Any, Any, Any]) -> bytes:
        ones = [place for place, leaf in enumerate(jax.tree.leaves(given[3])) if leaf is self._program.once]
        return kernel_code(partial(_week, layout=self._layout), given, ones=ones, weeks=WEEKS)

    def must_be_compiled(self, own: Arrays) -> bool:
        """Tell whether no programs are kept, or not these yet; `own` may be of other subjects."""
        return _cache is None or self._is_new("begin", self._first(own))

    def _first(self, own: Arrays) -> tuple[Any, ...]:
        """Give what `begin` is called with, for subjects who are nobody."""
        subjects = Subject(*(jax.device_put([np.zeros(self.size, kind_of(column)) for column in Subject._fields])))
        return (subjects, own, self._root, self._program.once, self._numbers)

    def _shapes(self, given: tuple[Any, ...]) -> tuple[Any, Any]:
        """Give what the first program gives, without compiling it: kinds and shapes of its arrays."""
        begun: tuple[Any, Any] = jax.eval_shape(partial(_begin, layout=self._layout), *given)
        return begun

    def _is_new(self, name: str, given: tuple[Any, ...]) -> bool:
        """Tell whether a program would have to be compiled to be kept."""
        return _cache is not None and not _cache.holds(name, given, layout=self._layout)

    def _run(self, name: str, function: Any, given: tuple[Any, ...]) -> Any:
        if name not in self._ready and _cache is None:
            with _COMPILING[name]:
                found = function(*given, layout=self._layout)
                self._ready[name] = partial(function, layout=self._layout)
            return found
        self._load(name, function, given)
        return self._ready[name](*given)

    def _load(self, name: str, function: Any, given: tuple[Any, ...]) -> None:
        if name not in self._ready and _cache is not None:
            with _COMPILING[name]:
                self._ready[name] = _cache.program(name, function, given, layout=self._layout)
