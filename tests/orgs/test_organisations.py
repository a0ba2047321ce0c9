"""Writing organisations: where each kind may stand, moves, terms, posts, dissolving."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from orgs.actions import organisations as actions
from orgs.kinds import RULES, Jurisdiction, OrganisationKind, parent_fault
from orgs.models import (
    Affiliation,
    AffiliationLine,
    AuditEvent,
    DatedSetting,
    Organisation,
    Post,
    PostTitle,
    SurveyRound,
    SurveyTask,
)
from orgs.terms import Term, TermState, add_years, term_counts, with_term
from tests.builders import cover, make_area, make_enterprise, make_organisation, make_park, make_user

K = OrganisationKind
pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk():
    return make_user()


@pytest.fixture
def top():
    return make_organisation()


def today():
    return timezone.localdate()


def messages(error) -> str:
    return "".join(error.value.messages)


def found(parent, clerk, kind=K.BRANCH, **kw):
    number = Organisation.objects.count() + 1
    return actions.found_organisation(
        parent=parent, by=clerk, kind=kind, **{"code": f"NEW-{number}", "name": f"新党组织{number}"} | kw
    )


def assert_sound():
    assert Organisation.objects.find_problems() == ([], [], [], [], [])


@pytest.mark.parametrize("kind", K)
def test_every_kind_has_a_rule_and_allowed_parents_are_kinds(kind):
    rule = RULES[kind]
    assert set(rule.parents) <= set(K.values)
    assert rule.parents or rule.may_be_root
    assert (parent_fault(kind, None) == "") is rule.may_be_root
    for parent in K:
        assert (parent_fault(kind, parent) == "") is (parent in rule.parents)


@pytest.mark.parametrize(
    ("kind", "parent"),
    [
        (K.BRANCH, K.GENERAL_BRANCH),
        (K.PARTY_GROUP, K.BRANCH),
        (K.TEMP_BRANCH, K.BRANCH),
        (K.AREA_COMMITTEE, K.COMPOSITE_COMMITTEE),
        (K.FUNCTIONAL_ORG, K.CLUSTER_COMMITTEE),
    ],
)
def test_expected_parents(kind, parent):
    assert parent_fault(kind, parent) == ""


@pytest.mark.parametrize(
    ("kind", "parent"),
    [
        (K.GENERAL_BRANCH, K.BRANCH),
        (K.BRANCH, K.BRANCH),
        (K.COMMITTEE, K.GENERAL_BRANCH),
        (K.PARTY_GROUP, K.COMMITTEE),
        (K.COMPOSITE_COMMITTEE, K.AREA_COMMITTEE),
    ],
)
def test_founding_below_the_wrong_kind_is_refused(kind, parent, top, clerk):
    superior = top if parent == K.COMPOSITE_COMMITTEE else make_organisation(top, parent)
    with pytest.raises(ValidationError) as error:
        found(superior, clerk, kind)
    assert messages(error) == f"{kind.label}不能直接设在{parent.label}之下。"
    assert not Organisation.objects.filter(kind=kind, name__startswith="新").exists()


def test_founding_stores_defaults_of_the_kind_affiliation_and_audit(top, clerk):
    area = make_area()
    committee = make_organisation(top, K.AREA_COMMITTEE, area=area)
    day = dt.date(2026, 3, 2)
    new = found(
        committee,
        clerk,
        K.GENERAL_BRANCH,
        park=make_park(area=area),
        founded_on=day,
        elected_on=day,
        approval_no="委〔2026〕1号",
    )
    new.refresh_from_db()
    assert new.path.startswith(committee.path)
    assert new.capabilities == RULES[K.GENERAL_BRANCH].capabilities()
    assert new.jurisdiction == Jurisdiction.PARK
    assert new.term_ends_on == dt.date(2029, 3, 2)
    link = new.affiliations.get()
    assert (link.superior, link.line, link.since, link.until) == (committee, "formal", day, None)
    event = AuditEvent.objects.get(object_type="organisation")
    assert (event.action, event.object_id, event.organisation_id, event.actor) == (
        "create",
        str(new.pk),
        new.pk,
        clerk,
    )
    assert_sound()


def test_a_top_organisation_answers_for_everything(clerk):
    top = found(None, clerk, K.COMPOSITE_COMMITTEE)
    assert top.jurisdiction == Jurisdiction.ALL
    assert not top.affiliations.exists()


def test_a_branch_needs_three_full_members(top, clerk):
    with pytest.raises(ValidationError) as error:
        found(top, clerk, K.BRANCH, full_members=2)
    assert messages(error) == "正式党员不足3人，不能单独成立党支部，建议成立联合党支部。"
    assert found(top, clerk, K.JOINT_BRANCH, full_members=2).pk
    assert found(top, clerk, K.BRANCH, full_members=3).pk


def test_founding_refuses_a_used_code_and_tomorrow(top, clerk):
    with pytest.raises(ValidationError) as error:
        found(top, clerk, code=top.code)
    assert messages(error) == f"党组织代码“{top.code}”已被使用。"
    with pytest.raises(ValidationError) as error:
        found(top, clerk, founded_on=today() + dt.timedelta(days=1))
    assert error.value.message_dict == {"founded_on": ["日期不能晚于今天。"]}


def test_a_temporary_branch_recruits_only_with_approval(top, clerk):
    with pytest.raises(ValidationError) as error:
        found(top, clerk, K.TEMP_BRANCH, can_recruit=True)
    assert messages(error) == "临时党支部一般不发展党员、不收缴党费、不进行换届。"
    branch = found(top, clerk, K.TEMP_BRANCH)
    assert (branch.can_recruit, branch.can_collect_dues, branch.keeps_membership) == (False, False, False)
    with pytest.raises(ValidationError):
        actions.update_organisation(organisation=branch, by=clerk, can_collect_dues=True)
    with pytest.raises(ValidationError):
        actions.record_election(organisation=branch, on=today(), by=clerk)
    actions.update_organisation(
        organisation=branch, by=clerk, can_collect_dues=True, confirmation_no="委〔2026〕9号"
    )
    branch.refresh_from_db()
    assert branch.can_collect_dues


def test_update_writes_only_what_differs_and_audits_labels_not_values(top, clerk):
    branch = make_organisation(top)
    before = AuditEvent.objects.count()
    assert actions.update_organisation(organisation=branch, by=clerk, name=branch.name) == []
    assert AuditEvent.objects.count() == before
    changed = actions.update_organisation(
        organisation=branch, by=clerk, name="改名党支部", contact_phone="19900000001"
    )
    assert changed == ["name", "contact_phone"]
    branch.refresh_from_db()
    assert (branch.name, branch.contact_phone) == ("改名党支部", "19900000001")
    event = AuditEvent.objects.get(object_id=str(branch.pk))
    assert event.detail["fields"] == ["党组织名称", "联系电话"]
    assert "19900000001" not in str(event.detail)


def test_a_new_kind_must_fit_parent_and_children(top, clerk):
    general = make_organisation(top, K.GENERAL_BRANCH)
    make_organisation(general, K.BRANCH)
    with pytest.raises(ValidationError) as error:
        actions.update_organisation(organisation=general, by=clerk, kind=K.BRANCH)
    assert messages(error) == "党支部不能直接设在党支部之下。"
    actions.update_organisation(organisation=general, by=clerk, kind=K.COMMITTEE)
    general.refresh_from_db()
    assert general.kind == K.COMMITTEE


def test_a_joint_branch_of_six_units_needs_approval(top, clerk):
    branch = make_organisation(top, K.BRANCH)
    for _ in range(6):
        cover(make_enterprise(), branch)
    with pytest.raises(ValidationError) as error:
        actions.update_organisation(organisation=branch, by=clerk, kind=K.JOINT_BRANCH)
    assert messages(error) == "联合党支部覆盖单位一般不超过5个，请说明原因并填写批复文号。"
    DatedSetting.objects.create(code="joint_branch_units", effective_on=dt.date(2026, 1, 1), value=6)
    actions.update_organisation(organisation=branch, by=clerk, kind=K.JOINT_BRANCH)
    branch.refresh_from_db()
    assert branch.kind == K.JOINT_BRANCH


def test_unknown_fields_are_a_programming_error(top, clerk):
    with pytest.raises(TypeError):
        actions.update_organisation(organisation=top, by=clerk, path="0009")


def test_move_takes_the_branch_along_and_keeps_the_old_affiliation(top, clerk):
    left, right = (make_organisation(top, K.AREA_COMMITTEE) for _ in range(2))
    general = make_organisation(left, K.GENERAL_BRANCH)
    branch = make_organisation(general, K.BRANCH)
    moved = actions.move_organisation(
        organisation=general, new_parent=right, on=dt.date(2026, 5, 1), evidence="委〔2026〕5号", by=clerk
    )
    assert_sound()
    branch.refresh_from_db()
    right.refresh_from_db()
    assert moved.path.startswith(right.path)
    assert branch.path.startswith(moved.path)
    links = list(general.affiliations.order_by("since").values_list("superior", "until", "evidence"))
    assert links == [(left.pk, dt.date(2026, 5, 1), ""), (right.pk, None, "委〔2026〕5号")]
    event = AuditEvent.objects.get(object_id=str(general.pk))
    assert (event.organisation_id, event.detail["from"], event.detail["to"]) == (
        moved.pk,
        left.name,
        right.name,
    )


def test_moves_there_and_back_keep_the_tree_sound(top, clerk):
    left, right = (make_organisation(top, K.AREA_COMMITTEE) for _ in range(2))
    generals = [make_organisation(left, K.GENERAL_BRANCH) for _ in range(3)]
    for general in generals:
        make_organisation(general, K.BRANCH)
    day = dt.date(2026, 1, 1)
    for index, target in enumerate((right, top, left)):
        for general in generals[: index + 1]:
            if Organisation.objects.get(pk=general.pk).parent_path == _path(target):
                continue
            day += dt.timedelta(days=1)
            actions.move_organisation(organisation=general, new_parent=target, on=day, evidence="", by=clerk)
            assert_sound()
    assert Affiliation.objects.filter(line="formal", until=None).count() == Organisation.objects.count() - 1


def _path(organisation):
    return Organisation.objects.get(pk=organisation.pk).path


@pytest.mark.parametrize("target", ["itself", "below"])
def test_an_organisation_does_not_move_below_itself(target, top, clerk):
    general = make_organisation(top, K.COMMITTEE)
    below = make_organisation(general, K.COMMITTEE)
    with pytest.raises(ValidationError) as error:
        actions.move_organisation(
            organisation=general,
            new_parent=general if target == "itself" else below,
            on=today(),
            evidence="",
            by=clerk,
        )
    assert messages(error) == "不能移到自己或自己的下级党组织之下。"
    assert_sound()


def test_move_refuses_wrong_kind_same_parent_future_and_early_days(top, clerk):
    branch, other = make_organisation(top), make_organisation(top)
    general = make_organisation(top, K.GENERAL_BRANCH)

    def move(**kw):
        with pytest.raises(ValidationError) as error:
            actions.move_organisation(
                **{"organisation": branch, "on": today(), "evidence": "", "by": clerk} | kw
            )
        return messages(error)

    assert move(new_parent=other) == "党支部不能直接设在党支部之下。"
    assert move(new_parent=top).endswith(f"已经直接隶属于{top}。")
    assert move(new_parent=general, on=today() + dt.timedelta(days=1)) == "日期不能晚于今天。"
    assert "开始日期2020-01-01" in move(new_parent=general, on=dt.date(2019, 1, 1))
    assert _path(branch).startswith(top.path)
    assert branch.affiliations.get().until is None


def test_moving_below_a_functional_superior_ends_the_functional_link(top, clerk):
    cluster = make_organisation(top, K.CLUSTER_COMMITTEE)
    branch = make_organisation(make_organisation(top, K.AREA_COMMITTEE))
    link = actions.add_functional_affiliation(
        organisation=branch, superior=cluster, since=dt.date(2025, 3, 1), by=clerk
    )
    actions.move_organisation(
        organisation=branch, new_parent=cluster, on=dt.date(2026, 3, 1), evidence="", by=clerk
    )
    link.refresh_from_db()
    assert link.until == dt.date(2026, 3, 1)


def test_functional_affiliation_is_dated_and_never_double(top, clerk):
    cluster = make_organisation(top, K.CLUSTER_COMMITTEE)
    area = make_organisation(top, K.AREA_COMMITTEE)
    branch = make_organisation(area)
    join = {"organisation": branch, "since": dt.date(2025, 3, 1), "by": clerk}
    link = actions.add_functional_affiliation(superior=cluster, evidence="函", **join)
    with pytest.raises(ValidationError) as error:
        actions.add_functional_affiliation(superior=cluster, **join)
    assert messages(error) == "该功能关系已经存在。"
    with pytest.raises(ValidationError) as error:
        actions.add_functional_affiliation(superior=area, **join)
    assert "已经隶属于" in messages(error)
    with pytest.raises(ValidationError):
        actions.end_functional_affiliation(affiliation=link, until=dt.date(2025, 2, 1), by=clerk)
    actions.end_functional_affiliation(affiliation=link, until=dt.date(2026, 2, 1), by=clerk)
    assert not branch.affiliations.current().filter(line=AffiliationLine.FUNCTIONAL).exists()
    assert _path(branch).startswith(_path(area))
    formal = branch.affiliations.get(line=AffiliationLine.FORMAL)
    with pytest.raises(ValidationError):
        actions.end_functional_affiliation(affiliation=formal, until=today(), by=clerk)


def test_dissolving_is_refused_while_children_or_coverage_remain(top, clerk):
    general = make_organisation(top, K.GENERAL_BRANCH)
    branch = make_organisation(general)
    coverage = cover(make_enterprise(), general)
    dissolve = {"on": today(), "reason": "调整", "by": clerk}
    with pytest.raises(ValidationError) as error:
        actions.dissolve_organisation(organisation=general, **dissolve)
    assert messages(error) == "仍有1个下级党组织、1家覆盖企业，请先调整后再撤销。"
    actions.dissolve_organisation(organisation=branch, **dissolve)
    coverage.until = today()
    coverage.save()
    actions.dissolve_organisation(organisation=general, **dissolve)
    general.refresh_from_db()
    assert general.dissolved_on == today()
    assert Organisation.objects.filter(pk=branch.pk).exists()


def test_dissolving_closes_posts_and_links_and_hands_tasks_up(top, clerk):
    branch = make_organisation(top)
    post = actions.appoint(
        organisation=branch,
        title=PostTitle.SECRETARY,
        person_name="林某",
        since=dt.date(2024, 1, 1),
        by=clerk,
    )
    survey = SurveyRound.objects.create(name="十月", as_of=today(), due_on=today())
    task = SurveyTask.objects.create(round=survey, enterprise=make_enterprise(), reason="new", owner=branch)
    actions.dissolve_organisation(organisation=branch, on=today(), reason="合并", by=clerk)
    post.refresh_from_db()
    task.refresh_from_db()
    assert post.until == today()
    assert branch.affiliations.get().until == today()
    assert task.owner == top
    with pytest.raises(ValidationError) as error:
        actions.record_election(organisation=branch, on=today(), by=clerk)
    assert messages(error) == "该党组织已撤销，不能再办理此事。"


def test_one_secretary_at_a_time(top, clerk):
    branch = make_organisation(top)
    first = {"organisation": branch, "title": PostTitle.SECRETARY, "by": clerk}
    post = actions.appoint(person_name="林某", since=dt.date(2024, 1, 1), **first)
    with pytest.raises(ValidationError) as error:
        actions.appoint(person_name="陈某", since=dt.date(2025, 1, 1), **first)
    assert messages(error) == "该党组织已有现任书记，请先填写其免职日期。"
    with pytest.raises(ValidationError):
        actions.end_post(post=post, until=dt.date(2023, 1, 1), by=clerk)
    actions.end_post(post=post, until=dt.date(2025, 1, 1), by=clerk)
    actions.appoint(person_name="陈某", since=dt.date(2025, 1, 1), **first)
    assert Organisation.objects.with_secretary().get(pk=branch.pk).secretary_name == "陈某"
    with pytest.raises(ValidationError):
        actions.end_post(post=post, until=today(), by=clerk)


def test_a_probationary_member_is_no_secretary_and_the_eighth_seat_is_refused(top, clerk):
    branch = make_organisation(top)
    post = {"organisation": branch, "since": dt.date(2024, 1, 1), "by": clerk}
    with pytest.raises(ValidationError) as error:
        actions.appoint(title=PostTitle.SECRETARY, person_name="林某", probationary=True, **post)
    assert messages(error) == "预备党员没有被选举权，不能担任党支部书记。"
    for number in range(7):
        actions.appoint(title=PostTitle.COMMITTEE_MEMBER, person_name=f"委员{number}", **post)
    with pytest.raises(ValidationError) as error:
        actions.appoint(title=PostTitle.SECRETARY, person_name="林某", **post)
    assert messages(error) == "党支部委员会一般3至5人，最多不超过7人。"
    assert Post.objects.count() == 7


def test_a_small_unit_has_no_committee_without_approval(top, clerk):
    branch = make_organisation(top, host_unit=make_enterprise(employees=30, reported_members=5))
    post = {"organisation": branch, "person_name": "林某", "since": dt.date(2024, 1, 1), "by": clerk}
    actions.appoint(title=PostTitle.SECRETARY, **post)
    with pytest.raises(ValidationError) as error:
        actions.appoint(title=PostTitle.PUBLICITY_MEMBER, **post)
    assert "正式党员不足7人，一般不设支部委员会" in messages(error)
    actions.appoint(title=PostTitle.PUBLICITY_MEMBER, approval_no="委〔2024〕2号", **post)
    assert branch.posts.count() == 2


@pytest.mark.parametrize(
    ("kind", "on", "ends"),
    [
        (K.BRANCH, dt.date(2026, 2, 14), dt.date(2029, 2, 14)),
        (K.COMMITTEE, dt.date(2026, 2, 14), dt.date(2031, 2, 14)),
        (K.BRANCH, dt.date(2024, 2, 29), dt.date(2027, 2, 28)),
    ],
)
def test_election_starts_a_term_of_the_kind(kind, on, ends, top, clerk):
    organisation = make_organisation(
        top, kind, term_ends_on=dt.date(2024, 1, 1), extended_to=dt.date(2024, 6, 1), extension_no="号"
    )
    actions.record_election(organisation=organisation, on=on, by=clerk)
    organisation.refresh_from_db()
    assert (organisation.elected_on, organisation.term_ends_on) == (on, ends)
    assert (organisation.extended_to, organisation.extension_no) == (None, "")


def test_election_guards(top, clerk):
    branch = make_organisation(top, elected_on=dt.date(2025, 1, 1))
    office = make_organisation(top, K.WORKING_COMMITTEE)

    def elect(**kw):
        with pytest.raises(ValidationError) as error:
            actions.record_election(**{"organisation": branch, "on": today(), "by": clerk} | kw)
        return messages(error)

    assert elect(committee_seats=2) == "党支部委员会一般3至5人，最多不超过7人。"
    assert elect(committee_seats=8) == "党支部委员会一般3至5人，最多不超过7人。"
    assert elect(committee_seats=3, full_members=6).startswith("正式党员不足7人")
    assert elect(on=dt.date(2025, 1, 1)).startswith("选举日期应晚于上次选举日期")
    assert elect(on=today() + dt.timedelta(days=1)) == "日期不能晚于今天。"
    assert elect(organisation=office) == "该党组织的领导班子由上级任命，不进行换届选举。"
    actions.record_election(
        organisation=branch, on=today(), committee_seats=3, full_members=6, approval_no="号", by=clerk
    )


def test_an_extension_is_approved_and_no_longer_than_a_year(top, clerk):
    branch = make_organisation(top, term_ends_on=dt.date(2026, 3, 1))

    def extend(**kw):
        with pytest.raises(ValidationError) as error:
            actions.extend_term(**{"organisation": branch, "approval_no": "号", "by": clerk} | kw)
        return messages(error)

    assert extend(extended_to=dt.date(2027, 3, 2)) == "延期换届一般不超过1年。"
    assert "批复文号" in extend(extended_to=dt.date(2026, 9, 1), approval_no="")
    assert "应晚于届满日期" in extend(extended_to=dt.date(2026, 3, 1))
    assert "没有届满日期" in extend(organisation=make_organisation(top), extended_to=today())
    actions.extend_term(organisation=branch, extended_to=dt.date(2027, 3, 1), approval_no="号", by=clerk)
    branch.refresh_from_db()
    assert (branch.extended_to, branch.extension_no) == (dt.date(2027, 3, 1), "号")


def test_the_end_of_a_task_waits_for_dissolving(top, clerk):
    branch = make_organisation(top, K.TEMP_BRANCH)
    with pytest.raises(ValidationError):
        actions.end_task(organisation=make_organisation(top), on=today(), by=clerk)
    with pytest.raises(ValidationError):
        actions.end_task(organisation=branch, on=dt.date(2019, 1, 1), by=clerk)
    actions.end_task(organisation=branch, on=today(), by=clerk)
    branch.refresh_from_db()
    assert (branch.task_ended_on, branch.dissolved_on) == (today(), None)


def test_add_years_keeps_the_day():
    assert add_years(dt.date(2024, 2, 29), 4) == dt.date(2028, 2, 29)
    assert add_years(dt.date(2024, 2, 29), 3) == dt.date(2027, 2, 28)
    assert add_years(dt.date(2024, 12, 31), 1) == dt.date(2025, 12, 31)


TERMS = [
    ({"term_ends_on": -1}, TermState.OVERDUE, "测试已超期1天未换届，请立即报上级党组织。"),
    ({"term_ends_on": 0}, TermState.PREPARE, "请提前做好换届准备。"),
    ({"term_ends_on": 90}, TermState.PREPARE, "请提前做好换届准备。"),
    ({"term_ends_on": 91}, TermState.NOTICE, "请提前做好换届准备。"),
    ({"term_ends_on": 180}, TermState.NOTICE, "请提前做好换届准备。"),
    ({"term_ends_on": 181}, TermState.RUNNING, ""),
    ({"term_ends_on": -30, "extended_to": 10}, TermState.EXTENDED, "请按期完成换届。"),
    ({"term_ends_on": -300, "extended_to": -1}, TermState.OVERDUE, "已超期1天"),
    ({"term_ends_on": -400, "extended_to": 10}, TermState.OVERDUE, "延期已超过1年"),
    ({"term_ends_on": -1, "elected": False}, TermState.NONE, ""),
    ({}, TermState.NONE, ""),
]


@pytest.mark.parametrize(("values", "state", "words"), TERMS)
def test_term_states(values, state, words, top):
    days = {
        key: today() + dt.timedelta(days=value) if key != "elected" else value
        for key, value in values.items()
    }
    branch = make_organisation(top, name="测试", **days)
    term = Term.of(with_term(Organisation.objects.all()).get(pk=branch.pk))
    assert term.state == state
    assert words in term.message
    assert bool(term.message) is bool(words)
    assert term_counts(Organisation.objects.filter(pk=branch.pk))[state] == 1


def test_notice_days_are_a_setting(top):
    make_organisation(top, term_ends_on=today() + dt.timedelta(days=200))
    assert term_counts(Organisation.objects.all())["notice"] == 0
    DatedSetting.objects.create(code="term_notice_days", effective_on=dt.date(2026, 1, 1), value=240)
    assert term_counts(Organisation.objects.all())["notice"] == 1
