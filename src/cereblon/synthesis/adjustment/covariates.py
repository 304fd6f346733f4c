"""Columns of patients as numbers that can be matched: closed words become 0 and 1, and what is no number is named."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cereblon.core.bounds import judge
from cereblon.core.words import Words, is_missing, plain
from cereblon.vocabulary.clinical import isotype_with_chain
from cereblon.vocabulary.staging import ISS_STAGE

Floats = NDArray[np.float64]
Place = Callable[[str], Callable[[int], str]]
_UNKNOWN = "unknown"
_UNKNOWN_WORDS = {"u": _UNKNOWN, "unk": _UNKNOWN, "not reported": _UNKNOWN, "not known": _UNKNOWN}

SEX = Words(
    "sex",
    ("female", "male", _UNKNOWN),
    {**_UNKNOWN_WORDS, **dict.fromkeys(("f", "woman"), "female"), **dict.fromkeys(("m", "man"), "male")},
)
ISOTYPE = Words(
    "isotype",
    ("IgG", "IgA", "IgD", "IgM", "IgE", "light_chain", "biclonal", "non_secretory", "other", _UNKNOWN),
    {
        **_UNKNOWN_WORDS,
        **dict.fromkeys(("light chain only", "lc", "lcd", "bence jones"), "light_chain"),
        **dict.fromkeys(("nonsecretory", "ns"), "non_secretory"),
    },
)
FRAILTY = Words(
    "frailty",
    ("fit", "intermediate", "frail", _UNKNOWN),
    {**_UNKNOWN_WORDS, "intermediate fit": "intermediate"},
)
_VOCABULARIES: dict[str, Words] = {"sex": SEX, "isotype": ISOTYPE, "frailty": FRAILTY}
_SAME_COLUMN = {"gender": "sex", "ig_isotype": "isotype", "iss_stage": "iss"}
_LEVELS: dict[str, tuple[float, ...]] = {"iss": (1, 2, 3), "r_iss": (1, 2, 3), "ecog": (0, 1, 2, 3, 4, 5)}
_BOUNDED = {"age": "age", "weight_kg": "weight", "height_cm": "height", "crcl_ml_min": "creatinine clearance"}
_YES_OR_NO = {**dict.fromkeys(("yes", "y", "true"), 1.0), **dict.fromkeys(("no", "n", "false"), 0.0)}


@dataclass
class CovariateReader:
    """Columns read so far.

    Parameters
    ----------
    where
        Names the place of a cell by its column and position, for messages.
    number
        Reads a cell as a number, or gives None.
    allow_implausible
        Whether values beyond what a quantity can be are accepted; None where nothing is to be checked.
    numbers
        Covariates by name; NaN where missing.
    unusable
        Columns that are no numbers, with the reason.
    problems, remarks, accepted
        What stops, what is said, and what is taken although it can hardly be, with its place.
    """

    where: Place
    number: Callable[[object], float | None]
    allow_implausible: bool | None = None
    numbers: dict[str, Floats] = field(default_factory=dict)
    unusable: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)

    def read(self, columns: Mapping[str, Sequence[object]]) -> None:
        """Read all columns."""
        for name, cells in columns.items():
            known = _SAME_COLUMN.get(name, name)
            if known != name and known not in columns:
                self.remarks.append(f"column {name} is taken as {known}")
            else:
                known = name
            self._read_column(known, cells, self.where(name))
        self._check_complements()

    def _check_complements(self) -> None:
        """Refuse patients who are men and women, or neither, by two columns."""
        men, women = self.numbers.get("male"), self.numbers.get("female")
        if men is None or women is None:
            return
        wrong = np.flatnonzero(~np.isnan(men + women) & (men + women != 1.0))
        if len(wrong):
            place = self.where("female")(int(wrong[0]))
            self.problems.append(
                f"{place}: {women[wrong[0]]:g} contradicts male, {men[wrong[0]]:g}; keep one of them"
            )

    def _read_column(self, name: str, cells: Sequence[object], place: Callable[[int], str]) -> None:
        values = [None if is_missing(cell) else self.number(cell) for cell in cells]
        wrong = [i for i, cell in enumerate(cells) if values[i] is None and not is_missing(cell)]
        if name in _VOCABULARIES:
            self._put_words(_VOCABULARIES[name], cells, place)
        elif name in ("iss", "r_iss") and wrong:
            stages = ISS_STAGE.read(cells, place, self.problems, self.remarks, may_miss=True)
            self._put(name, [None if s in (None, _UNKNOWN) else float(str(s)) for s in stages])
        elif not wrong:
            self._check_values(name, values, place)
            self._put(name, values)
        elif all(is_missing(cell) or plain(str(cell)) in _YES_OR_NO for cell in cells):
            self.remarks.append(f"column {name}: yes is taken as 1 and no as 0")
            self._put(name, [None if is_missing(cell) else _YES_OR_NO[plain(str(cell))] for cell in cells])
        elif len(wrong) < len([cell for cell in cells if not is_missing(cell)]):
            first = wrong[0]
            more = f", and {len(wrong) - 1} more" if len(wrong) > 1 else ""
            self.unusable[name] = f"{place(first)}: {cells[first]!r} is not a number{more}"
        else:
            words = sorted({str(cell) for cell in cells if not is_missing(cell)})
            shown = ", ".join(map(repr, words[:4])) + (", ..." if len(words) > 4 else "")
            self.unusable[name] = f"column {name} holds text ({shown}); code it as 0 and 1 to match it"

    def _put_words(self, vocabulary: Words, cells: Sequence[object], place: Callable[[int], str]) -> None:
        """Make a column of 0 and 1 for each word; who is unknown is missing in all of them."""
        if vocabulary is ISOTYPE:
            cells = [both[0] if (both := isotype_with_chain(str(cell))) else cell for cell in cells]
        found = vocabulary.read(cells, place, self.problems, self.remarks, may_miss=True)
        for word in vocabulary.allowed:
            if word != _UNKNOWN:
                self._put(word.lower(), [None if w in (None, _UNKNOWN) else float(w == word) for w in found])

    def _put(self, name: str, values: Sequence[float | None]) -> None:
        column = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
        before = self.numbers.get(name)
        if before is not None and not np.array_equal(before, column, equal_nan=True):
            self.problems.append(f"the covariate {name} is given by two columns, which disagree")
        self.numbers[name] = column

    def _check_values(self, name: str, values: Sequence[float | None], place: Callable[[int], str]) -> None:
        insists, notes = self.allow_implausible, self.accepted
        if name in _BOUNDED and insists is not None:
            given = [math.nan if value is None else value for value in values]
            judge(_BOUNDED[name], given, place, allow_implausible=insists, problems=self.problems, notes=notes)
        for position, value in enumerate(values):
            if value is None:
                continue
            if name in _LEVELS and value not in _LEVELS[name]:
                allowed = ", ".join(f"{level:g}" for level in _LEVELS[name])
                self.problems.append(f"{place(position)}: {value:g} is none of {allowed}")
