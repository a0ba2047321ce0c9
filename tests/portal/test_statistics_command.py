"""`manage.py statistics`: the contract other programs rely on."""

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from orgs.models import CoverageMethod
from portal.management.commands.statistics import as_of
from portal.measures import MEASURES
from portal.work import WORK
from tests.builders import cover, make_area, make_cluster, make_enterprise, make_organisation, make_park

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]


def statistics(capsys, *arguments):
    call_command("statistics", *arguments, "--json")
    out, err = capsys.readouterr()
    assert err == ""
    return json.loads(out)


@pytest.fixture
def park():
    """Three enterprises in one park and cluster, two of them covered; one enterprise elsewhere."""
    organisation = make_organisation()
    park, cluster = make_park(), make_cluster()
    units = [make_enterprise(park=park, cluster=cluster, reported_members=3) for _ in range(3)]
    cover(units[0], organisation, CoverageMethod.OWN)
    cover(units[1], None, CoverageMethod.INSTRUCTOR, instructor_name="甲")
    make_enterprise()
    return park


def test_the_first_top_organisation_is_the_whole_register(park, capsys):
    found = statistics(capsys)

    assert list(found) == ["organisation", "as_of", "measures"]
    assert found["organisation"].startswith("ORG-")
    assert found["as_of"] == timezone.localdate().isoformat()
    assert list(found["measures"]) == [*MEASURES, *WORK]
    assert found["measures"]["organisation_coverage"] == {"numerator": 1, "denominator": 4, "value": 0.25}
    assert found["measures"]["work_coverage"] == {"numerator": 2, "denominator": 4, "value": 0.5}
    assert found["measures"]["should_found"]["numerator"] == 2


def test_a_value_has_four_digits(park, capsys):
    found = statistics(capsys, "--park", park.name)

    assert found["measures"]["work_coverage"] == {"numerator": 2, "denominator": 3, "value": 0.6667}


def test_area_and_cluster_narrow_the_scope(park, capsys):
    assert statistics(capsys, "--area", park.area.name)["measures"]["work_coverage"]["denominator"] == 3
    empty = statistics(capsys, "--area", park.area.name, "--cluster", make_cluster().name)

    assert empty["measures"]["work_coverage"] == {"numerator": 0, "denominator": 0, "value": None}


def test_an_organisation_counts_what_it_answers_for_or_covers(park, capsys):
    top = make_organisation()
    committee = make_organisation(top, "area_committee", area=park.area)

    found = statistics(capsys, "--organisation", committee.code)

    assert found["organisation"] == committee.code
    assert found["measures"]["work_coverage"]["denominator"] == 3


def test_an_empty_database_answers_with_null_and_zeros(capsys):
    found = statistics(capsys)

    assert found["organisation"] is None
    assert found["measures"]["organisation_coverage"] == {"numerator": 0, "denominator": 0, "value": None}


def test_a_past_month_counts_as_of_its_last_day(capsys):
    make_organisation()
    make_enterprise(since=dt.date(2025, 3, 1))

    before, after = (
        statistics(capsys, "--month", "2025-02"),
        statistics(capsys, "--month", "2025-03"),
    )

    assert before["as_of"] == "2025-02-28"
    assert before["measures"]["work_coverage"]["denominator"] == 0
    assert after["measures"]["work_coverage"]["denominator"] == 1


def test_the_running_month_counts_as_of_today():
    today = timezone.localdate()

    assert as_of(f"{today:%Y-%m}") == today


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--organisation", "无此代码"], "没有代码为“无此代码”的党组织"),
        (["--area", "无"], "没有名为“无”的片区"),
        (["--cluster", "无"], "没有名为“无”的产业集群"),
        (["--park", "无"], "没有名为“无”的园区"),
        (["--month", "2026-13"], "月份“2026-13”应写成"),
        (["--month", "九月"], "月份“九月”应写成"),
        (["--month", "9999-12"], "月份“9999-12”还没有到"),
    ],
)
def test_unusable_input_ends_with_status_2(arguments, words, capsys):
    make_area()

    with pytest.raises(CommandError, match=words) as raised:
        call_command("statistics", *arguments)

    assert raised.value.returncode == 2
    assert capsys.readouterr().out == ""


def test_a_fault_is_one_line_on_stderr_and_nothing_on_stdout():
    done = subprocess.run(
        [sys.executable, "manage.py", "statistics", "--month", "2026-00"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
