"""Published values beside predictions: what a study printed, what trials of its size are predicted to show."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from cereblon.evidence import Fact, Source, Study, load_study, published_facts, vocabulary
from cereblon.outcomes.group_estimates import read_off
from cereblon.outcomes.outcome_rows import about
from cereblon.outcomes.summary import outcome_table, spread_of
from cereblon.tables import remarks_of, with_remarks
from cereblon.trials.alike import CANNOT_BE_TOLD_APART, alike_arms, alike_pairs, alike_sentences
from cereblon.trials.response_ascertainment import (
    ResponseRecord,
    on_record,
    record_of,
    record_sentences,
    spread_between,
)
from cereblon.trials.routine_care import is_routine_care
from cereblon.trials.run_counts import RunCounts, replicate_groups
from cereblon.trials.trial import TrialPlan
from cereblon.trials.uncertainty import ReplicateParts, split_replicates, widened

LEVEL = 0.9
_MOST_SPLIT = 400  # replicate trials that a split into parts looks at

# Endpoints that the population was steered to, or that only describe the study, are not predictions.
_SECTIONS = {
    "response": "response",
    "time-to-event": "time to event",
    "comparison": "comparisons between arms",
    "safety": "safety",
    "disposition": "treatment",
}
_NOT_COMPARED = {"n_randomised", "n_analysed", "n_evaluable", "follow_up_median"}

Key = tuple[str, str, str, str, float | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class ComparisonRow:
    """One published value with its prediction.

    `inside` is None when it is not judged: the endpoint is not simulated, the value is a bound, or it is a time later
    than anybody is followed. The four standard deviations are the parts of the interval on the scale of the number
    (logit of percent, log of months and ratios): parameters, trials with the same parameters, chance in one trial,
    and what assumed numbers leave open that the draws hold fixed. They are None without parameter draws.
    """

    endpoint: str
    arm: str
    versus: str
    month: float | None
    grade: str
    unit: str
    cut: str
    published: float | None
    published_status: str
    published_interval: tuple[float | None, float | None] | None
    predicted: float | None
    predicted_interval: tuple[float | None, float | None] | None
    predicted_level: float | None
    inside: bool | None
    source: str
    source_quality: str
    note: str
    sd_parameter: float | None = None
    sd_trial: float | None = None
    sd_sampling: float | None = None
    sd_assumed: float | None = None


@dataclass(frozen=True, kw_only=True)
class Predictions:
    """Point predictions of all replicate trials together, and their spread over replicate trials of that size."""

    values: Mapping[Key, float | None]
    intervals: Mapping[Key, tuple[float | None, float | None]]
    rows: pa.Table  # OUTCOMES of all replicates together
    spread: pa.Table  # of `prediction_intervals`
    parts: Mapping[Key, ReplicateParts] = field(default_factory=dict)

    @property
    def notes(self) -> tuple[str, ...]:
        """Give what was understood or left out in summarising the run."""
        return remarks_of(self.rows)


def predict(found: RunCounts, plan: TrialPlan, *, between_trials: Mapping[str, float] | None = None) -> Predictions:
    """Summarise a run: each arm is compared with the comparator that the trial names, if any.

    Parameters
    ----------
    found
        Counts of the run.
    plan
        Its trial.
    between_trials
        Estimated spread between trials by group of endpoints, when the replicate trials took parameter draws: the
        intervals are widened by what of it the replicates do not show.
    """
    said = [plan.uncompared] if plan.uncompared else []
    said += [*alike_sentences(plan), *plan.estimand_sentences]
    record = record_of(plan)
    measured = _measured(found, plan)
    said += record_sentences(measured, plan, record)
    rows = with_remarks(on_record(measured, dict.fromkeys(plan.arms, record)), said)
    split: list[pa.Table] = []
    spread = _in_order_of(rows, spread_of(_replicate_tables(found, plan, record, split), level=LEVEL))
    parts: dict[Key, ReplicateParts] = {}
    if between_trials is not None and plan.replicates > 1:
        between = spread_between(between_trials, record)
        rows_of_split = (row for table in split for row in table.to_pylist())
        numbers = split_replicates(rows_of_split, between, routine_care=is_routine_care(plan))
        parts = {(endpoint, arm, versus, "", month): one for (endpoint, arm, versus, month), one in numbers.items()}
        spread = _widened(spread, parts)
    return Predictions(
        values={_key(row): row["value"] for row in rows.to_pylist()},
        intervals={_key(row): (row["low"], row["high"]) for row in spread.to_pylist()} if plan.replicates > 1 else {},
        rows=rows,
        spread=spread,
        parts=parts,
    )


def pooled_outcomes(found: RunCounts, plan: TrialPlan) -> pa.Table:
    """Give the outcomes of all replicate trials together, without their spread; parameters as of `predict`."""
    return on_record(_measured(found, plan), dict.fromkeys(plan.arms, record_of(plan)))


def _measured(found: RunCounts, plan: TrialPlan) -> pa.Table:
    told = about(found.pooled, comparisons=found.asked.comparisons)
    return outcome_table(read_off(found.pooled, found.asked), told, found.asked, plan.choices)


def _replicate_tables(
    found: RunCounts, plan: TrialPlan, record: ResponseRecord | None, split: list[pa.Table]
) -> Iterator[pa.Table]:
    """Give the outcomes of replicate trials, and keep of the first ones those that can be split into parts."""
    all_told = about(found.pooled, found.replicates.names, found.asked.comparisons)
    for some in replicate_groups(found.replicates):
        measured = outcome_table(some, all_told, found.asked, plan.choices, per_replicate=True)
        table = on_record(measured, dict.fromkeys(plan.arms, record))
        if some.names.replicate.max() < _MOST_SPLIT:
            split.append(table.filter(pc.equal(table["grade"].cast(pa.string()), "")))
        yield table


def _in_order_of(rows: pa.Table, spread: pa.Table) -> pa.Table:
    """Order outcomes as they are summarised: patients, disposition, response, survival, adverse events."""
    place = {_key(row): number for number, row in enumerate(rows.to_pylist())}
    order = [place.get(_key(row), len(place)) for row in spread.to_pylist()]
    return spread.take(sorted(range(len(order)), key=order.__getitem__))


def _widened(spread: pa.Table, parts: Mapping[Key, ReplicateParts]) -> pa.Table:
    """Widen intervals by the estimated spread between trials that the replicates do not show."""
    ends = []
    for row in spread.to_pylist():
        found, interval = parts.get(_key(row)), (row["low"], row["high"])
        ends.append(interval if found is None else widened(interval, row["centre"], row["unit"], found))
    for name, values in zip(("low", "high"), zip(*ends, strict=True), strict=True):
        spread = spread.set_column(spread.column_names.index(name), name, pa.array(values, pa.float64()))
    return spread


def spread_rows(predictions: Predictions) -> list[dict[str, object]]:
    """Give every outcome of a run with its interval and, with parameter draws, the parts of it."""
    rows = []
    for row in predictions.spread.to_pylist():
        found = predictions.parts.get(_key(row))
        rows.append({**row, **_standard_deviations(found)})
    return rows


def _standard_deviations(found: ReplicateParts | None) -> dict[str, float | None]:
    """Give the parts of an interval by the names of their columns; None for each without parameter draws."""
    names = ("parameter", "trial", "sampling", "assumed")
    return {f"sd_{name}": None if found is None else getattr(found.parts, name) for name in names}


def _key(row: Mapping[str, object]) -> Key:
    month = row["month"]
    return (
        str(row["endpoint"]),
        str(row["arm"]),
        str(row["versus"] or ""),
        str(row["grade"] or ""),
        None if month is None else float(str(month)),
    )


def compare(plan: TrialPlan, predictions: Predictions) -> list[ComparisonRow]:
    """Set every published value of the trial's arms beside its prediction, every data cut on its own."""
    if plan.study is None:
        return []
    study = load_study(plan.study)
    arms: dict[str, list[str]] = {}
    for arm in plan.arms:
        arms.setdefault(plan.published_arm(arm), []).append(arm)
    same = alike_pairs(alike_arms(plan))
    return [
        _row(study, fact, arm, versus, predictions, plan.longest_follow_up_months, is_alike=(arm, versus) in same)
        for fact in published_facts(study, numbers_only=False)
        if _is_comparable(fact, arms)
        for arm in arms[fact.arm]
        for versus in (arms[fact.versus] if fact.versus else ("",))
    ]


