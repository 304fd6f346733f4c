"""Thresholds of the IMWG criteria in house units, in one frozen value that a trial may replace."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Literal

from cereblon.core.errors import InputError


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """Thresholds and choices of the response assessment.

    The defaults are the IMWG consensus of 2016 (Kumar et al., Lancet Oncol 2016;17:e328, doi
    10.1016/S1470-2045(16)30206-6), as reprinted in the tables named in `cereblon.criteria.imwg`. Deciliters are
    turned into liters here, once: 0.5 g/dL is 5 g/L, 10 mg/dL is 100 mg/L.

    Parameters
    ----------
    measurable_serum_g_l
        Least serum M-protein that can be followed, g/L.
    measurable_serum_iga_g_l
        The same for IgA myeloma, g/L; some trials take 5 because IgA moves into the beta region.
    measurable_urine_mg_24h
        Least urine M-protein that can be followed, mg/24 h.
    measurable_involved_flc_mg_l
        Least involved free light chain that can be followed, mg/L; the ratio must be abnormal too.
    flc_ratio_low, flc_ratio_high
        Normal range of kappa to lambda free light chain, both ends included; in lambda disease that of involved to
        uninvolved is its inverse. `RENAL_FLC_RATIO` holds the range published for impaired renal function.
    partial_fall, very_good_fall, minimal_fall
        Fall of serum M-protein (or dFLC) from baseline, as a fraction.
    partial_urine_fall, partial_urine_mg_24h
        Partial response in urine: this fall, or a value below this limit in mg/24 h.
    very_good_urine_mg_24h
        Very good partial response in urine: below this limit, mg/24 h.
    minimal_urine_fall
        Minimal response in urine.
    partial_marrow_fall, marrow_baseline_percent
        Partial response in the marrow when nothing else can be measured: this fall from at least this baseline.
    complete_marrow_percent
        Complete response: fewer plasma cells than this, percent.
    plasmacytoma_fall
        Fall of the plasmacytoma area needed for partial and minimal response.
    progression_rise
        Relative rise above the lowest confirmed value.
    progression_serum_g_l, progression_urine_mg_24h, progression_flc_mg_l, progression_marrow_points
        Absolute rise needed besides; serum and urine at least this, dFLC more than this, marrow at least this many
        percentage points.
    high_nadir_g_l, progression_serum_high_g_l
        From a lowest value of at least the first, a rise of at least the second is progression without a percentage.
    plasmacytoma_rise
        Relative rise of plasmacytoma area above its lowest value.
    hypercalcaemia_mmol_l
        Corrected calcium above this is progression. Infinite (off) since 2016, when hypercalcaemia became a sign of
        clinical relapse, which PFS does not count; 2.65 in the criteria of 2006.
    mrd_threshold
        A share of clonal cells below this is MRD negative.
    antibody_arms
        Arms that receive an IgG antibody, which shows as a band of its own in serum.
    antibody_band_g_l
        In these arms serum M-protein of IgG myeloma up to this value is read as antibody: no M-protein and a
        negative immunofixation, as if the reflex assay (DIRA) had been done. Assumed; peak daratumumab is near 1 g/L.
    confirm_responses
        Whether a response category needs a second assessment in a row.
    confirm_progression
        Whether progression of a laboratory value needs a second assessment in a row.
    death_confirms_progression, therapy_confirms_progression
        Whether one assessment that meets progression counts as confirmed when death, or the next line of therapy,
        comes before any further assessment.
    response_baseline
        From which measurement on or before the first line a response is measured, and what can be followed is read:
        the `last`, or the `highest`. Progression is measured from the last, and whatever is lower, in either case:
        what had already fallen when treatment began is no rise to come. Later lines begin with the last.
    urine_without_record
        What a subject without any urine test in the record means. `not_collected`: the protocol did not ask for it,
        no cap (simulated subjects have no urine). `missing`: the test was due, CR is out of reach.
    marrow_without_record
        What a subject with CR in serum and urine but no marrow in the whole line means. `required`: CR waits for a
        marrow. `waived`: CR is taken without.
    """

    measurable_serum_g_l: float = 10.0
    measurable_serum_iga_g_l: float = 10.0
    measurable_urine_mg_24h: float = 200.0
    measurable_involved_flc_mg_l: float = 100.0
    flc_ratio_low: float = 0.26
    flc_ratio_high: float = 1.65
    partial_fall: float = 0.50
    very_good_fall: float = 0.90
    minimal_fall: float = 0.25
    partial_urine_fall: float = 0.90
    partial_urine_mg_24h: float = 200.0
    very_good_urine_mg_24h: float = 100.0
    minimal_urine_fall: float = 0.50
    partial_marrow_fall: float = 0.50
    marrow_baseline_percent: float = 30.0
    complete_marrow_percent: float = 5.0
    plasmacytoma_fall: float = 0.50
    progression_rise: float = 0.25
    progression_serum_g_l: float = 5.0
    progression_urine_mg_24h: float = 200.0
    progression_flc_mg_l: float = 100.0
    progression_marrow_points: float = 10.0
    high_nadir_g_l: float = 50.0
    progression_serum_high_g_l: float = 10.0
    plasmacytoma_rise: float = 0.50
    hypercalcaemia_mmol_l: float = math.inf
    mrd_threshold: float = 1e-5
    antibody_arms: tuple[str, ...] = ()
    antibody_band_g_l: float = 2.0
    confirm_responses: bool = True
    confirm_progression: bool = True
    death_confirms_progression: bool = False
    therapy_confirms_progression: bool = False
    response_baseline: Literal["last", "highest"] = "last"
    urine_without_record: Literal["not_collected", "missing"] = "not_collected"
    marrow_without_record: Literal["required", "waived"] = "required"

    def __post_init__(self) -> None:
        problems = [
            f"rules, {field.name}: {value} is not a positive number"
            for field in fields(self)
            if isinstance(value := getattr(self, field.name), float) and (math.isnan(value) or value <= 0)
        ]
        for name, allowed in _CHOICES.items():
            if getattr(self, name) not in allowed:
                problems.append(f"rules, {name}: {getattr(self, name)!r} is not one of {', '.join(allowed)}")
        if not problems and self.flc_ratio_low >= self.flc_ratio_high:
            problems.append(f"rules, flc_ratio_low: {self.flc_ratio_low} is not below {self.flc_ratio_high}")
        if problems:
            raise InputError("\n".join(problems), hint="leave a rule out to keep the IMWG value")


_CHOICES = {
    "response_baseline": ("last", "highest"),
    "urine_without_record": ("not_collected", "missing"),
    "marrow_without_record": ("required", "waived"),
}

IMWG_2016 = Rules()
"""The consensus of 2016."""

RENAL_FLC_RATIO = (0.37, 3.1)
"""Normal kappa to lambda ratio where renal function is impaired.

From 688 people with chronic kidney disease (Hutchison et al., Clin J Am Soc Nephrol 2008;3:1684, doi
10.2215/CJN.02290508); in 6461 people with an estimated filtration below 60 mL/min per 1.73 m2 and no monoclonal
protein 0.7 % fell outside it and 9 % outside 0.26 to 1.65 (Long et al., Blood Cancer J 2022;12, doi
10.1038/s41408-022-00732-3).
"""

IMWG_2016_RENAL = Rules(flc_ratio_low=RENAL_FLC_RATIO[0], flc_ratio_high=RENAL_FLC_RATIO[1])
"""As 2016, with the renal range of the light chain ratio: for cohorts with impaired renal function."""

IMWG_2006 = Rules(hypercalcaemia_mmol_l=2.65)
"""As 2016, with hypercalcaemia as progression (Durie et al., Leukemia 2006;20:1467, doi 10.1038/sj.leu.2404284)."""
