"""manage.py create_administrator: how the first person gets into an empty portal."""

import io
import re

import pytest
from django.core.management import CommandError, call_command

from orgs import access
from orgs.models import AuditEvent, Organisation, Role, User
from tests import builders

pytestmark = pytest.mark.django_db
TOP = ("--code", "ZJ-0001", "--name", "科学城综合党委")


def create(*options, username="first", name="安管平"):
    output = io.StringIO()
    call_command("create_administrator", username, name, *options, stdout=output)
    return output.getvalue()


def test_migrations_make_no_account():
    assert not User.objects.exists()


def test_in_an_empty_database_the_link_lets_the_administrator_in(client):
    output = create(*TOP, "--address", "https://party.example/")

    path = re.search(r"https://party\.example(/\S+)", output)[1]
    form = client.get(path, follow=True)
    words = {"new_password1": builders.PASSWORD, "new_password2": builders.PASSWORD}
    client.post(form.redirect_chain[-1][0], words)
    assert client.login(username="first", password=builders.PASSWORD)

    top = Organisation.objects.get()
    user = User.objects.get(username="first")
    assert (top.code, top.name, top.depth) == ("ZJ-0001", "科学城综合党委", 1)
    assert access.can_manage_account_at(user, top)
    assert access.can_run_imports(user, "organisations")
    assert client.get(path, follow=True).context["validlink"] is False


def test_it_is_recorded_as_done_by_the_system():
    create(*TOP)

    events = AuditEvent.objects.values_list("actor__username", "action")
    assert {actor for actor, _ in events} == {"system"}
    assert {"create", "grant"} <= {action for _, action in events}


def test_an_empty_database_needs_the_top_organisation_named():
    with pytest.raises(CommandError, match="--code 和 --name") as refusal:
        create()

    assert refusal.value.returncode == 2
    assert not User.objects.people().exists()


def test_a_second_administrator_is_refused_unless_forced():
    create(*TOP)

    with pytest.raises(CommandError, match="已有系统管理员“安管平”"):
        create(username="second")
    assert not User.objects.filter(username="second").exists()

    create("--force", username="second")
    assert Organisation.objects.count() == 1
    assert User.objects.get(username="second").appointments.get().role == Role.ADMINISTRATOR


def test_administrators_below_the_top_or_disabled_ones_do_not_count():
    top = builders.make_organisation()
    builders.make_user(Role.ADMINISTRATOR, builders.make_organisation(top))
    builders.make_user(Role.ADMINISTRATOR, top, is_active=False)

    assert "已建立" in create()


def test_of_several_top_organisations_one_must_be_named():
    first, second = builders.make_organisation(), builders.make_organisation()

    with pytest.raises(CommandError, match=f"{first.code}.*{second.code}"):
        create()

    create("--code", second.code)
    assert User.objects.get(username="first").appointments.get().organisation == second


def test_a_taken_user_name_leaves_nothing_behind():
    builders.make_user(username="first")

    with pytest.raises(CommandError, match="未建立账号"):
        create(*TOP)

    assert not Organisation.objects.exists()
