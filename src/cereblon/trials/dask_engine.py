"""Blocks computed by the workers of a Dask scheduler that is running, and handed back as the bytes of their files.

A worker needs the same version of the package and no folder: the run's process alone checks, seals and writes. A
worker that is lost costs the blocks in its hand, which others compute again.
"""

from __future__ import annotations

import logging
import pickle
import platform
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from cereblon.core.errors import CereblonError, InputError
from cereblon.core.fingerprint import checksum
from cereblon.model.engine.batch import use_compilation_cache
from cereblon.model.engine.release_memory import release_memory
from cereblon.trials.block import block_contents
from cereblon.trials.engines import Computing, Span
from cereblon.trials.run import Prepared, simulate_block, versions_here

PATIENCE_S = 10.0
"""How long a scheduler is waited for."""
_AHEAD, _LEAST_AHEAD = 2, 64
"""Blocks handed over at a time: for each thread of the workers, and at least, for workers that come meanwhile."""

_INSTALL = "install on scheduler and workers what is installed here"


class EngineError(CereblonError, RuntimeError):
    """The workers of an engine cannot be used, or were lost; what was finished is kept."""


class Computed(NamedTuple):
    """What a worker hands back for a block. Errors too: for one that cannot be pickled Dask would wait forever."""

    contents: Mapping[str, bytes]
    machine: str
    refusal: str = ""
    failure: str = ""


@contextmanager
def dask_engine(scheduler: str) -> Iterator[DaskEngine]:
    """Connect to a scheduler for a while.

    Parameters
    ----------
    scheduler
        Its address, such as `tcp://HOST:8786`, or the file in which it has written it (`--scheduler-file`).

    Raises
    ------
    InputError
        If Dask is not installed.
    EngineError
        If nobody answers there.
    """
    distributed = _distributed()
    given = {"address": scheduler} if "://" in scheduler else {"scheduler_file": scheduler}
    if "scheduler_file" in given and not Path(scheduler).is_file():
        raise EngineError(
            f"scheduler {scheduler}: is neither an address nor a file of a scheduler",
            hint="dask scheduler prints its address (tcp://HOST:8786); --scheduler-file writes it into a file",
        )
    with _quiet():
        try:
            with warnings.catch_warnings(record=True) as told:
                warnings.simplefilter("always")
                client = distributed.Client(**given, timeout=PATIENCE_S, set_as_default=False, asynchronous=False)
        except (OSError, ValueError, TypeError, KeyError, AssertionError) as error:
            raise EngineError(
                f"scheduler {scheduler}: no scheduler of Dask answers there ({_line(error)})",
                hint="start one, for example: dask scheduler --scheduler-file scheduler.json",
            ) from error
        try:
            yield DaskEngine(client, scheduler, [_line(one.message) for one in told])
        finally:
            with suppress(Exception):  # nobody may be there any more to say goodbye to
                client.close(timeout=PATIENCE_S)


