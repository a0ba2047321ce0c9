"""Dated settings: typed, dated, never changed afterwards; and API tokens, which people set for themselves."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone
from knox.models import AuthToken

from orgs.actions import accounts
from orgs.actions import settings as actions
from orgs.models import AuditEvent, DatedSetting
from orgs.regulations import DEFINITIONS, value_on
from tests import builders

pytestmark = pytest.mark.django_db


def day(offset=0):
    return timezone.localdate() + dt.timedelta(days=offset)


@pytest.fixture
def administrator():
    return builders.make_user("administrator", builders.make_organisation())


def add(by, code, value, offset=0):
    return actions.add_setting(
        code=code, value=value, effective_on=day(offset), by=by, basis="会议纪要〔2026〕1号"
    )


def test_a_future_value_waits_for_its_day(administrator):
    add(administrator, "survey_days", 45, offset=10)
    assert (value_on("survey_days"), value_on("survey_days", day(10))) == (30, 45)
    event = AuditEvent.objects.get(action="setting")
    assert (event.detail["value"], event.detail["effective_on"]) == (45, day(10).isoformat())


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("survey_days", -1),
        ("instructor_visit_days", 100_001),
        ("survey_days", True),
        ("survey_days", "45"),
        ("coverage_exclude_dormant", 1),
        ("coverage_statuses", []),
        ("coverage_statuses", ["nowhere"]),
        ("coverage_denominator_name", 5),
    ],
)
def test_values_of_the_wrong_kind_are_refused(administrator, code, value):
    with pytest.raises(ValidationError):
        add(administrator, code, value)
    assert not DatedSetting.objects.exists()


def test_the_past_stays_and_a_day_has_one_value(administrator):
    with pytest.raises(ValidationError, match="不能早于今天"):
        add(administrator, "survey_days", 45, offset=-1)
    add(administrator, "survey_days", 45, offset=1)
    with pytest.raises(ValidationError, match="已有设定"):
        add(administrator, "survey_days", 46, offset=1)


def test_only_a_value_not_yet_in_force_can_be_deleted(administrator):
    current, coming = (add(administrator, "survey_days", 45, offset=o) for o in (0, 1))
    with pytest.raises(ValidationError, match="不能删除"):
        actions.delete_setting(setting=current, by=administrator)
    actions.delete_setting(setting=coming, by=administrator)
    assert list(DatedSetting.objects.all()) == [current]


@pytest.mark.parametrize(
    ("code", "posted", "stored"),
    [
        ("coverage_exclude_dormant", {}, False),
        ("coverage_exclude_dormant", {"value": "on"}, True),
        ("survey_days", {"value": "45"}, 45),
        ("coverage_statuses", {"value": ["open", "moved_in"]}, ["open", "moved_in"]),
        ("coverage_denominator_name", {"value": "规上企业"}, "规上企业"),
    ],
)
def test_the_form_speaks_the_type_of_the_setting(client_for, administrator, code, posted, stored):
    client, url = client_for(administrator), reverse("orgs:setting", args=[code])
    assert client.get(url).status_code == 200
    response = client.post(url, {"effective_on": day(3).isoformat(), "basis": "会议纪要"} | posted)
    assert response.status_code == 302
    assert DatedSetting.objects.get(code=code).value == stored


def test_the_list_shows_every_setting_in_three_queries_more(
    client_for, administrator, django_assert_max_num_queries
):
    client, url = client_for(administrator), reverse("orgs:setting-list")
    add(administrator, "survey_days", 45)
    add(administrator, "survey_days", 50, offset=5)
    client.get(url)
    with django_assert_max_num_queries(7):
        rows = client.get(url).context["settings"]
    assert {row["code"] for row in rows} == set(DEFINITIONS)
    shown = next(row for row in rows if row["code"] == "survey_days")
    assert (shown["value"], [words for _, words in shown["coming"]]) == ("45", ["50"])


def test_settings_are_for_administrators_of_the_top(client_for, administrator):
    top = administrator.appointments.get().organisation
    lower = builders.make_user("administrator", builders.make_organisation(top))
    for user in (lower, builders.make_user("officer", top)):
        client = client_for(user)
        assert client.get(reverse("orgs:setting-list")).status_code == 403
        assert client.post(reverse("orgs:setting", args=["survey_days"]), {}).status_code == 403
    assert client_for(administrator).get(reverse("orgs:setting", args=["nothing"])).status_code == 404


def test_delete_button(client_for, administrator):
    coming = add(administrator, "survey_days", 45, offset=1)
    client_for(administrator).post(reverse("orgs:setting-delete", args=[coming.pk]))
    assert not DatedSetting.objects.exists()


# --- API tokens --------------------------------------------------------------------------------------


def test_a_token_is_shown_once_and_revoked(client_for, administrator):
    client, url = client_for(administrator), reverse("orgs:token-list")
    text = client.post(url, {"expires_on": day(30).isoformat()}).context["text"]
    token = AuthToken.objects.get()
    assert text.startswith(token.token_key)
    assert text not in client.get(url).content.decode()
    assert timezone.localtime(token.expiry).date() == day(30)
    client.post(reverse("orgs:token-revoke", args=[token.token_key]))
    assert not AuthToken.objects.exists()


@pytest.mark.parametrize("offset", [0, 366])
def test_a_token_ends_within_a_year(administrator, offset):
    with pytest.raises(ValidationError, match="最长一年"):
        accounts.create_token(user=administrator, expires_on=day(offset))


def test_ten_tokens_are_enough(administrator):
    for _ in range(10):
        accounts.create_token(user=administrator, expires_on=day(1))
    with pytest.raises(ValidationError, match="最多同时保留"):
        accounts.create_token(user=administrator, expires_on=day(1))


def test_tokens_of_others_are_not_found(client_for, administrator):
    accounts.create_token(user=administrator, expires_on=day(9))
    other = client_for(builders.make_user("officer", administrator.appointments.get().organisation))
    url = reverse("orgs:token-revoke", args=[AuthToken.objects.get().token_key])
    assert other.post(url).status_code == 404
    assert AuthToken.objects.count() == 1
