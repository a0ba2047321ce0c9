"""考核指数: points at the edges, drafts and versions, what is frozen stays, who sees what."""

import datetime as dt
import io
from decimal import Decimal

import openpyxl
import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from orgs.models import AuditEvent
from orgs.statistics import Rate
from portal import assessment_actions as actions
from portal.assessments import Part, period_end, period_words, periods, points, sheet, total
from portal.leaderboards import month_before
from portal.models import Assessment, AssessmentItem, AssessmentPoint, AssessmentResult, Reckoning, Snapshot
from tests.builders import make_organisation, make_user

pytestmark = pytest.mark.django_db
TWO = [
    {"measure": "duty_rate", "weight": Decimal(60), "zero_at": Decimal(60), "full_at": Decimal(95)},
    {"measure": "order_days_median", "weight": Decimal(40), "zero_at": Decimal(20), "full_at": Decimal(5)},
]
VALUES = {"name": "党建赋能创新指数", "period": "quarter", "level": 1, "kind": ""}
LIST = reverse("portal:assessment-list")


@pytest.fixture
def ended():
    """The last day of the quarter before."""
    today = timezone.localdate()
    return month_before(today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1))


@pytest.fixture
def top(ended):
    Reckoning.objects.create(day=ended)
    return make_organisation(name="科学城综合党委")


@pytest.fixture
def officer(top, client):
    user = make_user("officer", top)
    client.force_login(user)
    return user


@pytest.fixture
def index(top, officer):
    return actions.add_assessment(organisation=top, values=VALUES, items=TWO, by=officer)


@pytest.fixture
def published(index, officer):
    return actions.publish_assessment(assessment=index, by=officer)


def branch(top, name, since, **values):
    made = make_organisation(top, name=name)
    Snapshot.objects.create(organisation=made, since=since, **values)
    return made


def page(assessment, name="assessment", *more, **query):
    return reverse(f"portal:{name}", args=[assessment.pk, *more], query=query)


# --- Arithmetic -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "given"),
    [
        ("59.99", "0"),
        ("60", "0"),
        ("60.01", "0.02"),
        ("77.5", "30"),
        ("94.99", "59.98"),
        ("95", "60"),
        ("100", "60"),
    ],
)
def test_points_run_in_proportion_and_not_beyond(value, given):
    item = AssessmentItem(**TWO[0])

    assert points(item, Decimal(value)) == Decimal(given)


@pytest.mark.parametrize(
    ("value", "given"), [("25", "0"), ("20", "0"), ("12.5", "20"), ("5", "40"), ("0", "40")]
)
def test_where_less_is_better_the_scale_runs_down(value, given):
    assert points(AssessmentItem(**TWO[1]), Decimal(value)) == Decimal(given)


def test_halves_of_a_cent_are_rounded_up():
    item = AssessmentItem(measure="duty_rate", weight=Decimal(1), zero_at=Decimal(0), full_at=Decimal(1000))

    assert points(item, Decimal(5)) == Decimal("0.01")
    assert points(item, Decimal("4.99")) == Decimal("0.00")


@pytest.mark.parametrize(
    ("duties", "days", "points"),
    [
        (Rate(95, 100), 5.0, "100.00"),
        (Rate(95, 100), None, "100.00"),  # no order: only the duties count
        (Rate(31, 40), 12.5, "50.00"),
        (Rate(0, 0), 20.0, "0.00"),
        (Rate(0, 0), None, None),
        (None, 5.0, "100.00"),
    ],
)
def test_what_nobody_asked_for_costs_nothing(duties, days, points):
    parts = [Part(AssessmentItem(**TWO[0]), duties), Part(AssessmentItem(**TWO[1]), days)]

    assert total(parts) == (None if points is None else Decimal(points))


@pytest.mark.parametrize(
    ("period", "day", "end", "words"),
    [
        ("quarter", dt.date(2026, 1, 1), dt.date(2026, 3, 31), "2026年第1季度"),
        ("quarter", dt.date(2026, 12, 31), dt.date(2026, 12, 31), "2026年第4季度"),
        ("quarter", dt.date(2026, 5, 17), dt.date(2026, 6, 30), "2026年第2季度"),
        ("year", dt.date(2024, 2, 29), dt.date(2024, 12, 31), "2024年度"),
    ],
)
def test_periods_end_with_quarter_or_year(period, day, end, words):
    assert period_end(period, day) == end
    assert period_words(Assessment(period=period), end) == words


def test_periods_begin_where_figures_are_kept(published, ended):
    assert periods(published) == [period_end("quarter", timezone.localdate()), ended]


# --- Drafts and versions ----------------------------------------------------------------------------------


def test_weights_must_come_to_a_hundred(index, officer):
    short = [TWO[0], TWO[1] | {"weight": Decimal("39.9")}]
    actions.change_assessment(assessment=index, values=VALUES, items=short, by=officer)

    with pytest.raises(ValidationError, match=r"现为99\.9，"):
        actions.publish_assessment(assessment=index, by=officer)


