"""Imports over the API: from upload to undo with the real jobs, and what an officer of one area cannot find out."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from knox.models import AuthToken

from imports import jobs
from imports.models import ImportRun, Job
from orgs.kinds import OrganisationKind
from orgs.models import Coverage, CoverageMethod, Organisation
from tests import builders
from tests.imports.helpers import workbook

pytestmark = pytest.mark.django_db
HEADERS = ("统一社会信用代码", "企业名称", "覆盖方式", "覆盖党组织代码")
PARTY = ("片区", "园区名称")


@pytest.fixture
def world():
    class World:
        pass

    w = World()
    w.top = builders.make_organisation()
    here, there = builders.make_area(), builders.make_area()
    kind = OrganisationKind.AREA_COMMITTEE
    w.committee = builders.make_organisation(w.top, kind, area=here)
    w.other = builders.make_organisation(w.top, kind, area=there)
    w.ours = builders.make_enterprise(park=builders.make_park(area=here))
    w.theirs = builders.make_enterprise(park=builders.make_park(area=there))
    w.officer = builders.make_user("officer", w.committee)
    w.neighbour = builders.make_user("officer", w.other)
    return w


def client_of(user):
    return Client(headers={"Authorization": f"Token {AuthToken.objects.create(user)[1]}"})


@pytest.fixture
def client(world):
    return client_of(world.officer)


def upload(client, *rows, kind="coverage", headers=HEADERS, **options):
    file = SimpleUploadedFile("名单.xlsx", workbook(headers, *rows))
    return client.post("/api/import-runs/", {"kind": kind, "file": file, **options})


def act(client, run, name):
    return client.post(f"/api/import-runs/{run['id']}/{name}/", content_type="application/json")


def work(run):
    """What the worker would do next."""
    jobs.run(ImportRun.objects.get(pk=run["id"]).job_id)


def test_a_list_goes_in_and_out_again(world, client):
    staged = upload(client, (world.ours.credit_code, "", "区域统建", world.committee.code))
    run = staged.json()
    work(run)
    (row,) = client.get(f"/api/import-runs/{run['id']}/rows/?outcome=new").json()["results"]
    applied = act(client, run, "apply")
    work(run)
    after = client.get(f"/api/import-runs/{run['id']}/").json()

    assert (staged.status_code, applied.status_code) == (202, 202)
    assert row["values"]["覆盖党组织代码"] == world.committee.code
    assert (after["state"], after["counts"]["new"], after["is_undoable"]) == ("applied", 1, True)
    assert Coverage.objects.get().method == CoverageMethod.AREA

    undone = act(client, run, "undo")
    work(run)

    assert undone.status_code == 202
    assert not Coverage.objects.exists()


def test_a_second_apply_is_refused_with_a_sentence(world, client):
    run = upload(client, (world.ours.credit_code, "", "区域统建", world.committee.code)).json()
    work(run)
    act(client, run, "apply")

    again = act(client, run, "apply")

    assert again.status_code == 400
    assert "不能进行此操作" in again.json()["non_field_errors"][0]


def test_a_foreign_enterprise_and_one_that_does_not_exist_read_alike(world, client):
    """Neither the reason nor the words tell an officer that a code is registered in another area."""
    foreign, nowhere = world.theirs.credit_code, builders.credit_code()
    rows = [(code, "某公司", "区域统建", world.committee.code) for code in (foreign, nowhere)]
    run = upload(client, *rows).json()
    work(run)

    found = client.get(f"/api/import-runs/{run['id']}/rows/").json()["results"]

    texts = [
        "".join(p["text"] for p in row["problems"])
        .replace(foreign, "CODE")
        .replace(nowhere, "CODE")
        .replace(f"第{row['row_number']}行", "")
        for row in found
    ]
    assert [row["outcome"] for row in found] == ["rejected", "rejected"]
    assert {row["problems"][0]["code"] for row in found} == {"enterprise_unknown"}
    assert texts[0] == texts[1]
    assert world.theirs.name not in str(found)


def test_a_foreign_organisation_and_one_that_does_not_exist_read_alike(world, client):
    Organisation.objects.filter(pk=world.other.pk).update(code="FAR-1")
    rows = [(world.ours.credit_code, "", "区域统建", code) for code in ("FAR-1", "FAR-2")]
    texts = []
    for row in rows:
        run = upload(client, row).json()
        work(run)
        (found,) = client.get(f"/api/import-runs/{run['id']}/rows/").json()["results"]
        texts.append(found["problems"][0]["text"].replace(row[3], "CODE"))

    assert texts[0] == texts[1]


def test_kinds_of_the_top_are_refused_to_an_area(client):
    response = upload(client, ("一", "二"), kind="parks", headers=PARTY)

    assert response.status_code == 403
    assert not ImportRun.objects.exists()


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"kind": "coverage"}, "file"),
        ({"kind": "nothing"}, "kind"),
        ({"kind": "coverage", "as_of": "2999-01-01"}, "as_of"),
    ],
)
def test_what_an_upload_lacks_is_said_by_field(client, data, field):
    if "as_of" in data:
        data = data | {"file": SimpleUploadedFile("名单.xlsx", workbook(HEADERS))}

    response = client.post("/api/import-runs/", data)

    assert response.status_code == 400
    assert field in response.json()


def test_runs_and_jobs_of_another_area_are_not_found(world, client):
    run = upload(
        client_of(world.neighbour), (world.theirs.credit_code, "", "区域统建", world.other.code)
    ).json()
    job = Job.objects.get(owner=world.neighbour)

    addresses = [
        f"/api/import-runs/{run['id']}/",
        f"/api/import-runs/{run['id']}/rows/",
        f"/api/jobs/{job.pk}/",
    ]

    assert [client.get(address).status_code for address in addresses] == [404, 404, 404]
    assert (
        client.get("/api/import-runs/").json()["results"] == client.get("/api/jobs/").json()["results"] == []
    )


@pytest.mark.parametrize("name", ["import-runs", "jobs"])
def test_list_query_count_does_not_grow(world, name, django_assert_max_num_queries):
    counts = []
    for uploads in (1, 2):
        for _ in range(uploads):
            upload(client_of(world.officer), (world.ours.credit_code, "", "区域统建", world.committee.code))
        client = client_of(world.officer)
        with django_assert_max_num_queries(8) as captured:
            client.get(f"/api/{name}/")
        counts.append(len(captured))

    assert counts[0] == counts[1]


def test_row_query_count_does_not_grow(world, django_assert_max_num_queries):
    counts = []
    for number in (1, 3):
        extra = [(builders.credit_code(), "", "区域统建", world.committee.code) for _ in range(number - 1)]
        rows = [(world.ours.credit_code, "", "区域统建", world.committee.code), *extra]
        run = upload(client_of(world.officer), *rows).json()
        work(run)
        client = client_of(world.officer)
        with django_assert_max_num_queries(10) as captured:
            found = client.get(f"/api/import-runs/{run['id']}/rows/").json()["results"]
        assert len(found) == number
        counts.append(len(captured))

    assert counts[0] == counts[1]
