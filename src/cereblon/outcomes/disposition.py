"""Who was randomised and treated, why treatment stopped, who died."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from cereblon.outcomes.cohort import Cohort
from cereblon.outcomes.counts import Counting, among_of
from cereblon.outcomes.outcome_rows import OutcomeRows
from cereblon.outcomes.response_category import NE
from cereblon.outcomes.safety_population import ANYBODY, TREATED, has_first_dose, safety_population

_CYCLES = "treatment_cycles_median"


def count_disposition(counting: Counting, cohort: Cohort) -> None:
    """Count patients, stopping of line 1 by reason, later therapy and deaths.

    Parameters
    ----------
    counting
        Gathers the counts.
    cohort
        Subjects with their events.
    """
    everyone, given = np.ones(cohort.index.count, np.bool_), has_first_dose(cohort)
    counting.tally("subjects", everyone)
    counting.tally("evaluable", cohort.best_response() != NE)
    counting.tally(TREATED, given)
    stopped = np.isfinite(cohort.first("treatment_stopped", line=1))
    dead = np.isfinite(cohort.first("death"))
    by_cause = {
        cause: np.isfinite(cohort.first("treatment_stopped", line=1, cause=cause))
        for cause in ("progression", "toxicity", "completed")
    }
    toxic = np.isfinite(cohort.first("death", cause="toxicity"))
    for population, among in ((TREATED, given), (ANYBODY, everyone)):
        for endpoint, chosen in (
            ("discontinued_any", stopped & ~by_cause["completed"]),
            ("discontinued_ae", by_cause["toxicity"]),
            ("discontinued_pd", by_cause["progression"]),
            ("on_treatment", ~stopped & ~dead),
            ("deaths_treatment_related", toxic),
        ):
            counting.tally(f"{endpoint}, {population}", chosen & among)
    counting.tally("subsequent_therapy", np.isfinite(cohort.next_therapy()))
    counting.share("cause_of_death_myeloma", np.isfinite(cohort.first("death", cause="myeloma")), dead)


def add_disposition(rows: OutcomeRows) -> None:
    """Add numbers of patients, stopping of line 1 by reason, later therapy and deaths.

    `discontinued_ae` counts subjects who stopped all drugs for toxicity; stopping one drug of several does not count.
    `discontinued_any` leaves out who completed a planned course.
    """
    tallies = rows.reading.tallies
    population, n_treated = safety_population(rows.reading)
    n, dead = tallies["subjects"], tallies[among_of("cause_of_death_myeloma")]
    rows.add("n_randomised", "patients", "count", n)
    rows.add("n_evaluable", "patients", "count", tallies["evaluable"])
    rows.add("n_safety", "patients", "count", n_treated)
    for endpoint in ("discontinued_any", "discontinued_ae", "discontinued_pd", "on_treatment"):
        rows.add_share(endpoint, tallies[f"{endpoint}, {population}"], n_treated)
    rows.add_share("subsequent_therapy", tallies["subsequent_therapy"], n)
    rows.add("deaths_total", "patients", "count", dead)
    rows.add_share("deaths_treatment_related", tallies[f"deaths_treatment_related, {population}"], n_treated)
    rows.add_share_of("cause_of_death_myeloma")


def count_cycles(counting: Counting, cohort: Cohort, exposures: pa.Table) -> None:
    """Count the cycles begun in line 1 within follow-up, of treated subjects."""
    row = cohort.index.rows(exposures, name="exposures")
    inside = cohort.follow_up.during(row, exposures["day"].to_numpy(), name="exposures", from_zero=True)
    first_line = inside & (exposures["line"].to_numpy() == 1)
    cycles = np.zeros(cohort.index.count)
    np.maximum.at(cycles, row[first_line], exposures["cycle"].to_numpy()[first_line].astype(np.float64))
    counting.value(_CYCLES, cycles, cycles > 0)


def add_cycles(rows: OutcomeRows) -> None:
    """Add the median number of cycles begun in line 1, among treated subjects."""
    if _CYCLES in rows.reading.quantities:
        rows.add_median(_CYCLES, "cycles", "median")
