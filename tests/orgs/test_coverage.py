"""The coverage ledger: assignment, its rules, the pages around it, instructors and visits."""

import datetime as dt
import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from orgs.actions.coverage import (
    Assignment,
    assign_bulk,
    cover,
    end_coverage,
    instructor_warning,
    plan_assignment,
)
from orgs.actions.visits import record_visit
from orgs.instructors import current_instructors
from orgs.kinds import OrganisationKind
from orgs.models import AuditEvent, Coverage, CoverageMethod, Enterprise, Role, VisitKind
from orgs.quarters import quarter_start
from tests import builders
from tests.builders import make_area, make_enterprise, make_organisation, make_park, make_user

pytestmark = pytest.mark.django_db
K, M = OrganisationKind, CoverageMethod
TODAY = timezone.localdate()
LAST_YEAR = TODAY - dt.timedelta(days=365)


@pytest.fixture
def world():
    """An area with a park, a branch and a joint branch in it; `far` lies in another area."""

    class World:
        pass

    w = World()
    w.top = make_organisation()
    w.area = make_area()
    w.committee = make_organisation(w.top, K.AREA_COMMITTEE, area=w.area)
    w.park = make_park(area=w.area)
    w.branch = make_organisation(w.committee)
    w.joint = make_organisation(w.committee, K.JOINT_BRANCH)
    w.stranger = make_organisation(w.top)
    w.enterprise = make_enterprise(park=w.park)
    w.far = make_enterprise(park=make_park())
    w.officer = make_user(Role.OFFICER, w.committee)
    w.leader = make_user(Role.LEADER, w.committee)
    return w


def by(world, method=M.JOINT, **kwargs):
    values = {"method": method, "since": TODAY}
    values |= {"instructor_name": "王指导"} if method == M.INSTRUCTOR else {"organisation": world.branch}
    return Assignment(**values | kwargs)


def cover_by(world, enterprise=None, **kwargs):
    return cover(enterprise=enterprise or world.enterprise, assignment=by(world, **kwargs), by=world.officer)


# --- One enterprise ----------------------------------------------------------------------------------


def test_cover_ends_what_covered_so_far_on_the_same_line(world):
    old = builders.cover(world.enterprise, world.joint, since=LAST_YEAR)
    instructor = builders.cover(
        world.enterprise, None, M.INSTRUCTOR, instructor_name="李指导", since=LAST_YEAR
    )

    new = cover_by(world, evidence="批复1号")

    old.refresh_from_db()
    instructor.refresh_from_db()
    assert (old.until, instructor.until) == (TODAY, None)
    assert (new.organisation, new.evidence, new.until) == (world.branch, "批复1号", None)
    event = AuditEvent.objects.order_by("-pk").first()
    assert event.object_id == str(world.enterprise.pk)
    assert event.detail["replaced"] == "联合组建"


def test_cover_refuses_what_is_already_so(world):
    cover_by(world)

    with pytest.raises(ValidationError, match="无须重复登记"):
        cover_by(world)


@pytest.mark.parametrize(
    ("since", "until"), [(TODAY, None), (LAST_YEAR, TODAY)], ids=["open and later", "closed and overlapping"]
)
def test_cover_refuses_to_begin_before_the_ledger_ends(world, since, until):
    builders.cover(world.enterprise, world.joint, since=since, until=until)

    with pytest.raises(ValidationError, match="不能早于该企业已有的同类覆盖记录"):
        cover_by(world, since=TODAY - dt.timedelta(days=10))

    assert Coverage.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"since": TODAY + dt.timedelta(days=1)}, "since"),
        ({"organisation": None}, "organisation"),
        ({"method": M.ATTACHED}, "evidence"),
        ({"instructor_name": "王指导"}, "instructor_name"),
        ({"method": M.INSTRUCTOR, "instructor_name": " "}, "instructor_name"),
        ({"method": M.INSTRUCTOR, "term_ends_on": LAST_YEAR}, "term_ends_on"),
    ],
)
def test_cover_refuses_incomplete_assignments(world, values, field):
    with pytest.raises(ValidationError) as refusal:
        cover_by(world, **values)

    assert field in refusal.value.error_dict
    assert not Coverage.objects.exists()


def test_cover_refuses_a_dissolved_organisation(world):
    world.branch.dissolved_on = LAST_YEAR
    world.branch.save()

    with pytest.raises(ValidationError, match="撤销"):
        cover_by(world)


def test_an_own_organisation_covers_one_enterprise(world):
    builders.cover(make_enterprise(), world.branch, M.OWN)

    with pytest.raises(ValidationError, match="单独组建的党组织只覆盖1家企业"):
        cover_by(world, method=M.OWN)


