"""Reading contrasts and arm counts from a patient's own table."""

from __future__ import annotations

from dataclasses import replace

from cereblon.core.delimited_text import parse_table
from cereblon.core.errors import InputError
from cereblon.core.given_tables import GivenTable, read_table, short_name_of
from cereblon.core.problems import refuse_problems
from cereblon.core.text_tables import TextTable
from cereblon.synthesis.frequentist.contrast_columns import find_columns
from cereblon.synthesis.frequentist.contrast_data import ContrastData, assemble
from cereblon.synthesis.frequentist.contrast_rows import Rows, check_scale, read_rows
from cereblon.synthesis.frequentist.measure import MEASURES, Measure, check_measure
from cereblon.synthesis.frequentist.pair_counts import arms_of_pairs
from cereblon.synthesis.frequentist.treatment_names import unify_names
from cereblon.synthesis.frequentist.trial_contrasts import ArmCount, MissingPairs


def _resolve_measure(
    name: str, asked: Measure | None, fixed: dict[Measure, str], counts: str, generic: str, rates: bool
) -> Measure:
    """Find the one scale of a table, or say which lines disagree."""
    if len(fixed) > 1:
        places = " and ".join(f"{measure} ({where})" for measure, where in fixed.items())
        raise InputError(f"{name}: two scales in one table: {places}", hint="make one table per measure")
    implied = next(iter(fixed), None)
    if asked is not None and implied is not None and asked != implied:
        raise InputError(f"{name}: measure {asked} was asked for, but {fixed[implied]} gives {implied}")
    if counts and implied == "log_hr":
        raise InputError(
            f"{name}: hazard ratios ({fixed['log_hr']}) and counts ({counts}) are not on one scale",
            hint="synthesise them apart",
        )
    if asked is None and counts and generic:
        raise InputError(
            f"{generic} gives an effect without saying on which scale, next to counts ({counts})",
            hint=f"name it with --measure: {', '.join(MEASURES[1:5])}",
        )
    return asked or implied or (("log_irr" if rates else "log_or") if counts else "difference")


def _rates_or_counts(arms: list[ArmCount], scale: Measure, name: str, notes: list[str]) -> list[ArmCount]:
    """Give the arms what the scale needs of them: person-time or patients; refuse arms that lack it."""
    if scale == "log_irr":
        lacking = [arm.where for arm in arms if arm.person_time is None]
        if lacking:
            raise InputError(
                f"{lacking[0]}: has no person_time, which a rate ratio needs", hint="--measure log_or compares risks"
            )
        if any(arm.n == arm.n for arm in arms):
            notes.append(
                f"{name}: events over person-time are compared as rates; the numbers of patients are not used "
                "(--measure log_or compares risks)"
            )
        return arms
    lacking = [arm.where for arm in arms if arm.n != arm.n]
    if lacking:
        raise InputError(f"{lacking[0]}: has no n, which {scale} needs", hint="--measure log_irr compares rates")
    if any(arm.person_time is not None for arm in arms):
        notes.append(f"{name}: person-time is not used by {scale}")
    return [replace(arm, person_time=None) for arm in arms]


MOST_TREATMENTS = 100
"""Each is compared with each other one, in a table and a picture; the largest networks published have some eighty."""


def _refuse_more_treatments(names: set[str], table: TextTable) -> None:
    if len(names) > MOST_TREATMENTS:
        raise InputError(
            f"{table.where}: {len(names):,} treatments; at most {MOST_TREATMENTS} are put together",
            hint="is it a column of studies or patients?",
        )


