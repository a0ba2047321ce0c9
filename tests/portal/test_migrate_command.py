"""manage.py migrate: a created model and those it refers to know each other, whichever way it is added to the state."""

import pytest
from django.db import migrations, models
from django.db.migrations.state import ProjectState

from portal.management.commands.migrate import add_model, adding_by

pytestmark = pytest.mark.once
KEY = ("id", models.AutoField(primary_key=True))


def create(state, name, *fields):
    migrations.CreateModel(name, [KEY, *fields]).state_forwards("linkages", state)


def relations(state):
    """What every model of the state refers to and is referred to by."""
    return {
        model.__name__: {
            (field.name, field.related_model.__name__)
            for field in model._meta.get_fields()
            if field.is_relation and field.related_model in state.apps.get_models()
        }
        for model in state.apps.get_models()
    }


def grown(way) -> ProjectState:
    state = ProjectState()
    with adding_by(way):
        create(state, "Park")
        create(state, "Unit", ("park", models.ForeignKey("linkages.park", models.CASCADE)))
        assert state.apps.get_models()  # from here on they are rendered
        create(state, "Visit", ("unit", models.ForeignKey("linkages.unit", models.CASCADE)))
        create(state, "Round", ("parks", models.ManyToManyField("linkages.park")))
        create(state, "Part", ("whole", models.ForeignKey("self", models.CASCADE, related_name="parts")))
    return state


def test_models_know_each_other_as_in_djangos_own_way():
    found = relations(grown(add_model))

    assert found == relations(grown(ProjectState.add_model))
    assert found["Unit"] == {("park", "Park"), ("visit", "Visit")}
    assert found["Park"] == {("unit", "Unit"), ("round", "Round")}


def test_a_later_change_reaches_the_related_models():
    state = grown(add_model)

    migrations.RemoveField("Visit", "unit").state_forwards("linkages", state)
    migrations.DeleteModel("Round").state_forwards("linkages", state)

    assert relations(state)["Unit"] == {("park", "Park")}
    assert relations(state)["Park"] == {("unit", "Unit")}
