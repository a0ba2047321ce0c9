"""manage.py demo_park: what it refuses and what production never gets."""

import datetime as dt
import io

import pytest
from django.core.management import CommandError, call_command

from orgs.demo import accounts, sizes
from orgs.models import Organisation, User
from portal.management.commands import demo_park
from tests import builders

DAY = dt.date(2026, 11, 20)


def test_the_command_refuses_a_database_in_use(db):
    builders.make_organisation()

    with pytest.raises(CommandError, match="只能载入空数据库") as refusal:
        call_command("demo_park")
    assert refusal.value.returncode == 2
    assert Organisation.objects.count() == 1


def test_production_gets_no_account_with_a_public_password(db, settings, monkeypatch):
    settings.DEBUG = False
    monkeypatch.setattr(demo_park, "load_city", lambda *args, **options: None)
    output = io.StringIO()
    call_command("demo_park", day=DAY, stdout=output)

    assert Organisation.objects.count() == sizes.ORGANISATIONS
    assert "没有演示账号" in output.getvalue()
    assert accounts.PASSWORD not in output.getvalue()
    assert not User.objects.exclude(username="system").exists()
