"""A portal as in production, for benches that come through the door: web server, workers and beat as processes."""

import contextlib
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from tests.services import free_port

ROOT = Path(__file__).resolve().parent.parent
GUNICORN = ("-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "portal.wsgi:application")
WORKER = ("-m", "celery", "-A", "portal", "worker", "-Q", "default,import,export", "-c", "1", "-l", "ERROR")
BEAT = ("-m", "celery", "-A", "portal", "beat", "-l", "ERROR")


class Portal:
    def __init__(self, url: str, folder: Path, **env: str):
        self.port = str(free_port())
        own = {
            "DATABASE_URL": url,
            "VAR_DIR": str(folder),
            "WEB_BIND": f"127.0.0.1:{self.port}",
            "WEB_WORKERS": "2",
            "WEB_LOG_LEVEL": "error",
            "PYTHONPATH": str(ROOT),
            "DJANGO_SETTINGS_MODULE": "bench.settings",
        }
        self.env = os.environ | own | env

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def run(self, *command: str) -> str:
        """What a Python command prints."""
        return subprocess.run(
            [sys.executable, *command], cwd=ROOT, env=self.env, check=True, stdout=subprocess.PIPE, text=True
        ).stdout

    def python(self, script: str) -> str:
        return self.run("-c", f"import django; django.setup()\n{script}")

    def manage(self, *arguments: str) -> str:
        return self.run("manage.py", *arguments)

    @contextlib.contextmanager
    def serving(self, workers: int = 0) -> Iterator[list[subprocess.Popen]]:
        """Yields the processes: the web server, and where there are `workers` those and beat."""
        commands = [GUNICORN, *((*WORKER, "-n", f"w{number}@bench") for number in range(workers))]
        if workers:
            commands.append((*BEAT, "-s", str(Path(self.env["VAR_DIR"]) / "beat"), "--pidfile="))
        processes = [
            subprocess.Popen([sys.executable, *command], cwd=ROOT, env=self.env, stdout=subprocess.DEVNULL)
            for command in commands
        ]
        try:
            self.wait()
            yield processes
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait()

    def wait(self) -> None:
        for _ in range(300):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/livez", timeout=5)
                return
            time.sleep(0.2)
        raise SystemExit("The web server did not start.")
