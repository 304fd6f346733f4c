"""Small runs to replay: every drug, twice weekly and weekly, transplant, maintenance and further lines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cereblon.verification.replay.checking import RunReplay

ARMS = {
    "vrd": {"strategy": "ifm2009-rvd-asct", "size": 64},
    "ird": {"strategy": "tourmaline-mm1-ird", "size": 64},
    "krd": {"strategy": "aspire-krd", "size": 64},
    "drd": {"strategy": "maia-drd", "size": 64},
}


def run_of(folder: Path, rules: str | dict[str, Any], **more: Any) -> RunReplay:
    """Simulate 256 subjects for two and a half years, and those of more arms."""
    from cereblon.trials.run import prepare, run_trial
    from cereblon.trials.trial import parse_trial

    plan = {
        "id": "replayed",
        "title": "for the replay",
        "population": {"base": "rrmm-1-3"},
        "arms": {**ARMS, **more},
        "follow_up_months": 30,
        "replicates": 1,
        "rules": rules,
    }
    run = run_trial(prepare(parse_trial(plan, where="test")), folder)
    return RunReplay(run.header, run.tables())
