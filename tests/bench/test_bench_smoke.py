"""The bench runs and compares what everybody left behind. Never how long it took: machines differ and are shared."""

import os

import pytest

from bench.__main__ import arguments_of, measure

pytestmark = pytest.mark.once
ENGINE = "postgresql" if "DATABASE_URL" in os.environ else "sqlite"
ROWS = 200


@pytest.fixture(scope="module")
def imports():
    return measure(arguments_of(["--rows", str(ROWS), "--engines", ENGINE, "--only", "imports"]))


def line(lines, start):
    return next(line for line in lines if line.what.startswith(start))


def test_all_ways_leave_the_same_register_behind(imports):
    compared = [line for line in imports if line.alternative]

    assert len(compared) == 5
    for found in compared:
        contents = {way["content"] for way in (found.ours, found.alternative, found.floor) if way}
        assert len(contents) == 1, found.what
    for start in (f"first import, {ROWS} ", f"roll of {ROWS} members"):
        assert line(imports, start).ours["rows"] == ROWS


def test_statements_do_not_grow_with_the_rows(imports):
    whole, quarter = (line(imports, f"first import, {count} ").ours for count in (ROWS, ROWS // 4))
    again = line(imports, "the November list again").ours

    assert whole["queries"] == quarter["queries"]
    assert again["counts"]["unchanged"] == ROWS
    assert line(imports, "undo").ours["queries"] < 60
