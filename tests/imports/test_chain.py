"""The real workbooks, in their order, with the outcomes the offices agreed on."""

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F, Sum
from django.utils import timezone

from activities.models import Activity
from imports.models import ImportRun
from members.models import Member, Posting
from orgs.kinds import Jurisdiction, OrganisationKind
from orgs.models import (
    Cluster,
    Coverage,
    Enterprise,
    EnterpriseName,
    EnterprisePeriod,
    Organisation,
    Park,
    SurveyRound,
    SurveyTask,
    User,
)
from orgs.statistics import Register
from portal.reports import coverage
from tests.imports.helpers import contents

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
EXPECTED = json.loads((SAMPLES / "expected.json").read_text())
REGISTER = (
    Enterprise,
    EnterprisePeriod,
    EnterpriseName,
    Coverage,
    SurveyRound,
    SurveyTask,
    Organisation,
    Park,
)
COUNTS = ("new", "changed", "unchanged", "missing", "skipped", "rejected")


def run_command(name, *args) -> dict:
    out = io.StringIO()
    call_command(name, *args, "--json", stdout=out)
    return json.loads(out.getvalue())


def import_file(stem, *options) -> dict:
    return run_command(
        "import_workbook", stem.split("-")[0], str(SAMPLES / f"{stem}.xlsx"), "--apply", *options
    )


def counts(summary) -> dict:
    return {name: summary[name] for name in COUNTS if summary[name]}


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.mark.django_db
def test_the_chain_gives_the_expected_figures_and_november_can_be_taken_back():
    assert counts(import_file("parks")) == {"new": 145}

    assert counts(import_file("organisations")) == {"new": EXPECTED["organisations"]["rows"]}
    check_tree()

    october = import_file("enterprises-2026-10")
    assert counts(october) == {"new": 9084, "rejected": 46}
    assert october["rows"] == EXPECTED["enterprises-2026-10"]["rows"]
    assert october["errors"] == {
        row: [code] for row, code in EXPECTED["enterprises-2026-10"]["errors"].items()
    }

    assert counts(import_file("coverage-2026-10")) == {"new": EXPECTED["coverage"]["rows"]}
    check_coverage()
    check_report()
    as_of_october = contents(*REGISTER)
    check_search_words()

    november = import_file("enterprises-2026-11", "--full-list")
    wanted = EXPECTED["enterprises-2026-11"]
    assert counts(november) == {name: wanted[name] for name in ("new", "changed", "unchanged", "missing")}
    assert SurveyTask.objects.filter(reason="new").count() == wanted["new"]
    assert SurveyTask.objects.filter(reason="missing").count() == wanted["missing"]
    assert not SurveyTask.objects.filter(owner=None).exists()
    check_periods()
    check_search_words()

    after_november = contents(*REGISTER)
    again = import_file("enterprises-2026-11", "--full-list")
    assert counts(again) == {"unchanged": 9241, "missing": 57}
    assert contents(*REGISTER) == after_november

    undone = run_command("undo_import", str(november["run"]))
    assert (undone["restored"], undone["removed"], undone["kept"]) == (1036, 214, 0)
    assert contents(*REGISTER) == as_of_october

    wanted = EXPECTED["members"]
    assert counts(import_file("members")) == {"new": wanted["rows"]}
    check_members(wanted)
    assert counts(import_file("members")) == {"unchanged": wanted["rows"]}

    wanted = EXPECTED["activities"]
    assert counts(import_file("activities-2026")) == {"new": wanted["rows"]}
    came = Activity.objects.aggregate(sum=Sum("present") + Sum("guests"))["sum"]
    assert came == wanted["participants"]
    assert counts(import_file("activities-2026")) == {"unchanged": wanted["rows"]}
    check_search_words()


def check_search_words():
    """As a save would leave them."""
    for model in (Organisation, Enterprise, Activity):
        rows = model.objects.prefetch_related(*model.SEARCHED_WITH)
        assert [row.pk for row in rows if row.search_pairs != row.made_pairs()] == []


