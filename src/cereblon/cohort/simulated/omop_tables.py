"""Records as tables of the OMOP common data model 5.4."""

from __future__ import annotations

from datetime import date

import polars as pl
import pyarrow as pa

from cereblon.cohort.simulated import concepts
from cereblon.cohort.simulated.records import Records

_ALWAYS = (date(1970, 1, 1), date(2099, 12, 31))
_WHOLE, _NUMBER, _TEXT, _DAY = pl.Int64, pl.Float64, pl.String, pl.Date


def omop_tables(records: Records, *, made_by: str) -> dict[str, pa.Table]:
    """Write records as tables of the common data model, with the concepts that they use.

    Parameters
    ----------
    records
        Of an example; persons are numbered from 1 in the tables.
    made_by
        What stands in `cdm_source`.
    """
    dates = records.persons.select("person", "index_date", "site")
    tables = {
        "person": _persons(records.persons),
        "observation_period": _periods(records.persons),
        "condition_occurrence": _conditions(records.diagnoses, dates),
        "drug_exposure": _drug_exposures(records.drugs, dates),
        "procedure_occurrence": _procedures(records.transplants, dates),
        "measurement": _measurements(records.labs, dates),
        "death": _deaths(records.persons),
        "concept": _concepts(),
        "concept_ancestor": _ancestors(),
        "drug_strength": _strengths(),
        "cdm_source": _source(made_by),
    }
    return {name: frame.to_arrow(compat_level=pl.CompatLevel.oldest()) for name, frame in tables.items()}


def _on(day: str) -> pl.Expr:
    """Give the calendar date of a day."""
    return pl.col("index_date") + pl.duration(days=pl.col(day))


def _person_id() -> pl.Expr:
    return (pl.col("person") + 1).alias("person_id")


def _number(name: str) -> pl.Expr:
    return pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias(name)


def _whole(value: int, name: str) -> pl.Expr:
    return pl.lit(value, _WHOLE).alias(name)


def _null(name: str, kind: type[pl.DataType] = _WHOLE) -> pl.Expr:
    return pl.lit(None, kind).alias(name)


def _persons(persons: pl.DataFrame) -> pl.DataFrame:
    sex = {"female": concepts.FEMALE, "male": concepts.MALE}
    return persons.select(
        _person_id(),
        pl.col("sex").replace_strict(sex, default=0, return_dtype=_WHOLE).alias("gender_concept_id"),
        pl.col("birth_year").alias("year_of_birth"),
        _null("month_of_birth"),
        _null("day_of_birth"),
        _whole(0, "race_concept_id"),
        _whole(0, "ethnicity_concept_id"),
        (pl.col("site") + 1).alias("care_site_id"),
        (pl.col("person") + 1).cast(_TEXT).alias("person_source_value"),
        pl.col("sex").alias("gender_source_value"),
    )


def _periods(persons: pl.DataFrame) -> pl.DataFrame:
    return persons.select(
        _number("observation_period_id"),
        _person_id(),
        _on("first_day").alias("observation_period_start_date"),
        _on("last_day").alias("observation_period_end_date"),
        _whole(concepts.PERIOD_OF_RECORDS, "period_type_concept_id"),
    )


def _conditions(diagnoses: pl.DataFrame, dates: pl.DataFrame) -> pl.DataFrame:
    return (
        diagnoses.join(dates, on="person")
        .sort("person", "day")
        .select(
            _number("condition_occurrence_id"),
            _person_id(),
            _whole(concepts.MYELOMA, "condition_concept_id"),
            _on("day").alias("condition_start_date"),
            _null("condition_end_date", _DAY),
            _whole(concepts.FROM_RECORDS, "condition_type_concept_id"),
            pl.lit("C90.0").alias("condition_source_value"),
        )
    )


def _drug_exposures(drugs: pl.DataFrame, dates: pl.DataFrame) -> pl.DataFrame:
    return (
        drugs.join(dates, on="person")
        .sort("person", "day", "row", "kind")
        .select(
            _number("drug_exposure_id"),
            _person_id(),
            pl.col("concept").alias("drug_concept_id"),
            _on("day").alias("drug_exposure_start_date"),
            _on("end_day").alias("drug_exposure_end_date"),
            _null("verbatim_end_date", _DAY),
            pl.col("kind").alias("drug_type_concept_id"),
            _null("stop_reason", _TEXT),
            _null("refills"),
            pl.col("quantity"),
            pl.col("supply_days").alias("days_supply"),
            _null("sig", _TEXT),
            pl.col("route").alias("route_concept_id"),
            (pl.col("site") + 1).alias("provider_id"),
            pl.col("source_value").alias("drug_source_value"),
            _whole(0, "drug_source_concept_id"),
        )
    )


def _procedures(transplants: pl.DataFrame, dates: pl.DataFrame) -> pl.DataFrame:
    return (
        transplants.join(dates, on="person")
        .sort("person", "day")
        .select(
            _number("procedure_occurrence_id"),
            _person_id(),
            _whole(concepts.TRANSPLANT, "procedure_concept_id"),
            _on("day").alias("procedure_date"),
            _whole(concepts.FROM_RECORDS, "procedure_type_concept_id"),
            pl.lit("autologous transplantation").alias("procedure_source_value"),
        )
    )


