"""Measure how memory and time of a run and of its report grow with the subjects.

Run as `python benchmarks/memory.py 5000 20000 100000`, the least first. SWOG S0777 is simulated as one trial of two
arms; each run, and each report, is a process of its own. Printed are peak memory, its ratio to that of the least
size, and seconds. `--months 96` sets the follow-up. `--copies` simulates the least size alone and writes its blocks
again and again under other subject numbers, which is as much for a report to read and takes minutes instead of hours;
`--replicates` measures trials of the published size instead of one large trial.
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
from pathlib import Path

from cereblon.trials.trial import TrialPlan

_UNREAD = ("grades", "decisions")  # by a report, but for the first block
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
    from cereblon.trials.run import prepare, run_trial

    use_compilation_cache()
    run_trial(prepare(plan), folder)


def report(plan: TrialPlan, folder: Path) -> None:
    """Summarise a run and write its report."""
    from cereblon.report.static import renderer
    from cereblon.trials.folder import open_run
    from cereblon.trials.run import prepare
    from cereblon.trials.summary import summarise_run, write_report

    with renderer() as beside:
        write_report(summarise_run(open_run(folder), prepare(plan), command="benchmarks/memory.py"), beside)


def copy(plan: TrialPlan, folder: Path, made: Path) -> None:
    """Write the blocks of a run again and again, until there are as many subjects as a plan has."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    from cereblon.trials.beginning import create_run, writing_run
    from cereblon.trials.folder import open_run
    from cereblon.trials.run import BLOCK, header, prepare

    source = open_run(made)
    whole = [number for number in range(source.header["blocks"]) if (number + 1) * BLOCK <= _size(source.header)]
    with writing_run(folder):
        target = create_run(folder, header(prepare(plan), BLOCK))
        for number in range(-(-plan.subjects // BLOCK)):
            tables = source.block_tables(taken := whole[number % len(whole)])
            for name, table in tables.items():
                moved = table["subject_id"].to_numpy() + (number - taken) * BLOCK
                place = table.column_names.index("subject_id")
                table = table.set_column(place, table.schema.field(place), pa.array(moved))
                if name == "subjects":
                    place = table.column_names.index("replicate")
                    trial = (moved // plan.size).astype(np.int32)
                    table = table.set_column(place, table.schema.field(place), pa.array(trial))
                unread = number > 0 and name in _UNREAD
                tables[name] = table[:0] if unread else table.filter(pc.less(table["subject_id"], plan.subjects))
            target.write_block(number, tables)


def _size(header: dict[str, object]) -> int:
    plan = header["plan"]
    assert isinstance(plan, dict)
    return sum(int(arm["size"]) for arm in plan["arms"].values()) * int(plan["replicates"])


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
    parser.add_argument("--copies", action="store_true")
    parser.add_argument("--replicates", action="store_true")
    parser.add_argument("--keep", type=Path, help="where runs are kept, and found again")
    parser.add_argument("--step", choices=["run", "report", "copy"], help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--made", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.step:
        plan = _plan(given.subjects[0], given.months, replicates=given.replicates)
        steps = {"run": run, "report": report, "copy": lambda plan, folder: copy(plan, folder, given.made)}
        steps[given.step](plan, given.folder)
        print(json.dumps({"peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
        return
    with tempfile.TemporaryDirectory() as temporary:
        _table(given, given.keep or Path(temporary))


def _table(given: argparse.Namespace, folder: Path) -> None:
    further = ["--months", f"{given.months:g}", *(["--replicates"] if given.replicates else [])]
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, {given.months:g} months of follow-up.\n")
    print("| subjects | step | peak, MB | ratio | seconds |\n|---:|---|---:|---:|---:|")
    least: dict[str, float] = {}
    for subjects in given.subjects:
        made = folder / f"{given.subjects[0]}"
        steps = ["run", "report"] if not (given.copies and least) else ["copy", "report"]
        for step in steps:
            extra = ["--made", str(made)] if step == "copy" else []
            found = _measured(step, subjects, folder / str(subjects), *further, *extra)
            if step != "copy":
                ratio = found["peak"] / least.setdefault(step, found["peak"])
                print(
                    f"| {subjects:,} | {step} | {found['peak']:.0f} | {ratio:.2f} | {found['seconds']:.0f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