def test_a_joint_branch_over_five_units_needs_reason_and_approval(world):
    for _ in range(5):
        builders.cover(make_enterprise(), world.joint)

    with pytest.raises(ValidationError, match="一般不超过5个"):
        cover_by(world, organisation=world.joint)
    with pytest.raises(ValidationError, match="一般不超过5个"):
        cover_by(world, organisation=world.joint, approval_no="批复9号")
    coverage = cover_by(world, organisation=world.joint, reason="同一楼宇", approval_no="批复9号")

    assert coverage.evidence == "批复9号"


def test_end_coverage_keeps_the_row_and_says_why(world):
    coverage = builders.cover(world.enterprise, world.branch, since=LAST_YEAR)

    end_coverage(coverage=coverage, until=TODAY, reason="企业迁出", by=world.officer)

    coverage.refresh_from_db()
    assert coverage.until == TODAY
    assert AuditEvent.objects.order_by("-pk").first().detail["reason"] == "企业迁出"
    with pytest.raises(ValidationError, match="已经终止"):
        end_coverage(coverage=coverage, until=TODAY, by=world.officer)


@pytest.mark.parametrize("until", [LAST_YEAR - dt.timedelta(days=1), TODAY + dt.timedelta(days=1)])
def test_end_coverage_refuses_days_outside(world, until):
    coverage = builders.cover(world.enterprise, world.branch, since=LAST_YEAR)

    with pytest.raises(ValidationError):
        end_coverage(coverage=coverage, until=until, by=world.officer)


# --- Many enterprises --------------------------------------------------------------------------------


def test_assign_bulk_reports_what_it_did(world):
    fresh, replaced, same, late = [make_enterprise(park=world.park) for _ in range(4)]
    builders.cover(replaced, world.joint, since=LAST_YEAR)
    builders.cover(same, world.branch, since=LAST_YEAR)
    builders.cover(late, world.joint, since=TODAY)
    chosen = Enterprise.objects.filter(pk__in=[e.pk for e in (fresh, replaced, same, late)])
    assignment = by(world, since=TODAY - dt.timedelta(days=5))

    plan = assign_bulk(enterprises=chosen, assignment=assignment, by=world.officer)

    assert sorted(plan.opening) == sorted([fresh.pk, replaced.pk])
    assert [c.enterprise_id for c in plan.replacing] == [replaced.pk]
    assert plan.unchanged == [same.pk]
    assert [c.enterprise_id for c in plan.too_early] == [late.pk]
    assert set(Coverage.objects.current().filter(organisation=world.branch).values_list("enterprise", flat=True)) == {
        fresh.pk, replaced.pk, same.pk,
    }  # fmt: skip
    assert AuditEvent.objects.filter(object_type="enterprise").count() == 2


def test_assign_bulk_query_count_does_not_grow(world, django_assert_max_num_queries):
    for _ in range(30):
        builders.cover(make_enterprise(park=world.park), world.joint, since=LAST_YEAR)
    chosen = Enterprise.objects.filter(park=world.park).exclude(pk=world.enterprise.pk)

    with django_assert_max_num_queries(16):
        plan = assign_bulk(enterprises=chosen, assignment=by(world), by=world.officer)

    assert len(plan.opening) == 30


def test_assign_bulk_of_an_own_organisation_to_many_is_refused(world):
    make_enterprise(park=world.park)

    with pytest.raises(ValidationError, match="只覆盖1家企业"):
        assign_bulk(
            enterprises=Enterprise.objects.filter(park=world.park),
            assignment=by(world, method=M.OWN),
            by=world.officer,
        )

    assert not Coverage.objects.exists()


def test_planning_writes_nothing(world):
    plan = plan_assignment(by(world), [world.enterprise.pk])

    assert plan.opening == [world.enterprise.pk]
    assert not Coverage.objects.exists()


# --- Pages -------------------------------------------------------------------------------------------


def choose(client, enterprises, **kwargs):
    data = {"scope": "ticked", "pk": [e.pk for e in enterprises], "query": ""}
    return client.post(reverse("orgs:coverage-assign"), data | kwargs)


def form_data(world, **kwargs):
    return {"method": M.JOINT, "organisation": world.branch.code, "since": TODAY.isoformat()} | kwargs


def test_ledger_hides_the_other_area(client, world):
    builders.cover(world.enterprise, world.branch)
    builders.cover(world.far, world.stranger)
    client.force_login(world.officer)

    covered = client.get(reverse("orgs:coverage-list"))
    uncovered = client.get(reverse("orgs:coverage-list"), {"view": "uncovered"})

    assert [c.enterprise for c in covered.context["page"]] == [world.enterprise]
    assert list(uncovered.context["page"]) == []
    assert world.far.name not in covered.content.decode() + uncovered.content.decode()