def _measurements(labs: pl.DataFrame, dates: pl.DataFrame) -> pl.DataFrame:
    said = pl.when(pl.col("positive").is_null()).then(pl.col("value").cast(_TEXT))
    result = pl.when(pl.col("positive")).then(concepts.POSITIVE).otherwise(concepts.NEGATIVE)
    return (
        labs.join(dates, on="person")
        .sort("person", "day", "row", "test")
        .select(
            _number("measurement_id"),
            _person_id(),
            pl.col("concept").alias("measurement_concept_id"),
            _on("day").alias("measurement_date"),
            _whole(concepts.FROM_LABORATORY, "measurement_type_concept_id"),
            _null("operator_concept_id"),
            pl.col("value").alias("value_as_number"),
            pl.when(pl.col("positive").is_not_null()).then(result).cast(_WHOLE).alias("value_as_concept_id"),
            pl.col("unit").replace_strict(concepts.UNITS, default=None, return_dtype=_WHOLE).alias("unit_concept_id"),
            _null("range_low", _NUMBER),
            _null("range_high", _NUMBER),
            (pl.col("site") + 1).alias("provider_id"),
            pl.col("source_value").alias("measurement_source_value"),
            _whole(0, "measurement_source_concept_id"),
            pl.col("unit").alias("unit_source_value"),
            said.otherwise(pl.when(pl.col("positive")).then(pl.lit("positive")).otherwise(pl.lit("negative"))).alias(
                "value_source_value"
            ),
        )
    )


def _deaths(persons: pl.DataFrame) -> pl.DataFrame:
    return persons.filter(pl.col("death_day").is_not_null()).select(
        _person_id(), _on("death_day").alias("death_date"), _whole(concepts.FROM_RECORDS, "death_type_concept_id")
    )


def _concepts() -> pl.DataFrame:
    def row(concept: int, name: str, domain: str, vocabulary: str, kind: str, code: str) -> dict[str, object]:
        return {
            "concept_id": concept,
            "concept_name": name,
            "domain_id": domain,
            "vocabulary_id": vocabulary,
            "concept_class_id": kind,
            "standard_concept": "S",
            "concept_code": code or str(concept),
            "valid_start_date": _ALWAYS[0],
            "valid_end_date": _ALWAYS[1],
            "invalid_reason": None,
        }

    site = "site"
    rows = [
        row(concepts.MYELOMA, "multiple myeloma", "Condition", site, "Diagnosis", ""),
        row(concepts.TRANSPLANT, "autologous stem cell transplantation", "Procedure", site, "Procedure", ""),
        row(concepts.POSITIVE, "positive", "Meas Value", site, "Result", ""),
        row(concepts.NEGATIVE, "negative", "Meas Value", site, "Result", ""),
        *(row(concept, drug, "Drug", "RxNorm", "Ingredient", "") for drug, concept in concepts.INGREDIENTS.items()),
        *(row(one.concept, one.name, "Drug", site, "Product", "") for one in concepts.PRODUCTS),
        *(
            row(assay.concept, assay.name, "Measurement", "LOINC", "Lab Test", assay.code)
            for assay in concepts.ASSAYS.values()
            if assay.concept
        ),
        *(row(concept, unit, "Unit", "UCUM", "Unit", unit) for unit, concept in concepts.UNITS.items() if concept),
    ]
    return pl.DataFrame(rows, schema_overrides={"invalid_reason": _TEXT})


def _ancestors() -> pl.DataFrame:
    products = [(concepts.INGREDIENTS[one.drug], one.concept, 1) for one in concepts.PRODUCTS]
    same = [(own, own, 0) for own in (concepts.MYELOMA, concepts.TRANSPLANT, *concepts.INGREDIENTS.values())]
    return pl.DataFrame(
        [
            {
                "ancestor_concept_id": above,
                "descendant_concept_id": below,
                "min_levels_of_separation": levels,
                "max_levels_of_separation": levels,
            }
            for above, below, levels in [*same, *products]
        ]
    )


def _strengths() -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "drug_concept_id": one.concept,
                "ingredient_concept_id": concepts.INGREDIENTS[one.drug],
                "amount_value": one.strength_mg,
                "amount_unit_concept_id": concepts.MILLIGRAM,
                "valid_start_date": _ALWAYS[0],
                "valid_end_date": _ALWAYS[1],
            }
            for one in concepts.PRODUCTS
        ]
    )


def _source(made_by: str) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "cdm_source_name": ["simulated example of Cereblon"],
            "cdm_source_abbreviation": ["cereblon-example"],
            "cdm_holder": ["nobody: no person is real"],
            "source_description": [made_by],
            "cdm_version": ["v5.4.0"],
            "vocabulary_version": ["own names for the concepts used"],
        }
    )
