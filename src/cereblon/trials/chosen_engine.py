"""An engine by its name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cereblon.core.errors import ArgumentError, unknown_name
from cereblon.trials.dask_engine import dask_engine
from cereblon.trials.engines import LocalEngine, TrialEngine

LOCAL, DASK = "local", "dask"
ENGINES = (LOCAL, DASK)


@contextmanager
def chosen_engine(name: str = LOCAL, *, scheduler: str | None = None) -> Iterator[TrialEngine]:
    """Give an engine by its name, connected, for a while.

    Parameters
    ----------
    name
        `local` or `dask`.
    scheduler
        For `dask`: address of a scheduler that is running, or the file in which it has written it.

    Raises
    ------
    ArgumentError
        If there is no such engine, or it takes a scheduler and has none, or the other way round.
    InputError
        If the package of the engine is not installed.
    EngineError
        If no scheduler answers there.
    """
    if name not in ENGINES:
        raise ArgumentError(str(unknown_name("engine", name, ENGINES)))
    if (name == DASK) != (scheduler is not None):
        raise ArgumentError(
            "engine dask needs scheduler, the address of one that is running, for example tcp://HOST:8786"
            if scheduler is None
            else "scheduler applies only with engine dask"
        )
    if scheduler is None:
        yield LocalEngine()
        return
    with dask_engine(scheduler) as engine:
        yield engine