def test_an_empty_draft_is_not_published(top, officer):
    empty = actions.add_assessment(organisation=top, values=VALUES, items=[], by=officer)

    with pytest.raises(ValidationError, match="现为0"):
        actions.publish_assessment(assessment=empty, by=officer)


def test_a_scale_needs_two_ends(top, officer):
    with pytest.raises(ValidationError, match="零分值和满分值不能相同"):
        actions.add_assessment(
            organisation=top, values=VALUES, items=[TWO[0] | {"zero_at": Decimal(95)}], by=officer
        )


def test_what_is_published_changes_by_a_new_version_only(published, officer):
    with pytest.raises(ValidationError, match="修订为新版本"):
        actions.change_assessment(assessment=published, values=VALUES, items=TWO, by=officer)
    with pytest.raises(ValidationError, match="修订为新版本"):
        actions.delete_draft(assessment=published, by=officer)

    draft = actions.revise_assessment(assessment=published, by=officer)

    assert (draft.version, draft.state, draft.items.count()) == (2, "draft", 2)
    with pytest.raises(ValidationError, match="第2版正在修订中"):
        actions.revise_assessment(assessment=published, by=officer)
    actions.publish_assessment(assessment=draft, by=officer)
    published.refresh_from_db()
    assert published.state == "closed"
    assert published.items.count() == 2


def test_a_draft_of_a_version_can_be_dropped(published, officer):
    draft = actions.revise_assessment(assessment=published, by=officer)

    actions.delete_draft(assessment=draft, by=officer)

    assert Assessment.objects.get() == published
    assert AuditEvent.objects.filter(action="delete").exists()


# --- Freezing ---------------------------------------------------------------------------------------------


def test_what_is_frozen_stays_whatever_becomes_of_the_data(top, published, officer, ended):
    first = branch(top, "甲支部", ended, duties_met=95, duties_due=100, order_days_median=12.5)
    second = branch(top, "乙支部", ended, duties_met=31, duties_due=40)
    nothing = make_organisation(top, name="丙支部")

    actions.freeze_period(assessment=published, ends_on=ended, by=officer)
    Snapshot.objects.update(duties_met=1, order_days_median=99)
    make_organisation(top, name="丁支部")
    first.dissolved_on = timezone.localdate()
    first.save()

    found = sheet(published, ended)
    assert [(r.organisation, r.points, r.rank) for r in found.results if r.rank] == [
        (first, Decimal("80.00"), 1),
        (second, Decimal("50.00"), 2),
    ]
    assert [r.organisation for r in found.results if not r.rank] == [nothing]
    by_name = {r.organisation.name: r for r in found.results}
    parts = [(part.value, part.rate, part.points) for part in by_name["甲支部"].parts]
    assert parts == [(Decimal(95), Rate(95, 100), Decimal(60)), (Decimal("12.5"), None, Decimal(20))]
    assert [part.points for part in by_name["丙支部"].parts] == [None, None]


def test_a_period_is_frozen_once_and_only_when_it_is_over(top, published, officer, ended):
    branch(top, "甲支部", ended, duties_met=95, duties_due=100)
    actions.freeze_period(assessment=published, ends_on=ended, by=officer)

    with pytest.raises(ValidationError, match="已经冻结"):
        actions.freeze_period(assessment=published, ends_on=ended, by=officer)
    for day in (period_end("quarter", timezone.localdate()), ended - dt.timedelta(days=1)):
        with pytest.raises(ValidationError, match="尚未结束"):
            actions.freeze_period(assessment=published, ends_on=day, by=officer)
    assert AssessmentResult.objects.count() == 1
    assert AssessmentPoint.objects.count() == 2


def test_without_kept_figures_nothing_is_frozen(published, officer, ended):
    Reckoning.objects.all().delete()

    with pytest.raises(ValidationError, match="没有保存数据"):
        actions.freeze_period(assessment=published, ends_on=ended, by=officer)


def test_a_draft_freezes_nothing(index, officer, ended):
    with pytest.raises(ValidationError, match="尚未发布"):
        actions.freeze_period(assessment=index, ends_on=ended, by=officer)


def test_less_than_half_of_the_weight_gives_no_rank(top, published, officer, ended):
    branch(top, "甲支部", ended, duties_met=60, duties_due=100)
    branch(top, "乙支部", ended, order_days_median=5)  # weighs 40

    provisional = sheet(published, ended)
    actions.freeze_period(assessment=published, ends_on=ended, by=officer)
    frozen = sheet(published, ended)

    for found in (provisional, frozen):
        assert [(r.organisation.name, r.points, r.rank) for r in found.results] == [
            ("甲支部", Decimal("0.00"), 1),
            ("乙支部", Decimal("100.00"), None),
        ]


def test_equal_points_share_a_rank(top, published, officer, ended):
    for name, met in (("甲支部", 95), ("乙支部", 95), ("丙支部", 60)):
        branch(top, name, ended, duties_met=met, duties_due=100)

    found = sheet(published, ended)

    assert [(r.rank, r.organisation.name) for r in found.results] == [
        (1, "乙支部"),
        (1, "甲支部"),
        (3, "丙支部"),
    ]


# --- Pages ------------------------------------------------------------------------------------------------


