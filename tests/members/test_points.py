"""Quantified points: caps, dated criteria, withdrawal, who enters and who sets criteria, the ranking."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from members.actions import points as actions
from members.actions import recruiting
from members.models import PointCriterion, PointEntry
from members.recruiting.points import sheet_of
from members.recruiting.points_sample import SAMPLE
from orgs.kinds import OrganisationKind as Kind
from orgs.models import AuditEvent, User
from tests import builders

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
JSON = {"content_type": "application/json"}
PATENT = {"group": "科技贡献", "name": "授权发明专利", "counting": "per_item", "points": 4, "points_max": 10}
STUDY = {"group": "政治表现", "name": "政治学习", "counting": "once", "points": 8, "points_max": 8}


@pytest.fixture
def committee():
    return builders.make_organisation()


@pytest.fixture
def branch(committee):
    return builders.make_organisation(committee)


@pytest.fixture
def case(branch):
    return builders.make_case(branch, upto=3)


@pytest.fixture
def officer(committee):
    return builders.make_user("officer", committee)


def criterion(organisation, by, values=PATENT, **more):
    return actions.create_criterion(organisation=organisation, values=values | more, by=by)


def enter(case, chosen, by=None, **more):
    values = {"on": TODAY, "evidence": "证书编号0001"} | more
    return actions.enter_points(case=case, criterion=chosen, by=by or User.objects.system(), **values)


def total(case):
    """The stored total, which is what the sheet says."""
    case.refresh_from_db()
    assert case.points == sheet_of(case).total
    return case.points


def test_points_are_capped_by_criterion_and_summed_by_group(committee, case, officer):
    patent, study = criterion(committee, officer), criterion(committee, officer, STUDY)
    for count, expected in ((1, 4), (1, 8), (1, 10), (3, 10)):
        enter(case, patent, count=count)
        assert total(case) == expected
    enter(case, study, given=5)
    assert total(case) == 15
    assert [(group.name, group.points) for group in sheet_of(case).groups] == [
        ("政治表现", 5),
        ("科技贡献", 10),
    ]


def test_what_is_withdrawn_stays_and_counts_no_more(committee, case, officer):
    patent = criterion(committee, officer)
    first, _second = enter(case, patent, count=2), enter(case, patent, count=1)
    assert total(case) == 10
    with pytest.raises(ValidationError, match="撤回的原因"):
        actions.withdraw_points(entry=first, reason=" ", by=officer)
    actions.withdraw_points(entry=first, reason="证书属他人", by=officer)
    assert total(case) == 4
    assert [entry.withdrawn_reason for entry in sheet_of(case).withdrawn] == ["证书属他人"]
    with pytest.raises(ValidationError, match="已撤回"):
        actions.withdraw_points(entry=first, reason="再次", by=officer)
    with pytest.raises(TypeError):
        first.delete()
    with pytest.raises(TypeError):
        PointEntry.objects.all().delete()


def test_a_changed_criterion_changes_nothing_that_was_entered(committee, case, officer):
    old = criterion(committee, officer)
    enter(case, old, count=2)
    new = actions.change_criterion(
        criterion=old, values={"points": 1, "points_max": 3, "name": "专利"}, by=officer
    )
    assert (new.pk != old.pk, new.series, new.since) == (True, old.series, TODAY)
    assert total(case) == 8
    assert sheet_of(case).groups[0].lines[0].entries[0].criterion.name == "授权发明专利"
    with pytest.raises(ValidationError, match="已停用或不适用"):
        enter(case, old)
    # One cap for the criterion under both versions, the higher one: a lower cap takes nothing away.
    enter(case, new)
    assert total(case) == 9
    enter(case, new, count=3)
    assert total(case) == 10


def test_a_criterion_without_entries_is_rewritten_and_an_ended_one_takes_none(committee, case, officer):
    chosen = criterion(committee, officer)
    same = actions.change_criterion(criterion=chosen, values={"points": 2}, by=officer)
    assert (same.pk, PointCriterion.objects.count()) == (chosen.pk, 1)
    with pytest.raises(ValidationError, match="最高分不能低于"):
        actions.change_criterion(criterion=chosen, values={"points": 11}, by=officer)
    actions.end_criterion(criterion=chosen, by=officer)
    with pytest.raises(ValidationError, match="已停用"):
        enter(case, chosen)
    with pytest.raises(ValidationError, match="已停用或已修改"):
        actions.change_criterion(criterion=chosen, values={"points": 3}, by=officer)


def test_what_an_entry_must_say(committee, case, officer):
    patent, study = criterion(committee, officer), criterion(committee, officer, STUDY)
    elsewhere = criterion(builders.make_organisation(), officer)
    for chosen, values, sentence in (
        (patent, {"count": 0}, "项数应为1至100"),
        (patent, {"count": 101}, "项数应为1至100"),
        (patent, {"given": 3}, "按项计分"),
        (patent, {"evidence": " "}, "请填写依据"),
        (patent, {"on": TODAY + dt.timedelta(days=1)}, "不能晚于今天"),
        (study, {"count": 2}, "项数不填"),
        (study, {"given": 9}, "得分应为1至8"),
        (elsewhere, {}, "不适用于该党支部"),
    ):
        with pytest.raises(ValidationError, match=sentence) as error:
            enter(case, chosen, **values)
        assert error
    enter(case, study)
    with pytest.raises(ValidationError, match="只计一次"):
        enter(case, study)
    recruiting.stop_case(case=case, on=TODAY, reason="本人要求", by=officer)
    with pytest.raises(ValidationError, match="已办结"):
        enter(case, patent)


def test_evidence_is_sealed_and_stays_out_of_the_trail(committee, case, officer):
    enter(case, criterion(committee, officer), evidence="举报信内容一二三")
    with connection.cursor() as cursor:
        cursor.execute("SELECT evidence FROM members_pointentry")
        (stored,) = cursor.fetchone()
    assert "举报信" not in stored
    assert not any("举报信" in str(event.detail) for event in AuditEvent.objects.all())


def test_the_sample_is_taken_over_once_and_then_edited(client_for, committee, officer):
    client = client_for(officer)
    for _ in range(2):
        client.post(reverse("members:criteria-adopt"), {"organisation": committee.code})
        assert PointCriterion.objects.filter(organisation=committee).count() == len(SAMPLE) == 10
    assert PointCriterion.objects.values("group").distinct().count() == 4
    first = PointCriterion.objects.order_by("pk").first()
    values = {name: getattr(first, name) for name in actions.CRITERION} | {"points": 3}
    assert client.post(reverse("members:criterion-edit", args=[first.pk]), values).status_code == 302
    first.refresh_from_db()
    assert first.points == 3
    page = client.get(reverse("members:point-criteria")).content.decode()
    assert "每项 3 分，最高 15 分" in page


def test_committees_set_criteria_and_branches_enter(client_for, committee, branch, case, officer):
    chosen = criterion(committee, officer)
    secretary = client_for(builders.make_user("secretary", branch))
    assert secretary.post(reverse("members:criterion-edit", args=[chosen.pk]), PATENT).status_code == 403
    assert secretary.post(reverse("members:criteria-adopt"), {"organisation": branch.code}).status_code == 403
    with pytest.raises(ValidationError, match="由党委一级制定"):
        criterion(branch, officer)
    posted = {"criterion": chosen.pk, "on": TODAY.isoformat(), "count": 2, "evidence": "证书编号0001"}
    assert secretary.post(reverse("members:point-add", args=[case.pk]), posted).status_code == 302
    page = secretary.get(reverse("members:case", args=[case.pk])).content.decode()
    assert "证书编号0001" in page
    leader = client_for(builders.make_user("leader", committee))
    seen = leader.get(reverse("members:case", args=[case.pk])).content.decode()
    assert ("授权发明专利" in seen, "证书编号0001" in seen) == (True, False)
    entry = PointEntry.objects.get()
    url = reverse("members:point-withdraw", args=[entry.pk])
    assert leader.post(url, {"reason": "误"}).status_code == 403
    assert secretary.post(url, {"reason": "误登记"}).status_code == 302
    assert total(case) == 0


def test_a_fault_in_the_card_is_shown_with_what_was_typed(client_for, committee, case, officer):
    chosen = criterion(committee, officer)
    posted = {"criterion": chosen.pk, "on": TODAY.isoformat(), "given": 2, "evidence": "证书编号0001"}
    answer = client_for(officer).post(reverse("members:point-add", args=[case.pk]), posted).content.decode()
    assert "该指标按项计分" in answer
    assert "证书编号0001" in answer


def test_the_ranking_puts_the_most_points_first_and_knows_its_scope(client_for, committee, branch, officer):
    chosen = criterion(committee, officer)
    few, many, none = (builders.make_case(branch, upto=n) for n in (3, 8, 3))
    applicant = builders.make_case(branch, upto=2)
    enter(few, chosen)
    enter(many, chosen, count=2)
    other = builders.make_organisation(builders.make_organisation(committee, Kind.AREA_COMMITTEE))
    outside = builders.make_case(other, upto=3)
    enter(outside, chosen, count=3)
    url = reverse("members:points-ranking")
    everybody = client_for(officer)
    assert list(everybody.get(url).context["page"].items) == [outside, many, few, none]
    assert list(everybody.get(url, {"stage": "candidate"}).context["page"].items) == [many]
    here = everybody.get(url, {"organisation": branch.code}).context["page"].items
    assert list(here) == [many, few, none]
    secretary = client_for(builders.make_user("secretary", branch))
    assert list(secretary.get(url).context["page"].items) == [many, few, none]
    assert applicant.points == 0
    file = everybody.post(reverse("members:points-export"), {"file_format": "csv", "purpose": "党委会研究"})
    text = b"".join(file.streaming_content).decode("utf-8-sig")
    assert text.index(outside.name) < text.index(many.name) < text.index(few.name)
    assert f"{many.name},发展对象,{branch.name},,8,科技贡献 8" in text


def test_the_interface_keeps_the_same_rules(client_for, committee, branch, case, officer):
    client = client_for(officer)
    sent = PATENT | {"organisation": committee.code}
    made = client.post(reverse("api:point-criterion-list"), sent, **JSON).json()
    entry = {"case": case.pk, "criterion": made["id"], "count": 3, "evidence": "证书编号0001"}
    answer = client.post(reverse("api:point-entry-list"), entry, **JSON)
    assert (answer.status_code, answer.json()["points"], answer.json()["evidence"]) == (
        201,
        12,
        "证书编号0001",
    )
    assert client.get(reverse("api:recruitment-case-detail", args=[case.pk])).json()["points"] == 10
    changed = client.patch(
        reverse("api:point-criterion-detail", args=[made["id"]]), {"points": 5}, **JSON
    ).json()
    assert (changed["id"] != made["id"], changed["series"], changed["points"]) == (True, made["series"], 5)
    old = client.post(reverse("api:point-entry-list"), entry, **JSON)
    assert (old.status_code, "criterion" in old.json()) == (400, True)
    leader = client_for(builders.make_user("leader", committee))
    detail = leader.get(reverse("api:point-entry-detail", args=[answer.json()["id"]])).json()
    assert detail["evidence"] is None
    url = reverse("api:point-entry-withdraw", args=[detail["id"]])
    assert client.post(url, {"reason": "误"}, **JSON).json()["withdrawn_reason"] == "误"
    assert client.get(reverse("api:point-entry-list"), {"withdrawn": "0"}).json()["results"] == []
    ended = client.post(reverse("api:point-criterion-end", args=[changed["id"]]), **JSON).json()
    assert ended["until"] == TODAY.isoformat()
