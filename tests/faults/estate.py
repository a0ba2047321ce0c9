"""PostgreSQL, Redis, web server, two workers and beat, and what an init system does for them: start again what is gone."""

import contextlib
import http.client
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from portal.supervisor import die_with_parent
from tests import services

ROOT = Path(__file__).resolve().parent.parent.parent
RESTART_SECONDS = 0.5
# The server is killed, not the machine: what it has written the system keeps. A commit, though, must be written.
SETTINGS = ("synchronous_commit=on", "max_connections=60", "log_min_messages=warning")
LONGEST_FREEZE = 4  # seconds; shorter than every time-out that would end what is frozen
# How often each part is broken, and each part in which way, in comparison.
PARTS = {"web": 3, "worker": 4, "beat": 1, "redis": 2, "postgresql": 3}
WAYS = {
    "web": {"process killed": 3, "master killed": 1, "master stopped": 1, "process frozen": 1},
    "worker": {"process killed": 4, "master killed": 2, "master stopped": 1, "process frozen": 1},
    "beat": {"killed": 1, "stopped": 1},
    "redis": {"killed": 2, "killed, contents lost": 2, "frozen": 1},
    "postgresql": {
        "connection ended": 3,
        "connection killed": 1,
        "stopped at once": 1,
        "killed": 1,
        "connection frozen": 1,
    },
}


