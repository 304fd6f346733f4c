"""Who was randomised and treated, why treatment stopped, who died."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from cereblon.outcomes.adverse_events import safety_population
from cereblon.outcomes.cohort import Cohort
from cereblon.outcomes.outcome_rows import OutcomeRows
from cereblon.outcomes.response_category import NE


def add_disposition(rows: OutcomeRows, cohort: Cohort) -> None:
    """Add numbers of patients, stopping of line 1 by reason, later therapy and deaths.

    `discontinued_ae` counts subjects who stopped all drugs for toxicity; stopping one drug of several does not count.
    `discontinued_any` leaves out who completed a planned course.

    Parameters
    ----------
    rows
        Collected rows.
    cohort
        Subjects with their events.
    """
    groups, events = rows.groups, cohort.events
    everyone = np.ones(cohort.index.count, np.bool_)
    n = groups.tally(everyone)
    rows.add("n_randomised", "patients", "count", n)
    rows.add("n_evaluable", "patients", "count", groups.tally(cohort.best_response() != NE))
    treated = safety_population(cohort)
    n_treated = groups.tally(treated)
    rows.add("n_safety", "patients", "count", n_treated)
    stopped = np.isfinite(cohort.first("treatment_stopped", line=1))
    dead = np.isfinite(cohort.first("death"))
    by_cause = {
        cause: np.isfinite(cohort.first("treatment_stopped", line=1, cause=cause))
        for cause in ("progression", "toxicity", "completed")
    }
    for endpoint, chosen in (
        ("discontinued_any", stopped & ~by_cause["completed"]),
        ("discontinued_ae", by_cause["toxicity"]),
        ("discontinued_pd", by_cause["progression"]),
        ("on_treatment", ~stopped & ~dead),
    ):
        rows.add_share(endpoint, groups.tally(chosen & treated), n_treated)
    rows.add_share("subsequent_therapy", groups.tally(np.isfinite(cohort.next_therapy())), n)
    rows.add("deaths_total", "patients", "count", groups.tally(dead))
    toxic = np.isfinite(cohort.first("death", cause="toxicity"))
    rows.add_share("deaths_treatment_related", groups.tally(toxic & treated), n_treated)
    if (events.name == "death").any():
        myeloma = np.isfinite(cohort.first("death", cause="myeloma"))
        rows.add_share("cause_of_death_myeloma", groups.tally(myeloma), groups.tally(dead))


def add_cycles(rows: OutcomeRows, cohort: Cohort, exposures: pa.Table) -> None:
    """Add the median number of cycles begun in line 1 within follow-up, among treated subjects."""
    row = cohort.index.rows(exposures, name="exposures")
    inside = cohort.follow_up.during(row, exposures["day"].to_numpy(), name="exposures", from_zero=True)
    first_line = inside & (exposures["line"].to_numpy() == 1)
    cycles = np.zeros(cohort.index.count)
    np.maximum.at(cycles, row[first_line], exposures["cycle"].to_numpy()[first_line].astype(np.float64))
    median, n = rows.groups.medians(cycles, cycles > 0)
    known = np.flatnonzero(n > 0)
    rows.add("treatment_cycles_median", "cycles", "median", median[known], n=n[known], group=known)
