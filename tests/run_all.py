"""`make test`: everything this machine can run, then a table of what was exercised and what was not.

Arguments go to pytest. REQUIRE_ALL=1 turns "not exercised" and every skipped test into a failure.
"""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

# Runs as a program: only its own folder is on the path.
import services
from static_checks import failed_checks

ROOT = Path(__file__).resolve().parent.parent
# One more than the cores of the smallest machine: many tests wait for processes and browsers.
WORKERS = 3
OUTSIDE = ("DATABASE_URL", "REDIS_URL", "TEST_REDIS_DATABASES", "DATABASE_REPLICA_URL")


@dataclass
class Outcome:
    what: str
    exercised: bool
    passed: bool
    detail: str

    @property
    def verdict(self) -> str:
        if not self.exercised:
            return "NOT EXERCISED"
        return "passed" if self.passed else "FAILED"


def static_outcome() -> Outcome:
    title("static checks")
    failed = failed_checks()
    return Outcome(
        "static checks", True, not failed, ", ".join(failed) or "style, templates, arrows, migrations"
    )


def run_pytest(
    engine: str, env: dict[str, str], scratch: Path, arguments: list[str], *, again: bool = False
) -> list[Outcome]:
    """One pass over the suite; one outcome for the tests and one for the browser part of them.

    `again` leaves out what another engine cannot change (mark `once`).
    """
    title(f"pytest on {engine}")
    report = scratch / f"{engine.partition(' ')[0]}.xml"
    browser = services.chromium()
    command = [sys.executable, "-m", "pytest", "-q", "--tb=short", "-n", str(WORKERS)]
    # In the order of tests/conftest.py: by itself xdist begins with the files of most tests, not of most seconds.
    command += ["--dist", "loadfile", "--no-loadscope-reorder"]
    command += [f"--junitxml={report}", "-o", "junit_family=xunit1", *arguments]
    left_out = [f"not {mark}" for mark, out in (("e2e", not browser), ("once", again)) if out]
    if left_out:
        command += ["-m", " and ".join(left_out)]
    clean = {k: v for k, v in os.environ.items() if k not in OUTSIDE}
    # A pass leaves its files behind: the next one starts in folders of its own.
    own = {"TEST_VAR_DIR": tempfile.mkdtemp(dir=scratch)}
    started = time.monotonic()
    code = subprocess.run(command, cwd=ROOT, env=clean | own | env, check=False).returncode
    return outcomes(engine, code, report, browser, time.monotonic() - started)


def outcomes(engine, code, report, browser, seconds) -> list[Outcome]:
    cases = list(ElementTree.parse(report).iter("testcase")) if report.exists() else []  # noqa: S314
    in_browser = [case for case in cases if "/e2e/" in case.get("file", "")]
    skipped = [case for case in cases if case.find("skipped") is not None]
    broken = [
        case for case in in_browser if case.find("failure") is not None or case.find("error") is not None
    ]
    passed = code == 0 and bool(cases) and not (skipped and require_all())
    detail = f"{len(cases)} tests, {len(skipped)} skipped, {seconds:.0f} s"
    seen = f"{len(in_browser)} tests with {browser}" if browser else "no Chromium found"
    return [
        Outcome(engine, True, passed, detail),
        Outcome(f"browser on {engine}", bool(in_browser), not broken, seen),
    ]


def run_production_size(scratch: Path, arguments: list[str]) -> list[Outcome]:
    """The second pass, on whichever of the two servers can be had."""
    results, env, names = [], {}, []
    with contextlib.ExitStack() as stack:
        wanted = {
            "PostgreSQL": lambda: services.postgresql(scratch),
            "Redis": lambda: services.redis_server(scratch, WORKERS),
        }
        for name, service in wanted.items():
            try:
                found = stack.enter_context(service())
            except services.Unavailable as reason:
                results.append(Outcome(name, False, False, str(reason)))
                continue
            env |= found.env
            names.append(name)
            results.append(Outcome(f"{name} server", True, True, found.how))
        if names:
            results += run_pytest(" + ".join(names), env, scratch, arguments, again=True)
    return results


def title(text: str) -> None:
    print(f"\n===== {text} =====", flush=True)


def require_all() -> bool:
    return os.environ.get("REQUIRE_ALL") == "1"


def show(results: list[Outcome]) -> None:
    title("exercised on this machine")
    width = max(len(result.what) for result in results)
    for result in results:
        print(f"{result.what:<{width}}  {result.verdict:<13}  {result.detail}")


def main(arguments: list[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="portal-test-", ignore_cleanup_errors=True) as folder:
        scratch = Path(folder)
        results = [static_outcome()]
        results += run_pytest("SQLite", {}, scratch, arguments)
        results += run_production_size(scratch, arguments)
    show(results)
    if require_all():
        return int(not all(result.exercised and result.passed for result in results))
    return int(not all(result.passed for result in results if result.exercised))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
