"""Which light chain is involved, as codes of the criteria, and kappa and lambda where that does not matter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa

from cereblon.core.errors import InputError
from cereblon.criteria.imwg import KAPPA, LAMBDA, UNKNOWN_CHAIN
from cereblon.outcomes.subject_index import Ints
from cereblon.outcomes.visits import Visits
from cereblon.tables.columns import dictionary_of

_CODES = {"kappa": KAPPA, "lambda": LAMBDA}


def involved_chain(subjects: pa.Table) -> Ints:
    """Give the code of each subject's involved light chain; tables of earlier versions record none."""
    if "involved_light_chain" not in subjects.column_names:
        return np.full(subjects.num_rows, UNKNOWN_CHAIN)
    words = dictionary_of(subjects["involved_light_chain"])
    written = words.dictionary.to_pylist()
    used = words.indices.fill_null(len(written)).to_numpy(zero_copy_only=False)
    strange = sorted({written[code] for code in np.unique(used) if code < len(written)} - set(_CODES))
    if strange:
        raise InputError(f"subjects, involved_light_chain: {', '.join(strange)} is not one of {', '.join(_CODES)}")
    codes = np.array([*(_CODES.get(word, UNKNOWN_CHAIN) for word in written), UNKNOWN_CHAIN])
    found: Ints = codes[used]
    return found


def read_kappa_as_involved(visits: Visits, chain: Ints) -> tuple[Visits, Ints]:
    """Read kappa and lambda of subjects without an involved chain, whose ratios are all normal.

    See `cereblon.tables.light_chains.by_involvement`, which leaves no others. Kappa stands as involved, which is
    right for the only thing that is read of them: whether kappa to lambda is normal.

    Returns
    -------
        The visits with involved and uninvolved chain, and the chain of each subject.
    """
    if "kappa_flc" not in visits.tests and "lambda_flc" not in visits.tests:
        return visits, chain
    kept = {test: visits.values[place] for place, test in enumerate(visits.tests)}
    measured = np.zeros(len(chain), np.bool_)
    for own, becomes in (("kappa_flc", "involved_flc"), ("lambda_flc", "uninvolved_flc")):
        values = kept.pop(own, np.full(visits.day.shape, np.nan))
        measured |= (~np.isnan(values)).any(axis=0)
        before = kept.get(becomes, np.full(visits.day.shape, np.nan))
        kept[becomes] = np.where(np.isnan(before), values, before)
    read = replace(visits, tests=tuple(kept), values=tuple(kept.values()))
    return read, np.where(measured & (chain == UNKNOWN_CHAIN), KAPPA, chain)
