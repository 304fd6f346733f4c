"""What a trial has on record of the responses that could be measured: how completely it looked.

Nothing of a subject is changed. Shares of deep responses of an arm are given as a report of such a trial would
confirm them, beside the shares as measured.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from cereblon.core.validation import StrictModel, validate
from cereblon.core.yaml_files import parse_yaml
from cereblon.evidence import load_study
from cereblon.trials.comparison_scale import from_scale, to_scale
from cereblon.trials.enrolment_year import enrolment_year
from cereblon.trials.study_trial import recorded_in, tests_mrd
from cereblon.trials.trial import TrialPlan

FEATURES = ("any trial", "residual disease tested", "five years later")
"""What the habit of a trial depends on: 1, 1 where it tests for residual disease, and fives of years since 2012."""
_REFERENCE_YEAR, _YEARS = 2012.0, 5.0
_COMPLETE = ("cr_or_better", "cr", "scr")
_RESPONSES = ("orr", "vgpr_or_better", "vgpr", "pr", *_COMPLETE)
DEPTH = "depth"
"""Group of endpoints whose spread between trials is that of the record."""


class Habits(StrictModel):
    """How trials record complete response against what is measured, on the logit scale.

    Parameters
    ----------
    mean, covariance
        Of the coefficients of `FEATURES`.
    spread
        Standard deviation between trials that the features do not explain.
    basis, source
        Where they are from.
    """

    mean: tuple[float, float, float]
    covariance: tuple[tuple[float, float, float], tuple[float, float, float], tuple[float, float, float]]
    spread: float = Field(gt=0)
    unit: str
    basis: str
    source: str


@cache
def habits() -> Habits:
    """Read what was estimated from the calibration studies."""
    text = (files("cereblon.trials") / "response_record.yaml").read_text(encoding="utf-8")
    return validate(Habits, parse_yaml(text, where="response_record.yaml"), where="response_record.yaml")


@dataclass(frozen=True, kw_only=True)
class ResponseRecord:
    """How a trial records deep responses.

    Parameters
    ----------
    share
        Of deep responses that are on record, where the trial itself tells; the others count as partial response.
    shift
        Of the logit of complete response on record over that measured.
    spread
        Standard deviation of `shift`.
    words
        On which grounds.
    """

    share: float = 1.0
    shift: float = 0.0
    spread: float | None = None
    words: str = ""

    def complete(self, percent: float) -> float:
        """Give the share of complete responses on record of that measured, percent."""
        kept = percent * self.share
        return (
            kept
            if kept in (0.0, 100.0) or self.shift == 0.0
            else from_scale("share", to_scale("share", kept) + self.shift)
        )


def record_of(plan: TrialPlan, *, predicted: bool = True) -> ResponseRecord | None:
    """Say how a trial records deep responses; None for a trial of which nothing is known, and for routine care.

    What the plan does not say is looked up in the study that it replicates, so that the trial of a study and a copy
    of its file have one answer.

    Parameters
    ----------
    plan
        The trial.
    predicted
        Whether the habit is predicted from years and protocol; else only what the trial itself tells counts.
    """
    study = load_study(plan.study) if plan.study else None
    if study is not None and not study.is_trial:
        return None
    own = plan.recorded or (None if study is None else recorded_in(study))
    if own is None:
        return None
    share = own.deep_response
    if not predicted:
        return ResponseRecord(share=share)
    tested = own.mrd_tested if own.mrd_tested is not None else study is not None and tests_mrd(study)
    year = enrolment_year(plan)
    x, found = features(tested=tested, year=year), habits()
    variance = float(x @ np.array(found.covariance) @ x)
    when = "" if year is None else f", patients enrolled about {year:.0f}"
    return ResponseRecord(
        share=share,
        shift=float(x @ np.array(found.mean)),
        spread=math.sqrt(found.spread**2 + variance),
        words=f"residual disease {'tested' if tested else 'not tested'}{when}",
    )


def features(*, tested: bool, year: float | None) -> np.ndarray:
    """Give the features of a trial in the order of `FEATURES`."""
    return np.array([1.0, float(tested), 0.0 if year is None else (year - _REFERENCE_YEAR) / _YEARS])


def spread_between(between_trials: Mapping[str, float], record: ResponseRecord | None) -> dict[str, float]:
    """Give the spread between trials by group of endpoints, that of complete response as the record has it."""
    if record is None or record.spread is None:
        return dict(between_trials)
    return {**between_trials, DEPTH: record.spread}


def on_record(rows: pa.Table, records: Mapping[str, ResponseRecord | None]) -> pa.Table:
    """Give OUTCOMES rows with responses as a report would confirm them.

    Complete response is at most very good partial response or better; the categories between follow.

    Parameters
    ----------
    rows
        As measured.
    records
        By arm; None leaves its rows as they are.
    """
    known = {arm: record for arm, record in records.items() if record and (record.share, record.shift) != (1.0, 0.0)}
    if not known:
        return rows
    names = rows["endpoint"].cast(pa.string())
    is_response = pc.or_(pc.is_in(names, pa.array(_RESPONSES)), pc.starts_with(names, "mrd_"))
    listed = rows.filter(is_response).to_pylist()
    by_arm: dict[tuple[str, object], dict[str, float]] = {}
    for row in listed:
        if row["value"] is not None:
            by_arm.setdefault((row["arm"], row.get("replicate")), {})[row["endpoint"]] = row["value"]
    for row in listed:
        record, value = known.get(row["arm"]), row["value"]
        if record is None or value is None or row["endpoint"] == "orr":
            continue
        found = _recorded(row["endpoint"], value, by_arm[row["arm"], row.get("replicate")], record)
        moved = {"value": found, **{end: _moved(row[end], value, found) for end in ("low", "high")}}
        row.update(moved, method=f"{row['method']}, as a report confirms them")
    for name in ("value", "low", "high", "method"):
        place = rows.column_names.index(name)
        field = rows.schema.field(place)
        rows = rows.set_column(place, field, _with(rows[name], is_response, [row[name] for row in listed]))
    return rows


def _recorded(endpoint: str, value: float, measured: Mapping[str, float], record: ResponseRecord) -> float:
    if endpoint.startswith("mrd_"):
        return value * record.share
    good = measured.get("vgpr_or_better", 100.0) * record.share
    complete = min(record.complete(measured.get("cr_or_better", 0.0)), good)
    if endpoint in ("cr_or_better", "cr"):
        return complete
    if endpoint == "scr":
        return min(record.complete(value), complete)
    if endpoint == "vgpr_or_better":
        return good
    if endpoint == "vgpr":
        return good - complete
    return max(measured.get("orr", 0.0) - good, 0.0)


def _moved(end: float | None, measured: float, found: float) -> float | None:
    """Move the end of an interval as far on the logit scale as the value has moved."""
    if end is None or end in (0.0, 100.0):
        return end
    return from_scale("share", to_scale("share", end) + to_scale("share", found) - to_scale("share", measured))


def _with(column: pa.ChunkedArray, chosen: pa.ChunkedArray, values: Sequence[object]) -> pa.Array:
    """Give a column with other values in the chosen rows."""
    if not pa.types.is_dictionary(column.type):
        return pc.replace_with_mask(column.combine_chunks(), chosen.combine_chunks(), pa.array(values, column.type))
    words = column.cast(pa.string()).combine_chunks()
    changed = pc.replace_with_mask(words, chosen.combine_chunks(), pa.array(values, pa.string()))
    return changed.dictionary_encode().cast(column.type)


def record_sentences(rows: pa.Table, plan: TrialPlan, record: ResponseRecord | None) -> list[str]:
    """Say of each arm how many complete responses are measured, and how many a report of the trial would confirm.

    Parameters
    ----------
    rows
        OUTCOMES rows as measured.
    plan, record
        The trial and how it records responses.
    """
    if record is None or (record.share, record.shift) == (1.0, 0.0):
        return []
    found = {row["arm"]: row["value"] for row in rows.to_pylist() if row["endpoint"] == "cr_or_better"}
    arms = "; ".join(
        f"{arm.label or key} {found[key]:.0f} % as measured, "
        f"{record.complete(found[key]):.0f} % as a report confirms it"
        for key, arm in plan.arms.items()
        if found.get(key) is not None
    )
    grounds = f" ({record.words})" if record.words else ""
    return [f"complete response or better: {arms}{grounds}"] if arms else []
