"""Subjects through the compiled programs, in batches that are kept full.

A third of the weeks of a trial come after a subject's death. Between two steps of a batch those whose time is over
leave it, and the next that wait take their places. What is computed for a subject does not depend on when and where
that is, so results are the same whatever the number of workers and of subjects that are asked for together.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from threading import Condition, Thread
from typing import Any, NamedTuple

import jax
import numpy as np
from jax import Array

from cereblon.core.errors import InputError
from cereblon.model.engine.batch import WEEKS, Arrays, BatchPrograms, batch_size, keeps_programs
from cereblon.model.engine.ensemble import packaged_names
from cereblon.model.engine.inputs import Subject
from cereblon.model.engine.parameters import Drawn, Parameters
from cereblon.model.engine.program import Layout, Program
from cereblon.model.engine.trajectory import DatedEvents, WeeklyValues

WEEK = 7
_WORTH = 64
"""Places that are free before others are put there: each time all arrays of a batch are gone through."""


class Results(NamedTuple):
    """Simulated subjects on the host; every array has the subject as its first axis."""

    weeks: WeeklyValues  # 0 where a subject was not followed any more
    events: DatedEvents
    result_code: np.ndarray


class Simulator:
    """Simulates subjects of one program for several threads, whose subjects share batches.

    To be closed: it is a context.

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
    workers
        Batches computed side by side.
    """

    def __init__(
        self, root: Array, program: Program, parameters: Parameters, layout: Layout, *, workers: int = 2
    ) -> None:
        self._parameters = parameters
        self._programs = BatchPrograms(root, program, parameters, layout)
        self._waiting = _Waiting()
        self._workers = [Thread(target=self._work, daemon=True) for _ in range(workers)]
        for worker in self._workers:
            worker.start()

    def __enter__(self) -> Simulator:
        return self

    def __exit__(self, *_: object) -> None:
        self._waiting.close()
        for worker in self._workers:
            worker.join()

    def simulate(self, subjects: Subject, n_weeks: int, drawn: Drawn | None = None) -> Results:
        """Simulate subjects and gather the results on the host.

        Parameters
        ----------
        subjects
            Arrays with one entry per subject.
        n_weeks
            Weeks from the beginning; nobody is followed longer.
        drawn
            Parameters that differ between subjects, instead of those of the simulator.

        Raises
        ------
        InputError
            If there are no subjects.
        """
        total = len(subjects.age)
        if total == 0:
            raise InputError("no subjects to simulate")
        columns: dict[str, Any] = {name: np.asarray(column) for name, column in subjects._asdict().items()}
        last = np.nextafter(np.float32(WEEK * n_weeks), np.float32(0.0))
        columns["follow_up_days"] = np.minimum(columns["follow_up_days"], last)
        group = _Group(Subject(**columns), own_numbers(self._parameters, drawn, total), n_weeks)
        self._waiting.add(group)
        return group.done.result()

    def cancel(self) -> None:
        """Give up: who waits for results gets an error."""
        self._waiting.fail(RuntimeError("the simulation was given up"))

    def _work(self) -> None:
        try:
            batch = _FullBatch(self._programs, self._waiting)
            while batch.fill():
                batch.advance()
        except BaseException as error:
            self._waiting.fail(error)


def simulate(
    subjects: Subject,
    root: Array,
    program: Program,
    parameters: Parameters,
    layout: Layout,
    *,
    n_weeks: int,
    workers: int = 2,
    drawn: Drawn | None = None,
) -> Results:
    """Simulate subjects and gather the results on the host; parameters and refusals as of `Simulator`."""
    with Simulator(root, program, parameters, layout, workers=workers) as simulator:
        return simulator.simulate(subjects, n_weeks, drawn)


def make_ready(
    root: Array, program: Program, parameters: Parameters, layout: Layout, *, drawn: Drawn | None = None
) -> None:
    """Load or compile what `simulate` needs while the subjects are still drawn; nothing unless programs are kept.

    Parameters and refusals as in `simulate`; `drawn` may be of other subjects.
    """
    if keeps_programs():
        BatchPrograms(root, program, parameters, layout).make_ready(_anybodys(parameters, drawn))


def must_be_compiled(
    root: Array, program: Program, parameters: Parameters, layout: Layout, *, drawn: Drawn | None = None
) -> bool:
    """Tell whether `simulate` waits for a compiler; parameters as in `make_ready`."""
    return BatchPrograms(root, program, parameters, layout).must_be_compiled(_anybodys(parameters, drawn))


def _anybodys(parameters: Parameters, drawn: Drawn | None) -> Arrays:
    """Give own parameters in the shape of a batch."""
    one = {group: {name: column[:1] for name, column in given.items()} for group, given in (drawn or {}).items()}
    size = batch_size()
    return jax.device_put(jax.tree.map(lambda column: np.resize(column, size), own_numbers(parameters, one, 1)))


def own_numbers(parameters: Parameters, drawn: Drawn | None, total: int) -> dict[str, dict[str, np.ndarray]]:
    """Give the parameters that may differ between subjects.

    Those of the package's draws are among them even where they do not differ: a trial has the same program with draws
    and without.
    """
    given = drawn or {}
    names = dict.fromkeys((*packaged_names(), *((group, name) for group in given for name in given[group])))
    own: dict[str, dict[str, np.ndarray]] = {}
    for group, name in sorted(names):
        values = given.get(group, {}).get(name, parameters[group][name])
        own.setdefault(group, {})[name] = np.broadcast_to(np.asarray(values, np.float32), (total,))
    return own


class _Group:
    """Subjects that are asked for together, and what becomes of them."""

    def __init__(self, subjects: Subject, own: dict[str, dict[str, np.ndarray]], n_weeks: int) -> None:
        self.given = (subjects, own)
        self.follow_up_days = np.asarray(subjects.follow_up_days)
        self.total, self.n_weeks = len(subjects.age), n_weeks
        self.steps = -(-n_weeks // WEEKS)
        self.taken, self.left = 0, len(subjects.age)
        self.done: Future[Results] = Future()
        self._weeks: WeeklyValues | None = None
        self._ends: tuple[DatedEvents, np.ndarray] | None = None

    def make_room(self, weeks: WeeklyValues, ends: tuple[DatedEvents, np.ndarray]) -> None:
        """Make the arrays of the results, once it is known what they look like."""
        if self._weeks is None:
            size = (self.total, self.steps)
            self._ends = jax.tree.map(lambda one: np.zeros((self.total, *one.shape[1:]), one.dtype), ends)
            self._weeks = WeeklyValues(*(np.zeros((*size, *one.shape[1:]), one.dtype) for one in weeks))

    def keep(self, rows: np.ndarray, steps: np.ndarray, weeks: WeeklyValues) -> None:
        """Keep what some subjects had in a step."""
        assert self._weeks is not None
        for kept, found in zip(self._weeks, weeks, strict=True):
            kept[rows, steps] = found

    def end(self, rows: np.ndarray, ends: tuple[DatedEvents, np.ndarray]) -> None:
        """Keep how it ended for some subjects."""
        for kept, found in zip(jax.tree.leaves(self._ends), jax.tree.leaves(ends), strict=True):
            kept[rows] = found

    def results(self) -> Results:
        """Give the results of all."""
        assert self._weeks is not None
        assert self._ends is not None
        days = self.steps * WEEKS
        weeks = (column.reshape(self.total, days, *column.shape[3:])[:, : self.n_weeks] for column in self._weeks)
        return Results(WeeklyValues(*weeks), *self._ends)


class _Waiting:
    """Groups in the order in which they were asked for; workers take subjects of the first that has any left."""

    def __init__(self) -> None:
        self._groups: deque[_Group] = deque()
        self._open: set[_Group] = set()
        self._changed = Condition()
        self._closed = False
        self._error: BaseException | None = None

    def add(self, group: _Group) -> None:
        with self._changed:
            if self._error is not None:
                raise self._error
            self._groups.append(group)
            self._open.add(group)
            self._changed.notify_all()

    def take(self, room: int, *, wait: bool) -> list[tuple[_Group, np.ndarray]]:
        """Take subjects for some places, as rows of groups; none if there are none, or only after closing."""
        with self._changed:
            while wait and not (self._groups or self._closed or self._error):
                self._changed.wait()
            found: list[tuple[_Group, np.ndarray]] = []
            while self._groups and room and not self._error:
                group = self._groups[0]
                stop = min(group.taken + room, group.total)
                found.append((group, np.arange(group.taken, stop)))
                room, group.taken = room - (stop - group.taken), stop
                if stop == group.total:
                    self._groups.popleft()
            return found

    def make_room(self, group: _Group, weeks: WeeklyValues, ends: tuple[DatedEvents, np.ndarray]) -> None:
        with self._changed:
            group.make_room(weeks, ends)

    def ended(self, group: _Group, count: int) -> None:
        """Note that some subjects of a group are done; the last make its results known."""
        with self._changed:
            if self._error is not None:
                raise self._error
            group.left -= count
            over = group.left == 0
            if over:
                self._open.discard(group)
        if over:
            group.done.set_result(group.results())

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def fail(self, error: BaseException) -> None:
        with self._changed:
            self._error = self._error or error
            failed, self._open = self._open, set()
            self._groups.clear()
            self._changed.notify_all()
        for group in failed:
            group.done.set_exception(error)


class _Begun:
    """A batch of subjects before their first week, some of whom have a place in another batch already."""

    def __init__(self, members: list[tuple[_Group, np.ndarray]], programs: BatchPrograms) -> None:
        self.groups = [group for group, rows in members for _ in rows]
        self.rows = np.concatenate([rows for _, rows in members])
        total, self.taken = len(self.rows), 0
        # Filled up with copies of the last, which nobody reads.
        place = np.minimum(np.arange(programs.size), total - 1)
        parts = [jax.tree.map(lambda column, rows=rows: column[rows], group.given) for group, rows in members]
        subjects, own = jax.tree.map(lambda *columns: np.concatenate(columns)[place], *parts)
        state, fixed = programs.begin(subjects, own)
        self.state, self.constants = jax.tree.map(np.asarray, (state, (subjects, own, fixed)))

    @property
    def left(self) -> int:
        return len(self.rows) - self.taken


class _FullBatch:
    """The batch of one worker."""

    def __init__(self, programs: BatchPrograms, waiting: _Waiting) -> None:
        self._programs, self._waiting = programs, waiting
        self._begun: _Begun | None = None
        self._state: Arrays = None
        self._constants: Arrays = None
        size = programs.size
        self._groups: list[_Group | None] = [None] * size
        self._rows, self._steps = np.zeros(size, np.int64), np.zeros(size, np.int32)
        self._follow_up_days = np.zeros(size)
        self._active = np.zeros(size, np.bool_)

    def fill(self) -> bool:
        """Put the next subjects where nobody is any more, first places first; tell whether there is anybody now."""
        free = np.flatnonzero(~self._active)
        if len(free) >= _WORTH:
            for begun in self._next():
                count = min(len(free), begun.left)
                self._place(free[:count], begun, begun.taken)
                begun.taken += count
                free = free[count:]
                if not len(free):
                    break
        return bool(self._active.any())

    def _next(self) -> Iterator[_Begun]:
        """Give begun subjects as long as some wait; wait for them where the batch is empty."""
        while True:
            if self._begun is None or not self._begun.left:
                members = self._waiting.take(self._programs.size, wait=not self._active.any())
                if not members:
                    return
                self._begun = _Begun(members, self._programs)
            yield self._begun

    def _place(self, places: np.ndarray, begun: _Begun, first: int) -> None:
        chosen = slice(first, first + len(places))

        def placed(before: Any, fresh: np.ndarray) -> np.ndarray:
            own = before if isinstance(before, np.ndarray) and before.flags.writeable else np.array(before)
            own[places] = fresh[chosen]
            return own

        if self._state is None:
            self._state, self._constants = jax.tree.map(np.array, (begun.state, begun.constants))
        self._state, self._constants = jax.tree.map(
            placed, (self._state, self._constants), (begun.state, begun.constants)
        )
        self._rows[places], self._steps[places], self._active[places] = begun.rows[chosen], 0, True
        for place, group, row in zip(places, begun.groups[chosen], begun.rows[chosen], strict=True):
            self._groups[place] = group
            self._follow_up_days[place] = group.follow_up_days[row]

    def advance(self) -> None:
        """Advance everybody by a step, and let those go whose time is over."""
        first = WEEKS * self._steps
        subjects, own, fixed = self._constants
        until = int(np.flatnonzero(self._active)[-1]) + 1
        self._state, weeks = self._programs.advance(self._state, first, subjects, own, fixed, until=until)
        weeks, alive, ends = jax.device_get((weeks, self._state.alive, (self._state.events, self._state.result_code)))
        steps = self._steps.copy()
        self._steps += 1
        over = ~alive | (WEEK * WEEKS * self._steps > self._follow_up_days)
        for group in {group for group, active in zip(self._groups, self._active, strict=True) if active and group}:
            mine = np.array([one is group for one in self._groups]) & self._active
            self._waiting.make_room(group, weeks, ends)
            group.keep(self._rows[mine], steps[mine], WeeklyValues(*(column[mine] for column in weeks)))
            gone = mine & (over | (self._steps >= group.steps))
            group.end(self._rows[gone], jax.tree.map(lambda column, gone=gone: column[gone], ends))
            self._active &= ~gone
            self._waiting.ended(group, int(gone.sum()))
