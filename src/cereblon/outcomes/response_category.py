"""Which response the values of a visit reach: level of the followed values, and what CR and sCR need besides."""

from __future__ import annotations

import numpy as np

from cereblon.criteria import imwg
from cereblon.criteria.rules import Rules
from cereblon.outcomes.line_memory import LineMemory, dflc
from cereblon.outcomes.subject_index import Bools, Floats
from cereblon.outcomes.visit_rows import VisitRows

CATEGORIES: tuple[str, ...] = ("NE", "PD", "SD", "MR", "PR", "VGPR", "CR", "sCR")
"""Response categories by code, from not evaluable to the best."""
NE, PD, SD, MR, PR, VGPR, CR, SCR = range(8)

_READ = (
    "m_protein",
    "urine_m_protein",
    "involved_flc",
    "uninvolved_flc",
    "immunofixation_serum",
    "immunofixation_urine",
)


def response_category(
    rows: VisitRows, line: LineMemory, progressing: Bools, no_urine: Bools, rules: Rules
) -> np.ndarray:
    """Give the code of the unconfirmed category of each visit; NE of those before the first line.

    Parameters
    ----------
    rows
        The visits.
    line
        What is remembered at each visit.
    progressing
        Whether a progression rule is met.
    no_urine
        Whether a subject's record holds no urine test at all.
    rules
        Thresholds and choices.
    """
    now = {test: rows.at(test) for test in _READ}
    level, evaluable = _level(now, line, rules)
    complete = evaluable & _is_complete(now, line, no_urine[rows.subject], rules)
    normal = _ratio_is_normal(now, line, rules)
    stringent = complete & normal & (line.latest["marrow_clonal"] == 0)
    category = np.where(evaluable, level, NE)
    category = np.where(complete, CR, category)
    category = np.where(stringent, SCR, category)
    category = np.where(progressing, PD, category)
    return np.where(rows.line > 0, category, NE).astype(np.int8)


def _ratio_is_normal(now: dict[str, Floats], line: LineMemory, rules: Rules) -> Bools:
    normal: Bools = imwg.flc_ratio_is_normal(now["involved_flc"], now["uninvolved_flc"], line.chain, np, rules)
    return normal


def _level(now: dict[str, Floats], line: LineMemory, rules: Rules) -> tuple[np.ndarray, Bools]:
    """Give the level that the followed values reach, at most VGPR, and whether the visit can be judged."""
    follows, urine = line.follows, now["urine_m_protein"]
    values = {
        "serum": now["m_protein"],
        "urine": urine,
        "flc": dflc(now),
        "marrow": line.latest["marrow_plasma_cells"],
    }
    reached = _reached(values, line.baseline, rules)
    level = np.full(len(urine), VGPR)
    evaluable = follows["serum"] | follows["urine"] | follows["flc"] | follows["marrow"]
    for name, value in values.items():
        missing = np.isnan(value)
        level = np.where(follows[name] & ~missing, np.minimum(level, reached[name]), level)
        needed = follows["urine"] & ~follows["serum"] if name == "urine" else follows[name]
        evaluable = evaluable & ~(needed & missing)
    # VGPR asks for less than 100 mg/24 h in urine even where urine was too little to be followed
    too_much_urine = ~follows["urine"] & (urine >= rules.very_good_urine_mg_24h)
    level = np.where(too_much_urine, np.minimum(level, PR), level)
    return np.where(_has_unshrunk_plasmacytoma(line, rules), SD, level), evaluable


def _reached(values: dict[str, Floats], baseline: dict[str, Floats], rules: Rules) -> dict[str, np.ndarray]:
    """Rank each value by itself."""
    never = np.zeros(len(values["serum"]), np.bool_)
    serum, urine, light, marrow = values["serum"], values["urine"], values["flc"], values["marrow"]
    serum_base, urine_base = baseline["m_protein"], baseline["urine_m_protein"]
    return {
        "serum": _rank(
            imwg.serum_very_good(serum, serum_base, rules),
            imwg.serum_partial(serum, serum_base, rules),
            imwg.serum_minimal(serum, serum_base, rules),
        ),
        "urine": _rank(
            imwg.urine_very_good(urine, rules),
            imwg.urine_partial(urine, urine_base, rules),
            imwg.urine_minimal(urine, urine_base, rules),
        ),
        "flc": _rank(
            imwg.flc_very_good(light, dflc(baseline), rules), imwg.flc_partial(light, dflc(baseline), rules), never
        ),
        "marrow": _rank(never, imwg.marrow_partial(marrow, baseline["marrow_plasma_cells"], rules), never),
    }


def _rank(very_good: Bools, partial: Bools, minimal: Bools) -> np.ndarray:
    return np.where(very_good, VGPR, np.where(partial, PR, np.where(minimal, MR, SD)))


def _has_unshrunk_plasmacytoma(line: LineMemory, rules: Rules) -> Bools:
    area = line.baseline["plasmacytoma_area"]
    shrunk: Bools = imwg.has_fallen(line.latest["plasmacytoma_area"], area, rules.plasmacytoma_fall)
    return (area > 0) & ~shrunk


def _is_complete(now: dict[str, Floats], line: LineMemory, no_urine: Bools, rules: Rules) -> Bools:
    """Tell whether everything is there that CR needs besides an evaluable visit."""
    serum = now["immunofixation_serum"] == 0
    fixation, protein = now["immunofixation_urine"], now["urine_m_protein"]
    still_negative = line.follows["urine_negative"] & ~(fixation > 0) & ~(protein > 0)
    waived = no_urine & (rules.urine_without_record == "not_collected")
    urine = (fixation == 0) | still_negative | waived
    plasma_cells = line.latest["marrow_plasma_cells"]
    marrow = imwg.marrow_complete(plasma_cells, rules)
    if rules.marrow_without_record == "waived":
        marrow = marrow | np.isnan(plasma_cells)
    area = line.latest["plasmacytoma_area"]
    gone = (area == 0) | (np.isnan(area) & ~(line.baseline["plasmacytoma_area"] > 0))
    light = ~line.follows["flc"] | _ratio_is_normal(now, line, rules)
    complete: Bools = serum & urine & marrow & gone & light
    return complete
