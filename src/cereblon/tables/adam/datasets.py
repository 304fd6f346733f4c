"""The ADaM datasets of one trial, from its subject tables: ADSL, ADTTE, ADRS, ADLB, ADEX and ADAE.

Study days are whole and count as CDISC has them: the day of randomisation is 1 and there is no day 0; a time to an
event counts both its first and its last day, so that AVAL is ADT - STARTDT + 1. Virtual subjects have no
dates; where the trial is given a first day they have those that follow from it, and else variables of dates are left
out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cereblon.core.errors import InputError
from cereblon.tables.adam.baseline import baseline_columns
from cereblon.tables.adam.calendar_dates import TrialDates
from cereblon.tables.adam.dataset import ARROW, AdamDataset, AdamVariable, Kind

_SEX = {"female": "F", "male": "M"}
_PARAMETERS = {
    "os": ("OS", "Overall Survival (days)"),
    "pfs": ("PFS", "Progression-Free Survival (days)"),
    "ttp": ("TTP", "Time to Progression (days)"),
    "dor": ("DOR", "Duration of Response (days)"),
    "ttnt": ("TTNT", "Time to Next Therapy (days)"),
    "pfs2": ("PFS2", "Progression-Free Survival 2 (days)"),
}
_DOSES = {
    "planned_doses": ("PLADMIN", "Planned Administrations"),
    "given_doses": ("ADMIN", "Administrations Given"),
    "planned_mg": ("PLDOSE", "Planned Dose in Cycle (mg)"),
    "given_mg": ("DOSE", "Dose Given in Cycle (mg)"),
}
_STRETCHES = {
    "days": ("DURD", "Duration of Exposure (days)"),
    "records": ("NRECORDS", "Records of the Drug"),
    "given_mg": ("TDOSE", "Total Dose Given (mg)"),
}
"""Of the treatment of a cohort, whose records know no cycles."""
_CODES = {
    "m_protein": "MPROT",
    "urine_m_protein": "UMPROT",
    "involved_flc": "IFLC",
    "uninvolved_flc": "UFLC",
    "kappa_flc": "KAPPA",
    "lambda_flc": "LAMBDA",
    "immunofixation_serum": "IFIXS",
    "immunofixation_urine": "IFIXU",
    "marrow_plasma_cells": "MARROWPC",
    "marrow_clonal": "MARROWCL",
    "new_bone_lesion": "BONELES",
    "plasmacytoma_area": "PLASMACY",
}
_DATASETS: dict[str, tuple[str, tuple[tuple[str, str, Kind], ...]]] = {
    "ADSL": (
        "Subject-Level Analysis Dataset",
        (
            ("ARM", "Description of Planned Arm", "string"),
            ("TRT01P", "Planned Treatment for Period 01", "string"),
            ("TRT01A", "Actual Treatment for Period 01", "string"),
            ("AGE", "Age", "float"),
            ("AGEU", "Age Units", "string"),
            ("SEX", "Sex", "string"),
            ("WEIGHTBL", "Weight at Baseline (kg)", "float"),
            ("HEIGHTBL", "Height at Baseline (cm)", "float"),
            ("CRCLBL", "Creatinine Clearance, Baseline (mL/min)", "float"),
            ("ISSBL", "ISS Stage at Baseline", "integer"),
            ("ECOGBL", "ECOG Performance Status at Baseline", "integer"),
            ("ISOTYPE", "Heavy Chain of the Myeloma", "string"),
            ("HRCYTOFL", "High-Risk Cytogenetics Flag", "string"),
            ("NPRIOR", "Number of Prior Lines", "integer"),
            ("ENRLDY", "Calendar Day of Enrolment", "float"),
            ("RANDDT", "Date of Randomization", "date"),
            ("TRTSDT", "Date of First Exposure to Treatment", "date"),
            ("ITTFL", "Intent-To-Treat Population Flag", "string"),
            ("SAFFL", "Safety Population Flag", "string"),
            ("DTHFL", "Subject Death Flag", "string"),
            ("DTHDT", "Date of Death", "date"),
            ("DTHADY", "Relative Day of Death", "integer"),
        ),
    ),
    "ADTTE": (
        "Time-to-Event Analysis Dataset",
        (
            ("TRT01P", "Planned Treatment for Period 01", "string"),
            ("PARAMCD", "Parameter Code", "string"),
            ("PARAM", "Parameter", "string"),
            ("STARTDT", "Time-to-Event Origin Date for Subject", "date"),
            ("STARTDY", "Relative Day of Origin of the Time", "integer"),
            ("ADT", "Analysis Date", "date"),
            ("ADY", "Analysis Relative Day", "integer"),
            ("AVAL", "Analysis Value", "float"),
            ("CNSR", "Censor", "integer"),
            ("EVNTDESC", "Event or Censoring Description", "string"),
            ("CNSDTDSC", "Censor Date Description", "string"),
        ),
    ),
    "ADRS": (
        "Disease Response Analysis Dataset",
        (
            ("PARAMCD", "Parameter Code", "string"),
            ("PARAM", "Parameter", "string"),
            ("LINE", "Line of Therapy", "integer"),
            ("ADT", "Analysis Date", "date"),
            ("ADY", "Analysis Relative Day", "integer"),
            ("AVALC", "Analysis Value (C)", "string"),
        ),
    ),
    "ADLB": (
        "Laboratory Analysis Dataset",
        (
            ("PARAMCD", "Parameter Code", "string"),
            ("PARAM", "Parameter", "string"),
            ("ADT", "Analysis Date", "date"),
            ("ADY", "Analysis Relative Day", "integer"),
            ("AVAL", "Analysis Value", "float"),
            ("AVALU", "Analysis Value Unit", "string"),
            ("ABLFL", "Baseline Record Flag", "string"),
            ("BASE", "Baseline Value", "float"),
            ("CHG", "Change from Baseline", "float"),
        ),
    ),
    "ADEX": (
        "Exposure Analysis Dataset",
        (
            ("EXTRT", "Name of Treatment", "string"),
            ("LINE", "Line of Therapy", "integer"),
            ("CYCLE", "Cycle of the Line", "integer"),
            ("ASTDT", "Analysis Start Date", "date"),
            ("ASTDY", "Analysis Start Relative Day", "integer"),
            ("AENDT", "Analysis End Date", "date"),
            ("AENDY", "Analysis End Relative Day", "integer"),
            ("PARAMCD", "Parameter Code", "string"),
            ("PARAM", "Parameter", "string"),
            ("AVAL", "Analysis Value", "float"),
        ),
    ),
    "ADAE": (
        "Adverse Event Analysis Dataset",
        (
            ("AEDECOD", "Dictionary-Derived Term", "string"),
            ("AETOXGR", "Standard Toxicity Grade", "string"),
            ("ASTDT", "Analysis Start Date", "date"),
            ("ASTDY", "Analysis Start Relative Day", "integer"),
            ("AENDT", "Analysis End Date", "date"),
            ("AENDY", "Analysis End Relative Day", "integer"),
            ("LINE", "Line of Therapy", "integer"),
            ("AEREL", "Drugs the Event Is Put Down To", "string"),
            ("AEACN", "Action Taken with Study Treatment", "string"),
        ),
    ),
}
_OF_SOME = {"ADEX": frozenset({"CYCLE", "AENDT", "AENDY"})}
"""Variables that doses by cycle have and stretches of days have not, or the reverse."""
_KEYS: tuple[tuple[str, str, Kind], ...] = (
    ("STUDYID", "Study Identifier", "string"),
    ("USUBJID", "Unique Subject Identifier", "string"),
    ("SUBJID", "Subject Identifier for the Study", "string"),
)
_DATES = frozenset(name for _, own in _DATASETS.values() for name, _, kind in own if kind == "date")
Columns = dict[str, Any]


def adam_datasets(
    tables: Mapping[str, pa.Table],
    times: pa.Table,
    *,
    study: str,
    labels: Mapping[str, str],
    first_day: date | None = None,
    stretches: pa.Table | None = None,
) -> list[AdamDataset]:
    """Build the ADaM datasets of one trial.

    Parameters
    ----------
    tables
        Subject tables of one replicate trial; a dataset whose table is missing is left out.
    times
        As `cereblon.outcomes.event_reasons.times_with_reasons` gives them.
    study
        Identifier of the study.
    labels
        Of arms; an arm without one is named by its key.
    first_day
        Date of the first day of enrolment, for variables of dates; they are left out without it.
    stretches
        Of a cohort, which has no doses by cycle: stretches of days on one drug with arm, subject_id, line, drug,
        start_day, end_day, days, records and given_mg.

    Raises
    ------
    InputError
        If the tables hold several replicate trials, two subjects have one name, or dates are wanted and days of
        enrolment are not known.
    """
    subjects = tables["subjects"]
    if len(pc.unique(subjects["replicate"])) > 1:
        raise InputError("ADaM: the tables hold several trials; a dataset is of one", hint="choose a replicate")
    if len(set(_names(subjects, study))) < len(subjects):
        raise InputError("ADaM: two subjects have the same arm and number, so no unique identifier")
    dates = None if first_day is None else TrialDates(subjects, first_day)
    found = {"ADSL": (subjects, _adsl(tables, labels)), "ADTTE": (times, _adtte(times, labels))}
    if "responses" in tables:
        found["ADRS"] = _adrs(tables["responses"])
    if "labs" in tables:
        found["ADLB"] = (tables["labs"], _adlb(tables["labs"]))
    if "exposures" in tables:
        found["ADEX"] = _adex(tables["exposures"])
    elif stretches is not None:
        found["ADEX"] = _adex_of_stretches(stretches)
    if "adverse_events" in tables:
        found["ADAE"] = (tables["adverse_events"], _adae(tables["adverse_events"]))
    return [_dataset(name, rows, columns, study, dates) for name, (rows, columns) in found.items()]


def _dataset(name: str, rows: pa.Table, columns: Columns, study: str, dates: TrialDates | None) -> AdamDataset:
    label, own = _DATASETS[name]
    missing = _OF_SOME.get(name, frozenset()) - columns.keys()
    own = tuple(one for one in own if one[0] not in missing and (dates is not None or one[2] != "date"))
    columns = {
        key: dates.of(rows, values) if dates is not None and key in _DATES else values
        for key, values in columns.items()
    }
    number = [str(one) for one in rows["subject_id"].to_pylist()]
    columns = {"STUDYID": [study] * len(rows), "USUBJID": _names(rows, study), "SUBJID": number} | columns
    variables = tuple(AdamVariable(*one) for one in (*_KEYS, *own))
    arrays = [_typed(columns[one.name], one.kind) for one in variables]
    return AdamDataset(name, label, study, variables, pa.table(arrays, names=[one.name for one in variables]))


def _typed(values: Any, kind: Kind) -> pa.ChunkedArray | pa.Array:
    array = values if isinstance(values, (pa.Array, pa.ChunkedArray)) else pa.array(values)
    if kind == "date":
        return array
    array = array.cast(pa.string() if kind == "string" else pa.float64())
    return pc.fill_null(array, "") if kind == "string" else array.cast(ARROW[kind])


def _names(rows: pa.Table, study: str) -> list[str]:
    pairs = zip(rows["arm"].to_pylist(), rows["subject_id"].to_pylist(), strict=True)
    return [f"{study}-{arm}-{number:05d}" for arm, number in pairs]


def _study_day(day: pa.ChunkedArray) -> pa.ChunkedArray:
    """Count whole days from 1 on the day of randomisation, as dates do; there is no day 0."""
    day = pc.floor(day.cast(pa.float64()))
    return pc.if_else(pc.greater_equal(day, 0.0), pc.add(day, 1.0), day)


def _flag(values: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.if_else(values, "Y", "N")


def _first_days(tables: Mapping[str, pa.Table], event: str) -> dict[tuple[str, int], float]:
    days: dict[tuple[str, int], float] = {}
    for row in tables["events"].select(["arm", "subject_id", "event", "day"]).to_pylist():
        if row["event"] == event:
            key = (row["arm"], row["subject_id"])
            days[key] = min(row["day"], days.get(key, np.inf))
    return days


def _adsl(tables: Mapping[str, pa.Table], label: Mapping[str, str]) -> Columns:
    rows = tables["subjects"]
    keys = list(zip(rows["arm"].to_pylist(), rows["subject_id"].to_pylist(), strict=True))
    started, died = _first_days(tables, "treatment_start"), _first_days(tables, "death")
    treatment = [label.get(arm, arm) for arm, _ in keys]
    enrolled = rows["enrolment_day"] if "enrolment_day" in rows.column_names else pa.nulls(len(rows), pa.float64())
    return {
        "ARM": treatment,
        "TRT01P": treatment,
        "TRT01A": [name if key in started else "" for name, key in zip(treatment, keys, strict=True)],
        "AGE": rows["age"],
        "AGEU": ["YEARS"] * len(rows),
        "SEX": [_SEX.get(sex, "U") for sex in rows["sex"].to_pylist()],
        "WEIGHTBL": rows["weight_kg"],
        "HEIGHTBL": rows["height_cm"],
        "CRCLBL": rows["crcl_ml_min"],
        "ISSBL": rows["iss"],
        "ECOGBL": rows["ecog"],
        "ISOTYPE": rows["isotype"],
        "HRCYTOFL": _flag(rows["high_risk_cytogenetics"]),
        "NPRIOR": rows["prior_lines"],
        "ENRLDY": enrolled,
        "RANDDT": [0.0] * len(rows),
        "TRTSDT": [started.get(key) for key in keys],
        "DTHDT": [died.get(key) for key in keys],
        "ITTFL": ["Y"] * len(rows),
        "SAFFL": ["Y" if key in started else "N" for key in keys],
        "DTHFL": ["Y" if key in died else "" for key in keys],
        "DTHADY": _study_day(pa.chunked_array([pa.array([died.get(key) for key in keys], pa.float64())])),
    }


def _adtte(times: pa.Table, label: Mapping[str, str]) -> Columns:
    endpoint = times["endpoint"].to_pylist()
    until = pc.add(times["start_day"], times["day"])
    return {
        "TRT01P": [label.get(arm, arm) for arm in times["arm"].to_pylist()],
        "PARAMCD": [_PARAMETERS[one][0] for one in endpoint],
        "PARAM": [_PARAMETERS[one][1] for one in endpoint],
        "STARTDT": times["start_day"].to_pylist(),
        "ADT": until.to_pylist(),
        "STARTDY": _study_day(times["start_day"]),
        "ADY": _study_day(until),
        "AVAL": pc.add(pc.subtract(pc.floor(until), pc.floor(times["start_day"])), 1.0),
        "CNSR": pc.if_else(times["observed"], 0, 1),
        "EVNTDESC": times["event"],
        "CNSDTDSC": times["censoring"],
    }


def _adrs(rows: pa.Table) -> tuple[pa.Table, Columns]:
    tested = rows.filter(pc.is_valid(rows["mrd_negative"]))
    parts: Sequence[tuple[str, str, pa.Table, Any]] = (
        ("OVR", "Overall Response at Assessment", rows, rows["category"].cast(pa.string())),
        ("CBOR", "Best Confirmed Response So Far", rows, rows["confirmed"].cast(pa.string())),
        ("MRDCR", "MRD Negative with Complete Response", tested, _flag(tested["mrd_negative"])),
    )
    everything = pa.concat_tables([part.select(["arm", "subject_id", "line", "day"]) for _, _, part, _ in parts])
    return everything, {
        "PARAMCD": [code for code, _, part, _ in parts for _ in range(len(part))],
        "PARAM": [words for _, words, part, _ in parts for _ in range(len(part))],
        "LINE": everything["line"],
        "ADT": everything["day"].to_pylist(),
        "ADY": _study_day(everything["day"]),
        "AVALC": [value for _, _, _, values in parts for value in values.to_pylist()],
    }


def _adlb(rows: pa.Table) -> Columns:
    test, unit = rows["test"].to_pylist(), rows["unit"].to_pylist()
    words = [name.replace("_", " ").capitalize() for name in test]
    return {
        "PARAMCD": [_CODES.get(name, name.replace("_", "").upper()[:8]) for name in test],
        "PARAM": [f"{name} ({of})" for name, of in zip(words, unit, strict=True)],
        "ADT": rows["day"].to_pylist(),
        "ADY": _study_day(rows["day"]),
        "AVAL": rows["value"],
        "AVALU": unit,
        **baseline_columns(rows),
    }


def _adex(rows: pa.Table) -> tuple[pa.Table, Columns]:
    everything, parameters = _by_parameter(rows, _DOSES)
    return everything, {
        "EXTRT": pc.utf8_upper(everything["drug"].cast(pa.string())),
        "LINE": everything["line"],
        "CYCLE": everything["cycle"],
        "ASTDT": everything["day"].to_pylist(),
        "ASTDY": _study_day(everything["day"]),
        **parameters,
    }


def _adex_of_stretches(rows: pa.Table) -> tuple[pa.Table, Columns]:
    everything, parameters = _by_parameter(rows, _STRETCHES)
    return everything, {
        "EXTRT": pc.utf8_upper(everything["drug"]),
        "LINE": everything["line"],
        "ASTDT": everything["start_day"].to_pylist(),
        "ASTDY": _study_day(everything["start_day"]),
        "AENDT": everything["end_day"].to_pylist(),
        "AENDY": _study_day(everything["end_day"]),
        **parameters,
    }


def _by_parameter(rows: pa.Table, codes: Mapping[str, tuple[str, str]]) -> tuple[pa.Table, Columns]:
    """Repeat rows for each of some columns, whose numbers are the analysis values."""
    return pa.concat_tables([rows] * len(codes)), {
        "PARAMCD": [code for code, _ in codes.values() for _ in range(len(rows))],
        "PARAM": [words for _, words in codes.values() for _ in range(len(rows))],
        "AVAL": pa.concat_arrays([rows[name].combine_chunks().cast(pa.float64()) for name in codes]),
    }


def _adae(rows: pa.Table) -> Columns:
    return {
        "AEDECOD": [name.replace("_", " ").upper() for name in rows["event"].to_pylist()],
        "AETOXGR": rows["grade"].cast(pa.string()),
        "ASTDT": rows["start_day"].to_pylist(),
        "AENDT": rows["end_day"].to_pylist(),
        "ASTDY": _study_day(rows["start_day"]),
        "AENDY": _study_day(rows["end_day"]),
        "LINE": rows["line"],
        "AEREL": rows["related"],
        "AEACN": [action.upper() for action in rows["action"].to_pylist()],
    }
