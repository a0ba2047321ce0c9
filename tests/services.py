"""Finds, or starts for the length of a test run, what the tests need outside Python.

Existing data is never touched: on a server that was running already the tests get a role, databases and
Redis databases of their own, removed afterwards.
"""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from getpass import getuser
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
import redis
from psycopg2 import sql

LOCAL = "127.0.0.1"
START_SECONDS = 30


@dataclass
class Service:
    env: dict[str, str]
    how: str


class Unavailable(Exception):
    """Why a service cannot be had on this machine."""


def chromium() -> str | None:
    """The browser's path: CHROMIUM, or the first one of the usual names."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOCAL, 0))
        return probe.getsockname()[1]


def wait_until(answers, process: subprocess.Popen, what: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not answers():
        if process.poll() is not None or time.monotonic() > deadline:
            raise Unavailable(f"{what} did not start")
        time.sleep(0.1)


@contextlib.contextmanager
def running(command: list, what: str, answers, **options):
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    try:
        wait_until(answers, process, what)
        yield
    finally:
        # For PostgreSQL this is the "fast" shutdown, for Redis the ordinary one.
        process.send_signal(2)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()


# --- PostgreSQL ----------------------------------------------------------------------------------------


@contextlib.contextmanager
def postgresql(scratch: Path):
    """A server to create test databases on: DATABASE_URL, the local one, or a throw-away one in `scratch`."""
    with contextlib.ExitStack() as stack:
        if os.environ.get("DATABASE_URL", "").startswith("postgres"):
            service = Service({"DATABASE_URL": os.environ["DATABASE_URL"]}, "DATABASE_URL")
        elif administrator := local_administrator():
            service = stack.enter_context(own_role(administrator))
        else:
            service = stack.enter_context(own_postgresql(scratch))
        yield service


def local_administrator() -> dict | None:
    """How to connect to the local server as somebody who may create roles, or None."""
    for user in dict.fromkeys((os.environ.get("PGUSER"), "postgres", getuser())):
        parameters = {"host": LOCAL, "port": 5432, "user": user, "dbname": "postgres", "connect_timeout": 3}
        try:
            with contextlib.closing(psycopg2.connect(**parameters)) as connection:
                cursor = connection.cursor()
                cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
                if cursor.fetchone()[0]:
                    return parameters
        except psycopg2.OperationalError:
            continue
    return None


@contextlib.contextmanager
def own_role(administrator: dict):
    """An ordinary role that may create databases, as in production, dropped with all that it owns."""
    role, password = f"portal_test_{secrets.token_hex(4)}", secrets.token_hex(16)
    with contextlib.closing(psycopg2.connect(**administrator)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        name = sql.Identifier(role)
        cursor.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB PASSWORD %s").format(name), [password])
        cursor.execute(sql.SQL("ALTER ROLE {} SET synchronous_commit = off").format(name))
        version = connection.server_version // 10000
    try:
        url = f"postgres://{role}:{password}@{LOCAL}:5432/{role}"
        yield Service({"DATABASE_URL": url}, f"local server, version {version}, own role")
    finally:
        with contextlib.closing(psycopg2.connect(**administrator)) as connection:
            connection.autocommit = True
            drop_role(connection.cursor(), role)


def drop_role(cursor, role: str) -> None:
    cursor.execute(
        "SELECT datname FROM pg_database JOIN pg_roles ON pg_roles.oid = datdba WHERE rolname = %s", [role]
    )
    for (database,) in cursor.fetchall():
        cursor.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))
    cursor.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


@contextlib.contextmanager
def own_postgresql(scratch: Path):
    cluster = new_cluster(scratch)
    with running(cluster.command("full_page_writes=off"), "PostgreSQL", cluster.answers, **cluster.options):
        yield Service({"DATABASE_URL": cluster.url}, f"own throw-away server from {cluster.programs}")


@dataclass
class Cluster:
    """A PostgreSQL that was made but does not run: `command` starts it, with `options` for Popen."""

    programs: Path
    data: Path
    port: int
    options: dict

    def command(self, *settings: str) -> list:
        return server_command(self.programs, self.data, self.port, *settings)

    def answers(self) -> bool:
        return postgresql_answers(self.port)

    @property
    def url(self) -> str:
        return f"postgres://portal@{LOCAL}:{self.port}/portal"


def new_cluster(scratch: Path) -> Cluster:
    programs = postgresql_programs()
    data, port = scratch / "postgresql", free_port()
    data.mkdir()
    identity = ordinary_user()
    if identity:
        # mkdtemp gives the scratch folder to root alone; the server only has to pass through it.
        scratch.chmod(0o711)
        shutil.chown(data, **identity)
    subprocess.run(
        [programs / "initdb", "-D", data, "-U", "portal", "-A", "trust", "-E", "UTF8", "--no-sync"],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd=data,
        **identity,
    )
    return Cluster(programs, data, port, {"cwd": data, **identity})


def server_command(programs: Path, data: Path, port: int, *settings: str) -> list:
    command = [programs / "postgres", "-D", data, "-k", data, "-h", LOCAL, "-p", str(port)]
    for setting in ("fsync=off", "synchronous_commit=off", *settings):
        command += ["-c", setting]
    return command


def maintenance(url: str) -> str:
    """The database of the same server that is always there."""
    return f"{url.rpartition('/')[0]}/postgres"


def run_on(url: str, statement: str) -> None:
    with contextlib.closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        connection.cursor().execute(statement)


def postgresql_answers(port: int) -> bool:
    with contextlib.suppress(psycopg2.OperationalError):
        psycopg2.connect(host=LOCAL, port=port, user="portal", dbname="postgres").close()
        return True
    return False


class Replica:
    """A streaming replica of an `own_postgresql`; what it was asked is in its log."""

    def __init__(self, primary_url: str, data: Path):
        self.programs, self.identity = postgresql_programs(), ordinary_user()
        self.data, self.log, self.port = data, data.with_suffix(".log"), free_port()
        self.url = primary_url.replace(f":{urlsplit(primary_url).port}/", f":{self.port}/")
        self.process = None
        data.mkdir(mode=0o700)
        if self.identity:
            shutil.chown(data, **self.identity)
        copy = [self.programs / "pg_basebackup", "-D", data, "-d", maintenance(primary_url)]
        copy += ["--checkpoint=fast", "--wal-method=stream", "--write-recovery-conf", "--no-sync"]
        subprocess.run(copy, check=True, stderr=subprocess.DEVNULL, cwd=data, **self.identity)

    def start(self) -> None:
        command = server_command(self.programs, self.data, self.port, "log_statement=all")
        with self.log.open("a") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.data, **self.identity)
        wait_until(lambda: postgresql_answers(self.port), self.process, "the replica")

    def kill(self) -> None:
        """As if its machine had gone."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(15)

    def run(self, statement: str) -> None:
        run_on(maintenance(self.url), statement)


