"""What searches compare with: pairs, initials, and that every way of writing keeps them."""

import importlib

import pytest
from django.apps import apps
from django.utils import timezone

from activities.models import Activity
from orgs.actions import enterprises, organisations
from orgs.models import Enterprise, Organisation
from orgs.search_words import initials, pairs, search_pairs
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("高新支部", "gxzb"),
        ("上海银行长江支行", "shyhcjzh"),
        ("厦门重庆路（东）3号", "xmcqld3h"),
        ("ABC 科技·园", "abckjy"),
        ("㐂", "㐂"[:1]),
        ("", ""),
    ],
)
def test_initials_read_words_as_people_do(name, letters):
    assert initials(name) == letters


def test_pairs_stand_in_a_row_and_names_apart():
    assert pairs("高新支部") == "高新 新支 支部"
    assert pairs("高") == "高"
    assert search_pairs(["甲乙", "丙"], ["A-1", "", None]) == "甲乙  jy  丙  b  a- -1"


@pytest.fixture
def top():
    return builders.make_organisation(name="科学城综合党委")


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("高新", True),
        ("高新支部", True),
        ("高新党支部", True),
        ("gxzb", True),
        ("GXDZB", True),
        ("高", True),
        ("zj-9", True),
        ("〔2024〕12", True),
        ("高 新", True),
        ("新高", False),
        ("高支部", False),
        ("部zj", False),
        ("%", False),
        ("_新", False),
        ("' ·", False),
        ("\\", False),
    ],
)
def test_an_organisation_is_found_by_what_it_is_called(top, text, is_found):
    made = builders.make_organisation(top, name="高新党支部", code="ZJ-9", approval_no="科委组〔2024〕12号")

    assert list(Organisation.objects.search(text)) == ([made] if is_found else [])


def test_a_renamed_enterprise_is_found_by_both_names_and_by_its_code(top):
    made = builders.make_enterprise(name="上海甲仪器有限公司")
    builders.make_enterprise(name="上海丙仪器有限公司", credit_code=None)
    user = builders.make_user("officer", top)

    enterprises.update_enterprise(enterprise=made, values={"name": "上海乙（集团）有限公司"}, by=user)

    for text in ("甲仪", "shjyq", "乙(集团", "乙（集", "shyjt", made.credit_code[8:].lower()):
        assert list(Enterprise.objects.search(text)) == [made], text


def test_changes_of_a_part_keep_the_words(top):
    branch = builders.make_organisation(top, name="甲支部")
    user = builders.make_user("officer", top)

    organisations.update_organisation(organisation=branch, by=user, name="乙支部")

    assert list(Organisation.objects.search("yzb")) == [branch]
    assert list(Organisation.objects.search("甲支")) == []


def test_migrations_fill_what_a_save_would_keep(top):
    enterprise = builders.make_enterprise(name="上海甲仪器有限公司")
    enterprise.old_names.create(name="长江仪器厂", until=timezone.localdate())
    activity = Activity.objects.create(
        organisation=top, title="清洁日", number="A-1", place="报告厅", starts_at=timezone.now()
    )
    rows = (top, enterprise, activity)
    for row in rows:
        row.refresh_from_db()
    kept = [row.search_pairs for row in rows]
    for model in (Organisation, Enterprise, Activity):
        model.objects.update(search_pairs="")

    for name in ("orgs.migrations.0009_search_pairs", "activities.migrations.0008_search_pairs"):
        importlib.import_module(name).fill(apps, None)

    for row in rows:
        row.refresh_from_db()
    assert [row.search_pairs for row in rows] == kept
    assert "清洁 洁日" in activity.search_pairs
    assert "长江 江仪" in enterprise.search_pairs
    assert "cj jy yq qc" in enterprise.search_pairs
