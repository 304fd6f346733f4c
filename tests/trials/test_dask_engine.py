"""A run whose blocks workers of a Dask scheduler compute: the same bytes, also when one of them is killed."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from distributed import Client

from cereblon.core.errors import ArgumentError
from cereblon.trials import dask_engine
from cereblon.trials.block import block_contents
from cereblon.trials.chosen_engine import chosen_engine
from cereblon.trials.dask_engine import Computed, EngineError
from cereblon.trials.folder import RunFolder
from cereblon.trials.run import Prepared, versions_here
from cereblon.trials.running import run_trial

# Both tell which blocks they were given; the second computes none of them until it is killed.
STEADY = """
from pathlib import Path
from cereblon.trials import dask_engine
from cereblon.trials.run import simulate_block

def told(prepared, start, stop, *, source_id):
    with Path("steady").open("a") as lines:
        lines.write(f"{start}\\n")
    return simulate_block(prepared, start, stop, source_id=source_id)

dask_engine.simulate_block = told
"""
STUCK = """
import time
from pathlib import Path
from cereblon.trials import dask_engine

def stuck(prepared, start, stop, *, source_id):
    Path("stuck").write_text(str(start))
    time.sleep(600)

dask_engine.simulate_block = stuck
"""


@dataclass
class Cluster:
    """A scheduler and its workers, each a process of its own, in a folder."""

    folder: Path
    processes: list[subprocess.Popen[bytes]]

    @property
    def scheduler(self) -> str:
        return str(self.folder / "scheduler.json")

    def start(self, module: str, *options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.{module}", "--host", "127.0.0.1", "--no-dashboard"]
        with (self.folder / f"{len(self.processes)}.log").open("wb") as log:
            started = subprocess.Popen(
                [*command, "--scheduler-file", self.scheduler, *options], cwd=self.folder, stdout=log, stderr=log
            )
        self.processes.append(started)
        return started

    def start_worker(self, preload: str) -> subprocess.Popen[bytes]:
        file = self.folder / f"preload{len(self.processes)}.py"
        file.write_text(preload, encoding="utf-8")
        scratch = ("--local-directory", str(self.folder))
        return self.start("dask_worker", "--nthreads", "1", "--no-nanny", "--preload", str(file), *scratch)

    def wait_for(self, name: str) -> Path:
        found, until = self.folder / name, time.monotonic() + 300
        while not (found.exists() and found.stat().st_size):
            assert time.monotonic() < until, [path.read_text() for path in self.folder.glob("*.log")]
            time.sleep(0.02)
        return found


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, compiled_programs: str) -> Iterator[Cluster]:
    made = Cluster(tmp_path_factory.mktemp("cluster"), [])
    made.start("dask_scheduler", "--port", "0")
    made.wait_for("scheduler.json")
    made.start_worker(STEADY)
    yield made
    for process in made.processes:
        process.kill()
        process.wait()


def blocks_of(run: RunFolder | Path) -> dict[str, bytes]:
    path = run if isinstance(run, Path) else run.path
    return {str(file.relative_to(path)): file.read_bytes() for file in sorted(path.rglob("*")) if file.is_file()}


def test_a_killed_worker_loses_the_block_in_its_hand_and_no_other(
    cluster: Cluster, small_prepared: Prepared, small_run: RunFolder, tmp_path: Path
) -> None:
    """All files are those of the run that one process made: `run.json`, manifests and tables."""
    stuck = cluster.start_worker(STUCK)
    noted: list[str] = []
    done: list[int] = []

    def progress(subjects: int, _: int) -> None:
        if not done:  # the others may be computed; one is in the hand of the worker that is killed
            cluster.wait_for("stuck")
            stuck.kill()
        done.append(subjects)

    with Client(scheduler_file=cluster.scheduler, set_as_default=False) as client:
        client.wait_for_workers(2)
    with chosen_engine("dask", scheduler=cluster.scheduler) as engine:
        run = run_trial(
            small_prepared, tmp_path / "run", block_size=512, engine=engine, progress=progress, note=noted.append
        )
    assert blocks_of(run) == blocks_of(small_run)
    assert (len(done), done[-1]) == (3, 1200)
    lost = int((cluster.folder / "stuck").read_text())
    computed = [int(line) for line in (cluster.folder / "steady").read_text().split()]
    assert sorted(computed) == [0, 512, 1024], "the lost block once more, and no block twice"
    assert lost in computed
    assert noted == []


def test_workers_of_another_version_are_refused_and_the_run_can_go_on_elsewhere(
    cluster: Cluster,
    small_prepared: Prepared,
    small_run: RunFolder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "run"
    ours = {**versions_here(), "cereblon": "9.9.9"}
    with monkeypatch.context() as patched, chosen_engine("dask", scheduler=cluster.scheduler) as engine:
        patched.setattr(dask_engine, "versions_here", lambda: ours)
        with pytest.raises(
            EngineError, match=r"^worker \S+ has cereblon \S+, not 9\.9\.9\n\nhint: install on scheduler and workers"
        ):
            run_trial(small_prepared, path, block_size=512, engine=engine)
    assert blocks_of(path).keys() == {"run.json"}
    assert blocks_of(run_trial(small_prepared, path, block_size=512)) == blocks_of(small_run)


def block_elsewhere(*_: object) -> Computed:
    """Stand in a module that no worker has."""
    return Computed({}, "")


def test_what_has_no_package_is_told_what_it_lacks(
    cluster: Cluster, small_prepared: Prepared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_engine, "computed_block", block_elsewhere)
    with (
        chosen_engine("dask", scheduler=cluster.scheduler) as engine,
        pytest.raises(EngineError, match=f"does not have {__name__}\n\nhint: install on scheduler and workers"),
    ):
        run_trial(small_prepared, tmp_path / "run", block_size=512, engine=engine)


def test_a_scheduler_that_is_not_there_is_said_in_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(dask_engine, "PATIENCE_S", 0.2)
    for place, said in (
        ("tcp://127.0.0.1:9", "no scheduler of Dask answers there"),
        ("pigeon://here", "no scheduler of Dask answers there"),
        (str(tmp_path / "none.json"), "is neither an address nor a file of a scheduler"),
    ):
        with (
            pytest.raises(EngineError, match=f"^scheduler {place}: {said}.*\n\nhint: "),
            chosen_engine("dask", scheduler=place),
        ):
            pytest.fail("connected")


@pytest.mark.parametrize(
    ("name", "scheduler", "said"),
    [
        ("spark", None, "engine 'spark' is not known"),
        ("dask", None, "engine dask needs scheduler"),
        ("local", "tcp://127.0.0.1:9", "scheduler applies only with engine dask"),
    ],
)
def test_engine_and_scheduler_go_together(name: str, scheduler: str | None, said: str) -> None:
    with pytest.raises(ArgumentError, match=said), chosen_engine(name, scheduler=scheduler):
        pytest.fail("connected")


def test_processors_of_several_kinds_are_stated(
    cluster: Cluster, small_prepared: Prepared, small_run: RunFolder, tmp_path: Path
) -> None:
    """Workers with kinds of their own stand for a cluster of unlike machines."""
    kinds = iter(["old", "new", "old"])

    class Elsewhere:
        def __init__(self, client: Client) -> None:
            self.loop, self.nthreads, self.cancel = client.loop, client.nthreads, client.cancel
            self._client = client

        def submit(self, _: object, *given: object, **options: object) -> object:
            contents = block_contents(small_run.block_tables(int(str(given[-2])) // 512))
            return self._client.submit(Computed, contents, next(kinds), **options)

    noted: list[str] = []
    with Client(scheduler_file=cluster.scheduler, set_as_default=False) as client:
        engine = dask_engine.DaskEngine(Elsewhere(client), "here")
        run_trial(small_prepared, tmp_path / "run", block_size=512, engine=engine, note=noted.append)
    (said,) = noted
    assert said.startswith("blocks are computed by processors of 2 kinds (new, old): last digits may differ")
