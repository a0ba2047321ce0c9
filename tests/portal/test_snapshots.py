"""Kept figures are what the lists count: after a rebuild, after every change, whoever made it and however."""

import os

import pytest

from portal import snapshots
from tests.portal.snapshot_world import (
    HAPPENINGS,
    World,
    assert_as_rebuilt,
    assert_counts_as_lists_do,
    standing,
)

pytestmark = pytest.mark.django_db


SEEDS = range(int(os.environ.get("SNAPSHOT_SEEDS", "3")))


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_kept_is_what_the_lists_count(seed):
    world = World(seed)
    world.happen(40)
    snapshots.rebuild()
    assert_counts_as_lists_do(world)
    world.happen(6)
    snapshots.refresh()
    assert_counts_as_lists_do(world)
    assert_as_rebuilt()


@pytest.mark.parametrize("seed", SEEDS)
def test_each_change_is_noticed(seed):
    """One at a time, so that a change that nothing marks cannot hide behind another."""
    world = World(seed)
    world.happen(25)
    snapshots.refresh()
    for name in HAPPENINGS:
        getattr(world, name)()
        snapshots.refresh()
        before = standing()
        snapshots.rebuild()
        assert standing() == before, name