def _from_table(
    table: TextTable,
    measure: str | None,
    correction: float,
    tolerance: float | None,
    missing_pairs: MissingPairs,
    allow_implausible: bool,
) -> ContrastData:
    table = arms_of_pairs(table)
    asked, notes = None if measure is None else check_measure(measure), list(table.remarks)
    rows = Rows(table, find_columns(table, notes), allow_implausible, notes)
    read_rows(rows)
    refuse_problems(rows.problems)
    arms = rows.arms
    rates = any(arm.person_time is not None for arm in arms)
    counts = arms[0].where if arms else ""
    scale = _resolve_measure(table.where, asked, rows.scales, counts, rows.generic, rates)
    check_scale(rows, scale)
    refuse_problems(rows.problems)
    if rows.generic and asked is None and not rows.scales:
        notes.append(
            f"{table.where}: effects are taken as differences as they stand; --measure log_hr (log_or, log_rr) says "
            "that they are logarithms of ratios"
        )
    if arms:
        arms = _rates_or_counts(arms, scale, table.where, notes)
    contrasts, arms, missing, said = unify_names(rows.contrasts, arms, rows.missing)
    names = {name for one in contrasts for name in (one.treatment, one.versus)} | {one.treatment for one in arms}
    _refuse_more_treatments(names, table)
    return assemble(
        contrasts,
        arms,
        measure=scale,
        correction=correction,
        tolerance=tolerance,
        missing_pairs=missing_pairs,
        notes=[*notes, *said],
        missing=missing,
    )


def parse_contrasts(
    text: str,
    *,
    name: str = "table",
    measure: str | None = None,
    correction: float = 0.5,
    tolerance: float | None = None,
    missing_pairs: MissingPairs = "refuse",
    allow_implausible: bool = False,
) -> ContrastData:
    """Read contrasts, arm counts, or both, from the text of a table.

    Each line holds one comparison (`study, treatment, versus` with `effect, se`, or `hr`, `or`, `rr` or `irr` with
    `ci_low, ci_high` and optionally `level`, 0.95 when empty) or one arm (`study, treatment, events, n`, or `events,
    person_time` for rates). A study of k arms gives all k (k - 1) / 2 comparisons, all arms, or the comparisons with
    one arm and the standard error of that arm (`se_reference`, or the `se` of a row of that arm with an empty
    effect, as in R multinma and gemtc). The columns of R netmeta, metafor, multinma and gemtc are read under their
    names, which is noted, counts of two arms in one line too; other columns are not used, and noted. Treatments that
    are one regimen under two names are joined, and noted. A line without an estimate, and a study that is left with
    one arm, are left out, and noted. The order of lines means nothing.

    Parameters
    ----------
    text
        With a header line; see `parse_table`.
    name
        How messages call the table.
    measure
        Scale; None to take it from the columns: `hr`, `or`, `rr`, `irr` fix theirs, counts alone become log odds
        ratios, counts over person-time log rate ratios, and `effect` alone is a plain difference.
    correction
        Added to events and non-events of every arm of a trial with a zero cell; noted.
    tolerance, missing_pairs
        See `trial_from_contrasts`.
    allow_implausible
        Take numbers that can hardly be what they are given as, and note them.

    Raises
    ------
    InputError
        Listing every problem with line and column.
    """
    table = parse_table(text, where=name)
    return _from_table(table, measure, correction, tolerance, missing_pairs, allow_implausible)


def read_contrasts(
    given: GivenTable,
    *,
    measure: str | None = None,
    correction: float = 0.5,
    tolerance: float | None = None,
    missing_pairs: MissingPairs = "refuse",
    allow_implausible: bool = False,
) -> ContrastData:
    """Read contrasts, arm counts, or both, from a file or a table in memory; see `parse_contrasts`.

    Parameters
    ----------
    given
        Path of a text file, data frame of polars, or columns by name.
    measure, correction, tolerance, missing_pairs, allow_implausible
        As of `parse_contrasts`.

    Raises
    ------
    ArgumentError
        If it is neither a path nor a table.
    InputError
        If it cannot be read, or listing every problem with line and column.
    """
    table = read_table(given, where=short_name_of(given))
    return _from_table(table, measure, correction, tolerance, missing_pairs, allow_implausible)
