"""Reading contrasts and arm counts from a person's own table."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

from cereblon.errors import InputError
from cereblon.evidence.synthesis.contrast_data import ContrastData, assemble
from cereblon.evidence.synthesis.effect_sizes import log_ratio
from cereblon.evidence.synthesis.measure import MEASURES, Measure, check_measure
from cereblon.evidence.synthesis.trial_contrasts import ArmCount, Contrast, MissingPairs

_RATIOS: dict[str, Measure] = {"hr": "log_hr", "or": "log_or", "rr": "log_rr"}
_KNOWN = ("study", "treatment", "versus", "effect", "se", *_RATIOS, "ci_low", "ci_high", "level", "events", "n")
_FORMS = "effect and se; or hr (or, rr), ci_low and ci_high; or events and n"
_OFF_CENTRE = 0.25  # standard errors: rounding to two digits stays below this for usual trials


class _Row:
    """One line of the table, which collects its own problems."""

    def __init__(self, cells: Mapping[str, str], where: str) -> None:
        self.cells, self.where, self.problems = cells, where, list[str]()

    def has(self, *columns: str) -> bool:
        return all(self.cells.get(column) for column in columns)

    def text(self, column: str) -> str:
        value = self.cells.get(column, "")
        if not value:
            self.problems.append(f"{self.where}, {column}: is empty; a name is needed")
        return value

    def number(self, column: str) -> float:
        value = self.cells[column]
        try:
            return float(value)
        except ValueError:
            self.problems.append(f"{self.where}, {column}: got {value!r}; a number with a decimal point is needed")
            return float("nan")


def _read_ratio(row: _Row, column: str, study: str, treatment: str, versus: str, notes: list[str]) -> Contrast | None:
    """Read a ratio with interval; None when a cell is missing or impossible, with the problem noted on the row."""
    missing = [name for name in ("ci_low", "ci_high") if not row.has(name)]
    if missing:
        row.problems.append(f"{row.where}, {' and '.join(missing)}: is empty; {column} needs its interval")
        return None
    before = len(row.problems)
    ratio, low, high = row.number(column), row.number("ci_low"), row.number("ci_high")
    level = row.number("level") if row.has("level") else 0.95
    if len(row.problems) > before:
        return None
    try:
        value = log_ratio(ratio, low, high, level)
    except InputError as error:
        hint = "" if error.hint is None else f" ({error.hint})"
        row.problems.append(f"{row.where}, {column}, ci_low, ci_high: {error.message}{hint}")
        return None
    if abs(value.off_centre) > _OFF_CENTRE:
        notes.append(
            f"{row.where}, study {study}: {column} {ratio:g} is {abs(value.off_centre):.2g} standard errors away "
            f"from the middle of {low:g} to {high:g} on the log scale; the ratio was kept, its standard error is "
            "from the width of the interval"
        )
    return Contrast(study, treatment, versus, value.effect, value.se, row.where)


def _read_row(row: _Row, notes: list[str]) -> tuple[Contrast | ArmCount | None, Measure | None]:
    """Read one line as a contrast or an arm, with the measure that it fixes, if any."""
    study, treatment = row.text("study"), row.text("treatment")
    forms = [name for name in (*_RATIOS, "effect", "events") if row.has(name)]
    if len(forms) != 1:
        got = "gives none of them" if not forms else f"gives {' and '.join(forms)}"
        row.problems.append(f"{row.where}: {got}; a line needs one of: {_FORMS}")
        return None, None
    form = forms[0]
    if form == "events":
        if not row.has("n"):
            row.problems.append(f"{row.where}, n: is empty; events need the number of patients")
            return None, None
        return ArmCount(study, treatment, row.number("events"), row.number("n"), row.where), None
    versus = row.text("versus")
    if form in _RATIOS:
        return _read_ratio(row, form, study, treatment, versus, notes), _RATIOS[form]
    if not row.has("se"):
        row.problems.append(f"{row.where}, se: is empty; an effect needs its standard error")
        return None, None
    return Contrast(study, treatment, versus, row.number("effect"), row.number("se"), row.where), None


def _lines(text: str, name: str) -> list[_Row]:
    """Split a table into rows; the separator is the comma, semicolon or tab that the header uses."""
    header_line = text.split("\n", 1)[0]
    separator = max(",;\t", key=header_line.count)
    reader = csv.reader(io.StringIO(text), delimiter=separator, strict=True)
    header = [column.strip().lower() for column in next(reader, [])]
    for column in ("study", "treatment"):
        if column not in header:
            raise InputError(
                f"{name}: column {column} is missing; the columns are {', '.join(header) or 'none'}",
                hint=f"columns: study, treatment, versus, and {_FORMS}",
            )
    complete = [("effect", "se", "versus"), ("events", "n"), *((r, "ci_low", "ci_high", "versus") for r in _RATIOS)]
    if not any(all(column in header for column in form) for form in complete):
        raise InputError(
            f"{name}: the columns {', '.join(header)} hold no complete effect",
            hint=f"columns: study, treatment, versus, and {_FORMS}",
        )
    twice = sorted({column for column in header if column and header.count(column) > 1})
    if twice:
        raise InputError(f"{name}: column {', '.join(twice)} appears twice")
    rows = list[_Row]()
    for cells in reader:
        values = [cell.strip() for cell in cells]
        if not any(values):
            continue
        where = f"{name}, line {reader.line_num}"
        if len(values) != len(header):
            raise InputError(f"{where}: {len(values)} cells where the header has {len(header)} columns")
        rows.append(_Row(dict(zip(header, values, strict=True)), where))
    return rows


def _resolve_measure(
    name: str, asked: Measure | None, fixed: dict[Measure, str], counts: str, generic: str
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
            f"{name}: {generic} gives an effect without saying on which scale, next to counts ({counts})",
            hint=f"name the measure: {', '.join(MEASURES[1:4])}",
        )
    return asked or implied or ("log_or" if counts else "difference")


def parse_contrasts(
    text: str,
    *,
    name: str = "table",
    measure: str | None = None,
    correction: float = 0.5,
    tolerance: float | None = None,
    missing_pairs: MissingPairs = "refuse",
) -> ContrastData:
    """Read contrasts, arm counts, or both, from the text of a CSV table.

    Each line holds one comparison (`study, treatment, versus` with `effect, se`, or `hr`, `or` or `rr` with
    `ci_low, ci_high` and optionally `level`, 0.95 when empty) or one arm (`study, treatment, events, n`). A study of
    k arms gives all k (k - 1) / 2 comparisons, or all arms. Other columns are not used, and noted.

    Parameters
    ----------
    text
        With a header line; separated by commas, semicolons or tabs.
    name
        How messages call the table.
    measure
        Scale; None to take it from the columns: `hr`, `or`, `rr` fix theirs, counts alone become log odds ratios, and
        `effect` alone is a plain difference.
    correction
        Added to events and non-events of every arm of a trial with a zero cell; noted.
    tolerance, missing_pairs
        See `trial_from_contrasts`.

    Raises
    ------
    InputError
        Listing every problem with line and column.
    """
    try:
        rows, notes = _lines(text, name), list[str]()
    except csv.Error as error:
        raise InputError(f"{name}: is not a table: {error}", hint="check quotation marks") from error
    contrasts, arms, problems = list[Contrast](), list[ArmCount](), list[str]()
    fixed, generic = dict[Measure, str](), ""
    for row in rows:
        item, own = _read_row(row, notes)
        problems += row.problems
        if own is not None:
            fixed.setdefault(own, row.where)
        if row.problems:
            continue
        if isinstance(item, ArmCount):
            arms.append(item)
        elif item is not None:
            contrasts.append(item)
            generic = generic or ("" if own is not None else row.where)
    if problems:
        raise InputError("\n".join(problems))
    if not rows:
        raise InputError(f"{name}: the table has a header but no line")
    unused = [column for column in rows[0].cells if column not in _KNOWN and column]
    if unused:
        notes.append(f"{name}: columns not used: {', '.join(unused)}")
    asked = None if measure is None else check_measure(measure)
    scale = _resolve_measure(name, asked, fixed, arms[0].where if arms else "", generic)
    return assemble(
        contrasts,
        arms,
        measure=scale,
        correction=correction,
        tolerance=tolerance,
        missing_pairs=missing_pairs,
        notes=notes,
    )


def read_contrasts(
    path: Path | str,
    *,
    measure: str | None = None,
    correction: float = 0.5,
    tolerance: float | None = None,
    missing_pairs: MissingPairs = "refuse",
) -> ContrastData:
    """Read contrasts, arm counts, or both, from a CSV file; see `parse_contrasts`.

    Raises
    ------
    InputError
        If the file cannot be read, or listing every problem with line and column.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}", hint="a CSV file in UTF-8 is needed") from error
    return parse_contrasts(
        text,
        name=path.name,
        measure=measure,
        correction=correction,
        tolerance=tolerance,
        missing_pairs=missing_pairs,
    )
