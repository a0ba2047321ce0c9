"""Thousands of damaged workbooks through the import: `python -m tests.imports.fuzz [--count N] [--seed S] …`.

Each case is made from a seed and its number, so that any of them can be had again: `--first NUMBER --count 1`. Through `web`
they go the whole way (form, worker, reader, preview, two in seven written and undone) of a portal started for it;
through `reader` they are read and staged in this process, for numbers. The exit status is 1 when a fault was found.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

import django

from tests.processes import Portal

THROUGH = ("web", "reader")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.imports.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=200, help="how many files")
    parser.add_argument("--first", type=int, default=0, help="number of the first")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--through", choices=THROUGH, default="web")
    parser.add_argument(
        "--folder", type=Path, help="data folder of a portal whose database is migrated and empty"
    )
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="fuzz-") as scratch:
        portal = Portal(options.folder or Path(scratch, "var"))
        if not options.folder:
            portal.manage("migrate", "--verbosity=0")
            portal.manage("createcachetable")
        os.environ.update({name: portal.env[name] for name in ("VAR_DIR", "DJANGO_SETTINGS_MODULE")})
        django.setup()
        return feed(options, portal, Path(scratch, "tmp"))


def feed(options, portal: Portal, temporary: Path) -> int:
    from tests.imports import feeding  # noqa: PLC0415 - needs the folder that was chosen just now

    say = lambda text: print(text, flush=True)  # noqa: E731, T201
    tally = feeding.Tally(say=say)
    officer = feeding.found_register(feeding.lists())
    chosen = feeding.cases(options.seed, options.first, options.count)
    started = time.monotonic()
    if options.through == "reader":
        feeding.through_reader(tally, officer, chosen)
    else:
        temporary.mkdir()
        portal.start(TMPDIR=str(temporary), LOG_LEVEL="INFO")
        try:
            portal.wait_for("已启动")
            browser = feeding.Browser(portal.address)
            browser.sign_in(officer.username)
            feeding.Feeding(tally, portal, browser, temporary).feed(chosen)
        finally:
            portal.kill()
    outcomes = ", ".join(f"{name} {count}" for name, count in sorted(tally.outcomes.items()))
    say(
        f"{options.count} files in {time.monotonic() - started:.0f} s: {outcomes}; faults {len(tally.faults)}"
    )
    return 1 if tally.faults else 0


if __name__ == "__main__":
    sys.exit(main())
