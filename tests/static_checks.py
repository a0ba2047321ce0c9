"""What needs no test run: style, templates, import arrows, migrations, settings. Runs all, then judges."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = [sys.executable, "-m"]
MANAGE = [sys.executable, "manage.py"]
CHECKS = {
    "ruff check": [*PYTHON, "ruff", "check", "--quiet", "."],
    "ruff format": [*PYTHON, "ruff", "format", "--check", "--quiet", "."],
    "djlint lint": [*PYTHON, "djlint", "--lint", "--quiet", "templates"],
    "djlint format": [*PYTHON, "djlint", "--check", "templates"],
    "import arrows": [str(Path(sys.executable).parent / "lint-imports"), "--no-logo"],
    "migrations": [*MANAGE, "makemigrations", "--check", "--dry-run"],
    "django check": [*MANAGE, "check", "--fail-level", "WARNING"],
}


def failed_checks() -> list[str]:
    """Runs every check, shows the output of those that fail; returns their names."""
    failed = []
    with tempfile.TemporaryDirectory() as var:
        env = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL")}
        env |= {"VAR_DIR": var, "PYTHONPATH": str(ROOT)}
        for name, command in CHECKS.items():
            done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
            print(f"{'ok    ' if done.returncode == 0 else 'FAILED'} {name}", flush=True)
            if done.returncode:
                failed.append(name)
                print(done.stdout + done.stderr, flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(bool(failed_checks()))