@pytest.mark.parametrize("item_count", [1, 3])
@pytest.mark.parametrize("view", ["covered", "uncovered"])
def test_ledger_query_count_does_not_grow(client, world, item_count, view, django_assert_max_num_queries):
    if view == "covered":
        builders.cover(world.enterprise, world.branch)
    for _ in range(item_count - 1):
        enterprise = make_enterprise(park=world.park)
        if view == "covered":
            builders.cover(enterprise, world.branch)
    client.force_login(world.officer)
    client.get(reverse("orgs:coverage-list"))

    with django_assert_max_num_queries(13):
        response = client.get(reverse("orgs:coverage-list"), {"view": view})

    assert len(response.context["page"]) == item_count


def test_bulk_assignment_previews_and_applies(client, world):
    builders.cover(world.enterprise, world.joint, since=LAST_YEAR)
    other = make_enterprise(park=world.park)
    client.force_login(world.officer)
    chosen = [world.enterprise, other]

    first = choose(client, chosen)
    preview = choose(client, chosen, step="preview", **form_data(world))
    writes_before = Coverage.objects.count()
    done = choose(client, chosen, step="apply", expected="2", **form_data(world))

    assert first.context["count"] == 2
    assert len(preview.context["plan"].opening) == 2
    assert world.joint.name in preview.content.decode()
    assert writes_before == 1
    assert done.status_code == 302
    assert Coverage.objects.current().filter(organisation=world.branch).count() == 2


def test_bulk_assignment_to_all_that_match_uses_the_filter(client, world):
    matching = make_enterprise(park=world.park, name="独角兽科技")
    client.force_login(world.officer)
    data = {"scope": "all", "query": "view=uncovered&q=独角兽", "expected": "1", "step": "apply"}

    client.post(reverse("orgs:coverage-assign"), data | form_data(world))

    assert list(Coverage.objects.values_list("enterprise", flat=True)) == [matching.pk]


def test_bulk_assignment_leaves_out_what_the_person_may_not_cover(client, world):
    client.force_login(world.officer)

    page = choose(client, [world.enterprise, world.far])
    nothing = choose(client, [world.far])

    assert page.context["count"] == 1
    assert world.far.name not in page.content.decode()
    assert nothing.status_code == 302
    assert not Coverage.objects.exists()


def test_bulk_assignment_asks_again_when_the_list_changed(client, world):
    client.force_login(world.officer)

    response = choose(client, [world.enterprise], step="apply", expected="7", **form_data(world))

    assert "请重新预览" in response.content.decode()
    assert not Coverage.objects.exists()


def test_bulk_assignment_knows_only_visible_organisations(client, world):
    client.force_login(world.officer)
    data = form_data(world, organisation=world.stranger.code)

    response = choose(client, [world.enterprise], step="apply", expected="1", **data)

    assert "organisation" in response.context["form"].errors
    assert world.stranger.name not in response.content.decode()
    assert not Coverage.objects.exists()


def test_bulk_assignment_is_forbidden_to_readers(client, world):
    client.force_login(world.leader)

    assert choose(client, [world.enterprise]).status_code == 403


def test_single_assignment_page_shows_the_rule_that_refuses(client, world):
    for _ in range(5):
        builders.cover(make_enterprise(), world.joint)
    client.force_login(world.officer)

    response = client.post(
        reverse("orgs:coverage-create", args=[world.enterprise.pk]),
        form_data(world, organisation=world.joint.code),
    )

    assert "一般不超过5个" in response.content.decode()


def test_ending_page_of_a_foreign_coverage_is_not_found_and_forbidden_to_readers(client, world):
    ours = builders.cover(world.enterprise, world.branch)
    foreign = builders.cover(world.far, world.stranger)
    client.force_login(world.officer)
    missing = client.get(reverse("orgs:coverage-end", args=[foreign.pk]))
    ended = client.post(
        reverse("orgs:coverage-end", args=[ours.pk]), {"until": TODAY.isoformat(), "reason": "并入其他支部"}
    )

    client.force_login(world.leader)
    forbidden = client.get(reverse("orgs:coverage-end", args=[ours.pk]))

    assert (missing.status_code, ended.status_code, forbidden.status_code) == (404, 302, 403)
    ours.refresh_from_db()
    assert ours.until == TODAY


# --- Instructors and visits --------------------------------------------------------------------------


def assign_instructor(enterprise, name="王指导", **kwargs):
    return builders.cover(enterprise, None, M.INSTRUCTOR, instructor_name=name, **kwargs)


