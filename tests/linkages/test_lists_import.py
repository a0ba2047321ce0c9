"""The lists of resources and needs as workbooks: in, again, changed, taken back; own exports come back unchanged."""

import datetime as dt
from itertools import chain

import pytest
from django.urls import reverse

from linkages.actions import lists, projects
from linkages.models import Need, NeedTerm, Resource, ResourceTerm
from orgs.models import User
from tests import builders
from tests.imports.helpers import apply, contents, problem_codes, stage, undo, workbook

pytestmark = pytest.mark.django_db
RESOURCE = ("登记党组织代码", "提供单位", "类别", "名称", "说明", "联系部门", "有效期起", "有效期止")
NEED = ("登记党组织代码", "需求企业统一社会信用代码", "需求单位", "类别", "名称", "说明", "有效期止")


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def top(db):
    return builders.make_organisation()


@pytest.fixture
def branch(top):
    return builders.make_organisation(top)


def offer(branch, **kw):
    values = {
        "home": branch.code, "partner": "", "kind": "检验检测", "title": "缺陷检测平台", "description": "电镜对外",
        "office": "院办公室", "since": "2026-01-01", "until": "2027-06-30",
    } | kw  # fmt: skip
    return tuple(values.values())


def need(branch, **kw):
    values = {
        "home": branch.code, "code": "", "partner": "", "kind": "融资", "title": "信用贷款", "description": "",
        "until": "2027-06-30",
    } | kw  # fmt: skip
    return tuple(values.values())


def test_resources_come_in_change_and_are_taken_back(top, branch):
    partner = builders.make_partner(top)
    before = contents(Resource, ResourceTerm)
    rows = [offer(branch), offer(branch, partner=partner.name), offer(branch, title="会议室", kind="场地")]
    first = apply(stage("resources", workbook(RESOURCE, *rows)))
    assert first.counts["new"] == 3
    stored = Resource.objects.get(partner=partner)
    assert (stored.kind, stored.valid_until, stored.root_id) == ("testing", dt.date(2027, 6, 30), top.pk)
    assert stored.published_at
    assert set(stored.terms.values_list("term", flat=True)) >= {"缺陷", "检测", "电镜"}
    full = contents(Resource, ResourceTerm)
    assert stage("resources", workbook(RESOURCE, *rows)).counts["unchanged"] == 3
    other = apply(stage("resources", workbook(RESOURCE, offer(branch, description="能谱仪"))))
    assert other.counts["changed"] == 1
    changed = Resource.objects.get(partner=None, title="缺陷检测平台")
    assert changed.terms.filter(term="能谱").exists()
    undo(other)
    assert contents(Resource)[Resource] == full[Resource]
    assert not changed.terms.filter(term="能谱").exists()
    undo(first)
    assert contents(Resource, ResourceTerm) == before


def test_a_row_in_use_stays_when_the_run_is_taken_back(branch):
    run = apply(stage("needs", workbook(NEED, need(branch), need(branch, title="质押融资"))))
    kept = Need.objects.get(title="信用贷款")
    values = {"kind": "finance", "title": "贷款", "deadline": dt.date(2027, 1, 1)}
    projects.start_project(organisation=branch, values=values, need=kept, by=User.objects.system())
    undo(run)
    assert list(Need.objects.all()) == [kept]
    assert NeedTerm.objects.filter(need=kept).exists()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"title": ""}, "name_missing"),
        ({"kind": "玄学"}, "choice_unknown"),
        ({"home": "ZJ-9999"}, "organisation_unknown"),
        ({"partner": "没有的单位"}, "partner_unknown"),
        ({"until": ""}, "required_missing"),
        ({"until": "2025-01-01"}, "dates_order"),
        ({"office": "张工19900001234"}, "personal_number"),
    ],
)
def test_a_wrong_row_says_what_is_wrong(branch, change, code):
    run = stage("resources", workbook(RESOURCE, offer(branch, **change)))
    assert list(problem_codes(run).values()) == [[code]]
    problem = run.staged.get().problems[0]
    assert problem["text"].endswith("。")
    assert "19900001234" not in problem["text"]


def test_needs_name_an_enterprise_of_the_importer_or_a_partner(top, branch):
    firm, partner = builders.make_enterprise(), builders.make_partner(top)
    rows = [
        need(branch, code=firm.credit_code),
        need(branch, code=builders.credit_code()),
        need(branch, code=firm.credit_code, partner=partner.name, title="两个"),
    ]
    run = stage("needs", workbook(NEED, *rows), by=builders.make_user("officer", top))
    assert sorted(chain.from_iterable(problem_codes(run).values())) == ["enterprise_unknown", "two_units"]
    apply(stage("needs", workbook(NEED, rows[0])))
    assert Need.objects.get().unit == firm


def test_what_was_withdrawn_is_not_brought_back(branch):
    apply(stage("resources", workbook(RESOURCE, offer(branch))))
    lists.withdraw_item(item=Resource.objects.get(), reason="报废", by=User.objects.system())
    assert stage("resources", workbook(RESOURCE, offer(branch))).counts["unchanged"] == 1
    run = stage("resources", workbook(RESOURCE, offer(branch, description="修好了")))
    assert list(problem_codes(run).values()) == [["row_withdrawn"]]
    fresh = builders.make_resource(branch, title="缺陷检测平台")
    run = apply(stage("resources", workbook(RESOURCE, offer(branch, description="新购"))))
    fresh.refresh_from_db()
    assert (run.counts["changed"], fresh.description) == (1, "新购")


def test_a_list_names_only_organisations_of_the_importer(top, branch):
    other = builders.make_organisation(top)
    officer = builders.make_user("officer", branch)
    rows = [offer(branch), offer(other)]
    run = stage("resources", workbook(RESOURCE, *rows), by=officer)
    assert list(problem_codes(run).values()) == [["organisation_unknown"]]


@pytest.mark.parametrize("file_format", ["xlsx", "csv"])
def test_own_exports_come_back_unchanged(client_for, top, branch, file_format):
    partner, firm = builders.make_partner(top), builders.make_enterprise()
    builders.make_resource(branch, partner=partner, description="=1+1，“引号”，ＡＢＣ（全角）")
    builders.make_resource(branch, publish=False, contact_office="-院办")
    builders.make_need(branch, enterprise=firm)
    builders.make_need(branch, partner=partner)
    withdrawn = builders.make_need(branch)
    lists.withdraw_item(item=withdrawn, reason="撤", by=User.objects.system())
    officer = builders.make_user("officer", top)
    client = client_for(officer)
    for kind, which, count in (("resources", "resource", 2), ("needs", "need", 3)):
        data = {"file_format": file_format, "purpose": "核对清单"}
        response = client.post(f"{reverse(f'linkages:{which}-export')}?state=all", data)
        content = b"".join(response.streaming_content)
        run = stage(kind, content, name=f"{kind}.{file_format}", by=officer)
        assert (run.counts["unchanged"], run.counts["rows"]) == (count, count), run.counts
