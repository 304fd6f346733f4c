"""Stage and frailty group from measured values, by the published rules."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FIT, INTERMEDIATE, FRAIL = 0, 1, 2


def iss_stage(b2m_mg_l: NDArray[np.float64], albumin_g_l: NDArray[np.float64]) -> NDArray[np.int64]:
    """Give the International Staging System stage, 1 to 3.

    Stage 1: beta-2 microglobulin below 3.5 mg/L and albumin 35 g/L or more. Stage 3: beta-2 microglobulin 5.5 mg/L
    or more. Stage 2: the rest.

    Source
    ------
    Greipp 2005, doi:10.1200/JCO.2005.04.242.
    """
    stage = np.full(np.shape(b2m_mg_l), 2, dtype=np.int64)
    stage[(b2m_mg_l < 3.5) & (albumin_g_l >= 35.0)] = 1
    stage[b2m_mg_l >= 5.5] = 3
    return stage


def frailty_group(age: NDArray[np.float64], deficits: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give the IMWG frailty group: 0 fit, 1 intermediate, 2 frail.

    Points for age (76 to 80 years one, above 80 two) and for deficits add up; none is fit, one intermediate, two
    or more frail. Age counts in completed years, as in the score.

    Parameters
    ----------
    age
        Years.
    deficits
        Points for activities of daily living, instrumental activities and comorbidity (Charlson index 2 or more),
        0 to 3.

    Source
    ------
    Palumbo 2015, doi:10.1182/blood-2014-12-615187; the point table is from memory.
    """
    years = np.floor(age)
    points = deficits + (years > 75) + (years > 80)
    return np.minimum(points, FRAIL).astype(np.int64)
