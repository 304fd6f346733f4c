"""All outcomes of a set of subject tables in one table, for whole arms and for replicate trials."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa

from cereblon.core.errors import InputError
from cereblon.outcomes.adverse_events import add_adverse_events, count_adverse_events
from cereblon.outcomes.baseline import add_baseline, count_baseline
from cereblon.outcomes.checks import check_months
from cereblon.outcomes.cohort import cohort_of
from cereblon.outcomes.counts import Counting, SubjectCounts
from cereblon.outcomes.disposition import add_cycles, add_disposition, count_cycles, count_disposition
from cereblon.outcomes.estimands import without_categories
from cereblon.outcomes.group_estimates import EstimateChoices, GroupEstimates, read_off
from cereblon.outcomes.groups import choose_comparisons, group_subjects
from cereblon.outcomes.outcome_rows import REPLICATE_OUTCOMES, About, OutcomeRows, about
from cereblon.outcomes.response_rates import (
    add_mrd,
    add_response_rates,
    add_response_times,
    count_mrd,
    count_mrd_at,
    count_responses,
)
from cereblon.outcomes.subject_index import Floats, text_codes
from cereblon.outcomes.summary_choices import DEFAULT_CHOICES, SummaryChoices
from cereblon.outcomes.survival_summary import add_survival, count_survival
from cereblon.statistics.estimate import check_level
from cereblon.tables import arm_order, name_arms, remarks_of, with_remarks


def summarise(
    tables: Mapping[str, pa.Table],
    *,
    landmarks_months: Sequence[float] = (),
    by: str = "arm",
    comparator: str | None = None,
    comparisons: Sequence[tuple[str, str]] | None = None,
    ratios_months: Sequence[float] = (),
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
    ratios_months
        Hazard ratios of so many first months of follow-up, besides those of the whole.
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
    return summarise_counts(
        count_subjects(tables, by=by, choices=choices).pooled(),
        landmarks_months=landmarks_months,
        comparator=comparator,
        comparisons=comparisons,
        ratios_months=ratios_months,
        choices=choices,
    )


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
    return summarise_counts(
        count_subjects(tables, by=by, choices=choices),
        landmarks_months=landmarks_months,
        comparator=comparator,
        comparisons=comparisons,
        choices=choices,
        per_replicate=True,
    )


def summarise_counts(
    counts: SubjectCounts,
    *,
    landmarks_months: Sequence[float] = (),
    comparator: str | None = None,
    comparisons: Sequence[tuple[str, str]] | None = None,
    ratios_months: Sequence[float] = (),
    choices: SummaryChoices = DEFAULT_CHOICES,
    per_replicate: bool = False,
) -> pa.Table:
    """Summarise counts of subjects, such as those of the blocks of a run put together.

    Parameters
    ----------
    counts
        Of `count_subjects`; `counts.pooled()` puts replicate trials together.
    landmarks_months, comparator, comparisons, ratios_months, choices
        As in `summarise`; the choices are those of the counts.
    per_replicate
        Whether each row says its replicate trial.

    Raises
    ------
    InputError, UnknownNameError
        As in `summarise`.
    """
    pairs = choose_comparisons(counts.names, comparator=comparator, comparisons=comparisons)
    asked = EstimateChoices(
        level=choices.level,
        landmarks_months=tuple(check_months(landmarks_months)),
        comparisons=tuple(pairs),
        ratios_months=tuple(check_months(ratios_months)),
    )
    said = about(counts, comparisons=pairs)
    return outcome_table(read_off(counts, asked), said, asked, choices, per_replicate=per_replicate)


def count_subjects(
    tables: Mapping[str, pa.Table], *, by: str = "arm", choices: SummaryChoices = DEFAULT_CHOICES
) -> SubjectCounts:
    """Count everything that the outcomes of some subjects rest on, replicate by replicate.

    Counts of subjects that were counted apart add up (`cereblon.outcomes.counts.added`) to those of all.

    Parameters
    ----------
    tables, by, choices
        As in `summarise`.

    Raises
    ------
    InputError
        If a table is missing, a row belongs to no subject, or events contradict each other.
    UnknownNameError
        If `by` names what is not there.
    """
    cohort = without_categories(cohort_of(tables), choices.without)
    counting = Counting(group_subjects(cohort, by=by, per_replicate=True))
    count_baseline(counting, cohort.subjects)
    count_disposition(counting, cohort)
    if "exposures" in tables:
        count_cycles(counting, cohort, tables["exposures"])
    count_mrd(counting, cohort, tables.get("labs"))
    count_mrd_at(counting, cohort, choices.mrd_with_cr_months)
    count_responses(counting, cohort)
    count_survival(counting, cohort, choices.censoring)
    if "adverse_events" in tables:
        count_adverse_events(counting, cohort, tables["adverse_events"])
    return counting.of(cohort)


def outcome_table(
    reading: GroupEstimates,
    said: About,
    asked: EstimateChoices,
    choices: SummaryChoices,
    *,
    per_replicate: bool = False,
) -> pa.Table:
    """Write what was read off counts as OUTCOMES rows, patients first and adverse events last."""
    rows = OutcomeRows(reading, level=choices.level, proportions=choices.proportions)
    add_baseline(rows)
    add_disposition(rows)
    add_cycles(rows)
    add_response_rates(rows, evaluable_only=choices.evaluable_only, without=choices.without)
    add_mrd(rows, landmarks_months=choices.mrd_with_cr_months)
    add_response_times(rows)
    add_survival(rows, landmarks_months=asked.landmarks_months)
    add_adverse_events(rows, choices.adverse_events)
    return rows.table(said, per_replicate=per_replicate)


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
    return spread_of([replicates], level=level)


def spread_of(tables: Iterable[pa.Table], *, level: float = 0.95) -> pa.Table:
    """Give the spread of each outcome over replicate trials that stand in several tables; as `prediction_intervals`.

    Of a table nothing is kept but the values.
    """
    check_level(level)
    found: dict[_Key, list[Floats]] = {}
    told = REPLICATE_OUTCOMES.empty_table()
    for told in tables:
        missing = [name for name in REPLICATE_OUTCOMES.names if name not in told.column_names]
        if missing:
            raise InputError(
                f"replicates: {', '.join(missing)} missing", hint="it is the table that summarise_replicates gives"
            )
        for key, values in _by_outcome(told):
            found.setdefault(key, []).append(values)
    keys = sorted(found)
    known = [np.sort(one[~np.isnan(one)]) for one in (np.concatenate(found[key]) for key in keys)]
    quantiles = np.array([_quantiles(one, level) for one in known]).reshape(-1, 3)
    month = np.array([key[-1] for key in keys], np.float64)
    texts = {name: pa.array([key[place] for key in keys], pa.string()) for place, name in enumerate(_KEY_COLUMNS)}
    spread = pa.table(
        {
            **{name: texts[name] for name in ("endpoint", "arm", "versus", "grade")},
            "month": pa.array(month, mask=month < 0),
            "unit": texts["unit"],
            **{
                name: pa.array(column, mask=~np.isfinite(column))
                for name, column in zip(("low", "centre", "high"), quantiles.T, strict=True)
            },
            "level": np.full(len(keys), level),
            "replicates": np.array([len(one) for one in known], np.int64),
        }
    )
    return _like(told, spread)


_KEY_COLUMNS = ("endpoint", "arm", "versus", "grade", "unit")
_Key = tuple[str, str, str, str, str, float]  # with the month, -1 for none


def _by_outcome(replicates: pa.Table) -> Iterator[tuple[_Key, Floats]]:
    """Give the values of each outcome; infinite where a median was not reached."""
    coded = [text_codes(replicates[name]) for name in _KEY_COLUMNS]
    month = np.nan_to_num(replicates["month"].to_numpy(), nan=-1.0)
    cells = np.column_stack([*(codes for codes, _ in coded), month])
    keys, place = np.unique(cells, axis=0, return_inverse=True)
    methods = replicates["method"].cast(pa.string())
    is_late = np.asarray(pa.compute.match_substring(methods, "; not reached").to_numpy())
    value = np.where(is_late, np.inf, replicates["value"].to_numpy())
    order = np.argsort(place.reshape(-1), kind="stable")
    groups = np.split(value[order], np.searchsorted(place.reshape(-1)[order], np.arange(1, len(keys))))[: len(keys)]
    for key, values in zip(keys, groups, strict=True):
        endpoint, arm, versus, grade, unit = (
            names[int(code)] for code, (_, names) in zip(key[:-1], coded, strict=True)
        )
        yield (endpoint, arm, versus, grade, unit, float(key[-1])), values


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
