"""A database on a PostgreSQL server: the rows that a cohort needs, copied within one transaction that only reads.

From a server come the tables of patients with a code of myeloma, and everybody of `person`. They wait as files in the
private folder of the engine, which ends with it, and are read as files of a folder are: so both give the same rows.
The password of an address is given to the server and to nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from contextlib import closing
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from cereblon.cohort.cdm import TABLES, VOCABULARY
from cereblon.cohort.definition import CohortDefinition
from cereblon.cohort.engine import Engine
from cereblon.cohort.table_files import read_table_file
from cereblon.cohort.treatment_concepts import MYELOMA, CodeList, with_additions
from cereblon.core.errors import InputError
from cereblon.core.names import shortened

_BEGINS = re.compile(r"postgres(ql)?:", re.I)
_ADDRESS = re.compile(
    r"postgres(?:ql)?://(?:(?P<user>[^:/?#@]*)(?::(?P<password>[^/?#@]*))?@)?"
    r"(?P<place>[^/?#@]*(?:/[^/?#@]*)?)(?:\?(?P<more>[^#@]*))?",
    re.I,
)
_COMPUTED = {"v": "a view", "m": "a materialized view", "f": "a table of another server"}
_WAIT_S = 20

_LISTED = """
select n.nspname::text, c.relname::text, c.relkind::text,
       has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select'),
       array_agg(a.attname::text order by a.attnum), n.nspname = any(current_schemas(false))
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relkind in ('r', 'p', 'v', 'm', 'f') and lower(c.relname) = any(%s)
      and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
group by n.oid, n.nspname, c.oid, c.relname, c.relkind
order by 1, 2
"""


@dataclass(frozen=True, slots=True)
class _Stored:
    """A table of the server."""

    schema: str
    name: str
    kind: str
    is_open: bool
    columns: Mapping[str, str]
    is_named: bool


def is_server(source: object) -> bool:
    """Say whether a source is the address of a server, which as a path cannot be read and still has its password."""
    return _BEGINS.match(str(source)) is not None


def server_name(address: str) -> str:
    """Give an address without its password and its settings, for messages and for what is kept.

    Raises
    ------
    InputError
        If it cannot be told what of it is the password; the address is not repeated.
    """
    found = _ADDRESS.fullmatch(address)
    if found is None:
        raise InputError(
            "the address of the PostgreSQL database cannot be read",
            hint="write postgresql://USER@HOST:5432/DATABASE, and / ? # @ in a name or password as %2F %3F %23 %40; "
            "or leave the password to ~/.pgpass",
        )
    user = f"{found['user']}@" if found["user"] else ""
    return f"postgresql://{user}{found['place']}"


def load_psycopg() -> Any:
    """Import the client of PostgreSQL.

    Raises
    ------
    InputError
        If the extra is not installed.
    """
    try:
        return import_module("psycopg")
    except ImportError as error:
        raise InputError(
            "a PostgreSQL database is read through psycopg, which is not installed",
            hint='pip install "cereblon[postgres]"',
        ) from error


def server_tables(
    address: str,
    backend: Any,
    engine: Engine,
    definition: CohortDefinition,
    remarks: list[str],
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Copy what a cohort needs of a database, and give it as tables of the engine.

    Parameters
    ----------
    address
        `postgresql://USER@HOST:PORT/DATABASE`.
    backend, engine
        Where the copies are read, and what watches over their time.
    definition
        Whose codes say which patients and which concepts are needed.
    remarks
        Gains what is no stored table.
    say
        Is called with a line on each table.

    Raises
    ------
    InputError
        If the server cannot be reached, refuses, or holds no such database.
    """
    psycopg = load_psycopg()
    where = server_name(address)
    found: dict[str, Any] = {}
    try:
        with closing(_connected(psycopg, address)) as connection:
            stored = _stored_tables(connection, where, remarks)
            for name, table in stored.items():
                say(f"copying {name}")
                engine.refuse_late()
                path = engine.place / f"{name}.csv"
                _copy(psycopg, connection, table, _rows_of(psycopg, stored, name, definition), path, engine)
                found[name] = _read(path, f"{where}, {name}", backend, engine, table.columns)
    except psycopg.Error as error:
        engine.refuse_late()
        raise InputError(
            f"{where}: cannot be read ({_reason(error, address)})",
            hint="is the server there, and may this user read the tables?",
        ) from None
    remarks.append("of the server the rows of patients with a code of myeloma were copied, and everybody in person")
    return found


def _connected(psycopg: Any, address: str) -> Any:
    """Open a connection whose one transaction sees one state of the database and writes nothing."""
    connection = psycopg.connect(
        address, application_name="cereblon", connect_timeout=_WAIT_S, client_encoding="utf8"
    )
    connection.read_only = True
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    connection.execute("set local datestyle = 'ISO, YMD'")
    return connection


def _reason(error: Exception, address: str) -> str:
    """Give what the server says, without the password, in whatever form it might stand there."""
    said = shortened(next(iter(str(error).splitlines()), type(error).__name__), 300)
    found = _ADDRESS.fullmatch(address)
    written = (found and found["password"]) or ""
    for secret in {written, unquote(written)} - {""}:
        said = said.replace(secret, "...")
    return said


