"""All outcomes of a set of subject tables in one table, for whole arms and for replicate trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from cereblon.core.errors import InputError, unknown_name
from cereblon.outcomes.adverse_events import add_adverse_events
from cereblon.outcomes.baseline import add_baseline
from cereblon.outcomes.checks import check_months
from cereblon.outcomes.cohort import Cohort, cohort_of
from cereblon.outcomes.disposition import add_cycles, add_disposition
from cereblon.outcomes.groups import choose_comparisons, group_subjects
from cereblon.outcomes.outcome_rows import REPLICATE_OUTCOMES, OutcomeRows
from cereblon.outcomes.response_rates import add_mrd, add_response_rates, add_response_times
from cereblon.outcomes.subject_index import text_codes
from cereblon.outcomes.survival_summary import add_survival
from cereblon.outcomes.time_to_event import DEFAULT_CENSORING, Censoring
from cereblon.statistics.estimate import check_level
from cereblon.statistics.proportions import METHODS, ProportionMethod
from cereblon.tables import arm_order, name_arms, remarks_of, with_remarks


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
    adverse_events
        Events to report without `ae_`, also where nobody had them; those of the table unless given.
    """

    evaluable_only: bool = False
    censoring: Censoring = DEFAULT_CENSORING
    level: float = 0.95
    proportions: ProportionMethod = "clopper-pearson"
    adverse_events: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        check_level(self.level)
        if self.proportions not in METHODS:
            raise unknown_name("method of intervals of shares", self.proportions, METHODS)


DEFAULT_CHOICES = SummaryChoices()


def summarise(
    tables: Mapping[str, pa.Table],
    *,
    landmarks_months: Sequence[float] = (),
    by: str = "arm",
    comparator: str | None = None,
    comparisons: Sequence[tuple[str, str]] | None = None,
    choices: SummaryChoices = DEFAULT_CHOICES,
) -> pa.Table:
    """Summarise subject tables under the endpoint names of the evidence vocabulary.

    Parameters
    ----------
    tables
        subjects, events and responses (see `cereblon.outcomes.assess`); adverse_events, exposures and labs where
        there are any. Replicate trials are pooled.
    landmarks_months
        Time points of PFS and OS rates.
    by
        Column of SUBJECTS whose values are the groups, written in the column `arm`.
    comparator
        The group that every other is read over. For arms it is the one that the subjects table names, as those of a
        run do (`cereblon.tables.name_arms`), unless given; other groups are compared only if it is given.
    comparisons
        Instead of a comparator: pairs of groups, the one above the line first; empty for none.
    choices
        Denominators, censoring, intervals.

    Returns
    -------
        OUTCOMES rows. A value that cannot be estimated is null and its `method` ends with the reason, such as
        `not reached`. `cereblon.tables.remarks_of` gives what was left out, with counts.

    Raises
    ------
    InputError
        If a table is missing, a row belongs to no subject, events contradict each other, or there are several arms
        and nobody named the comparator.
    UnknownNameError
        If `by`, the comparator or a comparison names what is not there.
    """
    rows, cohort = _collect(tables, landmarks_months, by, (comparator, comparisons), choices, per_replicate=False)
    return rows.table(cohort.index, cohort.follow_up.remarks)


def summarise_replicates(
    tables: Mapping[str, pa.Table],
    *,
    landmarks_months: Sequence[float] = (),
    by: str = "arm",
    comparator: str | None = None,
    comparisons: Sequence[tuple[str, str]] | None = None,
    choices: SummaryChoices = DEFAULT_CHOICES,
) -> pa.Table:
    """Summarise each replicate trial; parameters and refusals as in `summarise`.

    Returns
    -------
        OUTCOMES rows with the column `replicate`.
    """
    rows, cohort = _collect(tables, landmarks_months, by, (comparator, comparisons), choices, per_replicate=True)
    return rows.table(cohort.index, cohort.follow_up.remarks, per_replicate=True)


