"""Many subjects at once: one compiled shape, mapped over subjects here and nowhere else.

Subjects are computed in batches of a fixed size that begin at multiples of it, whatever the size of the blocks that
are written: the same program sees the same subject at the same place, so results are equal to the last bit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Lock
from typing import NamedTuple

import jax
import numpy as np
from jax import Array

from cereblon.core.errors import InputError, warn
from cereblon.core.private_folder import NotPrivateError
from cereblon.core.small_programs import keep_small_programs
from cereblon.model.engine.inputs import Layout, Program, Subject, kind_of
from cereblon.model.engine.parameters import Drawn, Parameters
from cereblon.model.engine.program_cache import ProgramCache
from cereblon.model.engine.subject import simulate_subject
from cereblon.model.engine.trajectory import DatedEvents, WeeklyValues

BATCH = 512
_COMPILING = Lock()  # two threads that need the same program would both compile it
_cache: ProgramCache | None = None


class Results(NamedTuple):
    """Simulated subjects on the host; every array has the subject as its first axis."""

    weeks: WeeklyValues
    events: DatedEvents
    result_code: np.ndarray

    def until(self, n_weeks: int) -> Results:
        """Leave out the weeks after the first `n_weeks`, in which nobody was followed any more."""
        return self._replace(weeks=WeeklyValues(*(column[:, :n_weeks] for column in self.weeks)))


@partial(jax.jit, static_argnames=("layout",))
def _simulate(
    subjects: Subject,
    root: Array,
    program: Program,
    p: dict[str, dict[str, Array]],
    drawn: dict[str, dict[str, Array]],
    layout: Layout,
) -> tuple[WeeklyValues, DatedEvents, Array]:
    def one(subject: Subject, own: dict[str, dict[str, Array]]) -> tuple[WeeklyValues, DatedEvents, Array]:
        numbers = {group: {**values, **own.get(group, {})} for group, values in p.items()}
        return simulate_subject(subject, root, program, numbers, layout)

    return jax.vmap(one)(subjects, drawn)


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


def simulate(
    subjects: Subject,
    root: Array,
    program: Program,
    parameters: Parameters,
    layout: Layout,
    *,
    workers: int = 2,
    drawn: Drawn | None = None,
) -> Results:
    """Simulate subjects and gather the results on the host.

    Parameters
    ----------
    subjects
        Arrays with one entry per subject.
    root
        Key of the run.
    program
        Orders of all arms.
    parameters
        Bare values, from `parameters.model_parameters`.
    layout
        Static shape.
    workers
        Batches computed side by side.
    drawn
        Parameters that differ between subjects, instead of those in `parameters`.

    Returns
    -------
        Weekly values with axes (subject, week, ...), dated events, result codes.

    Raises
    ------
    InputError
        If there are no subjects.
    """
    total = len(subjects.age)
    if total == 0:
        raise InputError("no subjects to simulate")
    numbers = _numbers(parameters)
    columns = [np.asarray(column) for column in subjects]

    def run(place: np.ndarray) -> Results:
        batch = Subject(*jax.device_put([column[place] for column in columns]))
        own = {g: {n: v[place].astype(np.float32) for n, v in given.items()} for g, given in (drawn or {}).items()}
        given = (batch, root, program, numbers, own)
        with _COMPILING:
            if _cache is None:
                started = _simulate(*given, layout)
            else:
                started = _cache.program("simulate", _simulate, given, layout=layout)(*given)
        return Results(*jax.device_get(started))  # a started program returns before it has computed

    with ThreadPoolExecutor(max_workers=workers) as pool:
        parts = list(pool.map(run, _batches(total)))
    return _joined(parts, total)


def make_ready(
    root: Array, program: Program, parameters: Parameters, layout: Layout, *, drawn: Drawn | None = None
) -> None:
    """Load or compile what `simulate` needs while the subjects are still drawn; nothing unless programs are kept.

    Parameters and refusals as in `simulate`; `drawn` may be of other subjects.
    """
    if _cache is None:
        return
    subjects = Subject(*(jax.device_put([np.zeros(BATCH, kind_of(column)) for column in Subject._fields])))
    own = {g: {n: np.zeros(BATCH, np.float32) for n in given} for g, given in (drawn or {}).items()}
    with _COMPILING:
        _cache.program("simulate", _simulate, (subjects, root, program, _numbers(parameters), own), layout=layout)


def _numbers(parameters: Parameters) -> dict[str, dict[str, Array]]:
    numbers: dict[str, dict[str, Array]] = jax.device_put(jax.tree.map(np.float32, parameters))
    return numbers


def _batches(total: int) -> Iterator[np.ndarray]:
    """Cut into batches; the last is filled up with copies of its last subject, which are dropped afterwards."""
    for start in range(0, total, BATCH):
        yield np.minimum(np.arange(start, start + BATCH), total - 1)


def _joined(parts: Sequence[Results], total: int) -> Results:
    joined: Results = jax.tree.map(lambda *columns: np.concatenate(columns)[:total], *parts)
    return joined