def _is_comparable(fact: Fact, arms: Mapping[str, Sequence[str]]) -> bool:
    section = vocabulary().endpoint(fact.endpoint).section
    qualified = (fact.phase, fact.drug, fact.at, fact.counted_from, fact.of, fact.event, fact.feature)
    return (
        section in _SECTIONS
        and fact.endpoint not in _NOT_COMPARED
        and fact.arm in arms
        and (fact.versus is None or fact.versus in arms)
        and not any(qualified)
    )


def _row(
    study: Study,
    fact: Fact,
    arm: str,
    versus: str,
    predictions: Predictions,
    followed_months: float,
    *,
    is_alike: bool,
) -> ComparisonRow:
    key: Key = (fact.endpoint, arm, versus, fact.grade or "", fact.month)
    simulated = key in predictions.values
    is_too_late = fact.unit == "months" and fact.value is not None and fact.value > followed_months
    predicted, interval = predictions.values.get(key), predictions.intervals.get(key)
    published_interval = (fact.interval.low, fact.interval.high) if fact.interval else None
    found = predictions.parts.get(key)
    source = study.source_of(fact)
    notes = (
        "" if simulated else CANNOT_BE_TOLD_APART if is_alike else "not simulated",
        f"nobody is followed for longer than {followed_months:g} months here" if simulated and is_too_late else "",
        "" if fact.below is None else f"printed as below {fact.below:g}",
        fact.note or "",
    )
    return ComparisonRow(
        endpoint=fact.endpoint,
        arm=arm,
        versus=versus,
        month=fact.month,
        grade=fact.grade or "",
        unit=fact.unit,
        cut=fact.cut or "",
        published=fact.value,
        published_status=fact.reading,
        published_interval=published_interval,
        predicted=predicted,
        predicted_interval=interval if simulated else None,
        predicted_level=LEVEL if interval and simulated else None,
        inside=_inside(fact, interval) if simulated and interval and not is_too_late else None,
        source=source_text(source),
        source_quality=source.quality,
        note="; ".join(filter(None, notes)),
        **_standard_deviations(found),
    )


