"""Trials simulated in processes of their own.

A trial's program is compiled on one core, and a process compiles one program at a time; two processes use two cores.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryFile

from cereblon.errors import CereblonError, InputError
from cereblon.trials.trial import TrialPlan, parse_trial

PROCESSES = 2
COMMAND = (sys.executable, "-P", "-m", "cereblon.review.apart")  # -P: no module of the folder one stands in


def run_apart(
    plans: Sequence[TrialPlan],
    folder: Path,
    report: Callable[[str], None] | None = None,
    *,
    command: Sequence[str] = COMMAND,
) -> list[Path]:
    """Run trials into folders named by their ids, in up to two processes.

    Parameters
    ----------
    plans
        What to simulate.
    folder
        Holds the run folders; it exists.
    report
        Told the id of each trial as it begins.
    command
        What to start, for tests.

    Returns
    -------
        The run folders, in the order of the plans.

    Raises
    ------
    InputError
        If a process fails, with what it said.
    """
    shares = [share for start in range(PROCESSES) if (share := plans[start::PROCESSES])]
    running: list[subprocess.Popen[str]] = []
    try:
        with ThreadPoolExecutor(max_workers=PROCESSES) as pool:
            waiting = [pool.submit(_wait, share, folder, report, command, running) for share in shares]
            for one in waiting:
                one.result()
    except BaseException:
        for process in running:
            process.kill()
        raise
    return [folder / plan.id for plan in plans]


def _wait(
    plans: Sequence[TrialPlan],
    folder: Path,
    report: Callable[[str], None] | None,
    command: Sequence[str],
    running: list[subprocess.Popen[str]],
) -> None:
    """Start a process for some plans, pass on what it begins, and raise if it fails."""
    with TemporaryFile("w+", encoding="utf-8") as said:
        process = subprocess.Popen(
            [*command, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, text=True
        )
        running.append(process)
        with process:
            assert process.stdin is not None and process.stdout is not None  # both are pipes
            with process.stdin as order:
                json.dump([plan.model_dump(mode="json") for plan in plans], order)
            for line in process.stdout:
                if report is not None:
                    report(line.strip())
        if process.returncode == 0:
            return
        said.seek(0)
        words = said.read().strip().removeprefix("error: ")
        names = ", ".join(plan.id for plan in plans)
        raise InputError(
            f"{names}: the simulation ended early{f' ({words})' if words else ''}",
            hint="simulate a trial by itself with cereblon compare and give its folder with --run",
        )


def main() -> int:
    """Simulate the plans that come as JSON on standard input into the folder that is named."""
    from cereblon.simulation.batch import use_compilation_cache
    from cereblon.trials.run import prepare, run_trial

    use_compilation_cache()
    try:
        for given in json.load(sys.stdin):
            plan = parse_trial(given, where="the plan handed over")
            print(plan.id, flush=True)
            run_trial(prepare(plan), Path(sys.argv[1]) / plan.id)
    except CereblonError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
