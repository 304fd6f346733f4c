"""Arrow schemas of the subject tables, common to simulated, observed and reconstructed subjects.

Days count from randomisation (or index date), which is day 0. Proteins are g/L, light chains mg/L, cells 1e9/L,
haemoglobin g/L. `origin` and `source_id` say which producer made a row. A column with a vocabulary names it in its
metadata (`words`, a key of `cereblon.vocabulary.clinical`), one with bounds the quantity (a key of
`cereblon.core.bounds`); `conform` checks both.
"""

from __future__ import annotations

import pyarrow as pa

from cereblon.tables.fields import field
from cereblon.vocabulary.clinical import EVENT
from cereblon.vocabulary.laboratory import TESTS as LABORATORY_TESTS

_TEXT = pa.dictionary(pa.int32(), pa.string())


_KEY = [
    field("origin", _TEXT, "simulated, observed, reconstructed or reported", words="origin"),
    field("source_id", _TEXT, "run, database or evidence key"),
    field("arm", _TEXT, "arm or cohort"),
    field("subject_id", pa.int64(), "number within the source"),
]

SUBJECTS = pa.schema(
    [
        *_KEY,
        field("replicate", pa.int32(), "replicate trial, from 0; 0 for observed", of="replicate"),
        field(
            "enrolment_day",
            pa.float64(),
            "calendar day of day 0, counted from the first day of enrolment of the trial",
            null=True,
            of="day",
            may_lack=True,
        ),
        field("age", pa.float64(), "years", null=True, of="age"),
        field("sex", _TEXT, "female, male or unknown", words="sex"),
        field("weight_kg", pa.float64(), "body weight", null=True, of="weight"),
        field("height_cm", pa.float64(), "body height", null=True, of="height"),
        field(
            "crcl_ml_min", pa.float64(), "creatinine clearance, Cockcroft-Gault", null=True, of="creatinine clearance"
        ),
        field("albumin_g_l", pa.float64(), "serum albumin", null=True, of="albumin"),
        field("b2m_mg_l", pa.float64(), "beta-2 microglobulin", null=True, of="beta-2 microglobulin"),
        field("iss", pa.int8(), "International Staging System stage, 1 to 3", null=True, of="ISS stage"),
        field("high_risk_cytogenetics", pa.bool_(), "del(17p), t(4;14) or t(14;16)", null=True),
        field("isotype", _TEXT, "heavy chain, light_chain, biclonal, non_secretory or unknown", words="isotype"),
        field("involved_light_chain", _TEXT, "kappa or lambda, of the myeloma", null=True, words="light_chain"),
        field(
            "m_protein_g_l",
            pa.float64(),
            "serum M-protein at baseline; 0 for light-chain disease",
            null=True,
            of="m-protein",
        ),
        field(
            "involved_flc_mg_l",
            pa.float64(),
            "involved free light chain at baseline",
            null=True,
            of="free light chain",
        ),
        field(
            "uninvolved_flc_mg_l",
            pa.float64(),
            "uninvolved free light chain at baseline",
            null=True,
            of="free light chain",
        ),
        field("marrow_plasma_cells_percent", pa.float64(), "of nucleated marrow cells", null=True, of="percent"),
        field("neutrophils_1e9_l", pa.float64(), "baseline", null=True, of="neutrophils"),
        field("platelets_1e9_l", pa.float64(), "baseline", null=True, of="platelets"),
        field("haemoglobin_g_l", pa.float64(), "baseline", null=True, of="haemoglobin"),
        field("ecog", pa.int8(), "performance status, 0 to 4", null=True, of="ECOG status"),
        field("frailty", _TEXT, "IMWG frailty group: fit, intermediate, frail", null=True, words="frailty"),
        field("prior_lines", pa.int16(), "lines of therapy before day 0", null=True, of="number of earlier lines"),
        field("lenalidomide_refractory", pa.bool_(), "before day 0", null=True),
        field("bortezomib_exposed", pa.bool_(), "before day 0", null=True),
        field("baseline_neuropathy_grade", pa.int8(), "CTCAE, 0 to 4", null=True, of="grade at baseline"),
        field("cardiac_history", pa.bool_(), "heart failure, ischaemia or arrhythmia before day 0", null=True),
        field("result_code", pa.int16(), "0 when the subject is whole; otherwise the reason code", of="result code"),
    ]
)

EXPOSURES = pa.schema(
    [
        *_KEY,
        field("line", pa.int16(), "line of therapy within the source, from 1", of="line of therapy"),
        field("cycle", pa.int16(), "cycle within the line, from 1", of="cycle"),
        field("day", pa.float64(), "first day of the cycle", of="day"),
        field("drug", _TEXT, "drug name"),
        field(
            "planned_doses",
            pa.float64(),
            "administrations ordered by the regimen in this cycle",
            of="number of doses",
        ),
        field("given_doses", pa.float64(), "administrations given", of="number of doses"),
        field(
            "planned_mg",
            pa.float64(),
            "ordered amount, at the starting dose of the label for this patient",
            of="amount of a cycle",
        ),
        field("given_mg", pa.float64(), "given amount", of="amount of a cycle"),
    ]
)

LABS = pa.schema(
    [
        *_KEY,
        field("day", pa.float64(), "day of sampling", of="day"),
        field("test", _TEXT, "one of TESTS", words="test"),
        field("value", pa.float64(), "in `unit`; for immunofixation 1 positive, 0 negative"),
        field("unit", _TEXT, "unit of the value"),
    ]
)

