"""How outcomes are summarised: choices that trials and reports make alike."""

from __future__ import annotations

from dataclasses import dataclass

from cereblon.core.errors import unknown_name
from cereblon.outcomes.checks import check_months
from cereblon.outcomes.time_to_event import DEFAULT_CENSORING, Censoring
from cereblon.statistics.estimate import check_level
from cereblon.statistics.proportions import METHODS, ProportionMethod


@dataclass(frozen=True, kw_only=True, slots=True)
class SummaryChoices:
    """How outcomes are summarised.

    Parameters
    ----------
    evaluable_only
        Divide response rates by evaluable instead of all subjects.
    censoring
        Of PFS, TTP and DoR.
    level
        Of the intervals.
    proportions
        Method of intervals of shares.
    without
        Categories of response that are not told apart: `sCR` (counts as CR), `MR` (as SD).
    mrd_with_cr_months
        Landmarks of MRD negativity with complete response, months from day 0.
    adverse_events
        Events to report without `ae_`, also where nobody had them; those of the table unless given.
    """

    evaluable_only: bool = False
    censoring: Censoring = DEFAULT_CENSORING
    level: float = 0.95
    proportions: ProportionMethod = "clopper-pearson"
    without: tuple[str, ...] = ()
    mrd_with_cr_months: tuple[float, ...] = ()
    adverse_events: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        check_level(self.level)
        if self.proportions not in METHODS:
            raise unknown_name("method of intervals of shares", self.proportions, METHODS)
        check_months(self.mrd_with_cr_months)


DEFAULT_CHOICES = SummaryChoices()
