"""What is remembered of the current line of every subject between two visits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cereblon.criteria import imwg
from cereblon.criteria.progression import ProgressionState, start
from cereblon.criteria.rules import Rules
from cereblon.outcomes.subject_index import Bools, Floats, Ints

BASELINE_TESTS: tuple[str, ...] = (
    "m_protein",
    "urine_m_protein",
    "involved_flc",
    "uninvolved_flc",
    "immunofixation_serum",
    "immunofixation_urine",
    "marrow_plasma_cells",
    "marrow_clonal",
    "plasmacytoma_area",
    "calcium",
)
"""Tests whose last value before a line is its baseline."""

_LATEST = ("marrow_plasma_cells", "marrow_clonal", "plasmacytoma_area")


@dataclass(slots=True)
class LineMemory:
    """The current line of every subject.

    Parameters
    ----------
    number
        Line number, 0 before the first.
    chain
        Involved light chain by its code in `cereblon.criteria.imwg`.
    baseline
        Values on or before the start that response is measured from, by test.
    latest
        Last marrow and imaging results within the line; NaN until done.
    lowest_marrow, lowest_area
        Least marrow plasma cells (percent) and plasmacytoma area (mm2) since the baseline.
    states
        Progression of serum M-protein, urine M-protein, dFLC and calcium.
    last_category
        Last category that was not NE.
    follows
        What is followed: serum, urine, flc, marrow; `nothing` where no protein or light chain is; and
        `urine_negative`, where the baseline urine held no M-protein.
    """

    number: Ints
    chain: Ints
    baseline: dict[str, Floats]
    latest: dict[str, Floats]
    lowest_marrow: Floats
    lowest_area: Floats
    states: list[ProgressionState]
    last_category: np.ndarray
    follows: dict[str, Bools]

    def remember(self, now: dict[str, Floats], active: Bools) -> None:
        """Carry marrow and imaging on; they count until done again."""
        for test in _LATEST:
            self.latest[test] = np.where(active & ~np.isnan(now[test]), now[test], self.latest[test])
        marrow, area = now["marrow_plasma_cells"], now["plasmacytoma_area"]
        self.lowest_marrow = np.where(active, np.fmin(self.lowest_marrow, marrow), self.lowest_marrow)
        self.lowest_area = np.where(active, np.fmin(self.lowest_area, area), self.lowest_area)

    def take_first_values(self, values: tuple[Floats, ...], active: Bools) -> None:
        """Where a followed value has no baseline, compare with the first one of the line."""
        for position, value in enumerate(values):
            state = self.states[position]
            unknown = np.isnan(state.lowest) & ~np.isnan(value) & active
            if unknown.any():
                self.states[position] = _pick_state(unknown, start(value, np), state)


def dflc(values: dict[str, Floats]) -> Floats:
    """Give involved minus uninvolved free light chain, mg/L."""
    difference: Floats = values["involved_flc"] - values["uninvolved_flc"]
    return difference


def highest_before(highest: dict[str, Floats], now: dict[str, Floats], before: Bools) -> dict[str, Floats]:
    """Keep the highest value of each test before the first line; light chains by the sample of the highest involved.

    Parameters
    ----------
    highest
        So far; NaN for none.
    now
        Measured at this visit.
    before
        Whether the visit lies before the first line.
    """
    kept = {test: np.where(before, np.fmax(value, now[test]), value) for test, value in highest.items()}
    pair = ("involved_flc", "uninvolved_flc")
    is_sample = before & ~np.isnan(now[pair[0]]) & ~np.isnan(now[pair[1]])
    is_higher = is_sample & ~(now[pair[0]] <= highest[pair[0]])
    return kept | {test: np.where(is_higher, now[test], highest[test]) for test in pair}


def begin_line(
    number: Ints,
    carried: dict[str, Floats],
    is_iga: Bools,
    chain: Ints,
    rules: Rules,
    highest: dict[str, Floats] | None = None,
) -> LineMemory:
    """Start a line for every subject.

    Parameters
    ----------
    number
        Line numbers.
    carried
        Last value of each test so far; NaN for none.
    is_iga
        IgA myeloma.
    chain
        Involved light chain by its code.
    rules
        Thresholds and choices.
    highest
        Highest values before the first line, for rules that measure response from them.
    """
    count = len(number)
    base = dict(carried)
    if highest is not None and rules.response_baseline == "highest":
        base = {test: np.where(number == 1, highest[test], value) for test, value in carried.items()}
    serum = imwg.serum_is_measurable(base["m_protein"], is_iga, np, rules)
    urine = imwg.urine_is_measurable(base["urine_m_protein"], rules)
    involved, uninvolved = base["involved_flc"], base["uninvolved_flc"]
    flc = ~serum & ~urine & imwg.flc_is_measurable(involved, uninvolved, chain, np, rules)
    nothing = ~serum & ~urine & ~flc
    fixation, protein = base["immunofixation_urine"], base["urine_m_protein"]
    known = ~(np.isnan(fixation) & np.isnan(protein))
    return LineMemory(
        number=number,
        chain=chain,
        baseline=base,
        latest={test: np.full(count, np.nan) for test in _LATEST},
        lowest_marrow=carried["marrow_plasma_cells"],
        lowest_area=carried["plasmacytoma_area"],
        states=[
            start(carried["m_protein"], np),
            start(carried["urine_m_protein"], np),
            start(dflc(carried), np),
            start(np.zeros(count), np),
        ],
        last_category=np.zeros(count, np.int8),
        follows={
            "serum": serum,
            "urine": urine,
            "flc": flc,
            "marrow": nothing & (base["marrow_plasma_cells"] >= rules.marrow_baseline_percent),
            "nothing": nothing,
            "urine_negative": known & ~(fixation > 0) & ~(protein > 0),
        },
    )


def renew_lines(old: LineMemory, new: LineMemory, fresh: Bools) -> LineMemory:
    """Take the new line for the subjects that begin one, keep the old for the others."""

    def pick(after: np.ndarray, before: np.ndarray) -> np.ndarray:
        return np.where(fresh, after, before)

    return LineMemory(
        number=pick(new.number, old.number),
        chain=new.chain,
        baseline={test: pick(new.baseline[test], old.baseline[test]) for test in old.baseline},
        latest={test: pick(new.latest[test], old.latest[test]) for test in old.latest},
        lowest_marrow=pick(new.lowest_marrow, old.lowest_marrow),
        lowest_area=pick(new.lowest_area, old.lowest_area),
        states=[_pick_state(fresh, *pair) for pair in zip(new.states, old.states, strict=True)],
        last_category=pick(new.last_category, old.last_category),
        follows={name: pick(new.follows[name], old.follows[name]) for name in old.follows},
    )


def _pick_state(fresh: Bools, new: ProgressionState, old: ProgressionState) -> ProgressionState:
    return ProgressionState(*(np.where(fresh, after, before) for after, before in zip(new, old, strict=True)))
