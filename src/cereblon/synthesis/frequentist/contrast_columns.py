"""Which column of a patient's table means what, under the names that several programs give it."""

from __future__ import annotations

from cereblon.core.errors import InputError
from cereblon.core.text_tables import TextTable
from cereblon.synthesis.endpoint_column import ENDPOINTS, refuse_several_endpoints
from cereblon.synthesis.frequentist.measure import Measure

LOG_RATIOS: dict[str, Measure] = {
    **dict.fromkeys(("log_hr", "loghr", "ln_hr", "lnhr"), "log_hr"),
    **dict.fromkeys(("log_or", "logor", "ln_or", "lnor"), "log_or"),
    **dict.fromkeys(("log_rr", "logrr", "ln_rr", "lnrr"), "log_rr"),
    **dict.fromkeys(("log_irr", "logirr", "ln_irr", "lnirr"), "log_irr"),
}
"""Columns of an effect that is the logarithm of a ratio, and the scale that they say by their name."""

COLUMN_NAMES: dict[str, tuple[str, ...]] = {
    "study": ("study", "studlab", "trial", "studyc", "study_id", "study_name"),
    "treatment": ("treatment", "treat1", "treatment1", "treat", "trt", "trtc"),
    "versus": ("versus", "treat2", "treatment2", "comparator"),
    "effect": ("effect", "te", "yi", "y", "diff", *LOG_RATIOS),
    "se": ("se", "sete", "sei", "std.err", "std_err", "se_diff", "standard_error"),
    "variance": ("variance", "vi"),
    "se_reference": ("se_reference", "se_ref"),
    "hr": ("hr", "hazard_ratio"),
    "or": ("or", "odds_ratio"),
    "rr": ("rr", "risk_ratio"),
    "irr": ("irr", "rate_ratio"),
    "ci_low": ("ci_low", "lower", "ci_lower", "lower_ci", "lcl", "lci", "ci.lb", "ci_lb", "ll"),
    "ci_high": ("ci_high", "upper", "ci_upper", "upper_ci", "ucl", "uci", "ci.ub", "ci_ub", "ul"),
    "level": ("level", "conf_level", "ci_level"),
    "events": ("events", "event", "r", "responders"),
    "n": ("n", "samplesize", "sample_size", "patients"),
    "person_time": ("person_time", "person_years", "e", "exposure"),
}
"""Meaning, and the names of its column: ours first, then those of R netmeta, metafor, multinma and gemtc."""

_NUMBERED = {"study": "studyn", "treatment": "trtn"}
"""Columns of R multinma that number what another column names; read where there is no other."""

TEXTS = ("study", "treatment", "versus")
FORMS = (
    "effect and se; or hr (or, rr, irr), ci_low and ci_high; or events and n; or events and person_time. Contrasts "
    "also need versus, or a row of the reference treatment with an empty effect"
)

_COMPLETE = (
    ("effect", "se"),
    ("effect", "variance"),
    ("effect", "ci_low", "ci_high"),
    ("events", "n"),
    ("events", "person_time"),
    *((ratio, "ci_low", "ci_high", "versus") for ratio in ("hr", "or", "rr", "irr")),
)


def find_columns(table: TextTable, notes: list[str]) -> dict[str, str]:
    """Find the column of each meaning.

    Parameters
    ----------
    table
        As read.
    notes
        Gains what was read under another name than ours, and the columns that mean nothing here.

    Returns
    -------
        Columns by meaning.

    Raises
    ------
    InputError
        If study or treatment has no column, two columns mean the same, no effect is complete, or the rows are of
        several endpoints.
    """
    refuse_several_endpoints(table, (*ENDPOINTS, "outcome"))
    found = dict[str, str]()
    for meaning, names in COLUMN_NAMES.items():
        column = table.find(names) or table.find((_NUMBERED.get(meaning, ""),))
        if column is not None:
            found[meaning] = column
    listed = ", ".join(table.columns)
    hint = f"columns: study, treatment, and {FORMS}"
    missing = [name for name in ("study", "treatment") if name not in found]
    if missing:
        raise InputError(
            f"{table.where}: column {' and '.join(missing)} is missing; the columns are {listed}", hint=hint
        )
    if not any(all(meaning in found for meaning in form) for form in _COMPLETE):
        raise InputError(f"{table.where}: the columns {listed} hold no complete effect", hint=hint)
    if "se" in found and "variance" in found:
        raise InputError(
            f"{table.where}: {found['se']} and {found['variance']} both say how precise an effect is",
            hint="keep one of them",
        )
    renamed = [f"{column} as {meaning}" for meaning, column in found.items() if column != meaning]
    if renamed:
        notes.append(f"{table.where}: columns read: {', '.join(renamed)}")
    unused = table.unused(list(found.values()))
    if unused:
        notes.append(f"{table.where}: columns not used: {', '.join(unused)}")
    return found
