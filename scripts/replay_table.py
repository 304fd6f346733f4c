"""Replay every regimen of the library: `python -m scripts.replay_table [REGIMEN ...]` writes the table of its page.

Six regimens at a time are arms of a virtual trial of newly diagnosed patients under the US labels, and every dose,
hold, reduction and stop is derived again by the rule interpreter. A row of the page says of which state of engine,
parameters, rules and interpreter it is: what is there of the present state is not done again, and rows of another
state stay until their regimen is done in as many subjects. Ten thousand subjects of one regimen take about a minute
and a half of processor time; the page is written after each six, and blocks that were done are kept in the list named
by `--work`.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from cereblon.core.fingerprint import checksum, code_checksum
from cereblon.model.regimens import load_regimen, regimen_names
from cereblon.trials.run import Prepared
from scripts.reference_pages.markdown import table

ARMS, BLOCK = 6, 1024
MONTHS = 36
PAGE = Path("docs/reference/replay.md")
COUNTED = ("subjects", "exposures", "decisions", "drugs stopped", "disagreements")
CODE = ("core/random_streams.py", "core/draws_by_number.py", "criteria", "model", "verification/replay")
EARLIER = "earlier"
Rows = dict[str, list[str]]
"""Cells of each regimen: what was counted, and the state."""


def rows_of(page: str) -> Rows:
    """Read the rows that a page has."""
    lines = [line.strip("| ").split("|") for line in page.splitlines() if line.startswith("| `")]
    return {cells[0].strip(" `"): [cell.strip(" `") for cell in cells[1:]] for cells in lines}


def groups(names: Sequence[str], rows: Mapping[str, Sequence[str]]) -> list[tuple[str, ...]]:
    """Share regimens out over trials: those that have no row first, and those with the same drugs together."""
    ordered = sorted(names, key=lambda name: (name in rows, sorted(load_regimen(name).drugs), name))
    return [tuple(ordered[first : first + ARMS]) for first in range(0, len(ordered), ARMS)]


def page(rows: Rows, present: str) -> str:
    """Write the page."""
    done = sum(cells[-1] == present for cells in rows.values())
    cells = [[f"`{name}`", *rows[name][:-1], f"`{rows[name][-1]}`"] for name in sorted(rows)]
    return (
        "# Replay\n\n"
        "*Written by `python -m scripts.replay_table`; do not edit.*\n\n"
        "`cereblon replay` derives every dose, hold, reduction and stop of a run again, in plain Python that was\n"
        "written apart from the engine, from the recorded counts and grades and the rule set. Here it did so for\n"
        f"every regimen of the library under `us-label`, {MONTHS} months of newly diagnosed patients each.\n"
        "Exposures are rows of subject, cycle and drug.\n\n"
        "`state` is a checksum of engine, parameters, rules and interpreter with which a row was made.\n"
        f"Of {len(rows)} rows {done} are of `{present}`, the state when the page was last written; "
        f"`{EARLIER}` is from before states were noted.\n\n"
        + table(["regimen", *COUNTED, "state"], cells, right=range(1, 6))
    )


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


def state() -> str:
    """Give the checksum of what decides the rows: code, parameters and rules."""
    from cereblon.trials.run import header

    inputs = header(prepared(("rd",), 1), BLOCK)["checksums"]
    return checksum([code_checksum(*CODE), inputs["parameters"], inputs["rules"], MONTHS])[:8]


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
        "state": state(),
        "counted": counted,
        "first": [str(one) for one in found[:3]],
    }


def replay_group(
    arms: tuple[str, ...], per_arm: int, work: Path, pool: ProcessPoolExecutor, present: str, most: int | None
) -> dict[str, Counter[str]]:
    """Replay the subjects of some regimens; blocks that the list of results has are taken from there.

    `most`: blocks to look at; subjects of all arms are mixed in each.
    """
    lines = work.read_text(encoding="utf-8").splitlines() if work.exists() else []
    done = {
        row["start"]: row
        for row in map(json.loads, lines)
        if (tuple(row["arms"]), row["per_arm"], row["state"]) == (arms, per_arm, present)
    }
    starts = range(0, per_arm * len(arms), BLOCK)[:most]
    left = [start for start in starts if start not in done]
    with work.open("a", encoding="utf-8") as log:
        for row in pool.map(replay_block, [arms] * len(left), left, [per_arm] * len(left)):
            done[row["start"]] = row
            log.write(json.dumps(row) + "\n")
            log.flush()
            found = sum(row["counted"]["disagreements"].values())
            print(f"{arms[0]} and {len(arms) - 1} more: {len(done)} blocks, {found} disagreements", *row["first"])
    looked = [done[start]["counted"] for start in starts]
    return {name: sum((Counter(counted[name]) for counted in looked), Counter()) for name in COUNTED}


def _subjects(cells: Sequence[str] | None) -> int:
    return 0 if cells is None else int(cells[0].replace(",", ""))


def main() -> None:
    """Replay what the page does not have of the present state, and write the page."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("regimens", nargs="*", help="all that are not on the page in the present state unless given")
    options.add_argument("--subjects", type=int, default=10_000, help="of each regimen")
    options.add_argument("--blocks", type=int, help=f"at most so many of {BLOCK} subjects of each six regimens")
    options.add_argument("--work", type=Path, default=Path("runs/replay.jsonl"))
    options.add_argument("--workers", type=int, default=2)
    given = options.parse_args()
    given.work.parent.mkdir(parents=True, exist_ok=True)
    present, rows = state(), rows_of(PAGE.read_text(encoding="utf-8"))
    rows = {name: cells for name, cells in rows.items() if name in regimen_names()}
    wanted = given.regimens or [name for name in regimen_names() if name not in rows or rows[name][-1] != present]
    with ProcessPoolExecutor(given.workers, mp_context=get_context("spawn")) as pool:
        for arms in groups(wanted, rows):
            total = replay_group(arms, given.subjects, given.work, pool, present, given.blocks)
            made = {name: [*(f"{total[column][name]:,}" for column in COUNTED), present] for name in arms}
            rows |= {name: cells for name, cells in made.items() if _subjects(cells) >= _subjects(rows.get(name))}
            PAGE.write_text(page(rows, present), encoding="utf-8")
    PAGE.write_text(page(rows, present), encoding="utf-8")


if __name__ == "__main__":
    main()
