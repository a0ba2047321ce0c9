"""The plan of recruiting: places down the tree, the guard of the pre-review, the page of a level, the interface."""

import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from members.actions import plans, recruiting
from members.models import RecruitmentCase, RecruitmentQuota
from members.recruiting import quotas
from members.standing import approving_committee
from orgs.actions import settings as dated_settings
from orgs.kinds import OrganisationKind as Kind
from orgs.models import AuditEvent, User
from tests import builders

pytestmark = pytest.mark.django_db
YEAR = timezone.localdate().year
ON = timezone.localdate()


@pytest.fixture
def top():
    return builders.make_organisation()


@pytest.fixture
def committee(top):
    return builders.make_organisation(top, Kind.AREA_COMMITTEE)


@pytest.fixture
def branch(committee):
    return builders.make_organisation(committee)


def give(*given, year=YEAR, by=None):
    """`given`: (organisation, places) or (organisation, places, places for high-tech enterprises)."""
    found = [plans.Plan(*values) for values in given]
    return plans.give_places(year=year, plans=found, by=by or User.objects.system())


def refused(*given, **kw):
    """What the refusal says; nothing has been written."""
    before = list(RecruitmentQuota.objects.order_by("pk").values())
    with pytest.raises(ValidationError) as error:
        give(*given, **kw)
    assert list(RecruitmentQuota.objects.order_by("pk").values()) == before
    return "".join(error.value.messages)


def ready(branch, *, high_tech=False):
    """A case that waits for its pre-review."""
    more = {}
    if high_tech:
        more["employer_code"] = builders.make_enterprise(is_high_tech=True).credit_code
    case = builders.make_case(branch, upto=12, **more)
    assert case.next_step == 13
    return case


def pre_review(case, on=ON, **values):
    planned = {"outcome": "passed", "approver": approving_committee(case.organisation)} | values
    return recruiting.take_step(case=case, number=13, on=on, by=User.objects.system(), **planned)


def approved(branch, *, high_tech=False):
    """Somebody recruited this year, written down without the way there."""
    case = ready(branch, high_tech=high_tech)
    RecruitmentCase.objects.filter(pk=case.pk).update(approved_on=ON, next_step=18)
    return case


CONFIRMED = {"confirm_reason": "确有需要", "approval_no": "园委〔2026〕7号"}


# --- Places ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("places", "high_tech"), [(0, 0), (1, 1), (2, 2), (3, 2), (4, 3), (99, 66), (100, 67)]
)
def test_two_thirds_rounded_up_go_to_high_tech_enterprises(top, places, high_tech):
    (quota,) = give((top, places))
    assert quota.high_tech_places == high_tech


def test_the_share_is_a_dated_setting(top):
    administrator = builders.make_user("administrator", top)
    add = {
        "code": "recruit_high_tech_share",
        "effective_on": timezone.localdate(),
        "basis": "纪要",
        "by": administrator,
    }
    with pytest.raises(ValidationError):
        dated_settings.add_setting(value="3/2", **add)
    dated_settings.add_setting(value="1/2", **add)
    (quota,) = give((top, 3))
    assert quota.high_tech_places == 2
    (last,) = give((top, 3), year=YEAR - 1)
    assert last.high_tech_places == 2  # 2/3 of 3 then as well
    (hundred,) = give((top, 100), year=YEAR - 1)
    assert hundred.high_tech_places == 67


def test_what_is_handed_down_fits_into_what_is_held(top, committee):
    other = builders.make_organisation(top, Kind.AREA_COMMITTEE)
    give((top, 10), (committee, 6), (other, 4))
    sentence = refused((other, 5))
    assert "计划为10名，下达下级的合计11名，超出1名" in sentence
    assert "下达下级的合计10名" in refused((top, 9), (other, 4))
    give((top, 11), (other, 5))


def test_places_pass_an_organisation_without_a_plan(top, committee, branch):
    """Nothing limits where nobody above has a plan; the nearest above with one does."""
    give((branch, 3))
    assert "下达下级的合计3名" in refused((top, 2))
    give((top, 3))
    assert "超出1名" in refused((branch, 4))
    give((committee, 3))
    own, below = quotas.standings(top, YEAR, [top, committee])
    assert (own.handed.total, below.handed.total) == (3, 3)


def test_places_for_others_are_not_handed_down_twice(top, committee):
    give((top, 9))
    assert "高新技术企业以外的为3名，下达下级的合计4名" in refused((committee, 6, 2))
    give((committee, 6, 3))


