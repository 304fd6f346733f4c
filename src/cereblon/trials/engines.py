"""Where the blocks of a run are computed: in this process or by workers elsewhere, which write nothing."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeAlias

import numpy as np

from cereblon.core import random_streams
from cereblon.model.engine.release_memory import release_memory
from cereblon.model.engine.simulation import make_ready, must_be_compiled
from cereblon.trials.block import block_contents
from cereblon.trials.run import Prepared, simulate_block


class Span(NamedTuple):
    """A block that is missing: its number, and the subjects from `start` to before `stop`."""

    number: int
    start: int
    stop: int


Finished: TypeAlias = tuple[Span, Mapping[str, bytes]]
"""A block, and the bytes of its file for each table."""

Computing: TypeAlias = Generator[Finished, None, None]
"""Gives blocks as they are done; to be closed, so that what is in hand is given up after an error."""


class TrialEngine(Protocol):
    """Computes blocks of subjects in any order, each of which gives the same bytes wherever it is computed."""

    @property
    def waits_for(self) -> str:
        """What goes on while no block is done yet."""

    def blocks(
        self, prepared: Prepared, spans: Sequence[Span], *, source_id: str, note: Callable[[str], None]
    ) -> Computing:
        """Give each block when it is done.

        Parameters
        ----------
        prepared
            The trial.
        spans
            The blocks to compute.
        source_id
            Name of the run in its tables.
        note
            Told what has to be known meanwhile.
        """


@dataclass(frozen=True)
class LocalEngine:
    """Computes blocks in threads of this process.

    Parameters
    ----------
    workers
        Batches computed side by side; a run that is stopped loses the blocks whose subjects are in them or wait for
        them, at most twice as many and two.
    """

    workers: int = 2

    @property
    def waits_for(self) -> str:
        """What goes on while no block is done yet."""
        return "compiling the model for these regimens"

    def blocks(
        self, prepared: Prepared, spans: Sequence[Span], *, source_id: str, note: Callable[[str], None]
    ) -> Computing:
        """Give each block when it is done; see `TrialEngine.blocks`."""
        if not spans:
            return
        program = program_of(prepared)
        if must_be_compiled(**program):
            note("compiling the model with these drugs, once on this machine: half a minute or so")

        def computed(span: Span) -> Finished:
            tables = simulate_block(prepared, span.start, span.stop, source_id=source_id, simulator=simulator)
            contents = block_contents(tables)
            del tables
            release_memory()  # what blocks leave behind would add up over a thousand of them
            return span, contents

        with (
            ThreadPoolExecutor(max_workers=1) as ahead,
            prepared.simulator(self.workers) as simulator,
            # Batches stay full only if others have been drawn before a block is done, whose last subjects live long.
            ThreadPoolExecutor(max_workers=2 * self.workers + 2) as pool,
        ):
            ahead.submit(make_ready, **program)  # an error shows again with the first block
            waiting = {pool.submit(computed, span) for span in spans}
            try:
                for finished in as_completed(waiting):
                    waiting.discard(finished)  # nothing holds on to what was given
                    yield finished.result()
            except BaseException:
                simulator.cancel()
                pool.shutdown(cancel_futures=True)
                raise


def program_of(prepared: Prepared) -> dict[str, Any]:
    """Give what decides the compiled programs of a trial, as `make_ready` takes it."""
    return {
        "root": random_streams.root_key(prepared.plan.seed),
        "program": prepared.program,
        "parameters": prepared.parameters,
        "layout": prepared.layout,
        "drawn": prepared.drawn(np.zeros(1, np.int64)),
    }