def _stored_tables(connection: Any, where: str, remarks: list[str]) -> dict[str, _Stored]:
    """Find the tables of the model, in one schema; of the vocabulary also in another."""
    wanted = [*TABLES, "cdm_source"]
    listed = [
        _Stored(schema, name, kind, is_open, {one.lower(): one for one in columns}, is_named)
        for schema, name, kind, is_open, columns, is_named in connection.execute(_LISTED, (wanted,))
    ]
    schema = _chosen_schema(listed, where)
    stored = {table.name.lower(): table for table in listed if table.schema == schema}
    for name in VOCABULARY:
        elsewhere = [one for one in listed if one.name.lower() == name and one.is_open]
        if name not in stored and len(elsewhere) == 1:
            stored[name] = elsewhere[0]
            remarks.append(f"{name}: is that of schema {elsewhere[0].schema}")
    if closed := sorted(name for name, table in stored.items() if not table.is_open):
        raise InputError(
            f"{where}, schema {schema}: there is no permission to read {', '.join(closed)}",
            hint=f"ask for: grant usage on schema {schema}, and grant select on {closed[0]}",
        )
    remarks += [
        f"{name}: is {_COMPUTED[table.kind]}; the rows that it gave were read"
        for name, table in stored.items()
        if table.kind in _COMPUTED
    ]
    return {name: stored[name] for name in wanted if name in stored}


def _chosen_schema(listed: Collection[_Stored], where: str) -> str:
    by_schema: dict[str, set[str]] = {}
    for table in listed:
        by_schema.setdefault(table.schema, set()).add(table.name.lower())
    whole = sorted(schema for schema, names in by_schema.items() if {"person", "drug_exposure"} <= names)
    if not whole:
        raise InputError(
            f"{where}: has no tables person and drug_exposure that this user may see",
            hint="a database of the OMOP Common Data Model 5.3 or 5.4 is read; is it another database of the server?",
        )
    named = sorted({one.schema for one in listed if one.is_named} & set(whole))
    if len(whole) > 1 and len(named) != 1:
        raise InputError(
            f"{where}: the schemas {', '.join(whole)} each hold the tables of a database",
            hint=f"name one in the address: {where}?options=-csearch_path%3D{whole[0]}",
        )
    return named[0] if len(whole) > 1 else whole[0]


def _rows_of(psycopg: Any, stored: Mapping[str, _Stored], name: str, definition: CohortDefinition) -> Any:
    """Give the condition on the rows of a table that are needed; none where a column for it is missing."""
    sql = psycopg.sql
    if name in ("person", "cdm_source"):
        return sql.SQL("true")
    if name in VOCABULARY:
        column = stored[name].columns.get(VOCABULARY[name])
        ids = sql.Literal(definition.asked_concepts())
        return sql.SQL("{} = any({})").format(sql.Identifier(column), ids) if column else sql.SQL("false")
    own = stored[name].columns.get("person_id")
    coded = _coded(sql, stored, with_additions(definition.concepts).diagnoses[MYELOMA])
    if own is None or coded is None:
        return sql.SQL("false")
    return sql.SQL("{} in ({})").format(sql.Identifier(own), coded)


def _coded(sql: Any, stored: Mapping[str, _Stored], codes: CodeList) -> Any:
    """Give the patients with a code of myeloma, by concept with descendants, or by code of the source."""
    diagnoses = stored.get("condition_occurrence")
    if diagnoses is None or not {"person_id", "condition_concept_id"} <= set(diagnoses.columns):
        return None
    ids = sql.Literal(list(codes.concept_ids))
    concept = sql.Identifier(diagnoses.columns["condition_concept_id"])
    known = [sql.SQL("{} = any({})").format(concept, ids)]
    ancestors = stored.get("concept_ancestor")
    if ancestors and {"ancestor_concept_id", "descendant_concept_id"} <= set(ancestors.columns):
        above, below = (sql.Identifier(ancestors.columns[f"{one}_concept_id"]) for one in ("ancestor", "descendant"))
        known.append(
            sql.SQL("{} in (select {} from {} where {} = any({}))").format(
                concept, below, _place(sql, ancestors), above, ids
            )
        )
    if source := diagnoses.columns.get("condition_source_value"):
        starts = [f"{start}%" for start in codes.starts]
        plain = sql.SQL("upper(replace({}::text, '.', ''))").format(sql.Identifier(source))
        known.append(sql.SQL("ltrim({}) like any({}::text[])").format(plain, sql.Literal(starts)))
    person = sql.Identifier(diagnoses.columns["person_id"])
    return sql.SQL("select {} from {} where {}").format(person, _place(sql, diagnoses), sql.SQL(" or ").join(known))


def _place(sql: Any, table: _Stored) -> Any:
    return sql.Identifier(table.schema, table.name)


def _copy(psycopg: Any, connection: Any, table: _Stored, rows: Any, path: Path, engine: Engine) -> None:
    """Copy columns of the model, of some rows of a table, into a file of text."""
    sql = psycopg.sql
    described = TABLES.get(table.name.lower())
    wanted = described.columns if described else ("cdm_version",)
    columns = [real for name, real in table.columns.items() if name in wanted] or list(table.columns.values())[:1]
    listed = sql.SQL(", ").join(map(sql.Identifier, columns))
    if engine.seconds_left is not None:
        milliseconds = max(1, int(1000 * engine.seconds_left))
        connection.execute(sql.SQL("set local statement_timeout = {}").format(sql.Literal(milliseconds)))
    asked = sql.SQL("copy (select {} from {} where {}) to stdout with (format csv, header true)").format(
        listed, _place(sql, table), rows
    )
    with connection.cursor() as cursor, cursor.copy(asked) as parts, path.open("wb") as stream:
        for part in parts:
            stream.write(part)


def _read(path: Path, where: str, backend: Any, engine: Engine, wanted: Collection[str]) -> Any:
    """Read a copy; its faults are those of the table."""
    try:
        return read_table_file(path, backend, engine, wanted)
    except InputError as error:
        raise InputError(error.message.replace(str(path), where), hint=error.hint) from error
