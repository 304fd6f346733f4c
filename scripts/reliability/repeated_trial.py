"""A small trial that is simulated once; what is tried afterwards is how its tables are kept, many times over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import pyarrow as pa

from cereblon.model.engine.batch import use_compilation_cache
from cereblon.tables.parquet import parquet_bytes
from cereblon.tables.schemas import SUBJECT_TABLES
from cereblon.trials.comparison import predict
from cereblon.trials.folder import RunFolder, open_run
from cereblon.trials.library import load_trial
from cereblon.trials.run import Prepared, prepare
from cereblon.trials.run_counts import count_run
from cereblon.trials.running import run_trial
from cereblon.trials.trial import change_trial

TRIAL = Path(__file__).parents[2] / "tests" / "trials" / "small.yaml"
SMALLEST_BLOCK = 512


def prepared_trial(replicates: int | None = None) -> Prepared:
    """Prepare the trial of the tests: 20 subjects in each replicate, 60 replicates unless given."""
    return prepare(change_trial(load_trial(TRIAL), replicates=replicates))


def simulated(prepared: Prepared, path: Path) -> RunFolder:
    """Simulate the trial in the smallest blocks, unless that was done."""
    use_compilation_cache()
    return run_trial(prepared, path, block_size=SMALLEST_BLOCK)


@contextmanager
def tables_of(path: Path) -> Iterator[None]:
    """Let every block in which a trial is run have the tables of a run that was simulated before."""
    made = open_run(path)

    def block(_: Prepared, start: int, stop: int, *, source_id: str, **__: object) -> dict[str, pa.Table]:
        if source_id != made.run_id:
            raise AssertionError(f"{source_id} is not the run that was simulated")
        numbers = range(start // SMALLEST_BLOCK, -(-stop // SMALLEST_BLOCK))
        return {
            name: pa.concat_tables([made.block(number).read(name) for number in numbers]) for name in SUBJECT_TABLES
        }

    with patch("cereblon.trials.engines.simulate_block", block), patch("cereblon.trials.engines.make_ready"):
        yield


def write_outcomes(run: RunFolder, prepared: Prepared) -> None:
    """Write what a report would be made of."""
    predictions = predict(count_run(run, prepared.plan, None), prepared.plan)
    run.write_file("outcomes.parquet", parquet_bytes(predictions.rows))


def contents(path: Path) -> dict[str, bytes]:
    """Give every file of a folder by its name."""
    return {str(file.relative_to(path)): file.read_bytes() for file in sorted(path.rglob("*")) if file.is_file()}
