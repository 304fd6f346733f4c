"""How well a built cohort finds what is true of an example: lines, progression, response, survival."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from cereblon.core.errors import InputError
from cereblon.core.time_units import DAYS_PER_MONTH
from cereblon.statistics.kaplan_meier import kaplan_meier, median

_DEEP = {"sCR": "CR", "CR": "CR", "VGPR": "VGPR", "PR": "PR", "MR": "less", "SD": "less", "PD": "less", "NE": "NE"}

SCORES: dict[str, str] = {
    "exact": "patients whose lines are exact: number, regimens and first days",
    "ceiling": "patients whose lines the records still show",
    "exact_identifiable": "exact, of these",
    "number": "patients with the right number of lines",
    "regimens": "patients with the right regimens, in order",
    "starts": "patients with the right first days",
    "one_line_number": "right number if one line is assumed for everybody",
    "one_line_exact": "exact if one line is assumed for everybody",
    "progression_exact": "true progressions found on their day",
    "progression_missed": "true progressions not found",
    "progression_false": "lines without progression in which one was found",
    "evaluable": "first lines whose response was judged",
    "response_kappa": "kappa of partial response or better; not evaluable is a category",
    "depth_kappa": "kappa of depth; not evaluable is a category",
    "response_ceiling": "kappa of partial response or better, of a perfect reader of every line with any record",
    "depth_ceiling": "kappa of depth, likewise",
    "response_kappa_on_record": "kappa of partial response or better, of lines of which the records hold a drug",
    "depth_kappa_on_record": "kappa of depth, likewise",
    "response_kappa_evaluable": "kappa of partial response or better, of those judged",
    "depth_kappa_evaluable": "kappa of depth, of those judged",
    "median_pfs": "median progression-free survival of the first line, months",
    "true_median_pfs": "the same, true",
    "median_error": "relative error of the median",
}
"""What each score is."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a builder found of an example, in the tables of the folder of a cohort.

    Parameters
    ----------
    persons, lines, responses, progression
        As data frames.
    """

    persons: pl.DataFrame
    lines: pl.DataFrame
    responses: pl.DataFrame
    progression: pl.DataFrame


def found_in(tables: Mapping[str, pl.DataFrame]) -> Found:
    """Take what is scored of the tables of a built cohort."""
    return Found(tables["persons"], tables["lines"], tables["responses"], tables["progression"])


def score_lines(found: Found, truth: pl.DataFrame) -> dict[str, float]:
    """Score lines: exact means that number, regimens and first days of a patient's lines all equal the truth.

    Parameters
    ----------
    found
        Lines of the builder; patients whom it left out have none.
    truth
        True lines.

    Returns
    -------
        Shares of the patients with true lines: `exact`, `exact_identifiable` (of those whose lines the records still
        show), `ceiling` (how many these are), `number`, `regimens` and `starts` (each by itself), and of a builder
        that always says one line `one_line_number` and `one_line_exact` (its first line is that of the builder).
    """
    known = _of_persons(truth).join(_of_persons(found.lines), on="person_id", how="left", suffix="_found")
    number = (pl.col("starts").list.len() == pl.col("starts_found").list.len()).fill_null(False)
    starts = (pl.col("starts") == pl.col("starts_found")).fill_null(False)
    regimens = (pl.col("regimens") == pl.col("regimens_found")).fill_null(False)
    first = (pl.col("starts").list.first() == pl.col("starts_found").list.first()).fill_null(False) & (
        pl.col("regimens").list.first() == pl.col("regimens_found").list.first()
    ).fill_null(False)
    is_single = pl.col("starts").list.len() == 1
    shares = known.select(
        exact=(starts & regimens).mean(),
        exact_identifiable=(starts & regimens).filter(pl.col("identifiable")).mean(),
        ceiling=pl.col("identifiable").mean(),
        number=number.mean(),
        regimens=regimens.mean(),
        starts=starts.mean(),
        one_line_number=is_single.mean(),
        one_line_exact=(is_single & first).mean(),
    )
    return _numbers(shares)


def _of_persons(lines: pl.DataFrame) -> pl.DataFrame:
    wanted = [pl.col("start_date").alias("starts"), pl.col("regimen").alias("regimens")]
    if "identifiable" in lines.columns:
        wanted.append(pl.col("identifiable").first())
    return lines.sort("person_id", "line").group_by("person_id").agg(wanted)


def _numbers(row: pl.DataFrame) -> dict[str, float]:
    return {name: float("nan") if value is None else float(value) for name, value in row.row(0, named=True).items()}


def matched_lines(found: Found, truth: pl.DataFrame, estimand: str) -> pl.DataFrame:
    """Put what was found beside each true line: the found line that shares most days of treatment with it.

    Dirt moves first days, so that a line which was found some days late is the same line; one that begins after the
    true line has ended is another. No line stands for two: each must be the one that shares most with the other.

    Parameters
    ----------
    found, truth
        As in `score_lines`.
    estimand
        Of response and progression.
    """
    key = ["person_id", "line"]
    responses = found.responses.filter(pl.col("estimand") == estimand).select(
        *key, "evaluable", "last_assessment_date", found_response="best_response"
    )
    progression = found.progression.filter(pl.col("estimand") == estimand).select(*key, found_progression="date")
    results = responses.join(progression, on=key, how="full", coalesce=True).rename({"line": "found_line"})
    pairs = _same_lines(found.lines, truth).join(results, on=["person_id", "found_line"], how="left")
    return truth.join(pairs, on=key, how="left")


def _same_lines(lines: pl.DataFrame, truth: pl.DataFrame) -> pl.DataFrame:
    """Give person_id, line and found_line of the lines that share most days with each other."""
    seen = lines.select("person_id", found_line="line", found_start="start_date", found_end="end_date")
    pairs = truth.select("person_id", "line", "start_date", "end_date").join(seen, on="person_id")
    first, last = pl.max_horizontal("start_date", "found_start"), pl.min_horizontal("end_date", "found_end")
    pairs = pairs.with_columns(shared=(last - first).dt.total_days() + 1).filter(pl.col("shared") > 0)
    kept = ["person_id", "line", "found_line"]
    ordered = pairs.sort("shared", *kept, descending=[True, False, False, False])
    best = [ordered.unique(["person_id", one], keep="first", maintain_order=True) for one in ("line", "found_line")]
    return best[0].join(best[1], on=kept, how="semi").select(kept)


def score_progression(matched: pl.DataFrame) -> dict[str, float]:
    """Score days of progression of true lines.

    Returns
    -------
        `progression_exact`, the share of true progressions that were found on their day; `progression_missed`, of
        those not found at all; and `progression_false`, the share of the lines without progression where one was
        found.
    """
    true, seen = pl.col("progression_date"), pl.col("found_progression")
    has, none = matched.filter(true.is_not_null()), matched.filter(true.is_null())
    exact = has.select((true == seen).fill_null(False).mean().alias("progression_exact"))
    missed = has.select(seen.is_null().mean().alias("progression_missed"))
    false = none.select(seen.is_not_null().mean().alias("progression_false"))
    return _numbers(exact) | _numbers(missed) | _numbers(false)


def score_response(matched: pl.DataFrame) -> dict[str, float]:
    """Score the best response to the first line; a response that could not be judged is a category of its own.

    Parameters
    ----------
    matched
        Of `matched_lines`; true responses that could not be judged are left out.

    Returns
    -------
        Cohen's kappa of partial response or better (`response_kappa`) and of depth (`depth_kappa`: complete, very
        good partial, partial, less); `evaluable`, the share that was judged; both kappas over these alone; and both
        ceilings, of a reader who names the true response wherever the records hold a drug of the line.
    """
    first = _with_readings(matched)
    true, seen, recorded = first["true"], first["seen"], first["on_record"]
    judged = seen != "NE"
    readable = pl.select(pl.when(recorded).then(true).otherwise(pl.lit("NE"))).to_series()
    pairs = {
        "kappa": (true, seen),
        "ceiling": (true, readable),
        "kappa_on_record": (true.filter(recorded), seen.filter(recorded)),
        "kappa_evaluable": (true.filter(judged), seen.filter(judged)),
    }
    scores = {"evaluable": float(judged.mean() or 0.0)}  # type: ignore[arg-type]
    for name, (one, other) in pairs.items():
        scores[f"response_{name}"] = cohen_kappa(_response(one), _response(other))
        scores[f"depth_{name}"] = cohen_kappa(one.to_list(), other.to_list())
    return scores


def _with_readings(matched: pl.DataFrame) -> pl.DataFrame:
    """Give the first lines with a true response, with the depths `true` and `seen`; NE where none was judged."""
    if unknown := sorted(set(matched["best_response"].drop_nulls()) - set(_DEEP)):
        raise InputError(f"best_response of the truth: {unknown[0]!r} is none of {', '.join(_DEEP)}")
    first = matched.filter((pl.col("line") == 1) & (pl.col("best_response") != "NE"))
    return first.with_columns(
        true=pl.col("best_response").replace_strict(_DEEP, return_dtype=pl.String),
        seen=pl.col("found_response").fill_null("NE").replace_strict(_DEEP, return_dtype=pl.String),
    )


def read_otherwise(matched: pl.DataFrame) -> pl.DataFrame:
    """Give the first lines whose partial response or better was not read as it is true.

    Parameters
    ----------
    matched
        Of `matched_lines`.

    Returns
    -------
        Its rows, with `read`: response, less, or NE.
    """
    first = _with_readings(matched)
    read, true = (pl.Series("read", _response(first[name])) for name in ("seen", "true"))
    return first.with_columns(read).filter(read != true)


def _response(depth: pl.Series) -> list[str]:
    return [one if one in ("NE", "less") else "response" for one in depth.to_list()]


def cohen_kappa(one: Sequence[str], other: Sequence[str]) -> float:
    """Give the agreement beyond chance of two readings; NaN without any, or where both name the same one alone.

    Source
    ------
    Cohen, Educ Psychol Meas 1960;20:37.
    """
    if len(one) != len(other):
        raise InputError(f"{len(one)} and {len(other)} readings; as many are needed")
    if not len(one):
        return float("nan")
    names, codes = np.unique(np.concatenate([np.asarray(one), np.asarray(other)]), return_inverse=True)
    table = np.zeros((len(names), len(names)))
    np.add.at(table, (codes[: len(one)], codes[len(one) :]), 1.0)
    table /= table.sum()
    chance = float((table.sum(axis=1) * table.sum(axis=0)).sum())
    return float("nan") if chance >= 1 else (float(np.trace(table)) - chance) / (1 - chance)


def progression_free(found: Found, estimand: str) -> pl.DataFrame:
    """Give progression-free survival of first lines as found: person_id, months, event, entry_month.

    Progression and death count; who has neither is censored at the last assessment. Time runs from the start of the
    line, and a patient is at risk from the first fully observed day. Whoever left before entering is left out.
    """
    key = ["person_id", "line"]
    first = found.lines.filter(pl.col("line") == 1).select(*key, "start_date")
    responses = found.responses.filter(pl.col("estimand") == estimand).select(*key, "last_assessment_date")
    progression = found.progression.filter(pl.col("estimand") == estimand).select(*key, progression_date="date")
    people = found.persons.select("person_id", "entry_date", "death_date")
    rows = (
        first.join(responses, on=key, how="left").join(progression, on=key, how="left").join(people, on="person_id")
    )
    return _survival(rows, entry=pl.col("entry_date"))


def true_progression_free(truth: pl.DataFrame, labs: pl.DataFrame) -> pl.DataFrame:
    """Give progression-free survival of first lines as it is true; columns as of `progression_free`.

    Parameters
    ----------
    truth
        True lines.
    labs
        What was measured; the last M-protein is the last assessment.
    """
    last = (
        labs.filter(pl.col("test") == "m_protein")
        .group_by("person_id")
        .agg(last_assessment_date=pl.col("date").max())
    )
    rows = truth.filter(pl.col("line") == 1).join(last, on="person_id", how="left")
    return _survival(rows, entry=pl.col("start_date"))


def _survival(rows: pl.DataFrame, *, entry: pl.Expr) -> pl.DataFrame:
    event_date = pl.min_horizontal("progression_date", "death_date")
    until = pl.coalesce(event_date, pl.max_horizontal("last_assessment_date", "start_date"))
    months = (until - pl.col("start_date")).dt.total_days() / DAYS_PER_MONTH
    entered = (entry - pl.col("start_date")).dt.total_days() / DAYS_PER_MONTH
    read = rows.select(
        "person_id",
        months=months,
        event=event_date.is_not_null(),
        entry_month=pl.max_horizontal(entered, pl.lit(0.0)),
    )
    return read.filter(
        (pl.col("months") > pl.col("entry_month")) | ((pl.col("months") >= 0) & (pl.col("entry_month") == 0))
    )


def median_months(survival: pl.DataFrame, level: float = 0.95) -> tuple[float, float, float]:
    """Give the median with its interval, in months; infinite where it is not reached."""
    late = survival.filter(pl.col("entry_month") > 0).height > 0
    rows = survival.filter(pl.col("months") > pl.col("entry_month")) if late else survival
    curve = kaplan_meier(
        rows["months"].to_numpy(),
        rows["event"].to_numpy(),
        entry=rows["entry_month"].to_numpy() if late else None,
        level=level,
    )
    read = median(curve)
    value, low, high = (np.inf if one is None else float(one) for one in (read.value, read.low, read.high))
    return value, low, high


def is_truth_of(labs: pl.DataFrame, true_labs: pl.DataFrame) -> bool:
    """Tell whether a cohort can be of an example: patients of the same names were mostly measured on the same days.

    No dirt moves the day of a laboratory value, while all examples number their patients alike.

    Parameters
    ----------
    labs
        person_id and date, as the cohort has them.
    true_labs
        Of the example.
    """
    days, true_days = (one.select("person_id", "date").unique() for one in (labs, true_labs))
    shared = days.join(true_days.select("person_id").unique(), on="person_id", how="semi")
    return 2 * shared.join(true_days, on=["person_id", "date"], how="semi").height >= shared.height


def score_cohort(
    found: Found, truth: pl.DataFrame, labs: pl.DataFrame, *, estimand: str = "relaxed"
) -> dict[str, float]:
    """Score all of a built cohort.

    Parameters
    ----------
    found
        Of the builder.
    truth, labs
        Of the example.
    estimand
        Of response and progression: `strict` or `relaxed`.

    Returns
    -------
        As of the single scores, and `median_pfs`, `true_median_pfs` (months) and `median_error`, its relative error.
    """
    matched = matched_lines(found, truth, estimand)
    true = median_months(true_progression_free(truth, labs))[0]
    seen = median_months(progression_free(found, estimand))[0]
    with np.errstate(invalid="ignore"):
        error = float(np.float64(seen) / true - 1)
    return {
        **score_lines(found, truth),
        **score_progression(matched),
        **score_response(matched),
        "median_pfs": seen,
        "true_median_pfs": true,
        "median_error": error,
    }