def test_a_plan_is_not_cut_below_what_is_used(top, branch):
    give((branch, 3))
    approved(branch, high_tech=True)
    pre_review(ready(branch, high_tech=True))
    assert "已发展1名、预审合格待审批1名，计划不能少于2名，填写的为1名" in refused((branch, 1))
    give((branch, 2))
    give((branch, None))
    assert RecruitmentQuota.objects.get(organisation=branch).places is None


def test_places_belong_to_who_recruits_and_to_near_years(top, branch):
    temporary = builders.make_organisation(top, Kind.TEMP_BRANCH)
    assert "不承担发展党员工作" in refused((temporary, 1))
    assert "年度应在" in refused((branch, 1), year=YEAR + 2)
    assert "多于计划" in refused((branch, 1, 2))


def test_changes_are_on_record_with_old_and_new(top, branch):
    give((branch, 3))
    give((branch, 4))
    give((branch, 4))
    old, new = AuditEvent.objects.filter(object_type="recruitmentquota").order_by("pk")
    assert old.detail["changes"]["places"] == [None, 3]
    assert new.detail["changes"]["places"] == [3, 4]
    assert new.organisation_id == branch.pk


# --- The pre-review -------------------------------------------------------------------------------------


def test_exactly_the_last_place(branch):
    give((branch, 2, 2))
    approved(branch, high_tech=True)
    last, one_more = ready(branch, high_tech=True), ready(branch, high_tech=True)
    pre_review(last)
    with pytest.raises(ValidationError, match="本年度发展党员计划2名已用完（已发展1名、预审合格待审批1名）"):
        pre_review(one_more)
    with pytest.raises(ValidationError, match="已用完"):
        pre_review(one_more, confirm_reason="只有原因")
    pre_review(one_more, **CONFIRMED)
    assert quotas.standing_of(branch, YEAR).over == 1


def test_a_failed_pre_review_needs_no_place_and_a_meeting_that_fails_gives_one_back(branch):
    give((branch, 0))
    case = ready(branch)
    pre_review(case, outcome="failed")
    give((branch, 1, 1))
    held = ready(branch, high_tech=True)
    pre_review(held)
    assert quotas.standing_of(branch, YEAR).reserved == quotas.Count(1, 1)
    recruiting.reverse_step(
        case=held, by=User.objects.system(), reason="退回", organisation=approving_committee(branch)
    )
    assert quotas.standing_of(branch, YEAR).reserved == quotas.Count()


def test_places_of_high_tech_enterprises_are_not_taken_by_others(branch):
    give((branch, 3))
    pre_review(ready(branch))
    with pytest.raises(ValidationError, match="计划3名中2名须用于高新技术企业，其他单位的1名已用完"):
        pre_review(ready(branch))
    pre_review(ready(branch, high_tech=True))
    pre_review(ready(branch, high_tech=True))


def test_the_nearest_plan_governs_and_what_it_handed_down_is_not_there(top, committee, branch):
    sister = builders.make_organisation(committee)
    give((top, 2, 2), (committee, 2, 2), (sister, 1, 1))
    pre_review(ready(branch, high_tech=True))
    with pytest.raises(ValidationError, match="计划2名已用完（已发展0名、预审合格待审批1名、下达下级1名）"):
        pre_review(ready(branch, high_tech=True))
    pre_review(ready(sister, high_tech=True))


def test_another_year_and_another_tree_do_not_count(branch):
    give((branch, 0), year=YEAR - 1)
    give((builders.make_organisation(), 0))
    pre_review(ready(branch))


def test_the_form_and_the_interface_ask_alike(client_for, committee, branch):
    give((branch, 0))
    officer = client_for(builders.make_user("officer", committee))
    posted = {"on": ON.isoformat(), "outcome": "passed", "approver": committee.pk}
    case = ready(branch)
    url = reverse("members:case-step", args=[case.pk, 13])
    assert "本年度发展党员计划0名已用完" in officer.post(url, posted).content.decode()
    api = reverse("api:recruitment-case-steps", args=[case.pk])
    sent = {"number": 13, "on": ON.isoformat(), "outcome": "passed", "approver": committee.code}
    answer = officer.post(api, sent, content_type="application/json")
    assert (answer.status_code, "已用完" in answer.json()["confirm_reason"][0]) == (400, True)
    assert officer.post(api, sent | CONFIRMED, content_type="application/json").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_two_at_once_do_not_both_take_the_last_place():
    branch = builders.make_organisation(builders.make_organisation())
    give((branch, 1, 1))
    waiting = [ready(branch, high_tech=True) for _ in range(2)]
    start, said = threading.Barrier(2), []

    def run(case):
        try:
            start.wait()
            pre_review(case)
            said.append("passed")
        except ValidationError as error:
            said.append("".join(error.messages))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[case]) for case in waiting]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    refusal, passed = sorted(said, key=lambda words: words == "passed")
    assert (passed, "已用完" in refusal) == ("passed", True)