@dataclass
class Program:
    """One process with children, started again whenever it is gone."""

    name: str
    command: list
    env: dict[str, str]
    log: Path
    options: dict
    keeps_children: bool = False  # those of PostgreSQL end themselves, tidily
    before: Callable[[], None] = lambda: None
    process: subprocess.Popen | None = None
    starts: int = 0

    def start(self) -> None:
        self.before()
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                self.command,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent,
                **self.options,
            )
        self.starts += 1

    def is_gone(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def clear(self) -> None:
        """As the end of a container: what the leader left goes with it."""
        if self.process is not None and not self.keeps_children:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def signal(self, number: int) -> bool:
        if self.is_gone():
            return False
        self.process.send_signal(number)
        return True

    def children(self) -> list[int]:
        return [] if self.is_gone() else children_of(self.process.pid)


def children_of(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        return [int(text) for text in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def send(pid: int, number: int) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
        return True
    return False


class Estate:
    """`env` is what every process of the portal runs with; it is complete once the estate was made."""

    def __init__(self, folder: Path, env: dict[str, str]):
        self.folder = folder
        self.cluster = services.new_cluster(folder)
        self.redis_port, self.web_port = services.free_port(), services.free_port()
        (folder / "redis").mkdir()
        self.env = env | {
            "DATABASE_URL": self.cluster.url,
            "REDIS_URL": f"redis://{services.LOCAL}:{self.redis_port}/0",
            "WEB_BIND": f"{services.LOCAL}:{self.web_port}",
            "WEB_LOG_LEVEL": "warning",
            "LOG_LEVEL": "WARNING",
            "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
        }
        self._forget = threading.Event()
        self._lock, self._stopping = threading.Lock(), threading.Event()
        self.servers = {
            "postgresql": Program(
                "postgresql", self.cluster.command(*SETTINGS), os.environ.copy(), self._log("postgresql"),
                {**self.cluster.options}, keeps_children=True,
            ),
            "redis": self._redis(),
        }  # fmt: skip
        self.programs = {
            "web": self._python("web", "gunicorn", "--config", "deploy/gunicorn.conf.py", "portal.wsgi:application"),
            "worker": self._worker("one"),
            "second worker": self._worker("two"),
            "beat": self._celery("beat", "beat", "--pidfile="),
        }  # fmt: skip
        self._keeper = threading.Thread(target=self._keep, daemon=True)

    # --- Starting ----------------------------------------------------------------------------------------

    def _log(self, name) -> Path:
        return self.folder / f"{name}.log"

    def _python(self, name, *arguments) -> Program:
        command = [sys.executable, "-m", *arguments]
        return Program(name, command, self.env, self._log(name), {"cwd": ROOT})

    def _celery(self, name, *arguments) -> Program:
        arguments = ("celery", "--quiet", "-A", "portal", *arguments, "--loglevel", "WARNING")
        return self._python(name, *arguments)

    def _worker(self, name) -> Program:
        queues = ("--queues", "default,import,export", "--concurrency", "1", "--hostname", f"{name}@%h")
        return self._celery(f"worker-{name}", "worker", *queues)

    def _redis(self) -> Program:
        command = [
            services.redis_program(),
            "--port",
            str(self.redis_port),
            "--bind",
            services.LOCAL,
            "--save",
            "",
        ]
        command += ["--appendonly", "yes", "--dir", self.folder / "redis", "--maxmemory-policy", "noeviction"]
        return Program(
            "redis",
            command,
            os.environ.copy(),
            self._log("redis"),
            {"cwd": self.folder},
            before=self._empty_redis,
        )

    def _empty_redis(self) -> None:
        if self._forget.is_set():
            shutil.rmtree(self.folder / "redis")
            (self.folder / "redis").mkdir()
            self._forget.clear()

    def start_servers(self) -> None:
        for name, server in self.servers.items():
            server.start()
            answers = (
                self.cluster.answers
                if name == "postgresql"
                else lambda: services.redis_answers(self.redis_port)
            )
            services.wait_until(answers, server.process, name)
        programs = self.cluster.programs
        command = [
            programs / "createdb",
            "-h",
            services.LOCAL,
            "-p",
            str(self.cluster.port),
            "-U",
            "portal",
            "portal",
        ]
        subprocess.run(command, check=True)

    def start(self) -> None:
        for program in self.programs.values():
            program.start()
        self._keeper.start()

    def everything(self) -> list[Program]:
        return [*self.servers.values(), *self.programs.values()]

    def _keep(self) -> None:
        while not self._stopping.wait(RESTART_SECONDS):
            for program in self.everything():
                with self._lock:
                    if program.is_gone() and not self._stopping.is_set():
                        program.clear()
                        program.start()

    def stop(self) -> None:
        self._stopping.set()
        with self._lock:
            for program in [*self.programs.values(), *self.servers.values()]:
                # For PostgreSQL this is the “fast” shutdown.
                if program.signal(signal.SIGINT):
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        program.process.wait(5)
                program.signal(signal.SIGKILL)
                program.clear()

    # --- Looking -----------------------------------------------------------------------------------------

    def is_ready(self) -> bool:
        """The web server says that all it needs works, and both workers and beat are there."""
        if any(program.is_gone() for program in self.everything()):
            return False
        connection = http.client.HTTPConnection(services.LOCAL, self.web_port, timeout=5)
        with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/readyz", headers={"Host": services.LOCAL})
            return connection.getresponse().status == 200
        return False

    # --- Breaking ----------------------------------------------------------------------------------------

    def break_one(self, part: str, chance: random.Random) -> tuple[str, bool] | None:
        """Breaks something of `part`. Says what it did and whether that was a kill; None where nothing was there to break."""
        ways = WAYS[part]
        (way,) = chance.choices(list(ways), list(ways.values()))
        with self._lock:
            done = getattr(self, f"_break_{part}")(way, chance)
        return (f"{part}: {way}", "frozen" not in way) if done else None

    def _break_web(self, way, chance) -> bool:
        return self._break_program(self.programs["web"], way, chance)

    def _break_worker(self, way, chance) -> bool:
        return self._break_program(self.programs[chance.choice(("worker", "second worker"))], way, chance)

    def _break_beat(self, way, chance) -> bool:
        return self.programs["beat"].signal(signal.SIGKILL if way == "killed" else signal.SIGTERM)

    def _break_program(self, program, way, chance) -> bool:
        if way == "master killed":
            return program.signal(signal.SIGKILL)
        if way == "master stopped":
            return program.signal(signal.SIGTERM)
        children = program.children()
        return bool(children) and self._hurt(chance.choice(children), way, chance)

    def _break_redis(self, way, chance) -> bool:
        redis = self.servers["redis"]
        if way == "frozen":
            return not redis.is_gone() and self._freeze(redis.process.pid, chance)
        if way != "killed":
            self._forget.set()
        return redis.signal(signal.SIGKILL)

    def _break_postgresql(self, way, chance) -> bool:
        server = self.servers["postgresql"]
        if way == "killed":
            return server.signal(signal.SIGKILL)
        if way == "stopped at once":
            return server.signal(signal.SIGQUIT)
        connections = [pid for pid in server.children() if _is_of_portal(pid)]
        return bool(connections) and self._hurt(chance.choice(connections), way, chance)

    def _hurt(self, pid, way, chance) -> bool:
        if way.endswith("frozen"):
            return self._freeze(pid, chance)
        return send(pid, signal.SIGTERM if way.endswith("ended") else signal.SIGKILL)

    def _freeze(self, pid, chance) -> bool:
        """For some seconds; should the process be killed meanwhile, there is nothing to wake up."""
        if not send(pid, signal.SIGSTOP):
            return False
        threading.Timer(chance.uniform(0.5, LONGEST_FREEZE), send, (pid, signal.SIGCONT)).start()
        return True


def _is_of_portal(pid: int) -> bool:
    """Whether this process of PostgreSQL serves a connection."""
    with contextlib.suppress(OSError):
        return b"portal portal" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


def wait_for(happens: Callable[[], bool], what: str, seconds: float = 600) -> None:
    end = time.monotonic() + seconds
    while not happens():
        if time.monotonic() > end:
            raise services.Unavailable(f"{what}: not within {seconds:.0f} seconds")
        time.sleep(0.3)
