"""Kills processes that reckon while records are written: `python -m tests.portal.snapshot_kills ROUNDS [SEED]`.

Two of them at a time, one that rebuilds and one that refreshes, end without warning at any moment. Afterwards everything
that is kept has to be what a rebuild makes of the records. Runs on the database of the environment, which must be migrated and empty.
"""

import contextlib
import os
import random
import signal
import sys
import time

import django

django.setup()

from django.db import OperationalError, connection  # noqa: E402 - after the set-up

from portal import snapshots  # noqa: E402
from portal.models import Mark  # noqa: E402
from tests.portal.snapshot_world import World, standing  # noqa: E402

LONGEST, PAUSE = 0.15, 0.03  # seconds


def start(task) -> int:
    """A process that does nothing else for ever."""
    connection.close()
    if pid := os.fork():
        return pid
    while True:
        with contextlib.suppress(OperationalError):  # the other one holds the file for long
            task()
        time.sleep(PAUSE)  # else nobody else comes to the file


def main(rounds: int, seed: int) -> None:
    world, chance = World(seed), random.Random(seed)  # noqa: S311 - must repeat
    world.happen(20)
    snapshots.rebuild()
    killed = 0
    for _ in range(rounds):
        children = [start(snapshots.rebuild), start(snapshots.refresh)]
        world.happen()
        time.sleep(chance.random() * LONGEST)
        for pid in children:
            os.kill(pid, signal.SIGKILL)
            assert os.waitpid(pid, 0)[1] == signal.SIGKILL, "it ended by itself"
            killed += 1
    snapshots.refresh()
    assert not Mark.objects.exists()
    kept = standing()
    snapshots.rebuild()
    assert kept == standing(), "what is kept is not what the records say"
    sys.stdout.write(f"{killed} killed\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)
