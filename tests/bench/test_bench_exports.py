"""What the bench of exports compares is the same list."""

import pytest

from bench import exports
from tests import builders

pytestmark = pytest.mark.django_db


def test_all_ways_write_the_same_list(tmp_path):
    branch = builders.make_organisation()
    for number in range(3):
        builders.make_member(branch, name=f"党员{number}", mobile="19900001234")
    ours, usual = tmp_path / "ours.xlsx", tmp_path / "usual.xlsx"

    with ours.open("wb") as file:
        exports.ours(file, "xlsx", 1)
    with usual.open("wb") as file:
        exports.usual(file, select_related=True)

    lines = exports.lines_of(ours, 2)
    assert len(lines) == 3
    assert lines == exports.lines_of(usual, 1)
