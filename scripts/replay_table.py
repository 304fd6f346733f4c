"""Replay every regimen of the library: `python -m scripts.replay_table [SUBJECTS]` writes the table of its page.

Six regimens at a time are arms of a virtual trial of newly diagnosed people under the US labels, and every dose,
hold, reduction and stop is derived again by the rule interpreter. Blocks that were done are not done again while the
list of results, named by `--work`, is kept.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

from cereblon.model.regimens import Regimen, load_regimen, regimen_names
from cereblon.trials.run import Prepared
from scripts.reference_pages.markdown import table

ARMS, BLOCK = 6, 1024
MONTHS = 36
PAGE = Path("docs/reference/replay.md")
COUNTED = ("subjects", "exposures", "decisions", "drugs stopped", "disagreements")


def groups() -> list[tuple[str, ...]]:
    """Share the regimens of the library out over trials; those that lead up to maintenance have one of their own."""
    run_ins = tuple(name for name in regimen_names() if _leads_up(load_regimen(name)))
    names = [name for name in regimen_names() if name not in run_ins]
    return [*(tuple(names[first : first + ARMS]) for first in range(0, len(names), ARMS)), run_ins]


def _leads_up(regimen: Regimen) -> bool:
    return not regimen.repeats and not regimen.phases[-1].orders


@cache
def prepared(arms: tuple[str, ...], per_arm: int) -> Prepared:
    """Prepare the trial of some regimens."""
    from cereblon.model.engine.batch import use_compilation_cache
    from cereblon.trials.run import prepare
    from cereblon.trials.trial import parse_trial

    use_compilation_cache()
    plan = {
        "id": "replayed",
        "title": "Regimens of the library",
        "population": {"base": "ndmm"},
        "arms": {name: {"regimen": name, "size": per_arm} for name in arms},
        "follow_up_months": MONTHS,
        "enrolment_months": 12,
        "replicates": 1,
        "seed": 11,
    }
    return prepare(parse_trial(plan, where="replay"))


def replay_block(arms: tuple[str, ...], start: int, per_arm: int) -> dict[str, Any]:
    """Simulate and replay some subjects; count by arm what was looked at, and list disagreements."""
    from cereblon.trials.run import header, simulate_block
    from cereblon.verification.replay.checking import RunReplay

    ready = prepared(arms, per_arm)
    tables = simulate_block(ready, start, min(start + BLOCK, ready.plan.subjects), source_id="replay")
    replayed = RunReplay(header(ready, BLOCK), tables)
    arm_of = {course.subject_id: course.arm for course in replayed.courses}
    found = list(replayed.disagreements())
    stops = [
        arm
        for arm, event in zip(*(tables["events"][name].to_pylist() for name in ("arm", "event")), strict=True)
        if event == "drug_stopped"
    ]
    counted = {
        "subjects": Counter(arm_of.values()),
        "exposures": Counter(tables["exposures"]["arm"].to_pylist()),
        "decisions": Counter(tables["decisions"]["arm"].to_pylist()),
        "drugs stopped": Counter(stops),
        "disagreements": Counter(arm_of[one.subject_id] for one in found),
    }
    return {
        "arms": arms,
        "start": start,
        "per_arm": per_arm,
        "counted": counted,
        "first": [str(one) for one in found[:3]],
    }


def main() -> None:
    """Replay all blocks and write the page."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("subjects", type=int, nargs="?", default=10_000, help="of each regimen")
    options.add_argument("--work", type=Path, default=Path("runs/replay.jsonl"))
    options.add_argument("--workers", type=int, default=2)
    given = options.parse_args()
    given.work.parent.mkdir(parents=True, exist_ok=True)
    lines = given.work.read_text(encoding="utf-8").splitlines() if given.work.exists() else []
    listed = [row for row in map(json.loads, lines) if row["per_arm"] == given.subjects]
    done = {(tuple(row["arms"]), row["start"]): row for row in listed}
    blocks = [(arms, start) for arms in groups() for start in range(0, given.subjects * len(arms), BLOCK)]
    left = [block for block in blocks if block not in done]
    with ProcessPoolExecutor(given.workers) as pool, given.work.open("a", encoding="utf-8") as log:
        for row in pool.map(replay_block, *zip(*left, strict=True), [given.subjects] * len(left)) if left else ():
            done[tuple(row["arms"]), row["start"]] = row
            log.write(json.dumps(row) + "\n")
            log.flush()
            print(f"{len(done)} blocks, {sum(row['counted']['disagreements'].values())} disagreements", row["first"])
    total: dict[str, Counter[str]] = {name: Counter() for name in COUNTED}
    for block in blocks:
        for name in COUNTED:
            total[name].update(done[block]["counted"][name])
    names = sorted(total["subjects"])
    rows = [[f"`{name}`", *(f"{total[column][name]:,}" for column in COUNTED)] for name in names]
    PAGE.write_text(
        "# Replay\n\n"
        "*Written by `python -m scripts.replay_table`; do not edit.*\n\n"
        "`cereblon replay` derives every dose, hold, reduction and stop of a run again, in plain Python that was\n"
        "written apart from the engine, from the recorded counts and grades and the rule set. Here it did so for\n"
        f"every regimen of the table under `us-label`, {MONTHS} months of newly diagnosed people each. Exposures\n"
        "are rows of subject, cycle and drug.\n\n" + table(["regimen", *COUNTED], rows, right=range(1, 6)),
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
