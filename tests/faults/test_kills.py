"""The script runs, breaks something of every part and judges what is left. How it is meant to be run: docs/faults.md."""

import os
import re
import subprocess
import sys

import pytest

from tests import services
from tests.processes import ROOT

pytestmark = pytest.mark.once
KILLS = 6


@pytest.fixture
def programs():
    try:
        services.postgresql_programs()
        services.redis_program()
    except services.Unavailable as error:
        pytest.skip(str(error))


def test_a_few_kills(programs):
    command = [
        sys.executable,
        "-m",
        "tests.faults",
        "--kills",
        str(KILLS),
        "--round",
        str(KILLS),
        "--pause",
        "0.5",
    ]
    env = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}

    done = subprocess.run(
        [*command, "--stale-seconds", "2"],
        cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=900,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    assert f"| **kills** | **{KILLS}** |" in done.stdout
    demanded, violated = re.search(
        r"\| \*\*all\*\* \| \*\*(\d+)\*\* \| \*\*(\d+)\*\* \|", done.stdout
    ).groups()
    assert int(demanded) > 10
    assert int(violated) == 0