def test_instructor_visit_is_tied_to_the_assignment_of_the_day(world):
    coverage = assign_instructor(world.enterprise)
    kwargs = {"enterprise": world.enterprise, "visited_on": TODAY, "by": world.officer}

    own = record_visit(kind=VisitKind.INSTRUCTOR, visitor_name="王指导", **kwargs)
    other = record_visit(kind=VisitKind.POLICY, visitor_name="王指导", **kwargs)

    assert (own.coverage, other.coverage) == (coverage, None)
    with pytest.raises(ValidationError, match="不能晚于今天"):
        record_visit(
            kind=VisitKind.POLICY, visitor_name="王指导", **kwargs | {"visited_on": TODAY + dt.timedelta(1)}
        )


def test_instructors_are_summed_up_by_name(world):
    visited, unvisited = make_enterprise(park=world.park), make_enterprise(park=world.park)
    assign_instructor(visited, term_ends_on=TODAY + dt.timedelta(days=90))
    assign_instructor(unvisited, term_ends_on=TODAY - dt.timedelta(days=1))
    assign_instructor(world.far)
    record_visit(
        enterprise=visited,
        kind=VisitKind.INSTRUCTOR,
        visited_on=quarter_start(TODAY),
        visitor_name="王指导",
        by=world.officer,
    )

    row = current_instructors(Enterprise.objects.visible_to(world.officer)).get()

    assert (row["enterprises"], row["unvisited"], row["expired"]) == (2, 1, 1)
    assert row["last_visit"] == quarter_start(TODAY)
    assert row["term_ends_on"] == TODAY - dt.timedelta(days=1)


def test_instructor_page_hides_the_other_area_and_picks_the_late(client, world):
    assign_instructor(world.enterprise, "甲同志")
    assign_instructor(make_enterprise(park=world.park), "乙同志")
    assign_instructor(world.far, "丙同志")
    record_visit(
        enterprise=world.enterprise,
        kind=VisitKind.SERVICE,
        visited_on=TODAY,
        visitor_name="别人",
        by=world.officer,
    )
    client.force_login(world.officer)

    everyone = client.get(reverse("orgs:instructor-list"))
    late = client.get(reverse("orgs:instructor-list"), {"late": "1"})

    assert [row["instructor_name"] for row in everyone.context["page"]] == ["乙同志", "甲同志"]
    assert [row["instructor_name"] for row in late.context["page"]] == ["乙同志"]
    assert "丙同志" not in everyone.content.decode()


def test_more_than_three_enterprises_make_a_warning(world):
    for _ in range(3):
        assign_instructor(make_enterprise())

    assert instructor_warning("王指导") == ""
    assert "联系企业4家，一般不超过3家" in instructor_warning("王指导", [world.enterprise.pk])


def test_visit_form_offers_the_instructor_and_stores_the_visit(client, world):
    assign_instructor(world.enterprise)
    client.force_login(world.officer)
    url = reverse("orgs:visit-create", args=[world.enterprise.pk])

    page = client.get(url)
    client.post(
        url, {"kind": "instructor", "visited_on": TODAY.isoformat(), "visitor_name": "王指导", "gist": "座谈"}
    )

    assert page.context["form"]["visitor_name"].value() == "王指导"
    assert world.enterprise.visits.get().recorded_by == world.officer


@pytest.mark.parametrize(
    ("day", "start"),
    [("2026-01-01", "2026-01-01"), ("2026-06-30", "2026-04-01"), ("2026-11-20", "2026-10-01")],
)
def test_quarters_begin_in_january_april_july_october(day, start):
    assert quarter_start(dt.date.fromisoformat(day)) == dt.date.fromisoformat(start)


@pytest.mark.django_db(transaction=True)
def test_two_people_covering_the_same_enterprise_leave_one_open_coverage():
    top = make_organisation()
    branches = [make_organisation(top), make_organisation(top)]
    enterprises = [make_enterprise() for _ in range(20)]
    officer = make_user(Role.OFFICER, top)
    barrier = threading.Barrier(2)
    refused = []

    def assign(branch):
        assignment = Assignment(method=M.JOINT, since=TODAY, organisation=branch)
        barrier.wait()
        try:
            assign_bulk(enterprises=Enterprise.objects.all(), assignment=assignment, by=officer)
        except ValidationError as error:
            refused.append(error.messages)
        finally:
            connection.close()

    threads = [threading.Thread(target=assign, args=[branch]) for branch in branches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    still_open = Coverage.objects.filter(until=None)
    assert still_open.count() == len(enterprises)
    assert still_open.values("organisation").distinct().count() == 1
    assert refused in ([], [["台账刚被他人修改，请核对最新情况后重新登记。"]])
