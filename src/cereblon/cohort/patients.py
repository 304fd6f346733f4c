"""Who has myeloma in a source, when each is observed, born and dead, and when transplanted; faults counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from cereblon.cohort.engine import load_ibis
from cereblon.cohort.exposure import code_ids
from cereblon.cohort.source import CohortSource
from cereblon.cohort.source_codes import plain_code
from cereblon.cohort.treatment_concepts import MYELOMA, OTHER_DISEASE, TRANSPLANTS, CodeList, TreatmentConcepts

_SEX = {8507: "male", 8532: "female"}


def count_patients(source: CohortSource) -> int:
    """Count everybody in the source."""
    return int(source.tables["person"].person_id.nunique().to_pyarrow().as_py())


def find_diagnoses(source: CohortSource, concepts: TreatmentConcepts) -> Any:
    """Give the first and the last code of myeloma of each patient, as a table of the engine."""
    rows = source.tables["condition_occurrence"]
    wanted = is_coded(source, rows, "condition", concepts.diagnoses[MYELOMA])
    other = _starts_with(rows.condition_source_value, concepts.diagnoses[OTHER_DISEASE].starts)
    rows = rows.filter(wanted & ~other)
    return rows.group_by("person_id").aggregate(
        first_code=rows.condition_start_date.min(), last_code=rows.condition_start_date.max()
    )


def is_coded(source: CohortSource, rows: Any, what: str, codes: CodeList) -> Any:
    """Say of rows whether they have a concept of a list, its descendants included, or a code of the source.

    Parameters
    ----------
    source
        The database, whose vocabulary has the descendants.
    rows
        Of one of its tables.
    what
        condition or procedure, as columns are called.
    codes
        The list.
    """
    ids = code_ids(source, codes)
    by_id = rows[f"{what}_concept_id"].isin(ids) if ids else load_ibis().literal(False)
    return by_id | _starts_with(rows[f"{what}_source_value"], codes.starts)


def _starts_with(column: Any, starts: tuple[str, ...]) -> Any:
    """Say whether a code of the source begins with one of some; points make no difference."""
    found, plain = load_ibis().literal(False), plain_code(column)
    for start in starts:
        found = found | plain.startswith(start).fill_null(False)
    return found


def find_transplants(source: CohortSource, people: Any, concepts: TreatmentConcepts) -> pa.Table:
    """Give the days of transplantations, with the row that says so: person_id, day, row."""
    if not source.has("procedure_occurrence"):
        return pa.table(
            {
                "person_id": pa.array([], pa.string()),
                "day": pa.array([], pa.date32()),
                "row": pa.array([], pa.string()),
            }
        )
    rows = source.tables["procedure_occurrence"]
    lists = [concepts.procedures[name] for name in TRANSPLANTS if name in concepts.procedures]
    both = CodeList(
        concept_ids=tuple(one for each in lists for one in each.concept_ids),
        codes=tuple(one for each in lists for one in each.codes),
    )
    rows = rows.filter(is_coded(source, rows, "procedure", both)).semi_join(people, "person_id")
    found = rows.group_by("person_id", day=rows.procedure_date).aggregate(
        row=("procedure_occurrence:" + rows.procedure_occurrence_id).min()
    )
    return found.order_by("person_id", "day").to_pyarrow()


def describe_patients(source: CohortSource, people: Any) -> pa.Table:
    """Give birth, sex, death and observation of patients: a row each, in the order of their names.

    Columns person_id, birth_year, sex, sexes, births and deaths (how many different ones the record holds),
    death_date, the first of them, and first_day and last_day of observation.
    """
    ibis = load_ibis()
    rows = source.tables["person"]
    born = ibis.coalesce(rows.year_of_birth, rows.birth_datetime.year().cast("int64"))
    word = rows.gender_concept_id.cases(*_SEX.items(), else_="unknown")
    of_person = rows.group_by("person_id").aggregate(
        birth_year=born.min(), births=born.nunique(), sex=word.min(), sexes=rows.gender_concept_id.nunique()
    )
    found = (
        people.select("person_id", "first_code", "last_code")
        .left_join(of_person, "person_id")
        .drop("person_id_right")
    )
    if source.has("death"):
        death = source.tables["death"]
        died = death.group_by("person_id").aggregate(
            death_date=death.death_date.min(), deaths=death.death_date.nunique()
        )
        found = found.left_join(died, "person_id").drop("person_id_right")
    else:
        found = found.mutate(death_date=ibis.null("date"), deaths=ibis.null("int64"))
    seen = _observed(source)
    found = found.left_join(seen, "person_id").drop("person_id_right")
    return found.order_by("person_id").to_pyarrow()


def _observed(source: CohortSource) -> Any:
    """Give the first and last observed day of each patient."""
    if source.has("observation_period"):
        rows = source.tables["observation_period"]
        return rows.group_by("person_id").aggregate(
            first_day=rows.observation_period_start_date.min(), last_day=rows.observation_period_end_date.max()
        )
    parts = [
        source.tables[name].select("person_id", day=source.tables[name][column])
        for name, column in _DATED.items()
        if source.has(name)
    ]
    rows = parts[0]
    for part in parts[1:]:
        rows = rows.union(part)
    return rows.group_by("person_id").aggregate(first_day=rows.day.min(), last_day=rows.day.max())


_DATED: Mapping[str, str] = {
    "drug_exposure": "drug_exposure_start_date",
    "condition_occurrence": "condition_start_date",
    "procedure_occurrence": "procedure_date",
    "measurement": "measurement_date",
}
