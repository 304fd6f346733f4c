"""Words for the endpoint names of the evidence vocabulary, and the group each belongs to."""

from __future__ import annotations

from cereblon.report.rows import Row, number, text

GROUPS = ("Response", "Time to event", "Comparison of arms", "Treatment", "Adverse events", "Baseline")

_LABELS = {
    "orr": "Overall response (PR or better)",
    "orr_mr_or_better": "MR or better",
    "dcr": "Stable disease or better",
    "vgpr_or_better": "VGPR or better",
    "cr_or_better": "CR or better",
    "scr": "Stringent CR",
    "cr": "CR, that category alone",
    "vgpr": "VGPR, that category alone",
    "pr": "PR, that category alone",
    "mr": "MR, that category alone",
    "mr_or_sd": "MR or stable disease",
    "pd": "Progression as best response",
    "mrd_negative": "MRD negative",
    "mrd_negative_1e-5": "MRD negative at 1e-5",
    "mrd_negative_1e-6": "MRD negative at 1e-6",
    "mrd_negative_1e-5_with_cr": "MRD negative at 1e-5 and CR",
    "mrd_negative_sustained_1e-5": "Sustained MRD negativity at 1e-5",
    "ttr_median": "Median time to response",
    "time_to_vgpr_median": "Median time to VGPR",
    "time_to_best_response_median": "Median time to best response",
    "dor_median": "Median duration of response",
    "functional_high_risk": "Early progression",
    "renal_response": "Renal response",
    "pfs_events": "With progression or death",
    "relapse_rate": "Relapse or progression",
    "nrm_rate": "Non-relapse mortality",
    "spm_hr": "Second cancer hazard ratio",
    "or": "Odds ratio",
    "discontinued_any": "Stopped treatment, any reason",
    "discontinued_ae": "Stopped for an adverse event",
    "discontinued_pd": "Stopped for progression",
    "ae_any": "Any adverse event",
    "ae_vte": "Venous thromboembolism",
    "ae_dvt": "Deep vein thrombosis",
    "ae_pe": "Pulmonary embolism",
    "ae_dvt_or_pe": "Deep vein thrombosis or PE",
    "ae_spm": "Second primary malignancy",
    "ae_spm_invasive": "Invasive second malignancy",
    "ae_spm_haematological": "Haematological second malignancy",
    "ae_spm_solid": "Solid second malignancy",
    "ae_covid19": "COVID-19",
    "deaths_total": "Deaths",
}
_TIMES = {
    "pfs2": "PFS2",
    "pfs": "PFS",
    "os": "OS",
    "ttp": "TTP",
    "efs": "EFS",
    "ttnt": "TTNT",
    "discontinuation": "discontinuation",
    "cardiac_failure": "heart failure",
    "hypertension": "hypertension",
}
_RESPONSE = frozenset(
    {
        *("orr", "orr_mr_or_better", "dcr", "scr", "cr", "vgpr", "pr", "mr", "mr_or_sd", "pd", "ttr_median"),
        *("time_to_vgpr_median", "time_to_best_response_median", "dor_median"),
        *("functional_high_risk", "renal_response"),
    }
)
_SURVIVAL = frozenset({"pfs_events", "relapse_rate", "nrm_rate"})


def endpoint_label(endpoint: str) -> str:
    """Put an endpoint name into words; an unknown one is spelled out."""
    if endpoint in _LABELS:
        return _LABELS[endpoint]
    stem, _, kind = endpoint.rpartition("_")
    if kind == "median" and stem in _TIMES:
        return f"Median {_TIMES[stem]}"
    if kind == "rate" and stem in _TIMES:
        return f"{_TIMES[stem]} rate"
    if kind == "hr":
        return _capital(f"{_TIMES.get(stem, stem.replace('_', ' '))} hazard ratio")
    return _capital(endpoint.removeprefix("ae_").removeprefix("baseline_").replace("_", " "))


def row_label(row: Row) -> str:
    """Name the endpoint of a row with its grade and time point."""
    label = endpoint_label(text(row, "endpoint"))
    if text(row, "grade"):
        label += f", {grade_label(text(row, 'grade'))}"
    month = number(row, "month")
    return label if month is None else f"{label} at {month:g} months"


def grade_label(grade: str) -> str:
    """Put a grade range into words."""
    if grade in ("any", "serious"):
        return "any grade" if grade == "any" else "serious"
    return f"grade {grade.replace('-', '–')}"


def endpoint_group(endpoint: str) -> str:
    """Say which of GROUPS an endpoint belongs to."""
    if endpoint.startswith("baseline_"):
        return "Baseline"
    if endpoint.startswith(("ae_", "deaths_", "dose_limiting")):
        return "Adverse events"
    if endpoint.endswith("_hr") or endpoint == "or":
        return "Comparison of arms"
    if endpoint in _RESPONSE or endpoint.startswith("mrd_") or endpoint.endswith("_or_better"):
        return "Response"
    if endpoint in _SURVIVAL or endpoint.rpartition("_")[0] in _TIMES:
        return "Time to event"
    return "Treatment"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
