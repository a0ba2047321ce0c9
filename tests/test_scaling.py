"""docs/scaling.md names what stands in the way of a database that is split by `root_id`."""

from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import UniqueConstraint

pytestmark = pytest.mark.once
TEXT = (Path(__file__).resolve().parent.parent / "docs/scaling.md").read_text()
PACKAGES = ("imports", "orgs", "members", "activities", "linkages", "portal")
# What a top organisation's rows hang on; everything below is reached by a foreign key.
HEADS = (
    "imports.Job", "imports.ImportRun", "orgs.AuditEvent", "members.Member", "members.RecruitmentCase",
    "activities.Activity", "linkages.Agreement", "linkages.Order", "linkages.Alliance",
)  # fmt: skip


def unique_keys(model):
    """Field names of each unique key but the primary one."""
    yield from (
        (field.name,) for field in model._meta.concrete_fields if field.unique and not field.primary_key
    )
    for constraint in model._meta.constraints:
        if isinstance(constraint, UniqueConstraint) and constraint.fields:
            yield constraint.fields


def crosses_tenants(model, key) -> bool:
    """Neither the top organisation nor another row, which belongs to one, is part of it."""
    return "root_id" not in key and not any(model._meta.get_field(name).is_relation for name in key)


def test_every_unique_key_across_tenants_is_named():
    found = {
        f"`{model._meta.label}.{'+'.join(key)}`"
        for package in PACKAGES
        for model in apps.get_app_config(package).get_models()
        for key in unique_keys(model)
        if crosses_tenants(model, key)
    }

    assert len(found) > 10
    assert {key for key in found if key not in TEXT} == set()


@pytest.mark.parametrize("label", HEADS)
def test_what_belongs_to_a_top_organisation_says_so(label):
    assert "root_id" in {field.name for field in apps.get_model(label)._meta.concrete_fields}
