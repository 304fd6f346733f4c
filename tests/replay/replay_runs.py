"""Small runs to replay: every drug, twice weekly and weekly, transplant, maintenance and further lines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cereblon.verification.replay.checking import RunReplay

STRATEGIES = {
    "vrd": "ifm2009-rvd-asct",
    "ird": "tourmaline-mm1-ird",
    "krd": "aspire-krd",
    "drd": "maia-drd",
}


def run_of(folder: Path, rules: str | dict[str, Any], *, size: int = 64, **more: Any) -> RunReplay:
    """Simulate five arms, 272 subjects in all unless said, for two and a half years, and those of more arms.

    With pomalidomide the program is the one of the cohort's example, which is compiled for either.
    """
    from cereblon.trials.run import prepare
    from cereblon.trials.running import run_trial
    from cereblon.trials.trial import parse_trial

    arms = {arm: {"strategy": name, "size": size} for arm, name in STRATEGIES.items()}
    plan = {
        "id": "replayed",
        "title": "for the replay",
        "population": {"base": "rrmm-1-3"},
        "arms": arms | {"pd": {"regimen": "pd", "size": size // 4}} | more,
        "follow_up_months": 30,
        "replicates": 1,
        "rules": rules,
    }
    run = run_trial(prepare(parse_trial(plan, where="test")), folder)
    return RunReplay(run.header, run.tables())
