"""The page of tables: columns with type, unit and meaning, from the schemas."""

from __future__ import annotations

from collections import defaultdict

import pyarrow as pa

from cereblon.tables import schemas
from cereblon.tables.answers.schema import COLUMNS
from cereblon.tables.fields import said
from cereblon.vocabulary.clinical import VOCABULARIES, cause_words, vocabulary_of
from scripts.reference_pages.markdown import NOTICE, cell, table

_INTRODUCTION = f"""# Tables
{NOTICE} The tables of a run, column by column. Simulated, observed and reconstructed subjects use the same subject
tables, so every function works on all of them. Published results are rows of the outcome table, in the same columns
as computed ones.

Days count from randomisation or the index date, which is day 0. A column that may be empty says so; everything else
has a value in every row.
"""
_MOST_WORDS = 25
_ABOUT = {
    "subjects": "One row per subject: covariates at day 0.",
    "exposures": "One row per subject, cycle and drug: what was ordered and what was given.",
    "labs": "One row per measurement.",
    "responses": "One row per response assessment, computed from the measurements.",
    "events": "One row per dated event.",
    "adverse_events": "One row per episode.",
    "grades": "One row per change of a grade that the clinic sees: what dose rules read.",
    "decisions": "One row per action of a dose rule; `cereblon replay` derives them again.",
}


def tables_page() -> str:
    """Make the page."""
    parts = [_INTRODUCTION]
    for name, schema in schemas.SUBJECT_TABLES.items():
        parts.append(f"## {name}\n\n{_ABOUT[name]}\n\n{_columns(schema)}")
        if name == "labs":
            rows = [[f"`{test}`", cell(unit)] for test, unit in schemas.TESTS.items()]
            parts.append(f"Tests:\n\n{table(['test', 'unit'], rows)}")
        if name == "events":
            parts.append("Events: " + ", ".join(f"`{event}`" for event in schemas.EVENT_NAMES) + ".\n")
            rows = [
                [f"`{event}`", ", ".join(cause or "empty" for cause in words.allowed) if words else "free text"]
                for event in schemas.EVENT_NAMES
                for words in (cause_words(event),)
            ]
            parts.append(table(["event", "causes"], rows))
    parts.append(
        "## outcomes\n\nOne row per estimate: what `cereblon.outcomes.summarise` returns, and what "
        f"`cereblon.evidence.reported_outcomes` makes of a publication.\n\n{_columns(schemas.OUTCOMES)}"
    )
    parts.append(_words())
    return "\n".join(parts)


_ANSWERS = f"""# Columns of answers
{NOTICE}
The meaning of every column in the tables of results: `.table()`, `.to_csv()` and pages of every result use these
entries, and `.schema()` gives those of one table. Columns of subjects stand on the page [tables](tables.md); a column
that is named after a treatment or marker holds what its table says.
"""


def answers_page() -> str:
    """Make the page of the columns of answers."""
    fields = sorted(COLUMNS.values(), key=lambda one: one.name.lower())
    rows = [[f"`{one.name}`", _type(one.type), said(one, "unit"), cell(said(one, "meaning"))] for one in fields]
    return f"{_ANSWERS}\n{table(['column', 'type', 'unit', 'meaning'], rows)}"


def _words() -> str:
    """List the closed words with what else is read as them."""
    rows = []
    for name in VOCABULARIES:
        words = vocabulary_of(name)
        other = defaultdict(list)
        for written, word in words.synonyms.items():
            other[word].append(written)
        if len(words.allowed) > _MOST_WORDS:
            listed = f"names of the evidence vocabulary, such as `{words.allowed[0]}`"
        else:
            listed = ", ".join(f"`{word}`" if word else "empty" for word in words.allowed)
        also = "; ".join(f"{word}: {', '.join(others)}" for word, others in other.items())
        rows.append([words.kind, listed, cell(also)])
    return (
        "## Words\n\nColumns of words are closed. `conform` takes the words themselves, "
        "`read_subject_tables` also what stands beside them, and says so. Case, spaces, hyphens and "
        "underscores make no difference to what else is read as a word.\n\n"
        + table(["what", "words", "also read as it"], rows)
    )


def _columns(schema: pa.Schema) -> str:
    rows = []
    for field in schema:
        meaning = field.metadata[b"meaning"].decode()
        rows.append([f"`{field.name}`", _type(field.type), "may be empty" if field.nullable else "", cell(meaning)])
    return table(["column", "type", "", "meaning"], rows)


def _type(kind: pa.DataType) -> str:
    return "text" if pa.types.is_dictionary(kind) else {"double": "float64"}.get(str(kind), str(kind))