def _distributed() -> Any:
    try:
        import distributed
    except ImportError as error:
        raise InputError(
            "engine dask computes through distributed, which is not installed", hint='pip install "cereblon[dask]"'
        ) from error
    return distributed


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what Dask logs of lost connections off the terminal: it is said in our words."""
    loggers = [logging.getLogger(name) for name in ("distributed", "distributed.client")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


class DaskEngine:
    """Hands blocks to the workers of a scheduler; several at a time, so that workers never wait.

    Parameters
    ----------
    client
        Connected.
    scheduler
        As the user named it.
    remarks
        What Dask said of its own versions when it connected.
    """

    waits_for = "waiting for the first block of a worker"

    def __init__(self, client: Any, scheduler: str, remarks: Sequence[str] = ()) -> None:
        self._client, self._scheduler, self._remarks = client, scheduler, remarks

    def blocks(
        self, prepared: Prepared, spans: Sequence[Span], *, source_id: str, note: Callable[[str], None]
    ) -> Computing:
        """Give each block when it is done; see `engines.TrialEngine.blocks`.

        Raises
        ------
        EngineError
            If a worker has another version of the package or none, if several workers were lost with one block, or
            if the scheduler is.
        """
        if not spans:
            return
        for remark in self._remarks:
            note(remark)
        if not self._threads():
            note(f"no worker is at {self._scheduler} yet; the run goes on when one comes")
        given = (pickle.dumps(prepared), dict(versions_here()), source_id)
        waiting, handed_over = list(reversed(spans)), dict[Any, Span]()
        done, machines = _distributed().as_completed(loop=self._client.loop), set[str]()
        try:
            while waiting or handed_over:
                while waiting and len(handed_over) < max(_AHEAD * self._threads(), _LEAST_AHEAD):
                    span = waiting.pop()
                    future = self._client.submit(computed_block, *given, span.start, span.stop, pure=False)
                    handed_over[future] = span
                    done.add(future)
                future = next(done)
                span = handed_over.pop(future)
                found = self._found(future, span)
                del future  # the worker that holds the block may forget it
                if found.machine not in machines:
                    machines.add(found.machine)
                    if len(machines) > 1:
                        note(_unlike(sorted(machines)))
                yield span, found.contents
        finally:
            with suppress(Exception):  # the scheduler may be gone
                self._client.cancel(list(handed_over))

    def _threads(self) -> int:
        """Count the threads of the workers that are there now; whoever comes later gets blocks too."""
        with suppress(OSError):
            return sum(self._client.nthreads().values())
        return 0

    def _found(self, future: Any, span: Span) -> Computed:
        again = "what was finished is kept, and the same command goes on from there"
        found: Computed
        try:
            found = future.result()
        except Exception as error:
            for lacking in (error, error.__cause__):  # a worker's, or that of the scheduler, which reads tasks too
                if isinstance(lacking, ModuleNotFoundError):
                    raise EngineError(
                        f"scheduler {self._scheduler} or a worker of it does not have {lacking.name}", hint=_INSTALL
                    ) from error
            if type(error).__name__ == "KilledWorker":
                raise EngineError(
                    f"block {span.number}: the workers that computed it were lost one after the other",
                    hint=f"a worker needs 2 GB; {again}",
                ) from error
            if future.cancelled():
                raise EngineError(f"scheduler {self._scheduler}: the connection was lost", hint=again) from error
            raise
        if found.refusal:
            raise EngineError(found.refusal, hint=f"{_INSTALL}, and set CEREBLON_KERNEL alike")
        if found.failure:
            raise RuntimeError(f"block {span.number} failed on a worker\n\n{found.failure}")
        return found


def computed_block(content: bytes, versions: Mapping[str, str], source_id: str, start: int, stop: int) -> Computed:
    """Compute a block on a worker, if what decides the last digits of results is the same here.

    Parameters
    ----------
    content
        A prepared trial, pickled by a process with these versions.
    versions
        From `versions_here` of that process.
    source_id, start, stop
        See `run.simulate_block`.
    """
    here = versions_here()
    other = [f"{name} {found}, not {versions[name]}" for name, found in here.items() if found != versions[name]]
    if other:
        return Computed({}, machine(), refusal=f"worker {platform.node()} has {'; '.join(other)}")
    try:
        contents = block_contents(simulate_block(_prepared(content), start, stop, source_id=source_id))
    except Exception as error:
        return Computed({}, machine(), failure="".join(traceback.format_exception(error)))
    release_memory()  # what blocks leave behind would add up over a thousand of them
    return Computed(contents, machine())


@lru_cache(maxsize=1)
def _prepared(content: bytes) -> Prepared:
    use_compilation_cache()
    prepared: Prepared = pickle.loads(content)
    return prepared


@cache
def machine() -> str:
    """Name the kind of processor here, with a checksum of its instructions, on which last digits depend."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    told = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    instructions = told.get("flags", told.get("Features", ""))
    return f"{told.get('model name', platform.machine())} ({checksum(instructions)[:6]})"


def _unlike(machines: Sequence[str]) -> str:
    return (
        f"blocks are computed by processors of {len(machines)} kinds ({', '.join(machines)}): last digits may differ "
        "from those of a run on one kind"
    )


def _line(text: object) -> str:
    return " ".join(str(text).split())