TESTS: dict[str, str] = {name: test.unit for name, test in LABORATORY_TESTS.items()}
"""House unit of each test."""

RESPONSES = pa.schema(
    [
        *_KEY,
        field("line", pa.int16(), "line of therapy, from 1", of="line of therapy"),
        field("day", pa.float64(), "day of the assessment", of="day"),
        field(
            "category",
            _TEXT,
            "category met at this assessment, unconfirmed: sCR CR VGPR PR MR SD PD NE",
            words="response",
        ),
        field(
            "confirmed", _TEXT, "best confirmed category from the start of the line up to this day", words="response"
        ),
        field("mrd_negative", pa.bool_(), "CR and no clonal cell at 1e-5 at this assessment", null=True),
    ]
)

EVENTS = pa.schema(
    [
        *_KEY,
        field("event", _TEXT, "one of EVENT_NAMES", words="event"),
        field("day", pa.float64(), "day of the event", of="day"),
        field("line", pa.int16(), "line of therapy it ends or begins, from 1", of="line of therapy"),
        field("cause", _TEXT, "why, from the words of the event; empty when it needs none or nobody knows"),
    ]
)

EVENT_NAMES: tuple[str, ...] = EVENT.allowed
"""Events of EVENTS.

`progression` is the confirmed one, on its first day; `drug_stopped` ends one drug of a regimen for good, and its
cause names drug and reason; `treatment_stopped` ends all drugs of a line; `next_therapy` is the first day of the next
line; `censored` is the last contact alive. The causes of each stand in `cereblon.vocabulary.clinical`.
"""

ADVERSE_EVENTS = pa.schema(
    [
        *_KEY,
        field(
            "event",
            _TEXT,
            "safety endpoint of the evidence vocabulary without ae_, e.g. neutropenia",
            words="adverse_event",
        ),
        field("grade", pa.int8(), "worst CTCAE grade of the episode, 1 to 5", of="grade of an event"),
        field("start_day", pa.float64(), "first day of the episode", of="day"),
        field("end_day", pa.float64(), "last day of the episode", null=True, of="day"),
        field("line", pa.int16(), "line of therapy", of="line of therapy"),
        field("related", _TEXT, "drugs it is put down to, comma separated; empty for none"),
        field("action", _TEXT, "none, held, reduced or stopped", words="ae_action"),
    ]
)

GRADES = pa.schema(
    [
        *_KEY,
        field(
            "day",
            pa.float64(),
            "first day on which the clinic sees this grade, before any decision of the day",
            of="day",
        ),
        field("term", _TEXT, "what is graded, a name of the evidence vocabulary without ae_", words="graded_term"),
        field("grade", pa.int8(), "CTCAE grade, 0 for none; it holds until the next row of the term", of="grade"),
    ]
)

DECISIONS = pa.schema(
    [
        *_KEY,
        field("line", pa.int16(), "line of therapy, from 1", of="line of therapy"),
        field("day", pa.float64(), "day of the decision", of="day"),
        field(
            "drug",
            _TEXT,
            "drug, or what is given besides; all when all treatment stops; counts where cells are counted",
        ),
        field(
            "action",
            _TEXT,
            "hold, hold ends, delay, delay ends, lower, raise, change, stop, give, withdraw or count",
            words="decision_action",
        ),
        field("rule", _TEXT, "name of the rule in the run's rule set"),
        field(
            "dose",
            pa.float64(),
            "dose that stands after the day's decisions; 0 while held or stopped",
            null=True,
            of="dose",
        ),
        field("unit", _TEXT, "of the dose; empty for what is given besides"),
    ]
)

OUTCOMES = pa.schema(
    [
        field("origin", _TEXT, "simulated, observed, reconstructed or reported", words="origin"),
        field("source_id", _TEXT, "run, database or evidence key"),
        field(
            "endpoint",
            _TEXT,
            "a name of the evidence vocabulary, e.g. orr, pfs_median, pfs_hr, ae_neutropenia",
            words="endpoint",
        ),
        field("arm", _TEXT, "arm; for a comparison the arm above the line"),
        field("versus", _TEXT, "other arm of a comparison; empty for one arm"),
        field("grade", _TEXT, "grade range of an adverse event, e.g. 3-4; empty otherwise", words="grade_range"),
        field("month", pa.float64(), "time point of a landmark rate", null=True),
        field("value", pa.float64(), "in `unit`; null when a median is not reached", null=True),
        field("unit", _TEXT, "percent, months, ratio, years", words="outcome_unit"),
        field("low", pa.float64(), "lower end of the interval", null=True),
        field("high", pa.float64(), "upper end of the interval", null=True),
        field("level", pa.float64(), "level of the interval, e.g. 0.95", null=True, of="level"),
        field("n", pa.int64(), "subjects behind the value", null=True),
        field("method", _TEXT, "how it was computed, or how it was published"),
    ]
)

SUBJECT_TABLES: dict[str, pa.Schema] = {
    "subjects": SUBJECTS,
    "exposures": EXPOSURES,
    "labs": LABS,
    "responses": RESPONSES,
    "events": EVENTS,
    "adverse_events": ADVERSE_EVENTS,
    "grades": GRADES,
    "decisions": DECISIONS,
}
