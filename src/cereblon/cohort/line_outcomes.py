"""Outcomes of a built cohort by the project's own statistics: response, PFS, TTNT, OS, duration, by regimen.

Time zero is the start of the line; a patient is at risk from the first day that is fully observed on. All qualifying
lines of a patient count; where somebody has several, intervals come from drawing patients again with all their lines.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from cereblon.cohort.folder import CohortTables
from cereblon.cohort.small_cells import shown_of
from cereblon.core.errors import InputError
from cereblon.core.rows import Row, number
from cereblon.core.time_units import DAYS_PER_MONTH
from cereblon.outcomes.response_category import CATEGORIES
from cereblon.statistics.estimate import Estimate
from cereblon.statistics.kaplan_meier import Curve, kaplan_meier, landmark_rate, median
from cereblon.statistics.proportions import proportion_interval
from cereblon.statistics.resampling import resample_subjects

EVERYBODY = "all"
LANDMARK_MONTHS = 24
_RESPONSES = (("orr", "PR"), ("vgpr_or_better", "VGPR"), ("cr_or_better", "CR"))
_OF_EVALUABLE = tuple(endpoint for endpoint, _ in _RESPONSES)
_REPLICATES = 200
_HALF_A_DAY = 0.5 / DAYS_PER_MONTH


@dataclass(frozen=True, slots=True)
class Times:
    """Times of one endpoint in months from the start of the line, with late entry.

    Parameters
    ----------
    entry
        From when on each line is at risk.
    time, observed
        Of event or censoring.
    person
        Whose line it is.
    late
        Lines left out, whose event or end comes before they are at risk.
    weight
        Of each line; None where all count alike.
    """

    entry: np.ndarray
    time: np.ndarray
    observed: np.ndarray
    person: np.ndarray
    late: int
    weight: np.ndarray | None = None


def qualifying_lines(built: CohortTables) -> pl.DataFrame:
    """Give the lines that the definition counts time from, with what happened after: a row a line.

    All lines of the regimens that it names, where it names no number of the line; else the index line.
    """
    rule = built.definition.index
    lines = built.frame("lines").join(built.frame("persons"), on="person_id")
    after = pl.col("start_date").shift(-1).over("person_id", order_by="line")
    lines = lines.with_columns(next_start=after)
    many = rule.line is None and bool(rule.regimens)
    wanted = pl.col("regimen").is_in(list(rule.regimens)) if many else pl.col("line") == pl.col("index_line")
    start = pl.col("maintenance_start") if rule.maintenance else pl.col("start_date")
    return lines.with_columns(zero=start).filter(wanted & pl.col("zero").is_not_null()).sort("person_id", "line")


def times_of(built: CohortTables, lines: pl.DataFrame, endpoint: str, estimand: str) -> Times:
    """Give the times of an endpoint: pfs, ttnt, os, dor or treatment_duration.

    PFS ends with progression of the estimand or death, and is censored at the last day on which the line could be
    judged; real-world PFS at the last day of observation. The next line ends TTNT, as does death.
    """
    rows = lines.join(_judged(built, estimand), on=["person_id", "line"], how="left")
    last = pl.col("last_date")
    dies = pl.col("death_date").is_not_null() & pl.col("next_start").is_null()
    death = pl.when(dies).then(pl.col("death_date"))
    judged = last if estimand == "real_world" else pl.coalesce("last_assessment_date", "zero")
    begins: pl.Expr = pl.col("zero")
    if endpoint in ("pfs", "dor"):
        event, end = pl.min_horizontal("progression_date", death), judged
        begins = pl.col("response_date") if endpoint == "dor" else begins
    elif endpoint == "ttnt":
        event, end = pl.min_horizontal("next_start", death), last
    elif endpoint == "treatment_duration":
        event, end = pl.when(pl.col("end_reason") != "end_of_record").then(pl.col("end_date")), last
    else:
        event, end = pl.col("death_date"), last
    rows = rows.with_columns(begins=begins, event=event, until=pl.coalesce(event, end), known=event.is_not_null())
    rows = rows.filter(pl.col("begins").is_not_null())
    months = (pl.col("until") - pl.col("begins")).dt.total_days() / DAYS_PER_MONTH
    entry = pl.max_horizontal((pl.col("entry_date") - pl.col("begins")).dt.total_days(), pl.lit(0)) / DAYS_PER_MONTH
    rows = rows.with_columns(months=pl.max_horizontal(months, pl.lit(0.0)), entry=entry)
    kept = rows.filter((pl.col("entry") < pl.col("months")) | (pl.col("entry") == 0))
    entered, ended, known, who = (kept[name].to_numpy() for name in ("entry", "months", "known", "person_id"))
    weight = kept["weight"].to_numpy() if "weight" in kept.columns else None
    return Times(entered, ended, known, who, rows.height - kept.height, weight)


def _judged(built: CohortTables, estimand: str) -> pl.DataFrame:
    """Give response and progression of each line by one estimand; response of real_world is the relaxed one."""
    response = "relaxed" if estimand == "real_world" else estimand
    responses = built.frame("responses").filter(pl.col("estimand") == response).drop("estimand")
    progression = built.frame("progression").filter(pl.col("estimand") == estimand)
    progression = progression.select("person_id", "line", progression_date="date")
    return responses.join(progression, on=["person_id", "line"], how="left")


def outcome_rows(
    built: CohortTables,
    *,
    estimand: str = "relaxed",
    weights: pl.DataFrame | None = None,
    fewest: int | None = None,
    replicates: int = _REPLICATES,
    seed: int = 1,
    level: float = 0.95,
) -> list[Row]:
    """Estimate the outcomes of a cohort, of all and by regimen.

    Parameters
    ----------
    built
        The cohort.
    estimand
        strict, relaxed or real_world.
    weights
        Of patients, by `patient_weights.read_patient_weights`; all count alike unless given.
    fewest
        Regimens with fewer lines are not shown alone; the small-cell limit of the definition unless given.
    replicates, seed
        Of the intervals by drawing patients, where one has several lines or patients have weights.
    level
        Of the intervals.

    Returns
    -------
        Rows with endpoint, arm, value, unit, low, high, level, n, events and method.
    """
    return [
        row
        for name, lines in line_groups(built, fewest=fewest)
        for own in (lines if weights is None else lines.join(weights, on="person_id", maintain_order="left"),)
        for row in group_outcomes(built, own, name, estimand=estimand, replicates=replicates, seed=seed, level=level)
    ]


def line_groups(built: CohortTables, *, fewest: int | None = None) -> list[tuple[str, pl.DataFrame]]:
    """Give all qualifying lines, then those of each regimen, the commonest first.

    Parameters
    ----------
    built
        The cohort.
    fewest
        Lines that a regimen has at least, and that the regimens which are not given have together, if any; the
        small-cell limit of the definition unless given.
    """
    limit = built.definition.small_cell if fewest is None else fewest
    lines = qualifying_lines(built)
    sizes = lines.group_by("regimen").len().sort("len", "regimen", descending=[True, False])
    sizes = sizes.filter(pl.Series(shown_of(sizes["len"].to_list(), limit), dtype=pl.Boolean))
    groups = [(EVERYBODY, lines)]
    groups += [(name, lines.filter(pl.col("regimen") == name)) for name in sizes["regimen"].to_list()]
    return groups


def group_outcomes(
    built: CohortTables,
    lines: pl.DataFrame,
    name: str,
    *,
    estimand: str = "relaxed",
    replicates: int = _REPLICATES,
    seed: int = 1,
    level: float = 0.95,
) -> list[Row]:
    """Estimate the outcomes of some lines of a cohort.

    Parameters
    ----------
    built
        The cohort.
    lines
        Some of `qualifying_lines`, with a column weight where they do not count alike.
    name
        Of the group, for the column arm.
    estimand, replicates, seed, level
        As of `outcome_rows`.
    """
    rows = _response_rows(built, lines, name, estimand, level)
    if "weight" in lines.columns:
        rows = _weighted_responses(built, lines, rows, estimand, replicates, seed)
    for endpoint in ("pfs", "ttnt", "os", "dor", "treatment_duration"):
        rows += _time_rows(times_of(built, lines, endpoint, estimand), endpoint, name, level, replicates, seed)
    return rows


def _response_rows(built: CohortTables, lines: pl.DataFrame, arm: str, estimand: str, level: float) -> list[Row]:
    judged = lines.select("person_id", "line").join(_judged(built, estimand), on=["person_id", "line"], how="left")
    evaluable = judged.filter(pl.col("evaluable").fill_null(False))
    code = {name: number for number, name in enumerate(CATEGORIES)}
    best = evaluable["best_response"].replace_strict(code, return_dtype=pl.Int64).to_numpy()
    rows = [share_row("evaluable", arm, evaluable.height, judged.height, level, "of all lines")]
    for endpoint, least in _RESPONSES:
        count = int((best >= code[least]).sum())
        if least == "CR" and estimand == "strict" and not _marrow_is_known(built, lines, evaluable):
            rows.append(_without_marrow(endpoint, arm, evaluable.height, level))
            continue
        rows.append(share_row(endpoint, arm, count, evaluable.height, level, "of evaluable lines, best confirmed"))
    return rows


def _weighted_responses(
    built: CohortTables, lines: pl.DataFrame, rows: Sequence[Row], estimand: str, replicates: int, seed: int
) -> list[Row]:
    """Weigh shares of responses, with intervals by drawing patients; counts stay those of lines."""
    judged = lines.select("person_id", "line", "weight").join(_judged(built, estimand), on=["person_id", "line"])
    weight, person = judged["weight"].to_numpy(), judged["person_id"].to_numpy()
    code = {name: number for number, name in enumerate(CATEGORIES)}
    best = judged["best_response"].replace_strict(code, return_dtype=pl.Int64).to_numpy()
    can = judged["evaluable"].to_numpy()
    hits = {"evaluable": (can, np.ones(len(can), dtype=bool))}
    hits |= {endpoint: (can & (best >= code[least]), can) for endpoint, least in _RESPONSES}
    found = []
    for row in rows:
        if row["value"] is None:
            found.append(row)
            continue
        hit, among = hits[str(row["endpoint"])]

        def share(drawn: np.ndarray, hit: np.ndarray = hit, among: np.ndarray = among) -> float:
            total = float(weight[drawn][among[drawn]].sum())
            if total == 0:
                raise InputError("nobody in the sample has a weight")
            return 100 * float(weight[drawn][hit[drawn]].sum()) / total

        level = float(str(row["level"]))
        low, high = resample_subjects(share, person, replicates=replicates, seed=seed).interval(level)
        method = f"{str(row['method']).split(';')[0]}; weighted, patients drawn again"
        found.append({**row, "value": share(np.arange(len(can))), "low": low, "high": high, "method": method})
    return found


def _marrow_is_known(built: CohortTables, lines: pl.DataFrame, evaluable: pl.DataFrame) -> bool:
    """Tell whether at least half of the lines with a very good partial response or better have a marrow result.

    One of the first day is that of the baseline.
    """
    deep = evaluable.filter(pl.col("best_response").is_in(["VGPR", "CR", "sCR"])).select("person_id", "line")
    until = pl.coalesce("next_start", "last_date")
    spans = lines.select("person_id", "line", "zero", until=until).join(deep, on=["person_id", "line"])
    marrow = built.frame("labs").filter(pl.col("test") == "marrow_plasma_cells").select("person_id", "date")
    later = pl.col("date").is_between(pl.col("zero"), pl.col("until"), closed="right")
    within = spans.join(marrow, on="person_id").filter(later)
    return 2 * within.select("person_id", "line").unique().height >= deep.height


def _without_marrow(endpoint: str, arm: str, n: int, level: float) -> Row:
    return {
        "endpoint": endpoint,
        "arm": arm,
        "value": None,
        "unit": "percent",
        "low": None,
        "high": None,
        "level": level,
        "n": n,
        "events": None,
        "method": WITHOUT_MARROW,
    }


WITHOUT_MARROW = "cannot be judged: it asks for marrow, which most lines that it could be do not have"
"""Why there is no share of complete responses by the criteria as written."""


def share_row(endpoint: str, arm: str, count: int, n: int, level: float, method: str) -> Row:
    """Give the row of a share with its exact interval; without a value where there is nobody.

    Parameters
    ----------
    endpoint, arm
        What, and in whom.
    count, n
        Lines with it, of how many.
    level
        Of the interval.
    method
        Of whom it is a share.
    """
    low, high = (float(100 * one[0]) if n else None for one in proportion_interval([count], [n], level=level))
    return {
        "endpoint": endpoint,
        "arm": arm,
        "value": 100 * count / n if n else None,
        "unit": "percent",
        "low": low,
        "high": high,
        "level": level,
        "n": n,
        "events": count,
        "method": f"{method}; exact interval",
    }


def _time_rows(times: Times, endpoint: str, arm: str, level: float, replicates: int, seed: int) -> list[Row]:
    n = len(times.time)
    if n == 0:
        return []
    several = len(np.unique(times.person)) < n or times.weight is not None
    with_weights = "" if times.weight is None else "weighted "

    def estimated(read: Callable[[Curve], Estimate]) -> tuple[Estimate, str]:
        found = read(_curve(times, np.arange(n), level))
        if not several or found.value is None:
            return found, f"{with_weights}Kaplan-Meier with late entry"

        def again(rows: np.ndarray) -> float:
            value = read(_curve(times, rows, level)).value
            if value is None:
                raise InputError("no value in the sample")
            return value

        try:
            low, high = resample_subjects(again, times.person, replicates=replicates, seed=seed).interval(level)
        except InputError:
            return found, f"{with_weights}Kaplan-Meier with late entry; lines of a patient taken for independent"
        return Estimate(
            found.value, low, high, level, n
        ), f"{with_weights}Kaplan-Meier with late entry; patients drawn again"

    rows: list[Row] = []
    shown: Sequence[tuple[str, float, Callable[[Curve], Estimate], str]] = [
        (f"{endpoint}_median", 1.0, median, "months")
    ]
    if endpoint in ("pfs", "os"):
        shown = [*shown, (f"{endpoint}_rate", 100.0, lambda curve: landmark_rate(curve, LANDMARK_MONTHS), "percent")]
    for name, times_by, read, unit in shown:
        found, method = estimated(read)
        ends = [None if one is None else times_by * one for one in (found.value, found.low, found.high)]
        at = f" at {LANDMARK_MONTHS} months" if unit == "percent" else ""
        rows.append(
            {
                "endpoint": name,
                "arm": arm,
                "value": ends[0],
                "unit": unit,
                "low": ends[1],
                "high": ends[2],
                "level": level,
                "n": n,
                "events": int(times.observed.sum()),
                "method": method
                + at
                + (f"; {times.late} left out that were observed too late" if times.late else ""),
            }
        )
    return rows


def _curve(times: Times, rows: np.ndarray, level: float) -> Curve:
    entry, time = times.entry[rows], times.time[rows]
    late = bool((entry > 0).any())
    if late:  # whoever ends on the first day was at risk on it
        time = np.where((entry == 0) & (time == 0), _HALF_A_DAY, time)
    return kaplan_meier(
        time,
        times.observed[rows],
        entry=entry if late else None,
        weights=None if times.weight is None else times.weight[rows],
        coding="0/1",
        level=level,
    )


def masked(rows: Sequence[Row], limit: int) -> list[Row]:
    """Hide numbers that rest on fewer patients than a limit, or count fewer, for what leaves the house.

    Where it is hidden how many could not be judged or did not respond, neither does a difference of sizes tell.

    Parameters
    ----------
    rows
        With n and, where they count, events.
    limit
        Least number that is shown.
    """
    found: list[Row] = []
    for row in rows:
        n, events = (row.get(name) for name in ("n", "events"))
        few = isinstance(n, int) and n < limit
        rare = isinstance(events, int) and (0 < events < limit or (isinstance(n, int) and 0 < n - events < limit))
        gone: tuple[str, ...] = ("value", "low", "high", "n", "events") if few else ()
        if rare and not few:
            gone = ("value", "low", "high", "events") if row.get("unit") == "percent" else ("events",)
        said = {"method": f"fewer than {limit}, not shown"} if "value" in gone else {}
        found.append({**row, **dict.fromkeys(gone), **said})
    hidden = {(row.get("arm"), row.get("endpoint")) for row in found if row.get("events") is None}
    return [_without_difference(row, hidden) for row in found]


def _without_difference(row: Row, hidden: Collection[tuple[object, object]]) -> Row:
    """Hide the size of a group that would tell what is hidden; its shares become whole percents, lest they do."""
    arm, endpoint = row.get("arm"), row.get("endpoint")
    if endpoint == "dor_median" and (arm, "orr") in hidden:
        return {**row, "n": None, "events": None}
    if endpoint in _OF_EVALUABLE and (arm, "evaluable") in hidden:
        known = {name: number(row, name) for name in ("value", "low", "high")}
        ends = {name: None if one is None else float(round(one)) for name, one in known.items()}
        return {**row, **ends, "n": None, "events": None}
    return row