def form_data(top, **more):
    facts = {"organisation": top.pk, **VALUES}
    for item in TWO:
        facts |= {f"{name}_{item['measure']}": item[name] for name in ("weight", "zero_at", "full_at")}
    return facts | more


def test_the_whole_way_on_the_pages(client, top, officer, ended):
    branch(top, "甲支部", ended, duties_met=95, duties_due=100)
    client.post(reverse("portal:assessment-new"), form_data(top))
    index = Assessment.objects.get()
    assert [(i.measure, i.weight) for i in index.items.all()] == [
        ("duty_rate", 60),
        ("order_days_median", 40),
    ]

    edit = client.get(page(index, "assessment-edit"))
    seen = edit.context["form"]["seen_at"].value()
    client.post(page(index, "assessment-edit"), form_data(top, name="新名称", seen_at=seen))
    client.post(page(index, "assessment-publish"))
    client.post(page(index, "assessment-freeze"), {"period": ended})

    index.refresh_from_db()
    assert (index.name, index.state) == ("新名称", "published")
    shown = client.get(page(index, period=ended)).content.decode()
    assert "冻结" in shown
    assert "100.00" in shown
    assert "甲支部" in shown
    client.post(page(index, "assessment-revise"))
    assert index.replaced_by.version == 2
    client.post(page(index.replaced_by, "assessment-delete"))
    assert Assessment.objects.count() == 1


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"zero_at_duty_rate": ""}, "请同时填写零分值和满分值"),
        ({"full_at_duty_rate": "60"}, "零分值和满分值不能相同"),
        ({"weight_duty_rate": "101"}, "小于或等于100"),
        ({"name": ""}, "必填"),
    ],
)
def test_the_form_says_what_is_wrong(client, top, officer, more, words):
    answer = client.post(reverse("portal:assessment-new"), form_data(top, **more))

    assert words in answer.content.decode()
    assert not Assessment.objects.exists()


def test_a_published_index_has_no_form(client, published):
    answer = client.get(page(published, "assessment-edit"), follow=True)

    assert answer.redirect_chain == [(page(published), 302)]


def test_an_organisation_sees_its_own_calculation_only(client, top, published, ended):
    ours = branch(top, "甲支部", ended, duties_met=31, duties_due=40, order_days_median=5)
    theirs = branch(top, "乙支部", ended, duties_met=97, duties_due=101)  # the row that could leak
    client.force_login(make_user("secretary", ours))

    table = client.get(page(published, period=ended)).content.decode()
    own = client.get(page(published, "assessment-result", ours.pk, period=ended))
    interface = client.get(reverse("api:assessment-results", args=[published.pk]), {"period": ended}).json()

    assert "甲支部" in table
    assert "乙支部" not in table
    text = own.content.decode()
    assert "第2名" in text
    for words in ("77.50%", "31/40", "60%得0分，95%得60分", "30.00 / 60", "40.00 / 40"):
        assert words in text
    assert client.get(page(published, "assessment-result", theirs.pk, period=ended)).status_code == 404
    assert [(r["name"], r["rank"], r["points"]) for r in interface["results"]] == [("甲支部", 2, 70.0)]


def test_drafts_are_the_committees_own(client, top, index):
    ours = make_organisation(top, name="甲支部")
    client.force_login(make_user("secretary", ours))

    assert index.name not in client.get(LIST).content.decode()
    assert client.get(page(index)).status_code == 404


def test_readers_of_the_committee_change_nothing(client, top, published, ended):
    client.force_login(make_user("leader", top))

    assert client.get(page(published)).status_code == 200
    for name in ("publish", "revise", "delete", "freeze"):
        assert client.post(page(published, f"assessment-{name}"), {"period": ended}).status_code == 403
    assert client.get(reverse("portal:assessment-new")).status_code == 403


@pytest.mark.parametrize("wanted", ["x", "2026-13-01", "1999-12-31"])
def test_an_unknown_period_is_not_found(client, published, wanted):
    assert client.get(page(published, period=wanted)).status_code == 404


@pytest.mark.parametrize("count", [1, 4])
def test_the_query_count_does_not_grow(client, top, published, ended, count, django_assert_max_num_queries):
    for number in range(count):
        branch(top, f"支部{number}", ended, duties_met=9, duties_due=10)
    client.get(LIST)

    for frozen in (False, True):
        if frozen:
            actions.freeze_period(assessment=published, ends_on=ended, by=None)
        with django_assert_max_num_queries(14):
            assert len(client.get(page(published, period=ended)).context["results"]) == count


def test_the_file_holds_points_and_values(client, top, published, ended):
    branch(top, "甲支部", ended, duties_met=95, duties_due=100)

    answer = client.post(
        page(published, "assessment-export", period=ended), {"file_format": "xlsx", "purpose": "季度考核讲评"}
    )

    sheet_ = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    (row,) = sheet_.iter_rows(min_row=3, values_only=True)
    assert row[:2] == (1, "甲支部")
    assert row[3:6] == (100, 95, 60)
    assert "未冻结" in AuditEvent.objects.get(action="export").detail["list"]
