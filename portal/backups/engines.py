"""What differs between the two engines: a snapshot of one moment, its dump, the sums of its tables, and loading it."""

import contextlib
import hashlib
import os
import shutil
import sqlite3
import subprocess
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from portal.backups.archive import PIECE, Refused
from portal.supervisor import die_with_parent

# Their rows stay out of the archive; the tables themselves do not.
TRANSIENT = ("django_session", "usersessions_usersession", "portal_cache")
DUMP_PIECE = 8 << 20
LOCK_SECONDS = 10


class Sum(NamedTuple):
    rows: int
    sha256: str


def engine() -> "Sqlite | Postgresql":
    return Sqlite() if connection.vendor == "sqlite" else Postgresql()


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


# --- SQLite ---------------------------------------------------------------------------------------------------


class Sqlite:
    name = "sqlite"

    def __init__(self):
        self.path = Path(connection.settings_dict["NAME"])

    @contextlib.contextmanager
    def snapshot(self, folder: Path) -> Iterator["SqliteSnapshot"]:
        """A copy beside the archive: SQLite keeps no moment of the past while others write."""
        copy = folder / ".backup.sqlite3"
        _remove(copy)
        try:
            with contextlib.closing(sqlite3.connect(copy)) as target:
                with contextlib.closing(sqlite3.connect(self.path)) as source:
                    _copy(source, target)
                target.execute("PRAGMA journal_mode=DELETE")
                target.execute("PRAGMA secure_delete=ON")
                for table in TRANSIENT:
                    if table in _sqlite_tables(target):
                        target.execute(f"DELETE FROM {quoted(table)}")  # noqa: S608
                target.commit()
                yield SqliteSnapshot(target, copy)
        except sqlite3.Error as error:
            raise Refused(f"数据库读取失败：{error}。") from error
        finally:
            _remove(copy)

    def sums(self) -> dict[str, Sum]:
        with contextlib.closing(sqlite3.connect(self.path)) as live:
            return _sqlite_sums(live)

    def others_connected(self) -> int:
        """SQLite does not know; loading waits for them and gives up."""
        return 0

    def load(self, dump: Path) -> None:
        """In one transaction: whoever is killed on the way leaves what was there."""
        file = dump.with_suffix(".sqlite3")
        unpack = zlib.decompressobj()
        with dump.open("rb") as packed, file.open("wb") as out:
            while data := packed.read(PIECE):
                out.write(unpack.decompress(data))
            out.write(unpack.flush())
        connection.close()
        try:
            with (
                contextlib.closing(sqlite3.connect(file)) as source,
                contextlib.closing(sqlite3.connect(self.path)) as target,
            ):
                _copy(source, target)
        except sqlite3.OperationalError as error:
            raise Refused(f"数据库写入失败（{error}），未做改动。请先停止门户的全部程序。") from error
        finally:
            file.unlink()


class SqliteSnapshot:
    def __init__(self, database, path):
        self.database, self.path = database, path

    def sums(self) -> dict[str, Sum]:
        return _sqlite_sums(self.database)

    def migrations(self) -> list[str]:
        rows = self.database.execute("SELECT app, name FROM django_migrations ORDER BY app, name")
        return [f"{app}.{name}" for app, name in rows]

    def pieces(self) -> Iterator[bytes]:
        pack, held = zlib.compressobj(level=4), bytearray()
        with self.path.open("rb") as file:
            while data := file.read(PIECE):
                held += pack.compress(data)
                if len(held) >= DUMP_PIECE:
                    yield bytes(held)
                    held.clear()
        yield bytes(held) + pack.flush()


def _remove(path: Path) -> None:
    """With its journal, which a full disk leaves."""
    for one in (path, path.with_name(f"{path.name}-journal")):
        one.unlink(missing_ok=True)


def _copy(source, target) -> None:
    """All pages in one step. SQLite would wait for ever where somebody else holds a lock."""
    deadline = time.monotonic() + LOCK_SECONDS

    def give_up(status, remaining, total):
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and time.monotonic() > deadline:
            raise sqlite3.OperationalError("database is locked")

    source.backup(target, progress=give_up)


