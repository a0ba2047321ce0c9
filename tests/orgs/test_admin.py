"""The Django admin: for superusers, reading, without telephone numbers."""

import pytest
from django.contrib import admin
from django.urls import reverse

from orgs import audit
from orgs.models import AuditAction, User
from tests import builders

pytestmark = pytest.mark.django_db
OURS = [model for model in admin.site._registry if model._meta.app_label in ("orgs", "imports")]


@pytest.fixture
def support():
    return builders.make_user(is_superuser=True, is_staff=True)


def url(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.mark.parametrize("model", OURS, ids=lambda m: m._meta.label)
def test_lists_open_and_nothing_is_added_or_deleted(client_for, support, model):
    client = client_for(support)
    assert client.get(url(model, "changelist"), {"q": "测试"}).status_code == 200
    assert client.get(url(model, "add")).status_code == 403
    model_admin = admin.site._registry[model]
    request = client.get(url(model, "changelist")).wsgi_request
    assert model_admin.has_change_permission(request) is (model is User)
    assert not model_admin.has_delete_permission(request)


def test_phones_are_masked(client_for, support):
    client = client_for(support)
    for row in (
        builders.make_enterprise(contact_phone="19900001234"),
        builders.make_organisation(contact_phone="19900001234"),
    ):
        page = client.get(url(type(row), "change", row.pk)).content.decode()
        assert "199****1234" in page
        assert "19900001234" not in page


def test_audit_events_can_be_read(client_for, support):
    event = audit.record(actor=support, action=AuditAction.EXPORT, detail={"rows": 3})
    client = client_for(support)
    assert client.get(url(type(event), "change", event.pk)).status_code == 200
    assert client.post(url(type(event), "change", event.pk), {"actor_name": "x"}).status_code == 403


def test_support_switches_an_account_off_but_sees_no_password(client_for, support):
    user = builders.make_user()
    client, page = client_for(support), url(User, "change", user.pk)
    assert user.password not in client.get(page).content.decode()
    client.post(page, {"display_name": user.display_name, "email": ""})
    user.refresh_from_db()
    assert not user.is_active


@pytest.mark.parametrize("flags", [{}, {"is_staff": True}])
def test_others_get_nowhere(client_for, flags):
    user = builders.make_user("administrator", builders.make_organisation(), **flags)
    client = client_for(user)
    assert client.get(url(User, "changelist")).status_code in (302, 403)
    assert client.get(url(builders.Enterprise, "changelist")).status_code in (302, 403)