def source_text(source: Source) -> str:
    """Give where a number was read: its DOI, address or citation."""
    return f"doi:{source.doi}" if source.doi else source.address or source.reference


def _inside(fact: Fact, interval: tuple[float | None, float | None]) -> bool | None:
    """Judge a published value; a median that was not reached is later than any other."""
    if fact.value is None and fact.status != "not_reached":
        return None
    low, high = (math.inf if end is None else end for end in interval)
    if fact.value is None:
        return math.isinf(high)
    return low <= fact.value <= high


def verdict(rows: Sequence[ComparisonRow]) -> list[dict[str, str | int]]:
    """Count what lies inside its prediction interval, by group of endpoints and for all."""

    def count(group: str, some: Iterable[ComparisonRow]) -> dict[str, str | int]:
        judged = [row.inside for row in some]
        return {
            "group": group,
            "inside": judged.count(True),
            "outside": judged.count(False),
            "not_judged": judged.count(None),
        }

    counts = [count("all", rows)]
    for section, name in _SECTIONS.items():
        members = [row for row in rows if vocabulary().endpoint(row.endpoint).section == section]
        if members:
            counts.append(count(name, members))
    return counts


def as_json(plan: TrialPlan, rows: Sequence[ComparisonRow], notes: Sequence[str] = ()) -> dict[str, object]:
    """Give the comparison for machines: `{study, seed, rows, notes}`."""
    return {"study": plan.study, "seed": plan.seed, "rows": [asdict(row) for row in rows], "notes": list(notes)}