def check_members(wanted):
    """Everybody counts once, where the list says; every full member counts for the employer."""
    assert Member.objects.in_register().count() == wanted["rows"]
    assert Member.objects.filter(membership="probationary").count() == wanted["probationary"]
    assert Member.objects.filter(relation="floating_out").count() == 954
    assert Member.objects.filter(joined_precision="month").count() == 4685
    in_temporary = Member.objects.filter(organisation__kind=OrganisationKind.TEMP_BRANCH)
    assert in_temporary.count() == Member.objects.filter(legacy_unverified=True).count() == 1112
    open_here = Posting.objects.filter(until=None, organisation=F("member__organisation"))
    assert open_here.count() == Posting.objects.count() == wanted["rows"]
    assert not Member.objects.filter(name_keys=None).exists()
    known = Enterprise.objects.values("credit_code")
    full = Member.objects.full().filter(employer_code__in=known).count()
    assert Enterprise.objects.aggregate(sum=Sum("registered_members"))["sum"] == full


def check_tree():
    assert [list(problems) for problems in Organisation.objects.find_problems()] == [[], [], [], [], []]
    wanted = EXPECTED["organisations"]
    by_kind = {kind: Organisation.objects.filter(kind=kind).count() for kind in OrganisationKind.values}
    assert by_kind["composite_committee"] == wanted["comprehensive"]
    assert by_kind["cluster_committee"] == wanted["cluster"]
    assert by_kind["area_committee"] == wanted["area"]
    assert Organisation.objects.filter(jurisdiction=Jurisdiction.PARK).count() == wanted["park"]
    assert Park.objects.count() == wanted["parks"]


def check_coverage():
    wanted = EXPECTED["coverage"]
    register = Register()
    (total,) = register.figures(register.rows())
    assert total.active == wanted["active_enterprises"]
    assert total.organisation == wanted["organisation_covered"]
    assert total.work == wanted["work_covered"]
    names = dict(Cluster.objects.values_list("pk", "name"))
    by_cluster = {
        names[group.key]: [group.active, group.organisation, group.work]
        for group in register.figures(register.rows(), "cluster")
    }
    assert by_cluster == wanted["by_cluster_active_org_work"]


def check_report():
    """The monthly report says the same, in all and of each cluster."""
    wanted = EXPECTED["coverage"]
    top = Organisation.objects.get(depth=1)
    report = coverage.build(User.objects.system(), top, timezone.localdate(), "cluster")
    grid = report.sheets[0].grids[0]
    columns = [column.title for column in grid.columns]
    places = [columns.index(title) for title in ("实际运营（分母）", "组织覆盖", "工作覆盖")]
    rows = {line.label: [line.cells[place].value for place in places] for line in grid.lines}
    whole = [wanted["active_enterprises"], wanted["organisation_covered"], wanted["work_covered"]]
    assert rows == wanted["by_cluster_active_org_work"] | {"合计": whole}


def check_periods():
    """The open period of every enterprise equals the enterprise."""
    state = ("park", "cluster", "status", "is_dormant")
    now = set(Enterprise.objects.values_list("pk", *state))
    assert set(EnterprisePeriod.objects.filter(until=None).values_list("enterprise", *state)) == now


@pytest.mark.django_db
def test_without_apply_nothing_is_written():
    summary = run_command("import_workbook", "parks", str(SAMPLES / "parks.xlsx"))

    assert counts(summary) == {"new": 145}
    assert not Park.objects.exists()
    assert ImportRun.objects.get().created_by.username == "system"


@pytest.mark.django_db
@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no workbook", b"%PDF-1.7"])
def test_unusable_files_end_with_status_2_and_one_line(tmp_path, content):
    path = tmp_path / "list.xlsx"
    path.write_bytes(content)

    with pytest.raises(CommandError) as caught:
        call_command("import_workbook", "parks", str(path), "--json")

    assert caught.value.returncode == 2
    assert "\n" not in str(caught.value)


@pytest.mark.django_db
def test_an_unknown_kind_and_a_missing_file_end_with_status_2(tmp_path):
    for arguments in (("nonsense", "x.xlsx"), ("parks", str(tmp_path / "absent.xlsx"))):
        with pytest.raises(CommandError) as caught:
            call_command("import_workbook", *arguments)
        assert caught.value.returncode == 2
