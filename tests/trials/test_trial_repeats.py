"""The same trial gives the same tables: in blocks of any size, killed and continued, in however many replicates."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

import cereblon as cb
from cereblon.cli.main import main
from cereblon.model.engine import batch
from cereblon.model.engine.ensemble import load_ensemble
from cereblon.model.engine.program_cache import ProgramCache
from cereblon.model.engine.simulation import make_ready
from cereblon.tables.parquet import parquet_bytes
from cereblon.tables.schemas import SUBJECT_TABLES
from cereblon.trials.engines import program_of
from cereblon.trials.folder import RunFolder, open_run
from cereblon.trials.run import Prepared, prepare, simulate_block
from cereblon.trials.running import run_trial
from cereblon.trials.trial import TrialPlan, change_trial, parse_trial
from plain_tables import plain

# Begins the run in blocks of 512 and, with half of a file of the second block written, waits to be killed.
KILLED = """
import sys, time
from pathlib import Path
from cereblon.model.engine.batch import use_compilation_cache
from cereblon.trials.engines import LocalEngine
from cereblon.trials.library import load_trial
from cereblon.trials.run import prepare
from cereblon.trials.running import run_trial

write = Path.write_bytes

class InOrder:
    def blocks(self, *given, **options):
        yield from sorted(LocalEngine().blocks(*given, **options))

