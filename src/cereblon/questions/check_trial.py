"""Check a trial of one's own without simulating it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from cereblon.core.rows import Row
from cereblon.questions.result import Listing
from cereblon.trials.library import load_trial
from cereblon.trials.run import prepare
from cereblon.trials.trial import TrialPlan, change_trial


@final
@dataclass(frozen=True, kw_only=True, repr=False)
class CheckedTrial(Listing):
    """A trial that can be simulated.

    Parameters
    ----------
    plan
        The trial.
    where
        Where it stood.
    accepted
        Which doses were accepted although they are far from what labels give.
    """

    plan: TrialPlan
    where: str
    accepted: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What was checked."""
        return self.plan.title

    @property
    def notes(self) -> tuple[str, ...]:
        """Why arms are not compared, if they are not, and which doses were accepted all the same."""
        return (*self.accepted, *((self.plan.uncompared,) if self.plan.uncompared else ()))

    def text(self) -> str:
        """Say how large it is."""
        return f"{self.where}: can be simulated, {self.plan.extent}"

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give `arms` with their size in one virtual trial."""
        return {"arms": [{"arm": key, "label": arm.label, "size": arm.size} for key, arm in self.plan.arms.items()]}


def check_trial(trial: str | Path | Mapping[str, Any] | TrialPlan, *, replicates: int | None = None) -> CheckedTrial:
    """Check a trial: its fields, and that all that it names is there and can be simulated.

    Parameters
    ----------
    trial
        As for `simulate`.
    replicates
        Number of virtual trials; that of the trial if None.

    Raises
    ------
    CereblonError
        Listing every problem.

    Examples
    --------
    >>> import cereblon as cb
    >>> print(cb.check_trial("swog-s0777", replicates=2))
    swog-s0777: can be simulated, 2 trials of 525 subjects
    """
    plan = change_trial(load_trial(trial), replicates=replicates)
    where = str(trial) if isinstance(trial, (str, Path)) else plan.id
    return CheckedTrial(plan=plan, where=where, accepted=prepare(plan).accepted)
