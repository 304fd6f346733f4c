"""The tables of a built cohort, as files of its folder, and those of an example whose truth is known.

Dates are calendar days; laboratory values stand in the house units of the subject tables. Subjects of the source keep
the name that they have there, as text.
"""

from __future__ import annotations

import pyarrow as pa

from cereblon.tables.fields import TEXT, TRUTH, WHOLE, field

DAY = pa.date32()
ESTIMANDS: tuple[str, ...] = ("strict", "relaxed", "real_world")
"""Kinds of response and progression, never mixed: IMWG as written, relaxed for practice, real-world progression."""
RESPONSE_ESTIMANDS: tuple[str, ...] = ("strict", "relaxed")
"""Those that have a response of their own."""

END_REASONS: tuple[str, ...] = ("next_line", "death", "stopped", "end_of_record")
"""Why a line ended: another began, the patient died, treatment stopped for longer than a pause, or records end."""

_PERSON = field("person_id", TEXT, "name of the patient in the source")
_LINE = field("line", WHOLE, "line of therapy, from 1", lower=1)

PERSONS = pa.schema(
    [
        _PERSON,
        field("index_date", DAY, "start of the line that the definition counts time from"),
        field("index_line", WHOLE, "number of that line", lower=1),
        field(
            "entry_date", DAY, "first day that is fully observed; later than the index date where records begin late"
        ),
        field("last_date", DAY, "last day of observation, or of death"),
        field("death_date", DAY, "day of death", null=True),
        field("diagnosis_date", DAY, "first code of myeloma", null=True),
        field("birth_year", WHOLE, "year of birth", null=True),
        field("age", pa.float64(), "at the index date", null=True, unit="years"),
        field("sex", TEXT, "female, male or unknown"),
        field("lines", WHOLE, "number of lines of therapy", lower=0),
    ]
)

LINES = pa.schema(
    [
        _PERSON,
        _LINE,
        field("regimen", TEXT, "short name, such as VRd; the drugs joined by + where it has none"),
        field("drugs", pa.list_(pa.string()), "drugs of the line, steroids among them, in alphabetical order"),
        field("start_date", DAY, "first day of treatment"),
        field("end_date", DAY, "last day covered by treatment, at most the day before the next line"),
        field("end_reason", TEXT, "one of " + ", ".join(END_REASONS)),
        field("transplant_date", DAY, "first transplantation within the line", null=True),
        field("maintenance_start", DAY, "start of maintenance within the line", null=True),
        field("rule", TEXT, "rule that opened the line"),
        field("rows", pa.list_(pa.string()), "what made it: rows of eras and of tables of the source, as table:row"),
    ]
)

DECISIONS_OF_LINES = pa.schema(
    [
        _PERSON,
        field("date", DAY, "day of what was decided on"),
        _LINE,
        field("rule", TEXT, "rule that decided"),
        field("decision", TEXT, "what was decided, in words"),
        field("row", TEXT, "what it was decided on, as table:row"),
    ]
)

ERAS = pa.schema(
    [
        _PERSON,
        field("era", WHOLE, "number within the folder, from 1", lower=1),
        field("drug", TEXT, "drug name"),
        field("start_date", DAY, "first day"),
        field("end_date", DAY, "last day covered"),
        field("exposures", WHOLE, "rows of the source behind it", lower=1),
        field("supply_days", WHOLE, "days of supply that were stated, in sum", null=True),
        field("given_mg", pa.float64(), "amount, in sum, where every one is known", null=True, unit="mg"),
        field("first_row", TEXT, "first row of the source behind it, as table:row"),
    ]
)

LABS_OF_COHORT = pa.schema(
    [
        _PERSON,
        field("date", DAY, "day of sampling"),
        field("test", TEXT, "one of the tests of the subject tables"),
        field("value", pa.float64(), "in `unit`; for immunofixation 1 positive, 0 negative"),
        field("unit", TEXT, "house unit of the test"),
        field("limit", TEXT, "`below` or `above` where the value is a limit of the assay; else empty"),
        field("unit_basis", TEXT, "how the unit is known: stated, or inferred from the laboratory's other values"),
        field("row", TEXT, "row of the source, as table:row"),
    ]
)

CONDITIONS = pa.schema(
    [
        _PERSON,
        field("date", DAY, "day of the diagnosis"),
        field("event", TEXT, "adverse event that it is, as in the concepts of the definition"),
        field("row", TEXT, "row of the source, as table:row"),
    ]
)

RESPONSES_OF_LINES = pa.schema(
    [
        _PERSON,
        _LINE,
        field("estimand", TEXT, "strict or relaxed"),
        field("best_response", TEXT, "sCR, CR, VGPR, PR, MR, SD, PD or NE"),
        field("evaluable", TRUTH, "whether response could be judged"),
        field("reason", TEXT, "why not; empty where it could"),
        field("response_date", DAY, "first day of partial response or better", null=True),
        field("last_assessment_date", DAY, "last day on which response or progression could be judged", null=True),
    ]
)

PROGRESSION_OF_LINES = pa.schema(
    [
        _PERSON,
        _LINE,
        field("estimand", TEXT, "one of " + ", ".join(ESTIMANDS)),
        field("date", DAY, "day of progression in the line; real_world: of a laboratory value, next line or death"),
        field("cause", TEXT, "what it was seen in"),
    ]
)

ATTRITION = pa.schema(
    [
        field("step", WHOLE, "number of the step, from 1", lower=1),
        field("criterion", TEXT, "what was asked for"),
        field("kept", WHOLE, "patients left after it", lower=0),
        field("left_out", WHOLE, "patients left out by it", lower=0),
    ]
)

FOLDER_TABLES: dict[str, pa.Schema] = {
    "persons": PERSONS,
    "lines": LINES,
    "decisions": DECISIONS_OF_LINES,
    "eras": ERAS,
    "labs": LABS_OF_COHORT,
    "conditions": CONDITIONS,
    "responses": RESPONSES_OF_LINES,
    "progression": PROGRESSION_OF_LINES,
    "attrition": ATTRITION,
}
"""Files `NAME.parquet` of a built cohort; `cohort.json` beside them holds definition, source, counts and remarks."""

TRUTH_OF_LINES = pa.schema(
    [
        _PERSON,
        _LINE,
        field("regimen", TEXT, "short name, as in the lines of a built cohort"),
        field("start_date", DAY, "first day of treatment"),
        field("end_date", DAY, "last day covered by treatment"),
        field("progression_date", DAY, "day of confirmed progression in the line", null=True),
        field("best_response", TEXT, "best confirmed response, NE where none could be judged"),
        field("death_date", DAY, "day of death of the patient", null=True),
        field("identifiable", TRUTH, "whether what was damaged leaves the lines of the patient identifiable"),
        field("on_record", TRUTH, "whether the damaged records hold any drug of the line, steroids aside"),
    ]
)
"""`truth.parquet` of an example: one row per patient and line."""

TRUTH_LABS = pa.schema(
    [
        _PERSON,
        field("date", DAY, "day of sampling"),
        field("test", TEXT, "one of the tests of the subject tables"),
        field("value", pa.float64(), "before anything was damaged, in `unit`"),
        field("unit", TEXT, "house unit of the test"),
    ]
)
"""`truth_labs.parquet` of an example."""

EXAMPLE_TABLES: dict[str, pa.Schema] = {"truth": TRUTH_OF_LINES, "truth_labs": TRUTH_LABS}