def write_half(path, content):
    half = ".00001." in str(path) and path.name == "labs.parquet"
    write(path, content[: len(content) // 2] if half else content)
    if half:
        print("half", flush=True)
        time.sleep(600)

Path.write_bytes = write_half
use_compilation_cache()
run_trial(prepare(load_trial(Path(sys.argv[1]))), Path(sys.argv[2]), block_size=512, engine=InOrder())
"""


def frames(run: RunFolder) -> dict[str, pl.DataFrame]:
    return {name: plain(table) for name, table in run.tables().items()}


def differing(one: dict[str, pl.DataFrame], other: dict[str, pl.DataFrame]) -> list[str]:
    """Name the tables that are not equal row by row, or that have no rows at all."""
    return [name for name in one if not (one[name].equals(other[name]) and len(one[name]))]


def whole_files(run: RunFolder) -> dict[str, bytes]:
    """Give the bytes that each table would have as one file."""
    return {name: parquet_bytes(run.table(name)) for name in SUBJECT_TABLES}


def block_files(path: Path) -> dict[str, bytes]:
    return {str(file.relative_to(path)): file.read_bytes() for file in (path / "blocks").rglob("*") if file.is_file()}


def leftovers(path: Path) -> list[str]:
    return [str(found.relative_to(path)) for found in path.rglob("*") if ".part" in found.name]


def test_tables_do_not_depend_on_the_size_of_blocks(
    small_prepared: Prepared,
    small_run: RunFolder,
    small_frames: dict[str, pl.DataFrame],
    tmp_path: Path,
) -> None:
    """Three blocks of 512 against one that is larger than the trial; another size is another program to compile."""
    run = run_trial(small_prepared, tmp_path / "run", block_size=4096)
    assert (small_run.header["blocks"], run.header["blocks"]) == (3, 1)
    assert differing(small_frames, frames(run)) == []
    assert whole_files(run) == whole_files(small_run)


@pytest.fixture(scope="module")
def killed(
    small_file: Path, small_run: RunFolder, compiled_programs: str, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A run folder whose process got SIGKILL in the middle of the second of three blocks."""
    path = tmp_path_factory.mktemp("killed") / "run"
    command = [sys.executable, "-c", KILLED, str(small_file), str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "half\n"
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    return path


def test_a_kill_leaves_whole_blocks_and_nothing_under_their_names(
    killed: Path, small_frames: dict[str, pl.DataFrame]
) -> None:
    blocks = sorted(path.name for path in (killed / "blocks").iterdir())
    assert [name for name in blocks if not name.startswith(".")] == ["00000"]
    (half,) = [name for name in blocks if name.startswith(".00001.") and name.endswith(".part")]
    whole = pl.read_parquet(killed / "blocks/00000/labs.parquet")
    assert len(whole) == len(small_frames["labs"].filter(pl.col("subject_id") < 512))
    with pytest.raises(pl.exceptions.ComputeError):
        pl.read_parquet(killed / "blocks" / half / "labs.parquet")


def test_the_command_continues_a_killed_run_to_the_same_tables(
    killed: Path,
    small_file: Path,
    small_run: RunFolder,
    small_frames: dict[str, pl.DataFrame],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By itself the command would have made one block of 1,200; it keeps to the blocks that were begun."""
    path = tmp_path / "run"
    shutil.copytree(killed, path)
    (path / ".report.html.1.part").write_text("half a report")
    before = (path / "blocks/00000/labs.parquet").stat().st_mtime_ns
    monkeypatch.setattr(
        sys, "argv", ["cereblon", "simulate", str(small_file), "--out", str(path), "--draws", "1", "--csv"]
    )
    with pytest.raises(SystemExit) as stop:
        main()
    assert not stop.value.code
    assert (path / "blocks/00000/labs.parquet").stat().st_mtime_ns == before
    assert sorted(block.name for block in (path / "blocks").iterdir()) == ["00000", "00001", "00002"]
    assert leftovers(path) == []
    assert differing(small_frames, frames(open_run(path))) == []
    assert block_files(path) == block_files(small_run.path)
    assert "</html>" in (path / "report.html").read_text(encoding="utf-8")[-20:]


CALLED = "import sys, cereblon as cb; cb.simulate(sys.argv[1], out=sys.argv[2], draws=1, progress=False)"


@pytest.mark.slow
def test_a_call_from_python_that_is_killed_goes_on_by_the_same_call(
    killed: Path, small_file: Path, small_run: RunFolder, tmp_path: Path
) -> None:
    """The process that continues is killed as well, as soon as one more block is there; no block is made twice."""
    path = tmp_path / "run"
    shutil.copytree(killed, path)
    with subprocess.Popen([sys.executable, "-c", CALLED, str(small_file), str(path)]) as process:
        while process.poll() is None and len(list((path / "blocks").glob("0*"))) < 2:
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    before = {one.name: one.stat().st_mtime_ns for one in (path / "blocks").glob("0*")}
    assert len(before) >= 2
    simulation = cb.simulate(small_file, out=path, draws=1, progress=False)
    assert {name: (path / "blocks" / name).stat().st_mtime_ns for name in before} == before
    assert block_files(path) == block_files(small_run.path)
    assert leftovers(path) == []
    assert simulation.table().height > 0
    assert not cb.verify(path).findings


def test_the_first_block_is_lost_with_a_kill_during_it(
    small_prepared: Prepared, small_run: RunFolder, small_frames: dict[str, pl.DataFrame], tmp_path: Path
) -> None:
    path = tmp_path / "run"
    half = path / "blocks" / ".00000.1.part"
    half.mkdir(parents=True)
    (half / "subjects.parquet").write_bytes(b"PAR1 half a table")
    (path / "run.json").write_bytes((small_run.path / "run.json").read_bytes())
    run = run_trial(small_prepared, path)
    assert leftovers(path) == []
    assert differing(small_frames, frames(run)) == []


def test_a_finished_run_is_not_simulated_again(
    small_prepared: Prepared, small_run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cereblon.trials.engines.simulate_block", lambda *_, **__: pytest.fail("simulated again"))
    told: list[tuple[int, int]] = []
    run_trial(small_prepared, small_run.path, progress=lambda done, total: told.append((done, total)))
    assert told == [(1200, 1200)]


def test_progress_rises_to_the_number_of_subjects_and_blocks_that_are_written_are_told(
    small_prepared: Prepared, small_run: RunFolder, tmp_path: Path
) -> None:
    path = tmp_path / "run"
    shutil.copytree(small_run.path, path)
    shutil.rmtree(path / "blocks/00001")
    told: list[tuple[int, int]] = []
    first: list[int] = []
    run_trial(
        small_prepared,
        path,
        progress=lambda done, total: told.append((done, total)),
        written=lambda run, number: first.append(run.block_tables(number, ["subjects"])["subjects"].num_rows),
    )
    assert (told, first) == ([(1200, 1200)], [512])


def test_another_seed_gives_other_people_in_other_arms(
    small_plan: TrialPlan, small_frames: dict[str, pl.DataFrame], compiled_programs: str
) -> None:
    """Of 512 continuous ages of 64-bit numbers none is expected to be equal by chance."""
    tables = simulate_block(prepare(change_trial(small_plan, seed=4)), 0, 512, source_id="other")
    one, other = small_frames["subjects"][:512], plain(tables["subjects"])
    assert (one["age"] != other["age"]).all()
    assert (one["arm"] != other["arm"]).any()


def test_more_replicates_change_none_before(
    small_plan: TrialPlan, small_frames: dict[str, pl.DataFrame], compiled_programs: str
) -> None:
    """Subjects 512 to 1023 are those of replicates 25 (in part) to 51; the last replicate is cut off by the block."""
    more = prepare(change_trial(small_plan, replicates=400))
    tables = simulate_block(more, 512, 1024, source_id="more")
    in_block = pl.col("subject_id").is_between(512, 1023)
    one = {name: frame.filter(in_block).drop("source_id") for name, frame in small_frames.items()}
    assert differing(one, {name: plain(table).drop("source_id") for name, table in tables.items()}) == []


def programs() -> set[str]:
    """Name the compiled programs that this process has."""
    assert batch._cache is not None
    return set(batch._cache._ready)


def test_blocks_need_the_programs_that_are_made_ready(small_prepared: Prepared) -> None:
    """Otherwise a run would load or compile more than it uses."""
    before = programs()
    make_ready(**program_of(small_prepared))
    ready = programs()
    assert ready  # two where JAX computes the weeks, one beside a native kernel
    simulate_block(small_prepared, 0, 64, source_id="ready")
    assert programs() == ready
    assert len(ready - before) <= 2


def test_a_run_says_when_it_waits_for_a_compiler(
    small_prepared: Prepared, small_run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run"
    shutil.copytree(small_run.path, path)
    noted: list[str] = []
    monkeypatch.setattr(batch, "_cache", ProgramCache(tmp_path / "none"))
    run_trial(small_prepared, path, note=noted.append)
    assert noted == [], "all blocks are there"
    monkeypatch.setattr("cereblon.trials.engines.make_ready", lambda **_: None)
    monkeypatch.setattr("cereblon.trials.engines.simulate_block", lambda *_, **__: _stop())
    shutil.rmtree(path / "blocks/00001")
    with pytest.raises(InterruptedError):
        run_trial(small_prepared, path, note=noted.append)
    assert noted == ["compiling the model with these drugs, once on this machine: half a minute or so"]
    monkeypatch.undo()
    with monkeypatch.context() as patched, pytest.raises(InterruptedError):
        patched.setattr("cereblon.trials.engines.simulate_block", lambda *_, **__: _stop())
        run_trial(small_prepared, path, note=noted.append)
    assert len(noted) == 1, "the programs are kept"


def _stop() -> None:
    raise InterruptedError


def test_another_trial_needs_no_program_of_its_own(small_run: RunFolder) -> None:
    """With other drugs, rules, visits, lines before randomisation, weeks, parameters, and draws of them."""
    plan = parse_trial(
        {
            "id": "longer",
            "title": "Bortezomib with Rd, against Rd",
            "population": {"base": "ndmm"},
            "run_in": "rd18",
            "arms": {"vrd": {"regimen": "vrd-lite", "size": 10}, "rd": {"regimen": "rd", "size": 10}},
            "follow_up_months": 30,
            "visits": {"response_every_weeks": 3},
            "parameters": {"clones": {"growth": 0.01}},
            "replicates": 10,
            "rules": "none",
        },
        where="test",
    )
    before = programs()
    prepared = prepare(plan, ensemble=load_ensemble())
    tables = {name: plain(table) for name, table in simulate_block(prepared, 0, 200, source_id="longer").items()}
    assert programs() == before
    given = tables["exposures"].filter(pl.col("given_mg") > 0)
    drugs = {arm: set(rows["drug"]) for (arm,), rows in given.group_by("arm")}
    assert drugs == {"vrd": {"lenalidomide", "dexamethasone", "bortezomib"}, "rd": {"lenalidomide", "dexamethasone"}}
    assert set(tables["decisions"]["action"]) <= {"give", "withdraw"}  # the rule set `none` only prevents thrombosis
    assert 20 < len(tables["subjects"]) < 200  # who is still treated after 18 cycles
    last = tables["labs"].filter(pl.col("test") == "m_protein")["day"].max()
    assert 30 * 365.25 / 12 - 21 < last <= 30 * 365.25 / 12
