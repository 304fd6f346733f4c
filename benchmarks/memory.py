"""Measure how memory and time of a run and of its report grow with the subjects.

Run as `python benchmarks/memory.py 5000 20000 100000`, the least first. SWOG S0777 is simulated as one trial of two
arms; each run, and each report, is a process of its own. Printed are peak memory, its ratio to that of the least
size, and seconds. `--months 96` sets the follow-up. `--repeated` simulates the least size alone and lets the reports
of the others read its blocks again and again under other subject numbers: they have as much to read, in minutes
instead of hours. `--replicates` measures trials of the published size instead of one large trial.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cereblon.tables.schemas import SUBJECT_TABLES
from cereblon.trials.folder import RunFolder
from cereblon.trials.trial import TrialPlan

_DATE = {"SOURCE_DATE_EPOCH": "0"}


def _plan(subjects: int, months: float, *, replicates: bool) -> TrialPlan:
    from cereblon.trials.library import load_trial

    plan = load_trial("swog-s0777").model_copy(update={"enrolment_months": 0.0, "follow_up_months": months})
    if replicates:
        return plan.model_copy(update={"replicates": -(-subjects // plan.size)})
    arms = {key: arm.model_copy(update={"size": subjects // len(plan.arms)}) for key, arm in plan.arms.items()}
    return plan.model_copy(update={"arms": arms, "replicates": 1})


def run(plan: TrialPlan, folder: Path) -> None:
    """Simulate."""
    from cereblon.model.engine.batch import use_compilation_cache
    from cereblon.trials.run import prepare
    from cereblon.trials.running import run_trial

    use_compilation_cache()
    run_trial(prepare(plan), folder)


def report(plan: TrialPlan, folder: Path, made: Path | None) -> None:
    """Summarise a run, or a run made of another one, and write its report."""
    from cereblon.report.static import renderer
    from cereblon.trials.folder import open_run
    from cereblon.trials.run import prepare
    from cereblon.trials.summary import summarise_run, write_report

    whole = open_run(folder) if made is None else repeated(plan, folder, made)
    with renderer() as beside:
        write_report(summarise_run(whole, prepare(plan), command="benchmarks/memory.py"), beside)


def repeated(plan: TrialPlan, folder: Path, made: Path) -> RunFolder:
    """Give a run of a plan whose blocks are those of another run, again and again, under other subject numbers."""
    from cereblon.trials.beginning import create_run
    from cereblon.trials.folder import open_run
    from cereblon.trials.run import header, prepare
    from cereblon.trials.running import BLOCK

    source = open_run(made)
    subjects = sum(int(arm["size"]) for arm in source.header["plan"]["arms"].values())
    whole = subjects * int(source.header["plan"]["replicates"]) // BLOCK

    class Repeated(RunFolder):
        def refuse_unfinished(self) -> None:
            """Every block is there."""

        def block_tables(
            self,
            number: int,
            names: Sequence[str] = tuple(SUBJECT_TABLES),
            *,
            tests: Sequence[str] | None = None,
            subjects: Sequence[int] | None = None,
        ) -> dict[str, pa.Table]:
            shift = (number - number % whole) * BLOCK
            own = None if subjects is None else [subject - shift for subject in subjects]
            tables = source.block_tables(number % whole, names, tests=tests, subjects=own)
            return {name: _moved(table, shift, plan) for name, table in tables.items()}

    return Repeated(folder, create_run(folder, header(prepare(plan), BLOCK)).header)


def _moved(table: pa.Table, shift: int, plan: TrialPlan) -> pa.Table:
    """Give rows to the subjects whose numbers lie higher, and leave out whom a plan does not have."""
    numbers = table["subject_id"].to_numpy() + shift
    columns = {"subject_id": numbers, "replicate": (numbers // plan.size).astype(np.int32)}
    for name in columns.keys() & set(table.column_names):
        place = table.column_names.index(name)
        table = table.set_column(place, table.schema.field(place), pa.array(columns[name]))
    return table.filter(pc.less(table["subject_id"], plan.subjects))


def _measured(what: str, subjects: int, folder: Path, *further: str) -> dict[str, float]:
    begun = time.perf_counter()
    command = [sys.executable, __file__, "--step", what, "--folder", str(folder), *further, str(subjects)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ | _DATE)
    return {"seconds": time.perf_counter() - begun, **json.loads(done.stdout.splitlines()[-1])}


def main() -> None:
    """Measure, or take one step in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("subjects", type=int, nargs="+")
    parser.add_argument("--months", type=float, default=96.0)
    parser.add_argument("--repeated", action="store_true")
    parser.add_argument("--replicates", action="store_true")
    parser.add_argument("--keep", type=Path, help="where runs are kept, and found again")
    parser.add_argument("--step", choices=["run", "report"], help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--made", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.step:
        plan = _plan(given.subjects[0], given.months, replicates=given.replicates)
        if given.step == "run":
            run(plan, given.folder)
        else:
            report(plan, given.folder, given.made)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"peak": peak, "processor": time.process_time()}))
        return
    with tempfile.TemporaryDirectory() as temporary:
        _table(given, given.keep or Path(temporary))


def _table(given: argparse.Namespace, folder: Path) -> None:
    further = ["--months", f"{given.months:g}", *(["--replicates"] if given.replicates else [])]
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, {given.months:g} months of follow-up.\n")
    print("| subjects | step | peak, MB | ratio | seconds | of the processor |\n|---:|---|---:|---:|---:|---:|")
    least: dict[str, float] = {}
    for subjects in given.subjects:
        made = ["--made", str(folder / f"{given.subjects[0]}")] if given.repeated and least else []
        for step in ("report",) if made else ("run", "report"):
            found = _measured(step, subjects, folder / str(subjects), *further, *made)
            peak = found["peak"]
            ratio = peak / least.setdefault(step, peak)
            took = f"{found['seconds']:.0f} | {found['processor']:.0f}"
            print(f"| {subjects:,} | {step} | {peak:.0f} | {ratio:.2f} | {took} |", flush=True)


if __name__ == "__main__":
    main()
