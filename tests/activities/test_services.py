"""Service records: for whom, by whom, what is counted, who may, and two people at one record."""

import datetime as dt
from decimal import Decimal

import pytest
from auditlog.models import LogEntry
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from activities.actions import activities
from activities.actions import services as actions
from activities.models import ServiceMember, ServiceRecord
from activities.own import own_services
from orgs.models import AuditEvent, User
from tests import builders

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def service_of(organisation, members=(), **values):
    values = {
        "on": timezone.localdate(), "kind": "science", "title": "工艺会诊", "beneficiary_name": "创业团队",
    } | values  # fmt: skip
    return actions.add_service(
        organisation=organisation, values=values, members=members, by=User.objects.system()
    )


def posted(**more):
    """What the form sends."""
    return {
        "on": timezone.localdate().isoformat(), "kind": "policy", "title": "政策讲解", "enterprise": "",
        "beneficiary_name": "楼宇物业", "problems_solved": "1", "projects_matched": "0", "hours": "1.5",
    } | more  # fmt: skip


@pytest.fixture
def branch(db):
    return builders.make_organisation(builders.make_organisation())


@pytest.fixture
def secretary(branch):
    return builders.make_user("secretary", branch)


def test_it_was_done_for_an_enterprise_or_for_somebody_else(branch):
    company = builders.make_enterprise()
    with pytest.raises(ValidationError, match="只填一项"):
        service_of(branch, enterprise=company)
    with pytest.raises(ValidationError, match="请填写服务企业或其他服务对象"):
        service_of(branch, beneficiary_name=" ")
    assert service_of(branch, enterprise=company, beneficiary_name="").beneficiary == company.name
    stored = service_of(branch)
    for wrong in ({"enterprise": company}, {"beneficiary_name": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ServiceRecord.objects.filter(pk=stored.pk).update(**wrong)


def test_days_hours_and_figures_have_their_bounds(branch):
    today = timezone.localdate()
    with pytest.raises(ValidationError):
        service_of(branch, on=today + DAY)
    for hours in ("0.3", "-0.5", "1000.5"):
        with pytest.raises(ValidationError):
            service_of(branch, hours=Decimal(hours))
    assert service_of(branch, on=today, hours=Decimal("0.5")).hours == Decimal("0.5")
    assert service_of(branch, hours=Decimal(1000)).hours == 1000
    with pytest.raises(ValidationError):
        service_of(branch, amount=Decimal("-0.01"))
    with pytest.raises(ValidationError):
        service_of(branch, title=" ")
    with pytest.raises(ValidationError):
        service_of(branch, problems_solved=100_001)


def test_only_members_at_home_on_the_day_take_part(branch):
    today = timezone.localdate()
    here = builders.make_member(branch)
    new = builders.make_member(branch, since=today)
    stranger = builders.make_member(builders.make_organisation(builders.make_organisation()))
    service_of(branch, [here, new])
    with pytest.raises(ValidationError, match="不是本党组织的党员"):
        service_of(branch, [here, new], on=today - DAY)
    with pytest.raises(ValidationError, match="不是本党组织的党员"):
        service_of(branch, [stranger])
    # Moving the day of a stored record asks again.
    stored = service_of(branch, [new])
    with pytest.raises(ValidationError, match="不是本党组织的党员"):
        actions.change_service(service=stored, values={"on": today - DAY}, by=User.objects.system())
    assert ServiceMember.objects.filter(service=stored).get().member == new


def test_the_activity_is_the_hosts_own_and_held(branch):
    by, other = User.objects.system(), builders.make_organisation(builders.make_organisation())
    values = {"title": "义诊", "starts_at": timezone.now() - DAY}
    held, elsewhere = (
        activities.record_activity(organisation=one, kinds=("volunteering",), values=values, counts={}, by=by)
        for one in (branch, other)
    )
    planned = activities.plan_activity(
        organisation=branch,
        kinds=("volunteering",),
        values=values | {"starts_at": timezone.now() + DAY},
        by=by,
    )
    assert service_of(branch, activity=held).activity == held
    for wrong in (elsewhere, planned):
        with pytest.raises(ValidationError, match="本党组织主办、已召开"):
            service_of(branch, activity=wrong)


def test_withdrawn_with_a_reason_it_stays_and_counts_nowhere(branch):
    by, member = User.objects.system(), builders.make_member(branch)
    stored = service_of(branch, [member], hours=Decimal("2.5"))
    service_of(branch, [member], hours=Decimal(1), on=timezone.localdate())
    assert own_services(member).context["totals"]["total_hours"] == Decimal("3.5")
    with pytest.raises(ValidationError, match="原因"):
        actions.withdraw_service(service=stored, reason="  ", by=by)
    actions.withdraw_service(service=stored, reason="重复登记", by=by)
    assert own_services(member).context["totals"]["total_hours"] == 1
    for again in (
        lambda: actions.withdraw_service(service=stored, reason="再", by=by),
        lambda: actions.change_service(service=stored, values={"title": "改"}, by=by),
    ):
        with pytest.raises(ValidationError, match="已撤销"):
            again()
    with pytest.raises(TypeError):
        stored.delete()


def test_members_see_their_own_services_of_the_year(branch, client_for):
    member = builders.make_member(branch, account=builders.make_user("member", branch))
    client, address = client_for(member.account), reverse("members:own-record")
    service_of(branch, title="别人的服务")
    assert "别人的服务" not in client.get(address).content.decode()
    service_of(branch, [member], title="本人的服务", hours=Decimal("2.5"))
    service_of(branch, [member], title="往年的服务", on=timezone.localdate().replace(month=1, day=1) - DAY)
    page = client.get(address).content.decode()
    assert "本人的服务" in page
    assert "1 次，2.5 小时" in page
    assert "往年的服务" not in page
    assert "别人的服务" not in page


def test_the_trail_tells_no_names(branch):
    member = builders.make_member(branch, name="欧阳某某")
    stored = service_of(branch, [member], beneficiary_name="诸葛某某", feedback="诸葛某某满意")
    actions.withdraw_service(service=stored, reason="诸葛某某要求", by=User.objects.system())
    events = [str(event.detail) for event in AuditEvent.objects.filter(object_id=stored.pk)]
    fields = [str(entry.changes) for entry in LogEntry.objects.get_for_object(stored)]
    assert len(events) == 2
    assert fields
    events += fields
    assert not any("某某" in detail for detail in events)


def test_the_totals_are_those_of_the_rows_shown(branch, client_for):
    other, company = builders.make_organisation(), builders.make_enterprise()
    members = [builders.make_member(branch) for _ in range(3)]
    service_of(branch, members, hours=Decimal("1.5"), amount=Decimal("10.25"), problems_solved=2)
    service_of(
        branch, members[:1], kind="matching", projects_matched=3, hours=Decimal(2), enterprise=company,
        beneficiary_name="", on=timezone.localdate() - DAY,
    )  # fmt: skip
    gone = service_of(branch, hours=Decimal(8))
    actions.withdraw_service(service=gone, reason="误登", by=User.objects.system())
    service_of(other, hours=Decimal(100))
    client = client_for(builders.make_user("secretary", branch))
    today = timezone.localdate().isoformat()
    for query, expected in (
        ({}, (2, Decimal("3.5"), 2, 3, Decimal("10.25"))),
        ({"kind": "matching"}, (1, Decimal(2), 0, 3, Decimal(0))),
        ({"since": today}, (1, Decimal("1.5"), 2, 0, Decimal("10.25"))),
        ({"q": company.name}, (1, Decimal(2), 0, 3, Decimal(0))),
        ({"state": "withdrawn"}, (1, Decimal(8), 0, 0, Decimal(0))),
        ({"state": "all"}, (3, Decimal("11.5"), 2, 3, Decimal("10.25"))),
        ({"q": "没有"}, (0, Decimal(0), 0, 0, Decimal(0))),
        ({"kind": "wrong"}, (0, Decimal(0), 0, 0, Decimal(0))),
    ):
        context = client.get(reverse("activities:service-list"), query).context
        assert tuple(context["totals"].values()) == expected, query
        rows = list(context["page"])
        assert (len(rows), sum(row.hours for row in rows)) == expected[:2], query


def test_two_people_editing_one_record(branch, secretary, client_for):
    stored, client = service_of(branch), client_for(secretary)
    address = reverse("activities:service-edit", args=[stored.pk])
    form = client.get(address).context["form"]
    seen = form["seen_at"].value()
    actions.change_service(service=stored, values={"title": "他人改过"}, by=User.objects.system())
    response = client.post(address, posted(title="我的改动", seen_at=seen))
    assert "已被他人修改" in response.content.decode()
    assert ServiceRecord.objects.get().title == "他人改过"
    fresh = client.get(address).context["form"]["seen_at"].value()
    assert client.post(address, posted(title="我的改动", seen_at=fresh)).status_code == 302
    assert ServiceRecord.objects.get().title == "我的改动"


def test_a_secretary_records_for_an_enterprise_in_sight_only(branch, secretary, client_for):
    member, client = builders.make_member(branch), client_for(secretary)
    ours, theirs = builders.make_enterprise(), builders.make_enterprise()
    builders.cover(ours, branch)
    address = reverse("activities:service-new")
    assert member.name in client.get(address).content.decode()
    sent = posted(beneficiary_name="", members=[member.pk], enterprise=theirs.credit_code)
    assert "找不到企业" in client.post(address, sent).content.decode()
    assert client.post(address, sent | {"enterprise": ours.credit_code}).status_code == 302
    stored = ServiceRecord.objects.get()
    assert (stored.enterprise, stored.organisation, list(stored.members.all())) == (ours, branch, [member])
    page = client.get(reverse("activities:service", args=[stored.pk])).content.decode()
    assert ours.name in page
    assert member.name in page


def test_the_edit_form_keeps_an_enterprise_that_went_out_of_sight(branch, secretary, client_for):
    member, company = builders.make_member(branch), builders.make_enterprise()
    stored = service_of(branch, [member], enterprise=company, beneficiary_name="")
    client, address = client_for(secretary), reverse("activities:service-edit", args=[stored.pk])
    form = client.get(address).context["form"]
    assert form["members"].value() == [member.pk]
    sent = posted(beneficiary_name="", enterprise=form["enterprise"].value(), members=[member.pk])
    assert client.post(address, sent).status_code == 302
    assert ServiceRecord.objects.get().enterprise == company


def test_who_reads_and_who_changes(branch, client_for):
    stored = service_of(branch)
    leader = builders.make_user("leader", branch)
    stranger = builders.make_user("secretary", builders.make_organisation(builders.make_organisation()))
    page, edit, withdraw = (
        reverse(f"activities:{name}", args=[stored.pk])
        for name in ("service", "service-edit", "service-withdraw")
    )
    assert client_for(leader).get(page).status_code == 200
    assert client_for(leader).get(edit).status_code == 403
    assert client_for(leader).post(withdraw, {"reason": "误登"}).status_code == 403
    assert client_for(stranger).get(page).status_code == 404
    assert client_for(stranger).post(withdraw, {"reason": "误登"}).status_code == 404
    assert ServiceRecord.objects.get().withdrawn_at is None


def test_the_export_holds_the_filtered_rows_and_no_members(client_for):
    committee = builders.make_organisation()
    branch = builders.make_organisation(committee)
    member = builders.make_member(branch, name="欧阳某某")
    service_of(branch, [member], title="导出的服务")
    service_of(branch, title="别的服务", kind="policy")
    client = client_for(builders.make_user("officer", committee))
    address = reverse("activities:service-export") + "?kind=science"
    response = client.post(address, {"file_format": "csv", "purpose": "年度汇总"})
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    assert "导出的服务" in text
    assert "年度汇总" in text
    assert "别的服务" not in text
    assert "欧阳某某" not in text


def test_the_interface_creates_lists_and_withdraws(branch, secretary, client_for):
    member, client = builders.make_member(branch), client_for(secretary)
    stranger = builders.make_member(builders.make_organisation(builders.make_organisation()))
    body = {
        "organisation": branch.code, "on": timezone.localdate().isoformat(), "kind": "science", "title": "检测",
        "beneficiary_name": "创业团队", "hours": "2.5", "members": [member.pk],
    }  # fmt: skip
    address = reverse("api:service-record-list")

    def send(url, data):
        return client.post(url, data, content_type="application/json")

    assert send(address, body | {"members": [stranger.pk]}).status_code == 400
    assert send(address, body | {"hours": "2.3"}).status_code == 400
    made = send(address, body)
    assert made.status_code == 201
    assert made.json()["members"] == [member.pk]
    withdraw = reverse("api:service-record-withdraw", args=[made.json()["id"]])
    assert send(withdraw, {"reason": "误登"}).status_code == 200
    assert client.get(address).json()["results"] == []
    assert len(client.get(address, {"state": "all"}).json()["results"]) == 1
    assert client.get(reverse("api:service-record-detail", args=[made.json()["id"]])).status_code == 200
