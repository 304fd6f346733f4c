"""Replay every regimen of the library: `python -m scripts.replay_table [SUBJECTS]` writes the table of its page.

Each regimen is simulated under the US labels in newly diagnosed people, or under the rule set of its trial, and every
dose, hold, reduction and stop is derived again by the plain doctor. Regimens that were done are not done again while
the list of results, named by `--work`, is kept.
"""

from __future__ import annotations

import argparse
import json
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from cereblon.regimens import regimen_names
from scripts.reference_pages.markdown import table

BLOCK = 512
MONTHS = 36
PAGE = Path("docs/reference/replay.md")


def replay_regimen(name: str, subjects: int) -> dict[str, object]:
    """Simulate and replay one regimen; give what was looked at, and the first disagreements."""
    from cereblon.replay.checking import RunReplay
    from cereblon.trials.run import header, prepare, simulate_block
    from cereblon.trials.trial import parse_trial

    plan = {
        "id": "replayed",
        "title": f"Replay of {name}",
        "population": {"base": "ndmm"},
        "arms": {"one": {"regimen": name, "size": subjects}},
        "follow_up_months": MONTHS,
        "enrolment_months": 12,
        "replicates": 1,
        "seed": 11,
    }
    ready = prepare(parse_trial(plan, where="replay"))
    looked, decisions, exposures, stops = 0, 0, 0, 0
    listed: list[str] = []
    for start in range(0, subjects, BLOCK):
        tables = simulate_block(ready, start, min(start + BLOCK, subjects), source_id="replay")
        replayed = RunReplay(header(ready, BLOCK), tables)
        listed.extend(str(found) for found in replayed.disagreements())
        looked += len(replayed.courses)
        decisions += tables["decisions"].num_rows
        exposures += tables["exposures"].num_rows
        stops += sum(event == "drug_stopped" for event in tables["events"]["event"].to_pylist())
    return {
        "regimen": name,
        "rules": ready.rules.id,
        "subjects": looked,
        "decisions": decisions,
        "exposures": exposures,
        "drugs stopped": stops,
        "disagreements": len(listed),
        "first": listed[:3],
    }


def main() -> None:
    """Replay all regimens, two at a time, and write the page."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("subjects", type=int, nargs="?", default=10_000)
    options.add_argument("--work", type=Path, default=Path("runs/replay.jsonl"))
    options.add_argument("--workers", type=int, default=2)
    given = options.parse_args()
    given.work.parent.mkdir(parents=True, exist_ok=True)
    lines = given.work.read_text(encoding="utf-8").splitlines() if given.work.exists() else []
    done = {row["regimen"]: row for row in map(json.loads, lines) if row["subjects"] == given.subjects}
    left = [name for name in regimen_names() if name not in done]
    with ProcessPoolExecutor(given.workers) as pool, given.work.open("a", encoding="utf-8") as log:
        for row in pool.map(replay_regimen, left, [given.subjects] * len(left)):
            done[str(row["regimen"])] = row
            log.write(json.dumps(row) + "\n")
            log.flush()
            print(row)
    columns = ["regimen", "rules", "subjects", "exposures", "decisions", "drugs stopped", "disagreements"]
    rows = [[str(row[column]) for column in columns] for _, row in sorted(done.items())]
    PAGE.write_text(
        "# Replay\n\n"
        "*Written by `python -m scripts.replay_table`; do not edit.*\n\n"
        "`cereblon replay` derives every dose, hold, reduction and stop of a run again, in plain Python that was\n"
        "written apart from the engine, from the recorded counts and grades and the rule set. Here it did so for\n"
        f"every regimen of the library, {MONTHS} months of newly diagnosed people each. Exposures are rows of\n"
        "subject, cycle and drug.\n\n" + table(columns, rows),
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
