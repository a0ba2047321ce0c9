"""Enterprises: the actions that write them and the pages that show them."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from imports.models import ImportRun, Outcome, RunState, StagedRow
from orgs.actions.enterprises import (
    advance_founding,
    create_enterprise,
    next_stages,
    set_not_founded_reason,
    update_enterprise,
)
from orgs.identifiers import credit_code_check
from orgs.kinds import OrganisationKind
from orgs.models import (
    AuditAction,
    AuditEvent,
    BuildingStage,
    CoverageMethod,
    Enterprise,
    EnterprisePeriod,
    EnterpriseStatus,
    Role,
)
from orgs.timeline import timeline
from tests.builders import (
    cover,
    credit_code,
    make_area,
    make_cluster,
    make_enterprise,
    make_organisation,
    make_park,
    make_user,
)

pytestmark = pytest.mark.django_db
K, Stage = OrganisationKind, BuildingStage
TODAY = timezone.localdate()
PHONE = "19900001234"


def wrong_check(code):
    return code[:17] + next(c for c in "0123456789" if c != credit_code_check(code))


@pytest.fixture
def world():
    """Two areas with a committee and a park each; `ours` and `theirs` are enterprises of one each."""
    top = make_organisation()
    here, there = make_area(), make_area()
    committee = make_organisation(top, K.AREA_COMMITTEE, area=here)
    other = make_organisation(top, K.AREA_COMMITTEE, area=there)
    park, far_park = make_park(area=here), make_park(area=there)

    class World:
        pass

    w = World()
    w.top, w.committee, w.other, w.park, w.far_park = top, committee, other, park, far_park
    w.ours = make_enterprise(park=park, contact_phone=PHONE, employees=80, reported_members=5)
    w.theirs = make_enterprise(park=far_park)
    w.officer = make_user(Role.OFFICER, committee)
    w.leader = make_user(Role.LEADER, committee)
    w.chief = make_user(Role.OFFICER, top)
    return w


def last_event():
    return AuditEvent.objects.order_by("-pk").first()


# --- Register and change -----------------------------------------------------------------------------


def test_create_opens_a_period_and_is_audited(world):
    code = credit_code()

    enterprise = create_enterprise(
        values={"name": "甲公司", "credit_code": code, "park": world.park}, by=world.officer
    )

    period = EnterprisePeriod.objects.get(enterprise=enterprise)
    assert (period.park, period.since, period.until) == (world.park, TODAY, None)
    event = last_event()
    assert (event.action, event.object_label, event.organisation_id) == (
        AuditAction.CREATE,
        "甲公司",
        world.committee.pk,
    )


@pytest.mark.parametrize("code", ["9199990", "91999901MA000001O0"])
def test_create_refuses_malformed_codes_even_with_a_reason(world, code):
    with pytest.raises(ValidationError, match="统一社会信用代码"):
        create_enterprise(
            values={"name": "甲公司", "credit_code": code}, confirm_reason="有营业执照", by=world.officer
        )

    assert not Enterprise.objects.filter(name="甲公司").exists()


def test_create_takes_a_wrong_check_digit_only_with_a_reason(world):
    values = {"name": "甲公司", "credit_code": wrong_check(credit_code())}

    with pytest.raises(ValidationError, match="校验码不正确") as refusal:
        create_enterprise(values=values, by=world.officer)
    create_enterprise(values=values, confirm_reason="执照原件如此", by=world.officer)

    assert refusal.value.error_dict["credit_code"][0].code == "confirm"
    assert last_event().detail == {"reason": "执照原件如此"}


def test_create_refuses_a_code_already_registered(world):
    with pytest.raises(ValidationError, match="统一社会信用代码"):
        create_enterprise(values={"name": "乙", "credit_code": world.ours.credit_code}, by=world.officer)


def test_update_keeps_the_old_name_and_dates_the_move(world):
    before = world.ours.updated_at
    old_name = world.ours.name

    changed = update_enterprise(
        enterprise=world.ours, values={"name": "新名有限公司", "park": world.far_park}, by=world.chief
    )

    world.ours.refresh_from_db()
    assert changed == ["name", "park"]
    assert world.ours.old_names.get().name == old_name
    assert world.ours.updated_at > before
    assert list(world.ours.periods.order_by("pk").values_list("park", "until")) == [
        (world.park.pk, TODAY),
        (world.far_park.pk, None),
    ]
    assert last_event().detail["changes"] == {
        "name": [old_name, "新名有限公司"],
        "park": [world.park.name, world.far_park.name],
    }


def test_update_never_writes_the_phone_into_the_audit_trail(world):
    update_enterprise(enterprise=world.ours, values={"contact_phone": "19900009999"}, by=world.officer)

    assert Enterprise.objects.get(pk=world.ours.pk).contact_phone == "19900009999"
    assert last_event().detail["changes"] == {"contact_phone": ["******", "******"]}


def test_update_without_a_difference_writes_nothing(world):
    before, events = world.ours.updated_at, AuditEvent.objects.count()

    assert update_enterprise(enterprise=world.ours, values={"employees": 80}, by=world.officer) == []

    world.ours.refresh_from_db()
    assert (world.ours.updated_at, AuditEvent.objects.count()) == (before, events)


def test_update_refuses_to_overwrite_what_somebody_changed_meanwhile(world):
    seen = world.ours.updated_at
    update_enterprise(enterprise=world.ours, values={"employees": 90}, by=world.chief)

    with pytest.raises(ValidationError, match="已被他人修改"):
        update_enterprise(enterprise=world.ours, values={"employees": 70}, seen_at=seen, by=world.officer)


def test_update_refuses_more_members_than_employees(world):
    with pytest.raises(ValidationError, match="党员人数不能多于从业人数"):
        update_enterprise(enterprise=world.ours, values={"employees": 2}, by=world.officer)


def test_update_refuses_fields_that_have_actions_of_their_own(world):
    with pytest.raises(TypeError, match="building_stage"):
        update_enterprise(enterprise=world.ours, values={"building_stage": Stage.FOUNDED}, by=world.officer)


# --- Founding ----------------------------------------------------------------------------------------


def enter(world, stage, **kwargs):
    return advance_founding(enterprise=world.ours, stage=stage, on=TODAY, by=world.officer, **kwargs)


def test_founding_goes_step_by_step_to_an_own_organisation(world):
    enter(world, Stage.ENOUGH_MEMBERS)
    enter(world, Stage.PLANNED)
    enter(world, Stage.APPLIED)
    enter(world, Stage.APPROVED, document_no="张科综委〔2026〕8号")
    enter(world, Stage.ELECTED)
    cover(world.ours, make_organisation(world.committee), CoverageMethod.OWN)
    set_not_founded_reason(enterprise=world.ours, reason="other", by=world.officer)
    enter(world, Stage.FOUNDED)

    world.ours.refresh_from_db()
    assert (world.ours.building_stage, world.ours.not_founded_reason) == (Stage.FOUNDED, "")
    assert world.ours.founding_steps.count() == 6


@pytest.mark.parametrize(
    ("start", "stage", "extra", "message"),
    [
        (Stage.UNSURVEYED, Stage.PLANNED, {}, "之后只能登记"),
        (Stage.NO_MEMBERS, Stage.PLANNED, {}, "之后只能登记"),
        (Stage.APPLIED, Stage.APPROVED, {}, "批复须填写批复文号"),
        (Stage.APPLIED, Stage.PLANNED, {}, "退回须说明原因"),
        (Stage.APPLIED, Stage.APPLIED, {}, "已经是"),
        (Stage.ELECTED, Stage.FOUNDED, {}, "请先登记单独组建的党组织"),
        (Stage.UNSURVEYED, Stage.NO_MEMBERS, {"on": TODAY + dt.timedelta(days=1)}, "不能晚于今天"),
        (Stage.UNSURVEYED, "nonsense", {}, "没有这个进度"),
    ],
)
def test_founding_refuses(world, start, stage, extra, message):
    Enterprise.objects.filter(pk=world.ours.pk).update(building_stage=start)

    with pytest.raises(ValidationError, match=message):
        advance_founding(
            **{"enterprise": world.ours, "stage": stage, "on": TODAY, "by": world.officer} | extra
        )

    assert not world.ours.founding_steps.exists()


def test_founding_goes_back_with_a_note(world):
    Enterprise.objects.filter(pk=world.ours.pk).update(building_stage=Stage.APPLIED)

    enter(world, Stage.PLANNED, note="材料退回补正")

    assert world.ours.founding_steps.get().note == "材料退回补正"


def test_founded_may_be_entered_at_once_where_an_own_organisation_exists(world):
    cover(world.ours, make_organisation(world.committee), CoverageMethod.OWN)

    enter(world, Stage.FOUNDED)

    assert Enterprise.objects.get(pk=world.ours.pk).building_stage == Stage.FOUNDED


def test_next_stages_let_a_survey_be_corrected():
    assert set(next_stages(Stage.FEW_MEMBERS)) == {Stage.PLANNED, Stage.NO_MEMBERS, Stage.ENOUGH_MEMBERS}


def test_not_founded_reason_refuses_an_unknown_one(world):
    with pytest.raises(ValidationError):
        set_not_founded_reason(enterprise=world.ours, reason="nonsense", by=world.officer)


# --- Pages: who sees and does what -------------------------------------------------------------------


def test_list_hides_the_other_area(client, world):
    client.force_login(world.officer)

    response = client.get(reverse("orgs:enterprise-list"))

    assert [e.pk for e in response.context["page"]] == [world.ours.pk]
    assert response.context["counts"] == {"total": 1, "active": 1}
    assert world.theirs.name not in response.content.decode()
    assert PHONE not in response.content.decode()


@pytest.mark.parametrize("item_count", [1, 3])
@pytest.mark.parametrize("name", ["enterprise-list", "should-found"])
def test_lists_query_count_does_not_grow(client, world, item_count, name, django_assert_max_num_queries):
    branch = make_organisation(world.committee)
    for _ in range(item_count - 1):
        more = make_enterprise(park=world.park, employees=50, reported_members=4)
        cover(more, branch)
    client.force_login(world.officer)
    client.get(reverse("orgs:enterprise-list"))  # opens the session
    counts = {"enterprise-list": 12, "should-found": 14}

    with django_assert_max_num_queries(counts[name]):
        response = client.get(reverse(f"orgs:{name}"))

    assert len(response.context["page"]) == item_count


@pytest.mark.parametrize("name", ["enterprise", "enterprise-edit", "coverage-create", "visit-create"])
def test_pages_of_a_foreign_enterprise_are_not_found(client, world, name):
    client.force_login(world.officer)

    assert client.get(reverse(f"orgs:{name}", args=[world.theirs.pk])).status_code == 404


@pytest.mark.parametrize(
    "name",
    [
        "enterprise-flag",
        "enterprise-reveal",
        "enterprise-founding",
        "enterprise-not-founded",
        "survey-task-create",
    ],
)
def test_acts_on_a_foreign_enterprise_are_not_found_and_forbidden_to_readers(client, world, name):
    client.force_login(world.officer)
    assert client.post(reverse(f"orgs:{name}", args=[world.theirs.pk])).status_code == 404

    client.force_login(world.leader)
    assert client.post(reverse(f"orgs:{name}", args=[world.ours.pk])).status_code == 403


@pytest.mark.parametrize("name", ["enterprise-edit", "coverage-create", "visit-create"])
def test_forms_are_forbidden_to_readers(client, world, name):
    client.force_login(world.leader)

    assert client.get(reverse(f"orgs:{name}", args=[world.ours.pk])).status_code == 403


def test_a_contact_sees_the_own_enterprise_and_nothing_of_the_work_on_it(client, world):
    branch = make_organisation(world.committee)
    contact = make_user(Role.CONTACT, branch, enterprise=world.ours)
    client.force_login(contact)

    listed = client.get(reverse("orgs:enterprise-list"))
    page = client.get(reverse("orgs:enterprise", args=[world.ours.pk]))

    assert [e.pk for e in listed.context["page"]] == [world.ours.pk]
    assert page.status_code == 200
    assert "happenings" not in page.context
    assert PHONE not in page.content.decode()
    assert client.get(reverse("orgs:enterprise", args=[world.theirs.pk])).status_code == 404
    assert client.get(reverse("orgs:should-found")).status_code == 403


def test_members_may_not_open_the_list(client, world):
    client.force_login(make_user(Role.MEMBER, world.committee))

    assert client.get(reverse("orgs:enterprise-list")).status_code == 403


def test_reveal_asks_for_a_purpose_and_is_audited(client, world):
    client.force_login(world.officer)
    url = reverse("orgs:enterprise-reveal", args=[world.ours.pk])
    shown = client.get(reverse("orgs:enterprise", args=[world.ours.pk])).content.decode()

    without = client.post(url, follow=True)
    answer = client.post(url, {"purpose": "通知参加座谈会"}, headers={"HX-Request": "true"})

    assert "199****1234" in shown
    assert PHONE not in shown + without.content.decode()
    assert PHONE in answer.content.decode()
    assert "no-store" in answer.headers["Cache-Control"]
    event = last_event()
    assert (event.action, event.detail["purpose"]) == (AuditAction.REVEAL, "通知参加座谈会")
    assert PHONE not in str(event.detail)


# --- Pages: forms ------------------------------------------------------------------------------------


def form_data(enterprise, **kwargs):
    data = {
        "name": enterprise.name,
        "credit_code": enterprise.credit_code,
        "kind": enterprise.kind,
        "status": enterprise.status,
        "park": enterprise.park_id or "",
        "employees": enterprise.employees or "",
        "reported_members": enterprise.reported_members or "",
        "founded_on": enterprise.founded_on or "",
        "is_high_tech": "unknown",
        "seen_at": enterprise.updated_at.isoformat(),
    }
    return data | kwargs


def test_edit_form_keeps_the_phone_that_it_does_not_show(client, world):
    client.force_login(world.officer)
    url = reverse("orgs:enterprise-edit", args=[world.ours.pk])
    page = client.get(url).content.decode()

    response = client.post(url, form_data(world.ours, employees="120"))

    world.ours.refresh_from_db()
    assert response.status_code == 302
    assert PHONE not in page
    assert (world.ours.employees, world.ours.contact_phone) == (120, PHONE)


def test_edit_form_refuses_a_stale_page(client, world):
    stale = form_data(world.ours, employees="120")
    update_enterprise(enterprise=world.ours, values={"employees": 90}, by=world.chief)
    client.force_login(world.officer)

    response = client.post(reverse("orgs:enterprise-edit", args=[world.ours.pk]), stale)

    assert "已被他人修改" in response.content.decode()
    assert Enterprise.objects.get(pk=world.ours.pk).employees == 90


def test_create_form_asks_to_confirm_a_wrong_check_digit(client, world):
    client.force_login(world.officer)
    data = {
        "name": "（新）公司",
        "credit_code": wrong_check(credit_code()),
        "kind": "enterprise",
        "status": "existing",
        "park": world.park.pk,
        "is_high_tech": "unknown",
    }
    url = reverse("orgs:enterprise-create")

    first = client.post(url, data).content.decode()
    ticked_only = client.post(url, data | {"confirm_code": "on"}).content.decode()
    client.post(url, data | {"confirm_code": "on", "confirm_reason": "执照如此"})

    assert "confirm_reason" in first
    assert "校验码不正确" in ticked_only
    assert Enterprise.objects.get(name="(新)公司").credit_code == data["credit_code"]


def test_create_form_refuses_a_place_that_is_not_theirs(client, world):
    client.force_login(world.officer)
    data = {
        "name": "外区公司",
        "credit_code": credit_code(),
        "kind": "enterprise",
        "status": "existing",
        "park": world.far_park.pk,
        "is_high_tech": "unknown",
    }

    response = client.post(reverse("orgs:enterprise-create"), data)

    assert "请选择您负责范围内的园区或产业集群" in response.content.decode()
    assert not Enterprise.objects.filter(name="外区公司").exists()


def test_flag_marks_dormant_and_closes_the_period(client, world):
    client.force_login(world.officer)

    client.post(reverse("orgs:enterprise-flag", args=[world.ours.pk]), {"flag": "is_dormant", "value": "1"})

    assert Enterprise.objects.get(pk=world.ours.pk).is_dormant
    assert world.ours.periods.filter(until=TODAY).count() == 1


def test_flag_ignores_fields_that_are_no_marks(client, world):
    client.force_login(world.officer)

    client.post(
        reverse("orgs:enterprise-flag", args=[world.ours.pk]), {"flag": "is_chain_lead", "value": "1"}
    )

    assert not Enterprise.objects.get(pk=world.ours.pk).is_chain_lead


# --- Pages: should-found and the enterprise page -----------------------------------------------------


def test_should_found_shows_reason_rule_and_owner(client, world):
    client.force_login(world.officer)

    response = client.get(reverse("orgs:should-found"))

    row = next(iter(response.context["page"]))
    assert row.owner.name == world.committee.name
    assert "上报党员5人，不少于3人" in response.content.decode()
    assert "支部工作条例第四条" in response.content.decode()


def test_should_found_takes_the_reason_on_the_spot(client, world):
    client.force_login(world.officer)
    url = reverse("orgs:should-found")

    response = client.post(
        reverse("orgs:enterprise-not-founded", args=[world.ours.pk]),
        {"reason": "owner_unwilling", "next": url},
    )

    world.ours.refresh_from_db()
    assert response.url == url
    assert world.ours.not_founded_reason == "owner_unwilling"


def test_page_warns_of_organisations_in_a_closed_enterprise(client, world):
    make_organisation(world.committee, host_unit=world.ours, name="甲公司党支部")
    Enterprise.objects.filter(pk=world.ours.pk).update(status=EnterpriseStatus.DEREGISTERED)
    client.force_login(world.officer)

    page = client.get(reverse("orgs:enterprise", args=[world.ours.pk])).content.decode()

    assert "已注销，其党组织“甲公司党支部”及所属党员需调整安置" in page


def test_founding_form_of_the_page_says_why_not(client, world):
    client.force_login(world.officer)

    response = client.post(
        reverse("orgs:enterprise-founding", args=[world.ours.pk]),
        {"stage": Stage.APPLIED, "on": TODAY.isoformat()},
        follow=True,
    )

    assert "之后只能登记" in response.content.decode()


def test_timeline_tells_imports_and_hand_made_changes(client, world):
    run = ImportRun.objects.create(
        kind="enterprises",
        state=RunState.APPLIED,
        file_name="名单.xlsx",
        sha256="0" * 64,
        created_by=world.chief,
        applied_by=world.chief,
        applied_at=timezone.now(),
    )
    StagedRow.objects.create(
        run=run,
        row_number=7,
        outcome=Outcome.CHANGED,
        object_pk=world.ours.pk,
        values={"employees": 80, "name": "x"},
        before={"employees": 60},
        written=True,
    )
    update_enterprise(
        enterprise=world.ours, values={"cluster": make_cluster(name="机器人")}, by=world.officer
    )

    happenings, more = timeline(world.ours)

    changes = {(c.label, c.old, c.new) for h in happenings for c in h.changes}
    assert changes == {("从业人数", "60", "80"), ("产业集群", "", "机器人")}
    assert not more
    assert [h.who for h in happenings if h.changes] == [str(world.officer), str(world.chief)]


def test_timeline_is_cut_and_says_so(world):
    for year in range(2000, 2020):
        cover(
            world.ours,
            world.committee,
            since=dt.date(year, 1, 1),
            until=dt.date(year, 6, 1),
        )

    happenings, more = timeline(world.ours, limit=10)

    assert (len(happenings), more) == (10, True)
    assert happenings[0].day >= happenings[-1].day


@pytest.mark.parametrize("rows", [1, 3])
def test_page_query_count_does_not_grow(client, world, rows, django_assert_max_num_queries):
    for year in range(2010, 2010 + rows):
        cover(world.ours, world.committee, since=dt.date(year, 1, 1), until=dt.date(year, 6, 1))
    client.force_login(world.officer)
    url = reverse("orgs:enterprise", args=[world.ours.pk])
    client.get(url)

    with django_assert_max_num_queries(26):
        assert client.get(url).status_code == 200
