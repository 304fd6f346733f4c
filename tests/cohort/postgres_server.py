"""A PostgreSQL server of the tests' own: in a temporary folder, reached through a socket there, ended with them."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

SECRET = "top/s3cret?#:%"
"""Password of both users, with characters that an address must not hold as they are."""
_NOBODY = "nobody"


@dataclass(frozen=True)
class Server:
    """A server that runs."""

    socket: Path
    log: Path

    def address(self, database: str = "cdm", user: str = "reader", password: str = SECRET, more: str = "") -> str:
        """Give the address of a database."""
        written = f":{quote(password, safe='')}" if password else ""
        return f"postgresql://{user}{written}@/{database}?host={quote(str(self.socket), safe='')}{more}"

    def run(self, *statements: str, database: str = "cdm") -> None:
        """Run statements as the owner of everything."""
        import psycopg

        with psycopg.connect(self.address(database, "owner"), autocommit=True) as connection:
            for one in statements:
                connection.execute(one)

    def fill(self, tables: Mapping[str, Sequence[Mapping[str, Any]]], schema: str = "cdm54") -> None:
        """Write tables into a schema, names of columns in capitals where the name of the table is odd."""
        import psycopg
        from psycopg import sql

        with psycopg.connect(self.address("cdm", "owner")) as connection:
            connection.execute(sql.SQL("create schema {}").format(sql.Identifier(schema)))
            for place, (name, rows) in enumerate(tables.items()):
                if rows:
                    _fill_table(connection, (schema, name), rows, is_upper=place % 2 == 1)
            connection.execute(sql.SQL("grant usage on schema {} to reader").format(sql.Identifier(schema)))
            connection.execute(
                sql.SQL("grant all on all tables in schema {} to reader").format(sql.Identifier(schema))
            )


def _fill_table(connection: Any, name: tuple[str, str], rows: Sequence[Mapping[str, Any]], *, is_upper: bool) -> None:
    from psycopg import sql

    columns = list(rows[0])
    kinds = [_kind([row[column] for row in rows]) for column in columns]
    written = [column.upper() if is_upper else column for column in columns]
    listed = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(column), sql.SQL(kind))
        for column, kind in zip(written, kinds, strict=True)
    )
    place = sql.Identifier(name[0], name[1].upper() if is_upper else name[1])
    connection.execute(sql.SQL("create table {} ({})").format(place, listed))
    with connection.cursor() as cursor, cursor.copy(sql.SQL("copy {} from stdin").format(place)) as copy:
        for row in rows:
            copy.write_row([row[column] for column in columns])


def _kind(values: Sequence[Any]) -> str:
    kinds = {type(one).__name__ for one in values if one is not None}
    if kinds <= {"int"}:
        return "bigint" if kinds else "text"
    if kinds <= {"int", "float"}:
        return "double precision"
    return {"date": "date", "datetime": "timestamp"}.get(min(kinds), "text")


def programs() -> Path | None:
    """Find the programs of the server, the newest ones, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda one: int(one.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


@contextmanager
def running_server(where: Path) -> Iterator[Server]:
    """Run a server, as nobody where the tests run as root, whom the server refuses."""
    user = _NOBODY if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # the path of a socket has at most some 100 characters
    data, log = folder / "data", folder / "log"
    (folder / "password").write_text(SECRET, encoding="utf-8")
    if user:
        number, group = pwd.getpwnam(user)[2:4]
        for one in (folder, folder / "password"):
            os.chown(one, number, group)

    def run(program: str, *words: str) -> None:
        done = subprocess.run(
            [where / program, *words], user=user, cwd=folder, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stdout + done.stderr

    # the server of `start` keeps what it is given as standard output, so that its words go into a file
    run(
        "initdb", "--pgdata", str(data), "--username", "owner", "--pwfile", str(folder / "password"),
        "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync",
    )  # fmt: skip
    settings = f"-c listen_addresses= -c fsync=off -c log_statement=all -k {folder}"
    with log.open("wb") as words:
        subprocess.run(
            [where / "pg_ctl", "start", "--pgdata", data, "--wait", "--options", settings],
            user=user, cwd=folder, stdout=words, stderr=words, check=True, timeout=120,
        )  # fmt: skip
    server = Server(folder, log)
    try:
        server.run("create database cdm", f"create user reader password '{SECRET}'", database="postgres")
        yield server
    finally:
        run("pg_ctl", "stop", "--pgdata", str(data), "--mode", "immediate")
        shutil.rmtree(folder)