def _collect(
    tables: Mapping[str, pa.Table],
    landmarks_months: Sequence[float],
    by: str,
    compared: tuple[str | None, Sequence[tuple[str, str]] | None],
    choices: SummaryChoices,
    *,
    per_replicate: bool,
) -> tuple[OutcomeRows, Cohort]:
    cohort = cohort_of(tables)
    groups = group_subjects(cohort, by=by, per_replicate=per_replicate)
    pairs = choose_comparisons(cohort, groups, by=by, comparator=compared[0], comparisons=compared[1])
    rows = OutcomeRows(groups, level=choices.level, proportions=choices.proportions, comparisons=pairs)
    add_baseline(rows, cohort.subjects)
    add_disposition(rows, cohort)
    if "exposures" in tables:
        add_cycles(rows, cohort, tables["exposures"])
    add_response_rates(rows, cohort, evaluable_only=choices.evaluable_only)
    add_mrd(rows, cohort, tables.get("labs"))
    add_response_times(rows, cohort)
    add_survival(
        rows,
        cohort,
        landmarks_months=check_months(landmarks_months),
        pairs=groups.pairs(pairs),
        censoring=choices.censoring,
    )
    if "adverse_events" in tables:
        add_adverse_events(rows, cohort, tables["adverse_events"], choices.adverse_events)
    return rows, cohort


def prediction_intervals(replicates: pa.Table, *, level: float = 0.95) -> pa.Table:
    """Give the spread of each outcome over replicate trials.

    A median that was not reached counts as later than any other; a missing ratio is left out.

    Parameters
    ----------
    replicates
        As `summarise_replicates` returns.
    level
        Share of replicate trials inside the interval, between its quantiles (nearest observed values).

    Returns
    -------
        Columns endpoint, arm, versus, grade, month, unit, centre (median over replicates), low, high, level and
        replicates (how many gave a value), ordered by endpoint and arm; null where the quantile is `not reached` or
        nothing was estimated.

    Raises
    ------
    InputError
        If the level is not between 0 and 1, or a column is missing.
    """
    missing = [name for name in REPLICATE_OUTCOMES.names if name not in replicates.column_names]
    if missing:
        raise InputError(
            f"replicates: {', '.join(missing)} missing", hint="it is the table that summarise_replicates gives"
        )
    check_level(level)
    columns = ("endpoint", "arm", "versus", "grade", "unit")
    coded = [text_codes(replicates[name]) for name in columns]
    month = replicates["month"].to_numpy()
    cells = np.column_stack([*(codes for codes, _ in coded), np.nan_to_num(month, nan=-1.0)])
    keys, place = np.unique(cells, axis=0, return_inverse=True)
    value = replicates["value"].to_numpy()
    methods = replicates["method"].cast(pa.string())
    is_late = np.asarray(pa.compute.match_substring(methods, "; not reached").to_numpy())
    value = np.where(is_late, np.inf, value)
    order = np.lexsort((value, place.reshape(-1)))
    groups = np.split(value[order], np.searchsorted(place.reshape(-1)[order], np.arange(1, len(keys))))[: len(keys)]
    quantiles = np.array([_quantiles(part[~np.isnan(part)], level) for part in groups]).reshape(-1, 3)
    texts = {
        name: pa.array([values[int(code)] for code in keys[:, position]], pa.string())
        for position, (name, (_, values)) in enumerate(zip(columns, coded, strict=True))
    }
    at = np.where(keys[:, -1] < 0, np.nan, keys[:, -1])
    spread = pa.table(
        {
            **{name: texts[name] for name in ("endpoint", "arm", "versus", "grade")},
            "month": pa.array(at, mask=np.isnan(at)),
            "unit": texts["unit"],
            **{
                name: pa.array(column, mask=~np.isfinite(column))
                for name, column in zip(("low", "centre", "high"), quantiles.T, strict=True)
            },
            "level": np.full(len(keys), level),
            "replicates": np.array([int((~np.isnan(part)).sum()) for part in groups], np.int64),
        }
    )
    return _like(replicates, spread)


def _like(replicates: pa.Table, spread: pa.Table) -> pa.Table:
    """Order rows by endpoint and arm, and hand on what the table of replicates knows."""
    known = arm_order(replicates)
    if known is not None:
        place = {arm: number for number, arm in enumerate(known.arms)}
        arms = np.array([place.get(arm, len(place)) for arm in spread["arm"].to_pylist()], np.int64)
        endpoint = text_codes(spread["endpoint"])[0]
        spread = name_arms(spread.take(np.lexsort((arms, endpoint))), known.arms, comparator=known.comparator)
    return with_remarks(spread, remarks_of(replicates))


def _quantiles(sorted_values: np.ndarray, level: float) -> list[float]:
    if not len(sorted_values):
        return [np.nan, np.nan, np.nan]
    tail = (1 - level) / 2
    low, high = (np.quantile(sorted_values, p, method="nearest") for p in (tail, 1 - tail))
    middle = len(sorted_values) // 2
    centre = sorted_values[middle] if len(sorted_values) % 2 else sorted_values[middle - 1 : middle + 1].mean()
    return [float(low), float(centre), float(high)]
