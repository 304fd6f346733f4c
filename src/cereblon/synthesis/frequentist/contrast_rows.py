"""Rows of a patient's table as contrasts and arms: each is read, or refused with its place and the reason."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from cereblon.core.bounds import LIFT, find_impossible, find_problem
from cereblon.core.errors import InputError
from cereblon.core.names import find_name_problem
from cereblon.core.text_tables import TextTable
from cereblon.synthesis.frequentist.contrast_columns import COLUMN_NAMES, FORMS, LOG_RATIOS, TEXTS
from cereblon.synthesis.frequentist.effect_sizes import log_ratio
from cereblon.synthesis.frequentist.measure import Measure, quantile
from cereblon.synthesis.frequentist.trial_contrasts import ArmCount, Contrast, MissingRow

RATIOS: dict[str, Measure] = {"hr": "log_hr", "or": "log_or", "rr": "log_rr", "irr": "log_irr"}

_QUANTITIES = {"hr": "hazard ratio", "or": "odds ratio", "rr": "risk ratio", "irr": "rate ratio"}
_OFF_CENTRE = 0.25  # standard errors: rounding to two digits stays below this for usual trials
_SAME_SE = 0.15  # share: limits rounded to two digits move a standard error by less
_SUMS = ("total", "totals", "overall", "pooled", "subtotal", "summary", "all studies")
_NO_NAME = ("", ".", "na", "n/a", "nan", "<na>", "null")  # not "none", which is a treatment


@dataclass
class Rows:
    """A table while its rows are read.

    Attributes
    ----------
    table, columns
        What is read, and its columns by meaning.
    allow_implausible
        Take a number that can hardly be what it is given as.
    problems, notes
        What is wrong, and what was done.
    contrasts, arms
        What was found.
    missing
        Rows without an estimate.
    scales
        The scale that each row of a ratio fixes, with its place.
    generic
        Place of the first effect that does not say its scale.
    """

    table: TextTable
    columns: dict[str, str]
    allow_implausible: bool
    notes: list[str]
    problems: list[str] = field(default_factory=list)
    contrasts: list[Contrast] = field(default_factory=list)
    arms: list[ArmCount] = field(default_factory=list)
    missing: list[MissingRow] = field(default_factory=list)
    scales: dict[Measure, str] = field(default_factory=dict)
    generic: str = ""
    numbers: dict[str, list[float]] = field(init=False)

    def __post_init__(self) -> None:
        """Read every column of numbers; a missing cell is not a number."""
        self.numbers = {
            meaning: self.table.numbers(self.columns[meaning], self.problems, may_miss=True)
            for meaning in COLUMN_NAMES
            if meaning in self.columns and meaning not in TEXTS
        }

    def where(self, row: int, *meanings: str) -> str:
        """Name the place of a row, or of cells in it."""
        place = f"{self.table.where}, line {self.table.lines[row]}"
        return ", ".join([place, *(self.columns.get(meaning, meaning) for meaning in meanings)])

    def has(self, row: int, meaning: str) -> bool:
        """Tell whether a row has a number, or what should be one."""
        column = self.columns.get(meaning)
        return column is not None and self.table.rows[row][column].lower() not in (*_NO_NAME, "none")

    def value(self, row: int, meaning: str) -> float:
        """Give a number of a row; not a number where it is missing."""
        return self.numbers[meaning][row] if meaning in self.numbers else math.nan

    def name(self, row: int, meaning: str) -> str:
        """Give a name of a row; empty where it is missing."""
        column = self.columns.get(meaning)
        cell = "" if column is None else self.table.rows[row][column]
        return "" if cell.lower() in _NO_NAME else cell

    def refuse(self, row: int, problem: str, *meanings: str) -> None:
        """Add a problem."""
        self.problems.append(f"{self.where(row, *meanings)}: {problem}")

    def doubt(self, row: int, problem: str, *meanings: str) -> None:
        """Add a problem that the option for implausible numbers turns into a note."""
        if self.allow_implausible:
            self.notes.append(f"{self.where(row, *meanings)}: accepted by {LIFT}: {problem}")
        else:
            self.refuse(row, f"{problem}; {LIFT} accepts it", *meanings)


def read_rows(rows: Rows) -> None:
    """Read every row; contrasts, arms, notes and problems are added to `rows`."""
    references = _reference_rows(rows)
    for row in range(len(rows.table)):
        before = len(rows.problems)
        _check_names(rows, row)
        forms = [form for form in (*RATIOS, "effect", "events") if rows.has(row, form)]
        if row in {place for place, _ in references.values()}:
            continue
        if not forms:
            _leave_out(rows, row)
        elif len(forms) != 1:
            rows.refuse(row, f"gives {' and '.join(forms)}; a line needs one of: {FORMS}")
        elif math.isnan(rows.value(row, forms[0])):
            continue  # not a number, and told so
        elif forms[0] == "events":
            _read_arm(rows, row, before)
        else:
            _read_contrast(rows, row, forms[0], references, before)


def _leave_out(rows: Rows, row: int) -> None:
    """Leave out a row whose estimate is missing, as R netmeta and metafor do, and keep what it is about."""
    study, treatment, versus = (rows.name(row, meaning) for meaning in TEXTS)
    if not study or not treatment:
        return  # refused for its names
    what = f"{treatment} versus {versus}" if versus else treatment
    rows.missing.append(MissingRow(study, tuple(name for name in (treatment, versus) if name), what, rows.where(row)))


def _check_names(rows: Rows, row: int) -> None:
    if rows.name(row, "study").casefold() in _SUMS:
        rows.doubt(
            row, f"{rows.name(row, 'study')!r} reads as the sum of other lines, which would count twice", "study"
        )
    for meaning in TEXTS:
        text = rows.name(row, meaning)
        if not text and meaning != "versus":
            rows.refuse(row, "is empty; a name is needed", meaning)
        if problem := find_name_problem(text):
            rows.refuse(row, problem, meaning)
        elif not text.isprintable():
            rows.refuse(row, f"{text!r} holds a character that cannot be printed", meaning)


def _reference_rows(rows: Rows) -> dict[str, tuple[int, str]]:
    """Find the row of each study that names its reference treatment: no `versus` and no number but a `se`."""
    found = dict[str, tuple[int, str]]()
    for row in range(len(rows.table)):
        study, treatment = rows.name(row, "study"), rows.name(row, "treatment")
        given = any(rows.has(row, form) for form in (*RATIOS, "effect", "events"))
        if given or "effect" not in rows.columns or rows.name(row, "versus") or not (study and treatment):
            continue
        if "versus" in rows.columns and not rows.has(row, "se"):
            continue
        if study in found:
            rows.refuse(row, f"study {study} has two rows without an effect; one names its reference treatment")
        found.setdefault(study, (row, treatment))
    return found


def _read_contrast(rows: Rows, row: int, form: str, references: dict[str, tuple[int, str]], before: int) -> None:
    study, treatment, versus = (rows.name(row, meaning) for meaning in TEXTS)
    se_versus = rows.value(row, "se_reference")
    if not versus and form == "effect" and study in references:
        place, versus = references[study]
        se_versus = rows.value(place, "se")
    if not versus:
        rows.refuse(row, "is empty; a name is needed", "versus")
    unused = [meaning for meaning in ("n", "person_time") if rows.has(row, meaning)]
    if unused:
        note = f"{rows.table.where}: {' and '.join(unused)} not used in lines that give an effect"
        rows.notes += [note] if note not in rows.notes else []
    value = _read_effect(rows, row) if form == "effect" else _read_ratio(rows, row, form)
    if value is None or len(rows.problems) > before:
        return
    scale = RATIOS.get(form) or LOG_RATIOS.get(rows.columns[form])
    if scale is None:
        rows.generic = rows.generic or rows.where(row)
    else:
        rows.scales.setdefault(scale, rows.where(row))
    given = None if math.isnan(se_versus) else se_versus
    rows.contrasts.append(Contrast(study, treatment, versus, *value, rows.where(row), given))


def _read_ratio(rows: Rows, row: int, form: str) -> tuple[float, float] | None:
    """Read a ratio with its interval as a log ratio and its standard error."""
    missing = [meaning for meaning in ("ci_low", "ci_high") if not rows.has(row, meaning)]
    if missing:
        rows.refuse(row, f"is empty; {form} needs its interval", " and ".join(missing))
        return None
    ratio, low, high = (rows.value(row, meaning) for meaning in (form, "ci_low", "ci_high"))
    if math.isnan(low) or math.isnan(high):
        return None
    try:
        value = log_ratio(ratio, low, high, _level(rows, row))
    except InputError as error:
        hint = "" if error.hint is None else f" ({error.hint})"
        rows.refuse(row, f"{error.message}{hint}", form, "ci_low", "ci_high")
        return None
    why = find_problem(_QUANTITIES[form], ratio)
    if why is not None:
        rows.doubt(row, why, form)
    if abs(value.off_centre) > _OFF_CENTRE:
        rows.notes.append(
            f"{rows.where(row)}, study {rows.name(row, 'study')}: {form} {ratio:g} is {abs(value.off_centre):.2g} "
            f"standard errors away from the middle of {low:g} to {high:g} on the log scale; the ratio was kept, its "
            "standard error is from the width of the interval"
        )
    given = _given_se(rows, row)
    if not math.isnan(given) and abs(given - value.se) > _SAME_SE * value.se:
        rows.doubt(
            row,
            f"the standard error {given:g} contradicts {low:g} to {high:g}, which gives {value.se:.3g} on the log "
            "scale",
            "se",
        )
    return value.effect, value.se


def _level(rows: Rows, row: int) -> float:
    return rows.value(row, "level") if rows.has(row, "level") else 0.95


def _given_se(rows: Rows, row: int) -> float:
    """Give the standard error of a row, also from a variance; not a number where there is none."""
    if rows.has(row, "variance"):
        variance = rows.value(row, "variance")
        return math.sqrt(variance) if variance > 0 else variance
    return rows.value(row, "se")


def _read_effect(rows: Rows, row: int) -> tuple[float, float] | None:
    """Read an effect with its standard error, which an interval may give too."""
    effect, low, high = (rows.value(row, meaning) for meaning in ("effect", "ci_low", "ci_high"))
    se, interval = _given_se(rows, row), not (math.isnan(low) or math.isnan(high))
    if rows.has(row, "se") and math.isnan(se):
        return None
    if not interval and math.isnan(se):
        rows.refuse(row, "is empty; an effect needs its standard error", "se")
        return None
    if not math.isnan(se) and se <= 0:
        rows.refuse(row, f"got {se:g}; a standard error is a positive number", "se")
        return None
    if not interval:
        return effect, se
    try:
        width = 2.0 * quantile(_level(rows, row))
    except InputError as error:
        rows.refuse(row, f"{error.message} ({error.hint})", "level")
        return None
    if not low <= effect <= high or low == high:
        rows.refuse(row, f"the effect {effect:g} is outside its interval {low:g} to {high:g}", "effect")
        return None
    implied = (high - low) / width
    if math.isnan(se):
        if abs(effect - 0.5 * (low + high)) > _OFF_CENTRE * implied:
            rows.refuse(
                row,
                f"{effect:g} is not in the middle of {low:g} to {high:g}, so no standard error follows; is it "
                "a ratio, which belongs into a column hr, or, rr or irr?",
                "effect",
            )
            return None
        return effect, implied
    if abs(se - implied) > _SAME_SE * implied:
        rows.doubt(row, f"the standard error {se:g} contradicts {low:g} to {high:g}, which gives {implied:.3g}", "se")
    return effect, se


def _read_arm(rows: Rows, row: int, before: int) -> None:
    events, n, person_time = (rows.value(row, meaning) for meaning in ("events", "n", "person_time"))
    if not (rows.has(row, "n") or rows.has(row, "person_time")):
        rows.refuse(row, "is empty; events need the number of patients", "n")
        return
    for meaning, count in (("events", events), ("n", n)):
        if np.isfinite(count) and count != round(count):
            rows.doubt(row, f"{count:g} is not a whole number of patients", meaning)
    for meaning, quantity, value in (("n", "number of patients", n), ("person_time", "time at risk", person_time)):
        problem = find_problem(quantity, value)
        if problem and value > 0:
            rows.doubt(row, problem, meaning)
    if rows.has(row, "person_time") and person_time <= 0:
        rows.refuse(row, f"got {person_time:g}; time at risk is a positive number", "person_time")
    if len(rows.problems) > before:
        return
    study, treatment = rows.name(row, "study"), rows.name(row, "treatment")
    time = None if math.isnan(person_time) else person_time
    rows.arms.append(ArmCount(study, treatment, events, n, rows.where(row), time))


def check_scale(rows: Rows, measure: Measure) -> None:
    """Refuse effects without a scale of their own that cannot lie on the scale of the table."""
    if not measure.startswith("log_"):
        return
    for contrast in rows.contrasts:
        if none_can := find_impossible("log ratio", contrast.effect):
            rows.problems.append(f"{contrast.where}, effect: {none_can}")
            continue
        why = find_problem("log ratio", contrast.effect)
        if why is None and measure == "log_hr":
            why = find_problem("hazard ratio", math.exp(contrast.effect))
        if why is None or "effect" not in rows.columns:
            continue
        if rows.allow_implausible:
            rows.notes.append(f"{contrast.where}: accepted by {LIFT}: {why}")
        else:
            rows.problems.append(f"{contrast.where}, effect: {why}; {LIFT} accepts it")
