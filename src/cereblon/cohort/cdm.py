"""The tables and columns of the OMOP Common Data Model, 5.3 and 5.4, that a cohort is made of."""

from __future__ import annotations

from dataclasses import dataclass

VERSIONS: tuple[str, ...] = ("5.3", "5.4")


@dataclass(frozen=True, slots=True)
class CdmTable:
    """One table.

    Parameters
    ----------
    needed
        Columns without which it is of no use, with their type.
    further
        Columns that are read where they are there.
    what
        What is lost without the table; empty where nothing goes without it.
    """

    needed: dict[str, str]
    further: dict[str, str]
    what: str = ""

    @property
    def columns(self) -> dict[str, str]:
        """All columns with their type."""
        return {**self.needed, **self.further}


TABLES: dict[str, CdmTable] = {
    "person": CdmTable(
        {"person_id": "string"},
        {
            "gender_concept_id": "int64",
            "year_of_birth": "int64",
            "birth_datetime": "date",
            "gender_source_value": "string",
        },
    ),
    "drug_exposure": CdmTable(
        {
            "drug_exposure_id": "string",
            "person_id": "string",
            "drug_concept_id": "int64",
            "drug_exposure_start_date": "date",
        },
        {
            "drug_exposure_end_date": "date",
            "verbatim_end_date": "date",
            "days_supply": "float64",
            "quantity": "float64",
            "drug_type_concept_id": "int64",
            "drug_source_value": "string",
        },
    ),
    "condition_occurrence": CdmTable(
        {
            "condition_occurrence_id": "string",
            "person_id": "string",
            "condition_concept_id": "int64",
            "condition_start_date": "date",
        },
        {"condition_source_value": "string"},
    ),
    "observation_period": CdmTable(
        {"person_id": "string", "observation_period_start_date": "date", "observation_period_end_date": "date"},
        {},
        "when a patient is observed; the first and the last row of each patient stand for it",
    ),
    "procedure_occurrence": CdmTable(
        {
            "procedure_occurrence_id": "string",
            "person_id": "string",
            "procedure_concept_id": "int64",
            "procedure_date": "date",
        },
        {"procedure_source_value": "string", "quantity": "float64"},
        "transplantations, and drugs that are billed as procedures",
    ),
    "measurement": CdmTable(
        {
            "measurement_id": "string",
            "person_id": "string",
            "measurement_concept_id": "int64",
            "measurement_date": "date",
        },
        {
            "value_as_number": "float64",
            "value_as_concept_id": "int64",
            "operator_concept_id": "int64",
            "unit_concept_id": "int64",
            "unit_source_value": "string",
            "measurement_source_value": "string",
            "value_source_value": "string",
            "provider_id": "string",
        },
        "response and progression",
    ),
    "death": CdmTable({"person_id": "string", "death_date": "date"}, {}, "deaths"),
    "drug_strength": CdmTable(
        {"drug_concept_id": "int64", "ingredient_concept_id": "int64"},
        {"amount_value": "float64", "amount_unit_concept_id": "int64"},
        "amounts of what was dispensed",
    ),
    "concept_ancestor": CdmTable(
        {"ancestor_concept_id": "int64", "descendant_concept_id": "int64"},
        {},
        "descendants of concepts; only the ids themselves and codes of the source count",
    ),
}
"""By name; a table without `what` must be there."""

VOCABULARY = {"concept_ancestor": "ancestor_concept_id", "drug_strength": "ingredient_concept_id"}
"""Tables of the vocabulary, which may stand in a schema of their own, with the column of the concepts asked for."""
