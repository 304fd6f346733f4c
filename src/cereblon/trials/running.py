"""Run a virtual trial into a folder, block by block, or continue it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from cereblon.core.errors import InputError
from cereblon.model.engine.batch import BATCH
from cereblon.model.engine.release_memory import release_memory
from cereblon.trials.beginning import create_run, writing_run
from cereblon.trials.engines import LocalEngine, Span, TrialEngine
from cereblon.trials.folder import MOST_BLOCKS, RunFolder
from cereblon.trials.run import Prepared, header

BLOCK = 2 * BATCH


def run_trial(
    prepared: Prepared,
    path: Path,
    *,
    block_size: int = BLOCK,
    engine: TrialEngine | None = None,
    progress: Callable[[int, int], None] | None = None,
    written: Callable[[RunFolder, int], None] = lambda *_: None,
    say: Callable[[str], None] = lambda _: None,
    note: Callable[[str], None] = lambda _: None,
) -> RunFolder:
    """Run a trial into a folder, or continue it: blocks that are missing or damaged are simulated.

    Parameters
    ----------
    prepared
        From `prepare`.
    path
        Run folder.
    block_size
        Subjects per block, a multiple of the batch size; results do not depend on it.
    engine
        Computes the blocks; this process if None. Results do not depend on it.
    progress
        Called with the subjects done and all subjects.
    written
        Called with the run and the number of each block that is simulated, once it is written.
    say
        Told what was damaged.
    note
        Told what is waited for before the first subject, and of an engine what has to be known.

    Raises
    ------
    InputError
        If the block size does not fit.
    RunFolderError
        If the folder holds another run, cannot be written, or another process writes it.
    EngineError
        If the workers of an engine cannot be used, or it is lost; what was finished is kept.
    """
    if block_size < BATCH or block_size % BATCH:
        raise InputError(f"block size {block_size} is not a multiple of {BATCH}")
    if prepared.plan.subjects > MOST_BLOCKS * block_size:
        raise InputError(
            f"{prepared.plan.id}: {prepared.plan.subjects:,} subjects in blocks of {block_size:,} are more than "
            f"{MOST_BLOCKS:,} blocks",
            hint="fewer virtual trials give the same intervals",
        )
    with writing_run(path):
        run = create_run(path, header(prepared, block_size), say=say)
        for number, problem in run.remove_damaged_blocks().items():
            say(f"{path}: block {number} is damaged ({problem}) and is simulated again")
        total, missing = prepared.plan.subjects, _missing(run, prepared.plan.subjects)
        done = total - sum(span.stop - span.start for span in missing)
        computing = (engine or LocalEngine()).blocks(prepared, missing, source_id=run.run_id, note=note)
        with closing(computing) as blocks:
            for span, contents in blocks:
                run.write_block(span.number, contents)
                written(run, span.number)
                done += span.stop - span.start
                if progress is not None:
                    progress(done, total)
    if progress is not None and not missing:
        progress(total, total)
    release_memory()  # a summary needs much of it
    return run


def _missing(run: RunFolder, total: int) -> list[Span]:
    size = int(run.header["block_size"])
    spans = [Span(number, start, min(start + size, total)) for number, start in enumerate(range(0, total, size))]
    return [span for span in spans if not run.block(span.number).is_there()]
