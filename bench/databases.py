"""Throw-away databases: made once, then copied for every piece of work, so that all start alike."""

import contextlib
import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg2
from psycopg2 import sql

from tests import services


class Sqlite:
    """A database is a file."""

    name = "SQLite"

    def __init__(self, folder: Path):
        self.folder = folder
        self.numbers = itertools.count(1)

    def new(self) -> str:
        return str(self.folder / f"bench{next(self.numbers)}.sqlite3")

    def copy(self, database: str) -> str:
        return shutil.copyfile(database, self.new())

    def drop(self, database: str) -> None:
        for suffix in ("", "-wal", "-shm"):
            Path(database + suffix).unlink(missing_ok=True)

    def url(self, database: str) -> str:
        return f"sqlite:///{database}"


class Postgresql:
    """Databases of a role of our own; `services` drops them with it."""

    name = "PostgreSQL"

    def __init__(self, url: str):
        self.base, _, _ = url.rpartition("/")
        self.numbers = itertools.count(1)

    def _run(self, statement: str, *names: str) -> None:
        with contextlib.closing(psycopg2.connect(f"{self.base}/postgres")) as connection:
            connection.autocommit = True
            connection.cursor().execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def new(self) -> str:
        name = f"portal_bench_{next(self.numbers)}_{id(self):x}"
        self._run("CREATE DATABASE {}", name)
        return name

    def copy(self, database: str) -> str:
        name = f"portal_bench_{next(self.numbers)}_{id(self):x}"
        self._run("CREATE DATABASE {} TEMPLATE {}", name, database)
        return name

    def drop(self, database: str) -> None:
        self._run("DROP DATABASE {} WITH (FORCE)", database)

    def url(self, database: str) -> str:
        return f"{self.base}/{database}"


@contextlib.contextmanager
def engines(folder: Path, wanted: set[str], park: str | None = None) -> Iterator[list[Sqlite | Postgresql]]:
    """Those of `wanted` that this machine has; says what it lacks. `park`: a database on the server to be used."""
    with contextlib.ExitStack() as stack:
        found: list[Sqlite | Postgresql] = []
        if "sqlite" in wanted:
            found.append(Sqlite(folder))
        if "postgresql" in wanted and park:
            found.append(Postgresql(park))
        elif "postgresql" in wanted:
            try:
                service = stack.enter_context(services.postgresql(folder))
                found.append(Postgresql(service.env["DATABASE_URL"]))
            except services.Unavailable as reason:
                print(f"PostgreSQL not measured: {reason}")
        yield found