# --- The page and the interface ---------------------------------------------------------------------------


def test_a_level_is_filled_in_at_once(client_for, top, committee, branch):
    other = builders.make_organisation(top, Kind.AREA_COMMITTEE)
    officer = client_for(builders.make_user("officer", top))
    url = reverse("members:recruitment-plan-edit", args=[top.pk]) + f"?year={YEAR}"
    values = {
        f"places-{top.pk}": 10,
        f"places-{committee.pk}": 6,
        f"places-{other.pk}": 5,
        "document_no": "园委1号",
    }
    assert "下达下级的合计11名" in officer.post(url, values).content.decode()
    assert not RecruitmentQuota.objects.exists()
    assert officer.post(url, values | {f"places-{other.pk}": 4}).status_code == 302
    assert list(
        RecruitmentQuota.objects.order_by("organisation__path").values_list(
            "places", "high_tech_places", "document_no"
        )
    ) == [(10, 7, "园委1号"), (6, 4, "园委1号"), (4, 3, "园委1号")]
    table = officer.get(reverse("members:recruitment-plan") + f"?year={YEAR}").content.decode()
    assert committee.name in table
    assert branch.name not in table
    following = reverse("members:recruitment-plan-edit", args=[top.pk]) + f"?year={YEAR + 1}"
    assert officer.get(following + "&copy=1").context["form"][f"places-{other.pk}"].value() == 4
    assert officer.get(following).context["form"][f"places-{other.pk}"].value() is None


def test_only_bodies_above_give_places(client_for, top, committee, branch):
    """An officer of the committee neither raises the own plan nor reads that of another committee."""
    other = builders.make_organisation(top, Kind.AREA_COMMITTEE)
    give((top, 10), (committee, 6), (other, 4))
    officer = client_for(builders.make_user("officer", committee))
    url = reverse("members:recruitment-plan-edit", args=[committee.pk])
    assert officer.post(url, {f"places-{committee.pk}": 60, f"places-{branch.pk}": 6}).status_code == 302
    found = dict(RecruitmentQuota.objects.values_list("organisation", "places"))
    assert (found[committee.pk], found[branch.pk]) == (6, 6)
    assert officer.get(reverse("members:recruitment-plan-edit", args=[other.pk])).status_code == 404
    own = RecruitmentQuota.objects.get(organisation=committee)
    patch = officer.patch(
        reverse("api:recruitment-quota-detail", args=[own.pk]),
        {"places": 60},
        content_type="application/json",
    )
    assert patch.status_code == 403
    secretary = client_for(builders.make_user("secretary", branch))
    assert secretary.get(reverse("members:recruitment-plan-edit", args=[branch.pk])).status_code == 403


def test_the_interface_gives_changes_and_takes_back(client_for, top, committee):
    officer = client_for(builders.make_user("officer", top))
    url, kind = reverse("api:recruitment-quota-list"), {"content_type": "application/json"}
    level = {
        "year": YEAR,
        "quotas": [{"organisation": top.code, "places": 3}, {"organisation": committee.code, "places": 4}],
    }
    answer = officer.post(url, level, **kind)
    assert (answer.status_code, "超出1名" in answer.content.decode()) == (400, True)
    level["quotas"][1]["places"] = 3
    assert [row["high_tech_places"] for row in officer.post(url, level, **kind).json()] == [2, 2]
    pk = RecruitmentQuota.objects.get(organisation=top).pk
    detail = reverse("api:recruitment-quota-detail", args=[pk])
    assert officer.get(detail).json()["handed_down"] == {"total": 3, "high_tech": 2}
    assert officer.patch(detail, {"places": None}, **kind).json()["places"] is None
    level["quotas"].append(level["quotas"][0])
    assert officer.post(url, level, **kind).status_code == 400


def test_the_board_shows_the_plan_beside_the_recruits(client_for, top, branch):
    give((top, 3))
    approved(branch, high_tech=True)
    board = client_for(builders.make_user("officer", top)).get(reverse("members:recruiting")).content.decode()
    assert "已发展 1 / 计划 3，其中高新技术企业 1 / 2" in board


def test_the_table_leaves_as_a_file(client_for, top, committee):
    give((top, 3), (committee, 2))
    officer = client_for(builders.make_user("officer", top))
    answer = officer.post(
        reverse("members:recruitment-plan-export") + f"?year={YEAR}",
        {"file_format": "csv", "purpose": "报送上级"},
    )
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert f"{committee.name},{committee.code},2,2,0,0,0,0,2" in text
    assert AuditEvent.objects.filter(action="export", detail__year=YEAR).exists()
