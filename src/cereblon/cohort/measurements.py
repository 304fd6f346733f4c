"""Laboratory rows of a source as values in house units: what each means, which unit it has, what cannot be used.

A limit of the assay stays one. A row without a unit takes the unit that the values of its laboratory (a test as it is
called there, of one provider) show, or none.
Bands of one sample are added; a fraction of total protein is no M-protein, a concentration in urine no excretion.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl
import pyarrow as pa

from cereblon.cohort.engine import load_ibis
from cereblon.cohort.exposure import concept_words
from cereblon.cohort.laboratory_concepts import LaboratoryConcepts
from cereblon.cohort.source import CohortSource
from cereblon.cohort.source_codes import leading_loinc
from cereblon.core.bounds import BOUNDS
from cereblon.core.errors import InputError
from cereblon.core.words import plain
from cereblon.tables.lab_units import house_factor
from cereblon.vocabulary.laboratory import LABORATORY_TESTS, POSITIVE_OR_NEGATIVE, TESTS, laboratory_words

FEWEST = 20
"""Values without a unit of one laboratory, and values with one of all, from which a missing unit is inferred."""
CLOSE, FAR = 0.35, 0.65
"""Distance of the medians of decimal logarithms up to which a unit fits, and from which another does not."""

_CANDIDATES = {
    "m_protein": ("g/L", "g/dL", "mg/dL"),
    "urine_m_protein": ("mg/24h", "g/24h"),
    "kappa_flc": ("mg/L", "mg/dL"),
    "lambda_flc": ("mg/L", "mg/dL"),
    "haemoglobin": ("g/L", "g/dL"),
    "calcium": ("mmol/L", "mg/dL"),
    "neutrophils": ("1e9/L", "1/uL"),
    "platelets": ("1e9/L", "1/uL"),
    "marrow_plasma_cells": ("percent", "fraction"),
    "creatinine": ("mg/dL", "umol/L"),
    "albumin": ("g/L", "g/dL"),
    "b2m": ("mg/L",),
}
_YES_OR_NO = [name for name, test in TESTS.items() if test.is_yes_or_no]
_COLUMNS = {
    "person_id": pl.String,
    "date": pl.Date,
    "test": pl.String,
    "value": pl.Float64,
    "unit": pl.String,
    "limit": pl.String,
    "unit_basis": pl.String,
    "row": pl.String,
}


@dataclass(frozen=True, slots=True)
class MeasuredPatients:
    """Values in house units, and the counts of what could not be used.

    Parameters
    ----------
    rows
        Columns person_id, date, test, value, unit, limit, unit_basis, row; one value of a test a day.
    counts
        Rows by what became of them, in words.
    """

    rows: pa.Table
    counts: Mapping[str, int]


def find_measurements(source: CohortSource, people: Any, concepts: LaboratoryConcepts) -> MeasuredPatients:
    """Read the laboratory values of patients.

    Parameters
    ----------
    source
        The database.
    people
        Table of the engine with the person_id of those asked for.
    concepts
        Codes.
    """
    counts: Counter[str] = Counter()
    if not source.has("measurement"):
        return MeasuredPatients(pl.DataFrame(schema=_COLUMNS).to_arrow(), counts)
    rows = _coded_rows(source, people, concepts)
    rows = _without_never(rows, concepts, counts)
    rows = _with_values(rows, concepts, counts)
    rows = _in_house_units(_with_units(rows, concepts), counts)
    return MeasuredPatients(_one_a_day(rows, counts).select(list(_COLUMNS)).to_arrow(), dict(counts))


def _coded_rows(source: CohortSource, people: Any, concepts: LaboratoryConcepts) -> pl.DataFrame:
    """Give rows of tests of ours: by concept, or by code or word of the source where nothing was mapped."""
    ibis = load_ibis()
    by_id = concept_words(
        source, {number: str(place) for place, one in enumerate(concepts.tests) for number in one.concept_ids}
    )
    words = _places_of_words(concepts)
    ids = ibis.memtable({"concept_id": list(by_id), "by_id": [int(one) for one in by_id.values()]})
    texts = ibis.memtable({"code": list(words), "by_code": list(words.values())})
    codes = {code: place for place, one in enumerate(concepts.tests) for code in one.loinc}
    loinc = ibis.memtable({"loinc": list(codes), "by_loinc": list(codes.values())})
    rows = source.tables["measurement"].semi_join(people, "person_id")
    rows = rows.mutate(
        concept_id=rows.measurement_concept_id,
        code=rows.measurement_source_value.lower().re_replace(r"[\s_-]+", " "),
        loinc=leading_loinc(rows.measurement_source_value),
    )
    rows = rows.left_join(ids, "concept_id").drop("concept_id_right").left_join(texts, "code").drop("code_right")
    rows = rows.left_join(loinc, "loinc").drop("loinc_right")
    unmapped = rows.by_id.isnull() & (rows.concept_id == 0)
    rows = rows.mutate(
        place=ibis.coalesce(
            rows.by_id, unmapped.ifelse(ibis.coalesce(rows.by_loinc, rows.by_code), ibis.null("int64"))
        )
    )
    rows = rows.filter(rows.place.notnull())
    found = rows.select(
        "person_id",
        "place",
        date=rows.measurement_date,
        value=rows.value_as_number,
        result=rows.value_as_concept_id.cast("string"),
        operator=rows.operator_concept_id.cast("string"),
        unit_id=rows.unit_concept_id.cast("string"),
        unit_text=rows.unit_source_value,
        text=rows.value_source_value,
        laboratory=rows.measurement_source_value.fill_null("") + "|" + rows.provider_id.fill_null(""),
        row="measurement:" + rows.measurement_id,
    )
    return pl.DataFrame(pl.from_arrow(found.to_pyarrow()))


def _places_of_words(concepts: LaboratoryConcepts) -> dict[str, int]:
    """Give the entry of each LOINC code and each word of laboratories; hyphens are spaces here."""
    words: dict[str, int] = {}
    for place, one in enumerate(concepts.tests):
        words |= {plain(code): place for code in one.loinc}
    first: dict[str, int] = {}
    for place, one in enumerate(concepts.tests):
        if one.use == "whole":
            first.setdefault(one.test, place)
    for word in (*TESTS, *LABORATORY_TESTS.synonyms):
        test = LABORATORY_TESTS.synonyms.get(word, word)
        if test in first:
            words.setdefault(plain(word), first[test])
    return words


def _without_never(rows: pl.DataFrame, concepts: LaboratoryConcepts, counts: Counter[str]) -> pl.DataFrame:
    """Keep out what must never be read as a test, counted with the reason; name the test of the others."""
    for place, one in enumerate(concepts.tests):
        if one.use == "never":
            counts[f"{laboratory_words(one.test)}: not used, {one.because}"] += rows.filter(
                pl.col("place") == place
            ).height
    described = pl.DataFrame(
        {
            "place": range(len(concepts.tests)),
            "test": [one.test for one in concepts.tests],
            "use": [one.use for one in concepts.tests],
        }
    )
    return rows.join(described, on="place").filter(pl.col("use") != "never")


def _with_values(rows: pl.DataFrame, concepts: LaboratoryConcepts, counts: Counter[str]) -> pl.DataFrame:
    """Give every row a number and the side of which it is a limit; rows without a value are counted."""
    texts = _read_texts(rows["text"].unique().to_list())
    rows = rows.join(texts, on="text", how="left", nulls_equal=True)
    yes_or_no = pl.col("test").is_in(_YES_OR_NO)
    result = pl.col("result").replace_strict(
        {key: float(one) for key, one in concepts.results.items()}, default=None, return_dtype=pl.Float64
    )
    number = pl.coalesce("value", "text_number")
    rows = rows.with_columns(
        value=pl.when(yes_or_no).then(pl.coalesce("value", result, "text_result")).otherwise(number),
        limit=pl.coalesce(
            pl.col("operator").replace_strict(concepts.limits, default=None, return_dtype=pl.String),
            "text_limit",
            pl.lit(""),
        ),
    )
    usable = pl.col("value").is_finite() & ~(yes_or_no & ~pl.col("value").is_in([0.0, 1.0]))
    counts["no value"] += rows.height - (kept := rows.filter(usable.fill_null(False))).height
    return kept


def _read_texts(texts: list[str | None]) -> pl.DataFrame:
    """Read results that stand as text: <0.1, 3.2, positive."""
    read = []
    for text in texts:
        written = (text or "").strip()
        limit = {"<": "below", "≤": "below", ">": "above", "≥": "above"}.get(written[:1])
        word = POSITIVE_OR_NEGATIVE.synonyms.get(plain(written), plain(written))
        read.append(
            {
                "text": text,
                "text_number": _number(written.lstrip("<>≤≥= ")),
                "text_limit": limit,
                "text_result": {"positive": 1.0, "negative": 0.0}.get(word),
            }
        )
    schema = {"text": pl.String, "text_number": pl.Float64, "text_limit": pl.String, "text_result": pl.Float64}
    return pl.DataFrame(read, schema=schema)


def _number(text: str) -> float | None:
    try:
        return float(text) if text and "_" not in text else None
    except ValueError:
        return None


def _with_units(rows: pl.DataFrame, concepts: LaboratoryConcepts) -> pl.DataFrame:
    by_id = pl.col("unit_id").replace_strict(concepts.units, default=None, return_dtype=pl.String)
    text = pl.col("unit_text").str.strip_chars()
    unit = pl.when(pl.col("test").is_in(_YES_OR_NO)).then(pl.lit("1")).otherwise(pl.coalesce(by_id, text, pl.lit("")))
    return rows.with_columns(given=unit)


def _in_house_units(rows: pl.DataFrame, counts: Counter[str]) -> pl.DataFrame:
    """Convert values; a missing unit is inferred or the row is counted, and so is what no unit makes possible."""
    stated = rows.filter(pl.col("given") != "").with_columns(unit_basis=pl.lit("stated"))
    stated = _converted(stated, counts)
    missing = rows.filter(pl.col("given") == "")
    inferred = _inferred_units(missing, stated)
    named = missing.drop("given").join(inferred, on=["test", "laboratory"], how="left", nulls_equal=True)
    without = named.filter(pl.col("given").is_null())
    for test, count in without.group_by("test").len().sort("test").iter_rows():
        counts[f"{laboratory_words(test)}: without a unit, and none can be inferred"] += count
    named = named.filter(pl.col("given").is_not_null()).with_columns(unit_basis=pl.lit("inferred"))
    counts["unit inferred from the values of the laboratory"] += named.height
    found = pl.concat([stated, _converted(named, counts).select(stated.columns)])
    return _possible(found, counts)


def _converted(rows: pl.DataFrame, counts: Counter[str]) -> pl.DataFrame:
    factors = []
    for test, unit, count in rows.group_by("test", "given").len().sort("test", "given").iter_rows():
        try:
            factors.append(
                {"test": test, "given": unit, "factor": house_factor(test, unit), "unit": TESTS[test].unit}
            )
        except InputError:
            counts[f"{laboratory_words(test)}: {unit!r} is no unit of it"] += count
    schema = {"test": pl.String, "given": pl.String, "factor": pl.Float64, "unit": pl.String}
    rows = rows.join(pl.DataFrame(factors, schema=schema), on=["test", "given"])
    return rows.with_columns(value=pl.col("value") * pl.col("factor")).drop("factor")


def _inferred_units(missing: pl.DataFrame, stated: pl.DataFrame) -> pl.DataFrame:
    """Find the one unit in which the values of a laboratory lie where those with a unit do."""
    positive = pl.col("value") > 0
    middle = pl.col("value").log10().median()
    known = dict(
        stated.filter(positive)
        .group_by("test")
        .agg(middle, pl.len())
        .filter(pl.col("len") >= FEWEST)
        .select("test", "value")
        .iter_rows()
    )
    found = []
    groups = missing.filter(positive).group_by("test", "laboratory").agg(middle, pl.len())
    for test, laboratory, median, count in groups.sort("test", "laboratory").iter_rows():
        if test not in known or count < FEWEST:
            continue
        away = {
            unit: abs(median + _log10(house_factor(test, unit)) - known[test]) for unit in _CANDIDATES.get(test, ())
        }
        fits = [unit for unit, distance in away.items() if distance <= CLOSE]
        if len(fits) == 1 and all(distance >= FAR for unit, distance in away.items() if unit != fits[0]):
            found.append({"test": test, "laboratory": laboratory, "given": fits[0]})
    return pl.DataFrame(found, schema={"test": pl.String, "laboratory": pl.String, "given": pl.String})


def _log10(number: float) -> float:
    import math

    return math.log10(number)


def _possible(rows: pl.DataFrame, counts: Counter[str]) -> pl.DataFrame:
    """Leave out values that the test cannot have."""
    limits = [
        {"test": name, "low": BOUNDS[test.quantity].low, "high": BOUNDS[test.quantity].high}
        for name, test in TESTS.items()
        if test.quantity
    ]
    rows = rows.join(pl.DataFrame(limits), on="test", how="left")
    wrong = ((pl.col("value") < pl.col("low")) | (pl.col("value") > pl.col("high"))).fill_null(False)
    for test, count in rows.filter(wrong).group_by("test").len().sort("test").iter_rows():
        counts[f"{laboratory_words(test)}: impossible value"] += count
    return rows.filter(~wrong).drop("low", "high")


def _one_a_day(rows: pl.DataFrame, counts: Counter[str]) -> pl.DataFrame:
    """Add the bands of a sample; of several values of a test on a day the highest counts."""
    key = ["person_id", "date", "test"]
    # the row and limit of the highest value go with it; equal values in the order of their rows
    ranked = rows.sort(*key, "place", pl.col("value"), pl.col("row"), descending=[False] * 4 + [True, False])
    each = ranked.group_by(*key, "place", maintain_order=True).agg(
        pl.all().first(), pl.col("value").n_unique().alias("values")
    )
    counts["several values of a test on one day: the highest counts"] += int((each["values"] > 1).sum())
    whole = each.filter(pl.col("use") == "whole").sort(
        *key, pl.col("value"), "place", descending=[False] * 3 + [True, False]
    )
    whole = whole.unique(key, keep="first", maintain_order=True)
    bands = each.filter(pl.col("use") == "band").join(whole.select(key), on=key, how="anti")
    summed = bands.group_by(key, maintain_order=True).agg(pl.col("value").sum(), pl.exclude("value", *key).first())
    counts["sums of several bands"] += int((bands.group_by(key).len()["len"] > 1).sum())
    return pl.concat([whole, summed.select(whole.columns)]).sort(key)