@contextlib.contextmanager
def replicated_postgresql(scratch: Path):
    """A throw-away server and its `Replica`, which runs."""
    with own_postgresql(scratch) as primary:
        replica = Replica(primary.env["DATABASE_URL"], scratch / "replica")
        replica.start()
        try:
            yield primary, replica
        finally:
            if replica.process.poll() is None:
                replica.kill()


def postgresql_programs() -> Path:
    """The folder with initdb and postgres; Debian keeps them off the PATH."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    found = installed[-1] if installed else shutil.which("initdb")
    if not found:
        raise Unavailable("no DATABASE_URL, no usable server on port 5432, no server programs")
    return Path(found).parent


def ordinary_user() -> dict:
    """Popen arguments that drop root, which PostgreSQL refuses to run as."""
    if os.geteuid():
        return {}
    passwd = Path("/etc/passwd").read_text().splitlines()
    names = {line.split(":")[0] for line in passwd}
    user = "postgres" if "postgres" in names else "nobody"
    group = int(next(line.split(":")[3] for line in passwd if line.startswith(f"{user}:")))
    return {"user": user, "group": group}


# --- Redis ---------------------------------------------------------------------------------------------


@contextlib.contextmanager
def redis_server(scratch: Path, databases: int):
    """A Redis with empty databases: REDIS_URL, the local one, or a throw-away one in `scratch`."""
    url, how = os.environ.get("REDIS_URL"), "REDIS_URL"
    if not url and redis_answers(6379):
        url, how = f"redis://{LOCAL}:6379/0", "local server, own databases"
    with contextlib.ExitStack() as stack:
        if not url:
            url = stack.enter_context(own_redis(scratch))
            how = "own throw-away server"
        base = url if url.rpartition("/")[2].isdigit() else f"{url.rstrip('/')}/0"
        numbers = stack.enter_context(empty_databases(base, databases))
        env = {"REDIS_URL": base, "TEST_REDIS_DATABASES": ",".join(map(str, numbers))}
        yield Service(env, how)


def redis_answers(port: int) -> bool:
    try:
        return redis.Redis(LOCAL, port, socket_timeout=2).ping()
    except redis.RedisError:
        return False


@contextlib.contextmanager
def own_redis(scratch: Path):
    port = free_port()
    command = [redis_program(), "--port", str(port), "--bind", LOCAL, "--save", "", "--dir", scratch]
    with running(command, "Redis", lambda: redis_answers(port)):
        yield f"redis://{LOCAL}:{port}/0"


def redis_program() -> str:
    program = shutil.which("redis-server")
    if not program:
        raise Unavailable("no REDIS_URL, nothing on port 6379, no server program")
    return program


@contextlib.contextmanager
def empty_databases(url: str, wanted: int):
    """Numbers of databases that held nothing, claimed against other runs here, emptied afterwards."""
    clients = {n: redis.Redis.from_url(f"{url.rpartition('/')[0]}/{n}") for n in range(15, -1, -1)}
    numbers = []
    try:
        for number, client in clients.items():
            if len(numbers) < wanted and not client.dbsize() and client.set("claimed by tests", 1, nx=True):
                numbers.append(number)
        if len(numbers) < wanted:
            raise Unavailable(f"fewer than {wanted} empty databases on {url.rpartition('@')[2]}")
        yield numbers
    finally:
        for number in numbers:
            clients[number].flushdb()
