"""A hospital's own tables, described by a small mapping file, as the tables of the Common Data Model.

The file says for each table where its rows are, which column holds what, and which words stand for which drug, test
or procedure. What was understood is said in words with counts; words that nobody mapped are counted, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from cereblon.cohort.cdm import TABLES
from cereblon.cohort.engine import Engine, load_ibis
from cereblon.cohort.laboratory_concepts import packaged_laboratory
from cereblon.cohort.source_codes import first_word, leading_loinc, plain_code
from cereblon.cohort.table_files import read_table_file
from cereblon.cohort.treatment_concepts import TRANSPLANTS, packaged_concepts
from cereblon.core.errors import InputError
from cereblon.core.problems import refuse_problems
from cereblon.core.validation import Name, StrictModel, validate
from cereblon.core.words import plain
from cereblon.core.yaml_files import read_yaml
from cereblon.vocabulary.laboratory import LABORATORY_TESTS, TESTS

DateOrder = Literal["year-month-day", "day-month-year", "month-day-year"]

_FIELDS: dict[str, dict[str, str]] = {
    "person": {
        "patient": "person_id",
        "birth_year": "year_of_birth",
        "birth": "birth_datetime",
        "sex": "gender_source_value",
    },
    "observation_period": {
        "patient": "person_id",
        "first": "observation_period_start_date",
        "last": "observation_period_end_date",
    },
    "condition_occurrence": {
        "patient": "person_id",
        "date": "condition_start_date",
        "code": "condition_source_value",
    },
    "drug_exposure": {
        "patient": "person_id",
        "drug": "drug_source_value",
        "start": "drug_exposure_start_date",
        "end": "drug_exposure_end_date",
        "days": "days_supply",
        "quantity": "quantity",
    },
    "procedure_occurrence": {"patient": "person_id", "date": "procedure_date", "procedure": "procedure_source_value"},
    "measurement": {
        "patient": "person_id",
        "date": "measurement_date",
        "test": "measurement_source_value",
        "value": "value_source_value",
        "unit": "unit_source_value",
    },
    "death": {"patient": "person_id", "date": "death_date"},
}
"""Names of columns in a mapping file, by table, with those of the model."""

_NAMES = {
    "patients": "person",
    "observation": "observation_period",
    "diagnoses": "condition_occurrence",
    "drugs": "drug_exposure",
    "procedures": "procedure_occurrence",
    "laboratory": "measurement",
    "deaths": "death",
}
_WORDED = {"drugs": "drug", "procedures": "procedure", "laboratory": "test", "patients": "sex"}
_NEEDED = {"drugs": ("drug",), "procedures": ("procedure",), "laboratory": ("test", "value")}
"""Without which a table says nothing; days and patients are asked for as in any database."""
_SEX_IDS = {"male": 8507, "female": 8532}


class MappedTable(StrictModel):
    """One table: its file, its columns by our names, and its words by ours."""

    file: str
    columns: dict[Name, str]
    words: dict[str, str] = Field(default_factory=dict)


class HospitalMapping(StrictModel):
    """All tables by our names: patients, observation, diagnoses, drugs, procedures, laboratory, deaths."""

    name: Name
    dates: DateOrder = "year-month-day"
    tables: dict[Name, MappedTable]


def read_mapping(path: Path) -> HospitalMapping:
    """Read a mapping file.

    Raises
    ------
    InputError
        Listing every table, column and word that is none of ours.
    """
    found = validate(HospitalMapping, read_yaml(path), where=str(path))
    problems = []
    for name, table in found.tables.items():
        if name not in _NAMES:
            problems.append(f"{path}, tables: {name} is none of {', '.join(_NAMES)}")
            continue
        fields = _FIELDS[_NAMES[name]]
        problems += [
            f"{path}, {name}, columns: {one} is none of {', '.join(fields)}"
            for one in table.columns
            if one not in fields
        ]
        problems += [
            f"{path}, {name}, columns: there is none of the {one}"
            for one in _NEEDED.get(name, ())
            if one not in table.columns
        ]
        known = _known_words(name)
        problems += [
            f"{path}, {name}, words: {one} is read as {ours}, which is none of {', '.join(sorted(known))}"
            for one, ours in table.words.items()
            if ours not in known
        ]
    refuse_problems(problems)
    return found


def _known_words(table: str) -> set[str]:
    concepts = packaged_concepts()
    if table == "drugs":
        return set(concepts.drugs)
    if table == "procedures":
        return set(concepts.procedures)
    return set(TESTS) if table == "laboratory" else set(_SEX_IDS) if table == "patients" else set()


def mapped_tables(
    mapping: HospitalMapping, where: Path, backend: Any, engine: Engine, said: list[str]
) -> dict[str, Any]:
    """Give the tables of a hospital in columns of the model; what was understood is added to `said`.

    Raises
    ------
    InputError
        If a file or a column that is named is not there.
    """
    tables: dict[str, Any] = {}
    problems: list[str] = []
    for name, table in mapping.tables.items():
        path = where.parent / table.file
        raw = _read(path, table, backend, engine)
        given = {column.lower(): column for column in raw.columns}
        missing = [f"{ours}: {theirs}" for ours, theirs in table.columns.items() if theirs.lower() not in given]
        if missing:
            problems.append(f"{path}: has no column {', '.join(missing)}; it has {', '.join(raw.columns)}")
            continue
        renamed = {
            _FIELDS[_NAMES[name]][ours]: raw[given[theirs.lower()]].cast("string").strip()
            for ours, theirs in table.columns.items()
        }
        tables[_NAMES[name]] = _of_the_model(_NAMES[name], raw.select(**renamed), table, mapping.dates)
        said.append(
            f"{name}: {path.name}, " + ", ".join(f"{theirs} is {ours}" for ours, theirs in table.columns.items())
        )
        if name in _WORDED and _WORDED[name] in table.columns:
            said += _said_of_words(name, tables[_NAMES[name]])
    refuse_problems(problems)
    return tables


def _read(path: Path, table: MappedTable, backend: Any, engine: Engine) -> Any:
    if not path.exists():
        raise InputError(f"{path}: no such file", hint="files are named from the folder of the mapping file")
    return read_table_file(path, backend, engine, {theirs.lower() for theirs in table.columns.values()})


def _of_the_model(name: str, rows: Any, table: MappedTable, order: DateOrder) -> Any:
    """Add the columns that the model needs: numbers of rows, concept ids of words, days in one form."""
    ibis = load_ibis()
    columns = {
        column: _day(rows[column], order)
        for column, kind in TABLES[name].columns.items()
        if kind == "date" and column in rows.columns
    }
    rows = rows.mutate(**columns)
    key = f"{name}_id"
    if key in TABLES[name].needed and key not in rows.columns:
        rows = rows.mutate(**{key: (ibis.row_number() + 1).cast("string")})
    for column in TABLES[name].columns:
        if column.endswith("_concept_id") and column.startswith(name.split("_")[0]) and column not in rows.columns:
            rows = rows.mutate(**{column: ibis.literal(0, "int64")})
    return _with_codes(name, rows, table.words)


def _with_codes(name: str, rows: Any, ours: Mapping[str, str]) -> Any:
    """Read words of the hospital, or our own, as codes; words of tests are replaced by ours."""
    concepts = packaged_concepts()
    if name == "drug_exposure":
        by_word = {**concepts.drugs_by_word(), **{plain(word): meaning for word, meaning in ours.items()}}
        ids = {
            word: concepts.drugs[drug].concept_ids[0]
            for word, drug in by_word.items()
            if concepts.drugs[drug].concept_ids
        }
        rows = rows.mutate(drug_concept_id=_code(rows.drug_source_value, ids))
    elif name == "procedure_occurrence":
        ids = {plain(word): concepts.procedures[meaning].concept_ids[0] for word, meaning in ours.items()}
        rows = rows.mutate(procedure_concept_id=_code(rows.procedure_source_value, ids))
    elif name == "person" and "gender_source_value" in rows.columns:
        ids = {plain(word): _SEX_IDS[meaning] for word, meaning in {**{one: one for one in _SEX_IDS}, **ours}.items()}
        rows = rows.mutate(gender_concept_id=_code(rows.gender_source_value, ids))
    elif name == "measurement":
        texts = {plain(word): meaning for word, meaning in ours.items()}
        rows = rows.mutate(measurement_source_value=_word(rows.measurement_source_value, texts))
        rows = rows.mutate(value_as_number=rows.value_source_value.replace(",", ".").try_cast("float64"))
    return rows


def _plain(column: Any) -> Any:
    return column.strip().lower().re_replace(r"[\s_-]+", " ")


def _code(column: Any, ids: Mapping[str, int]) -> Any:
    ibis = load_ibis()
    if not ids:
        return ibis.literal(0, "int64")
    return _plain(column).cases(*((plain(word), number) for word, number in ids.items()), else_=0).cast("int64")


def _word(column: Any, words: Mapping[str, str]) -> Any:
    return _plain(column).cases(*words.items(), else_=column) if words else column


def _day(text: Any, order: DateOrder) -> Any:
    """Write a day as year, month and day."""
    if order == "year-month-day":
        return text
    places = {"day-month-year": (3, 2, 1), "month-day-year": (3, 1, 2)}[order]
    pattern = r"^(\d{1,2})\D(\d{1,2})\D(\d{4})"
    year, month, day = (text.re_extract(pattern, place) for place in places)
    return year + "-" + month.lpad(2, "0") + "-" + day.lpad(2, "0")


_READ_WHERE = {"drugs": "drug_concept_id", "procedures": "procedure_concept_id", "patients": "gender_concept_id"}


def _is_read(name: str, word: Any, rows: Any) -> Any:
    """Tell of rows whether a cohort reads them: by a word of the mapping file or of ours, or by a code."""
    concepts = packaged_concepts()
    by_word = rows[_READ_WHERE[name]] != 0 if name in _READ_WHERE else load_ibis().literal(False)
    if name == "laboratory":
        known = [plain(one) for one in (*TESTS, *LABORATORY_TESTS.synonyms)]
        used = [code for one in packaged_laboratory().tests if one.use != "never" for code in one.loinc]
        return by_word | _plain(word).isin(known) | leading_loinc(word).isin(used)
    billed = word.upper().isin(list(concepts.drugs_by_hcpcs()))
    if name == "drugs":
        return by_word | billed | first_word(word).isin(list(concepts.drugs_by_word()))
    if name == "procedures":
        lists = [concepts.procedures[one] for one in TRANSPLANTS if one in concepts.procedures]
        starts = [start for one in lists for start in one.starts]
        return reduce(or_, [plain_code(word).startswith(start) for start in starts], by_word | billed)
    return by_word


def _said_of_words(name: str, rows: Any) -> list[str]:
    """Count the words that were read and those that were not, the commonest of which are named."""
    column = _FIELDS[_NAMES[name]][_WORDED[name]]
    is_read = _is_read(name, rows[column], rows).fill_null(False)
    read = rows.filter(is_read).count().to_pyarrow().as_py()
    others = rows.filter(~is_read)
    counted = others.group_by(word=others[column]).aggregate(rows=others.count())
    unread = sorted(counted.to_pyarrow().to_pylist(), key=lambda row: (-row["rows"], str(row["word"])))
    said = [f"{name}: {read:,} rows are read by the word or code for the {_WORDED[name]}"]
    if unread:
        named = ", ".join(f"{row['word']} ({row['rows']:,})" for row in unread[:8])
        more = f" and {len(unread) - 8} more words" if len(unread) > 8 else ""
        said.append(f"{name}: {sum(row['rows'] for row in unread):,} rows are not read: {named}{more}")
    return said