def _sqlite_tables(database) -> list[str]:
    rows = database.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
    )
    return [name for (name,) in rows]


def _sqlite_sums(database) -> dict[str, Sum]:
    sums = {}
    for table in _sqlite_tables(database):
        rows, digest = 0, hashlib.sha256()
        for row in database.execute(f"SELECT * FROM {quoted(table)} ORDER BY rowid"):  # noqa: S608
            digest.update(repr(row).encode())
            rows += 1
        sums[table] = Sum(rows, digest.hexdigest())
    return sums


# --- PostgreSQL -----------------------------------------------------------------------------------------------


class Postgresql:
    name = "postgresql"

    @contextlib.contextmanager
    def snapshot(self, folder: Path) -> Iterator["PostgresqlSnapshot"]:
        """One read transaction, which pg_dump joins; writers go on meanwhile."""
        program("pg_dump")
        with _transaction() as own, own.cursor() as cursor:
            cursor.execute("SELECT pg_export_snapshot()")
            yield PostgresqlSnapshot(own, cursor.fetchone()[0])

    def sums(self) -> dict[str, Sum]:
        with _transaction() as own:
            return _postgresql_sums(own)

    def others_connected(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
            return cursor.fetchone()[0]

    def load(self, dump: Path) -> None:
        """All in one transaction that only the last line commits: whatever breaks off leaves what was there."""
        reader, writer = program("pg_restore"), program("psql")
        old = self._drops()
        connection.close()
        read = [reader, "--no-owner", "--no-privileges", "--file", "-", str(dump)]
        write = [writer, "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--output", os.devnull]
        with (
            _running(read, stdout=subprocess.PIPE) as source,
            _running(write, stdin=subprocess.PIPE) as target,
        ):
            try:
                target.stdin.write("\n".join(["BEGIN;", *old, ""]).encode())
                shutil.copyfileobj(source.stdout, target.stdin, PIECE)
                if source.wait() == 0:
                    target.stdin.write(b"\nCOMMIT;\n")
                target.stdin.close()
            except BrokenPipeError:
                source.kill()
            if target.wait() or source.wait():
                raise Refused(f"数据库写入失败，已全部退回。{_words(target)}{_words(source)}")
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
            cursor.execute("ANALYZE")
        connection.close()

    @staticmethod
    def _drops() -> list[str]:
        """Statements that take away what is there: tables, and functions that no extension brought."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT 'DROP TABLE ' || string_agg(oid::regclass::text, ', ') || ' CASCADE;' FROM pg_class "
                "WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' HAVING count(*) > 0 "
                "UNION ALL SELECT 'DROP ROUTINE ' || p.oid::regprocedure || ' CASCADE;' FROM pg_proc p "
                "LEFT JOIN pg_depend d ON d.objid = p.oid AND d.deptype = 'e' "
                "WHERE p.pronamespace = current_schema()::regnamespace AND d.objid IS NULL"
            )
            return [statement for (statement,) in cursor.fetchall()]


class PostgresqlSnapshot:
    def __init__(self, own: BaseDatabaseWrapper, identifier: str):
        self.own, self.identifier = own, identifier

    def sums(self) -> dict[str, Sum]:
        return _postgresql_sums(self.own, TRANSIENT)

    def migrations(self) -> list[str]:
        with self.own.cursor() as cursor:
            cursor.execute("SELECT app, name FROM django_migrations ORDER BY app, name")
            return [f"{app}.{name}" for app, name in cursor.fetchall()]

    def pieces(self) -> Iterator[bytes]:
        command = [program("pg_dump"), "--format=custom", "--no-owner", "--no-privileges"]
        command += [f"--snapshot={self.identifier}", *(f"--exclude-table-data={name}" for name in TRANSIENT)]
        with _running(command, stdout=subprocess.PIPE) as dump:
            while data := dump.stdout.read(DUMP_PIECE):
                yield data
            if dump.wait():
                raise Refused(f"pg_dump 未能完成。{_words(dump)}")


@contextlib.contextmanager
def _transaction() -> Iterator[BaseDatabaseWrapper]:
    """A connection of its own, on one moment, in which values are written the same way on every server."""
    with contextlib.closing(connection.copy()) as own, own.cursor() as cursor:
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute(
            "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0; "
            "SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL intervalstyle = 'postgres'; "
            "SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 3"
        )
        yield own


class _Digest:
    """The file that COPY writes to: one line for each row."""

    def __init__(self):
        self.rows, self.sha256 = 0, hashlib.sha256()

    def write(self, data: bytes) -> None:
        self.rows += data.count(b"\n")
        self.sha256.update(data)


def _postgresql_sums(own, without=()) -> dict[str, Sum]:
    """In the order of the keys; texts in that of their bytes, which is the same under every collation."""
    sums = {}
    with own.cursor() as cursor:
        cursor.execute(
            "SELECT t.oid::regclass::text, t.relname, "
            "array_agg(quote_ident(a.attname) || CASE WHEN a.attcollation = 0 THEN '' ELSE ' COLLATE \"C\"' END "
            "ORDER BY a.attnum) FILTER (WHERE a.attname IS NOT NULL) "
            "FROM pg_class t LEFT JOIN pg_index i ON i.indrelid = t.oid AND i.indisprimary "
            "LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY(i.indkey) "
            "WHERE t.relnamespace = current_schema()::regnamespace AND t.relkind = 'r' GROUP BY t.oid ORDER BY 2"
        )
        for table, name, keys in cursor.fetchall():
            digest = _Digest()
            order = ", ".join(keys) if keys else f'{table}::text COLLATE "C"'
            where = "WHERE false" if name in without else ""
            cursor.copy_expert(f"COPY (SELECT * FROM {table} {where} ORDER BY {order}) TO STDOUT", digest)  # noqa: S608
            sums[name] = Sum(digest.rows, digest.sha256.hexdigest())
    return sums


def program(name: str) -> str:
    """The program of the server's own version. Debian keeps those of several versions off the PATH."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        wanted = int(cursor.fetchone()[0]) // 10000
    seen = ""
    for folder in (None, f"/usr/lib/postgresql/{wanted}/bin"):
        found = shutil.which(name, path=folder)
        if not found:
            continue
        version = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
        if f") {wanted}." in version or f") {wanted}\n" in version:
            return found
        seen = f"找到的是“{version.strip()}”，"
    raise Refused(
        f"找不到与数据库服务器同版本（{wanted}）的程序 {name}：{seen}"
        f"请安装 postgresql-client-{wanted}，并让它在 PATH 中。"
    )


def _environment() -> dict[str, str]:
    """By the environment: a password among the arguments would show in every list of processes."""
    _, own = connection.client.settings_to_cmd_args_env(connection.settings_dict, [])
    where = {
        "PGDATABASE": connection.settings_dict["NAME"],
        "PGHOST": connection.settings_dict["HOST"],
        "PGPORT": str(connection.settings_dict["PORT"] or ""),
        "PGUSER": connection.settings_dict["USER"],
        "PGOPTIONS": "-c statement_timeout=0",
    }
    return os.environ | (own or {}) | {name: value for name, value in where.items() if value}


@contextlib.contextmanager
def _running(command: list[str], **pipes) -> Iterator[subprocess.Popen]:
    """Ends with this process, even when that is killed."""
    process = subprocess.Popen(  # noqa: S603
        command,
        env=_environment(),
        stderr=subprocess.PIPE,
        preexec_fn=die_with_parent,
        **pipes,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()


def _words(process: subprocess.Popen) -> str:
    """Its last words, without the values of a row that COPY would quote."""
    lines = process.stderr.read().decode(errors="replace").splitlines()
    return next((line for line in lines if "error" in line.lower()), "")
