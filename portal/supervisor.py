"""Keeps the processes of the embedded size running: starts, watches, restarts and stops them together."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# A warm stop lets requests and short tasks finish; what is left is a job that the sweep starts again.
WARM_SECONDS, COLD_SECONDS = 10, 3
LONGEST_PAUSE = 30
# A process that lived this long had started properly, so the next failure is a new one.
STEADY_SECONDS = 60
HOPELESS_STARTS = 3
PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Ask Linux for SIGTERM when the supervisor is gone, kill -9 included. Elsewhere nothing happens."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Child:
    """One supervised program, leader of its own process group so that Ctrl-C reaches only the supervisor."""

    def __init__(self, name: str, command: list[str], *, env: dict[str, str], pass_fds=()):
        self.name, self.command, self.env, self.pass_fds = name, command, env, pass_fds
        self.failures = 0
        self.start_at = 0.0
        self.process = None

    def start(self) -> None:
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603
            self.command,
            env=self.env,
            pass_fds=self.pass_fds,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def kill_group(self) -> None:
        """Remove what the leader may have left: workers of a killed server, a pool of a killed worker."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def note_failure(self) -> float:
        """Count one more unexpected end; returns the seconds to wait before the next start."""
        lived = time.monotonic() - self.started_at
        self.failures = 1 if lived > STEADY_SECONDS else self.failures + 1
        pause = min(2 ** (self.failures - 1), LONGEST_PAUSE)
        self.start_at = time.monotonic() + pause
        return pause


class Supervisor:
    """Runs `children` until a stop signal comes; calls `announce` once, when `ready` first says yes."""

    def __init__(self, children: list[Child], *, say: Callable, ready: Callable, announce: Callable):
        self.children, self.say, self.ready, self.announce = children, say, ready, announce
        self.stopping = False
        self.announced = False

    def run(self) -> int:
        """Returns the exit status: 0 after a stop signal, 1 when a program cannot be started at all."""
        for number in STOP_SIGNALS:
            signal.signal(number, self._ask_to_stop)
        status = 0
        try:
            while not self.stopping:
                if not self._tend():
                    status = 1
                    break
                time.sleep(0.3)
        finally:
            self._stop_all()
        return status

    def _ask_to_stop(self, signum, frame) -> None:
        self.stopping = True

    def _tend(self) -> bool:
        """One round of watching. False when the portal never came up and starting again is hopeless."""
        for child in self.children:
            if child.running():
                continue
            if child.process is not None:
                code = child.process.returncode
                child.kill_group()
                child.process = None
                pause = child.note_failure()
                if child.failures >= HOPELESS_STARTS and not self.announced:
                    self.say(f"{child.name}无法启动（退出码 {code}），请查看上面的错误信息。")
                    return False
                self.say(f"{child.name}意外退出（退出码 {code}），{pause:.0f} 秒后重新启动。")
            elif time.monotonic() >= child.start_at:
                child.start()
        if not self.announced and self.ready():
            self.announced = True
            self.announce()
        return True

    def _stop_all(self) -> None:
        self.say("正在停止……")
        running = [child for child in self.children if child.running()]
        for number, seconds in ((signal.SIGTERM, WARM_SECONDS), (signal.SIGQUIT, COLD_SECONDS)):
            for child in running:
                child.process.send_signal(number)
            running = self._wait(running, seconds)
        for child in self.children:
            child.kill_group()
        self.say("已停止。")

    @staticmethod
    def _wait(children: list[Child], seconds: float) -> list[Child]:
        """Those of `children` that still run after at most `seconds`."""
        deadline = time.monotonic() + seconds
        while children and time.monotonic() < deadline:
            time.sleep(0.1)
            children = [child for child in children if child.running()]
        return children
