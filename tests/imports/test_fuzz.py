"""The damages can be had again, and some of them go through a running portal without a fault; `fuzz` sends thousands."""

import re
import subprocess
import sys

import pytest

from tests.imports import feeding
from tests.imports.damages import damaged
from tests.processes import ROOT, own_servers

SEED, FEW = 1, 8

pytestmark = pytest.mark.once


def test_seed_and_number_give_the_same_file_again():
    rows = [["企业名称", "从业人数"], ["上海虚构甲有限公司", 5], ["上海虚构乙有限公司", 7]]
    made = [damaged(SEED, number, rows, 0) for number in range(12)]

    assert made == [damaged(SEED, number, rows, 0) for number in range(12)]
    assert len({case.content for case in made}) == 12


def test_one_damaged_list_of_each_kind_through_a_running_portal(tmp_path):
    with own_servers(tmp_path / "var"):
        command = [
            sys.executable,
            "-m",
            "tests.imports.fuzz",
            f"--seed={SEED}",
            f"--count={FEW}",
            "--through=web",
        ]
        done = subprocess.run(
            [*command, f"--folder={tmp_path / 'var'}"], cwd=ROOT, capture_output=True, text=True, check=False
        )

    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(rf"{FEW} files in \d+ s: .*; faults 0", done.stdout)
    assert re.search(r"reader: at most \d+ MB", done.stdout)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("第3行“名称”为空，请补填。", ""),
        ("第3行“名称”“Error”为空，请补填。", ""),
        ("文件已损坏（CalamineError）。请另存后再上传。", "'CalamineError'"),
        ("invalid literal for int()", "no Chinese sentence"),
        ("文件已损坏。", "no cure"),
    ],
)
def test_what_is_called_wrong(text, wrong):
    found = feeding.sentence_complaints(text)

    assert bool(found) == bool(wrong)
    assert re.search(re.escape(wrong), " ".join(found))
