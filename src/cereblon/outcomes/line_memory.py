"""What each line of a subject begins with: the baseline, and what is followed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cereblon.criteria import imwg
from cereblon.criteria.rules import Rules
from cereblon.outcomes.subject_index import Bools, Floats, Ints
from cereblon.outcomes.visit_rows import VisitRows

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
_PAIR = ("involved_flc", "uninvolved_flc")


@dataclass(frozen=True, slots=True)
class LineMemory:
    """What is remembered of the line at each visit.

    Parameters
    ----------
    chain
        Involved light chain by its code in `cereblon.criteria.imwg`.
    baseline
        Values on or before the start that response is measured from, by test.
    latest
        Last marrow and imaging results within the line, those of the visit among them; NaN until done.
    follows
        What is followed: serum, urine, flc, marrow; `nothing` where no protein or light chain is; and
        `urine_negative`, where the baseline urine held no M-protein.
    """

    chain: Ints
    baseline: dict[str, Floats]
    latest: dict[str, Floats]
    follows: dict[str, Bools]


def dflc(values: Mapping[str, Floats]) -> Floats:
    """Give involved minus uninvolved free light chain, mg/L."""
    difference: Floats = values["involved_flc"] - values["uninvolved_flc"]
    return difference


def remember_lines(
    rows: VisitRows,
    carried: dict[str, Floats],
    before: Mapping[str, Floats],
    is_iga: Bools,
    chain: Ints,
    rules: Rules,
) -> LineMemory:
    """Give what is remembered at each visit.

    Parameters
    ----------
    rows
        The visits.
    carried
        Last value of each test before each section; NaN for none.
    before
        Values of the subjects table by test, one for each subject.
    is_iga, chain
        IgA myeloma, and the involved light chain by its code, of each subject.
    rules
        Thresholds and choices.
    """
    subject, base = rows.subject[rows.first], carried
    if rules.response_baseline == "highest":
        is_line_1, highest = rows.line[rows.first] == 1, _highest_before(rows, before)
        base = {test: np.where(is_line_1, highest[test][subject], value) for test, value in carried.items()}
    serum = imwg.serum_is_measurable(base["m_protein"], is_iga[subject], np, rules)
    urine = imwg.urine_is_measurable(base["urine_m_protein"], rules)
    involved, uninvolved = (base[test] for test in _PAIR)
    flc = ~serum & ~urine & imwg.flc_is_measurable(involved, uninvolved, chain[subject], np, rules)
    nothing = ~serum & ~urine & ~flc
    fixation, protein = base["immunofixation_urine"], base["urine_m_protein"]
    known = ~(np.isnan(fixation) & np.isnan(protein))
    follows = {
        "serum": serum,
        "urine": urine,
        "flc": flc,
        "marrow": nothing & (base["marrow_plasma_cells"] >= rules.marrow_baseline_percent),
        "nothing": nothing,
        "urine_negative": known & ~(fixation > 0) & ~(protein > 0),
    }
    return LineMemory(
        chain=chain[rows.subject],
        baseline={test: value[rows.section] for test, value in base.items()},
        latest={test: rows.latest(test) for test in _LATEST},
        follows={name: is_followed[rows.section] for name, is_followed in follows.items()},
    )


def _highest_before(rows: VisitRows, before: Mapping[str, Floats]) -> dict[str, Floats]:
    """Give each subject's highest value of each test before the first line, `before` among them.

    Light chains are those of the sample with the highest involved.
    """
    early = np.flatnonzero(rows.line == 0)
    subject, highest = rows.subject[early], {test: value.copy() for test, value in before.items()}
    for test, value in highest.items():
        if test not in _PAIR:
            np.fmax.at(value, subject, rows.at(test)[early])
    involved, uninvolved = (rows.at(test)[early] for test in _PAIR)
    sample = np.flatnonzero(~np.isnan(involved) & ~np.isnan(uninvolved))
    sample = sample[np.lexsort((sample, -involved[sample], subject[sample]))]
    sample = sample[np.diff(subject[sample], prepend=-1) != 0]
    sample = sample[~(involved[sample] <= highest["involved_flc"][subject[sample]])]
    for test, values in zip(_PAIR, (involved, uninvolved), strict=True):
        highest[test][subject[sample]] = values[sample]
    return highest
