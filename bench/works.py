"""The pieces of work, each run in a process of its own by `bench.child`. They return what they did, to compare."""

import base64
import hashlib
import io
import json
import pickle
import re
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlencode

from django.core.files import File
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook
from python_calamine import CalamineWorkbook

from bench.measure import Cost, measured
from imports import actions, jobs, sql
from imports.models import ImportRun, Outcome
from members.models import Member
from orgs import uploads
from orgs.kinds import OrganisationKind
from orgs.models import Coverage, Enterprise, ExportFile, ListExport, Organisation, Role, User
from portal import snapshots as kept

Work = Callable[..., dict]
WORKS: dict[str, Work] = {}


def work(function: Work) -> Work:
    WORKS[function.__name__] = function
    return function


def report(cost, **done) -> dict:
    return asdict(cost) | done


# --- Databases to start from ----------------------------------------------------------------------------------


@work
def empty() -> dict:
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    User.objects.system()
    return {}


@work
def demo_park(scale: str) -> dict:
    with measured() as cost:
        call_command("demo_park", scale=int(scale), stdout=io.StringIO())
    return report(cost, rows=Enterprise.objects.count())


@work
def ours(kind: str, workbook: str, full_list: str = "") -> dict:
    """The whole way: guard, find, check, compare, stage, apply, with differences, audit entry and undo data."""
    with measured() as cost:
        run = _stage(kind, workbook, bool(full_list))
        actions.mark_applying(run=run, by=run.created_by)
        run = actions.apply_run(run.pk)
    return report(cost, rows=run.counts["rows"], counts=run.counts, content=content(kind))


def _stage(kind, workbook, full_list) -> ImportRun:
    with Path(workbook).open("rb") as stream:
        run = actions.create_run(
            kind=kind,
            upload=File(stream, name=Path(workbook).name),
            by=User.objects.system(),
            full_list=full_list,
            in_background=False,
        )
    return actions.stage_run(run.pk)


@work
def undo() -> dict:
    run = ImportRun.objects.get(pk=ImportRun.objects.order_by("-pk").values("pk")[:1])
    with measured() as cost:
        actions.mark_undoing(run=run, by=User.objects.system())
        actions.undo_run(run.pk)
    return report(cost, content=content(run.kind))


# --- The same content for everybody ---------------------------------------------------------------------------

ENTERPRISE_COLUMNS = (
    "credit_code", "name", "legal_representative", "capital", "capital_text", "founded_on", "founded_precision",
    "status", "industry", "cluster__name", "park__name", "address", "employees", "reported_members", "contact_name",
    "contact_phone", "is_high_tech",
)  # fmt: skip
COVERAGE_COLUMNS = (
    "enterprise__credit_code",
    "line",
    "method",
    "organisation__code",
    "instructor_name",
    "since",
)
# The hash first: by it the alternative knows a row again, since what is encrypted cannot be looked for.
MEMBER_COLUMNS = (
    "identity_hash", "identity_number", "name", "sex", "ethnicity", "born_on", "education", "title", "position",
    "is_research", "employer_code", "employer_name", "mobile", "organisation__code", "membership", "relation",
    "joined_on", "joined_precision", "confirmed_on", "confirmed_precision", "probation_ends_on",
    "legacy_unverified", "legacy_reason", "pinyin", "root_id",
)  # fmt: skip
COLUMNS = {"enterprises": ENTERPRISE_COLUMNS, "coverage": COVERAGE_COLUMNS, "members": MEMBER_COLUMNS}
MODELS = {"enterprises": Enterprise, "coverage": Coverage, "members": Member}


def content(kind: str) -> str:
    """A checksum of the register, keys and time stamps left out."""
    digest = hashlib.sha256()
    for row in sorted(map(repr, register(kind))):
        digest.update(row.encode())
    return digest.hexdigest()[:16]


def register(kind: str):
    if kind not in MODELS:
        return iter(())
    rows = MODELS[kind].objects.order_by("pk")
    if kind == "coverage":
        rows = rows.filter(until=None)
    return rows.values_list(*COLUMNS[kind]).iterator()


@work
def clean(kind: str, workbook: str) -> dict:
    """Writes what the last run read as a workbook without a fault, the only kind the alternative can read."""
    names = COLUMNS[kind]
    run = ImportRun.objects.filter(kind=kind).order_by("-pk")[0]
    missing = set(run.staged.filter(outcome=Outcome.MISSING).values_list("key", flat=True))
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append([re.sub("__.*", "", name) for name in names])
    rows = 0
    for row in register(kind):
        if row[0] not in missing:
            sheet.append([int(cell) if isinstance(cell, bool) else cell for cell in row])
            rows += 1
    book.save(workbook)
    return {"rows": rows}


# --- Alternatives ---------------------------------------------------------------------------------------------


HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')


@work
def stock(kind: str, workbook: str) -> dict:
    """Upload, preview page, confirmation: three requests to the admin of django-import-export."""
    client = _superuser()
    model = MODELS[kind]._meta
    address = f"admin:{model.app_label}_{model.model_name}"
    begin, confirm = (reverse(f"{address}_{name}") for name in ("import", "process_import"))
    with measured() as cost:
        with Path(workbook).open("rb") as stream:
            preview = client.post(begin, {"import_file": stream, "format": _xlsx_format(), "resource": "0"})
        assert preview.status_code == 200, preview
        hidden = dict(HIDDEN.findall(preview.content.decode()))
        answer = client.post(confirm, hidden)
    assert answer.status_code == 302, (hidden, preview.content[-3000:])
    return report(cost, content=content(kind), page_bytes=len(preview.content))


def _xlsx_format() -> int:
    from import_export.formats.base_formats import DEFAULT_FORMATS  # noqa: PLC0415 - stock processes only

    return [item().get_title() for item in DEFAULT_FORMATS if item().can_import()].index("xlsx")


def _superuser() -> Client:
    client = Client()
    client.force_login(_all_seeing())
    return client


@work
def raw_rows(kind: str, rows: str) -> dict:
    """Keeps the rows of the real table for `floor`."""
    model = MODELS[kind]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {model._meta.db_table} ORDER BY id")  # noqa: S608
        names = [column.name if hasattr(column, "name") else column[0] for column in cursor.description]
        # The floor has no run that the rows could name.
        kept = [
            [None if "run_id" in n else v for n, v in zip(names, row, strict=True)]
            for row in cursor.fetchall()
        ]
    Path(rows).write_bytes(pickle.dumps((model._meta.db_table, names, kept)))
    return {}


@work
def floor(kind: str, workbook: str, rows: str) -> dict:
    """The least any program must do: read the cells, hand finished rows to the table. No check, no look-up."""
    table, names, prepared = pickle.loads(Path(rows).read_bytes())  # noqa: S301 - written by this bench
    connection.ensure_connection()
    with measured() as cost:
        cells = CalamineWorkbook.from_path(workbook).get_sheet_by_index(0).to_python()
        with connection.cursor() as cursor:
            _fill(cursor, table, names, prepared)
    return report(cost, rows=len(cells), content=content(kind))


def _fill(cursor, table, names, prepared):
    if sql.is_postgresql():
        lines = ("\t".join(map(sql._text, row)) for row in prepared)
        file = io.StringIO("\n".join(lines) + "\n")
        cursor.copy_expert(f"COPY {table} ({', '.join(names)}) FROM STDIN", file)
        return
    marks = ", ".join(["%s"] * len(names))
    cursor.execute("BEGIN")
    cursor.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", prepared)  # noqa: S608
    cursor.execute("COMMIT")


# --- Pages and exports ----------------------------------------------------------------------------------------

REPEATS = 12
LONG = 5.0  # seconds after which no further request is measured


def _officer() -> Client:
    client = Client()
    officers = User.objects.filter(appointments__role=Role.OFFICER, appointments__organisation__depth=1)
    user = officers.first() or _appointed_at_the_top()
    client.force_login(user)
    return client


def _appointed_at_the_top() -> User:
    user, _ = User.objects.get_or_create(username="bench-officer", defaults={"display_name": "bench"})
    for top in Organisation.objects.filter(depth=1):
        user.appointments.get_or_create(role=Role.OFFICER, organisation=top)
    return user


def _all_seeing() -> User:
    values = {"display_name": "bench", "is_superuser": True, "is_staff": True}
    return User.objects.get_or_create(username="bench-superuser", defaults=values)[0]


def _get(client, address) -> dict:
    """The median of several requests after one that fills caches."""
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    middle = _often(lambda: client.get(address))
    return report(middle) | {"bytes": len(answer.content)}


def _often(ask) -> Cost:
    """The median of several."""
    costs = []
    while len(costs) < REPEATS and sum(cost.seconds for cost in costs) < LONG:
        with measured() as cost:
            ask()
        costs.append(cost)
    return sorted(costs, key=lambda cost: cost.seconds)[len(costs) // 2]


@work
def page(name: str) -> dict:
    addresses = {
        "enterprises": lambda: reverse("orgs:enterprise-list"),
        "enterprise": lambda: reverse("orgs:enterprise", args=[Enterprise.objects.order_by("pk")[0].pk]),
        "organisations": lambda: reverse("orgs:organisation-list"),
        "organisation": lambda: reverse("orgs:organisation", args=[_busiest().pk]),
        "coverage": lambda: reverse("orgs:coverage-list"),
        "home": lambda: reverse("portal:home"),
        "dashboard": lambda: reverse("portal:dashboard"),
        "activities": lambda: reverse("activities:activity-list"),
        "agreements": lambda: reverse("linkages:agreement-list"),
    }
    return _get(_officer(), addresses[name]())


def _busiest() -> Organisation:
    return Organisation.objects.filter(kind="area_committee").order_by("path")[0]


@work
def stock_page() -> dict:
    return _get(_superuser(), reverse("admin:orgs_enterprise_changelist"))


@work
def member_pages() -> dict:
    """What people do with the list of members → its cost."""
    client, address = _officer(), reverse("members:member-list")
    costs = {what: _get(client, f"{address}?{query}") for what, (query, _) in _member_questions().items()}
    rows = Member.objects.in_register().order_by("-pinyin", "-pk").values_list("pinyin", "pk")[500]
    position = base64.urlsafe_b64encode(json.dumps(rows).encode()).decode()
    return costs | {"last pages": _get(client, f"{address}?{urlencode({'after': position})}")}


@work
def stock_member_pages() -> dict:
    client, address = _superuser(), reverse("admin:members_member_changelist")
    pages = Member.objects.count() // 50
    costs = {what: _get(client, f"{address}?{query}") for what, (_, query) in _member_questions().items()}
    return costs | {"last pages": _get(client, f"{address}?p={pages - 10}")}


def _member_questions() -> dict[str, tuple[str, str]]:
    """What is asked → the query string of our list and of the change list that ask it."""
    branch = Organisation.objects.filter(kind=OrganisationKind.BRANCH).order_by("path")[0]
    area = Organisation.objects.filter(kind=OrganisationKind.AREA_COMMITTEE).order_by("path")[0]
    chosen = {"membership": "full", "education": "master"}
    exact = {f"{name}__exact": value for name, value in chosen.items()}
    paths = {"organisation__path__startswith": area.path}
    return {
        "opened": ("", ""),
        "search, name": (urlencode({"q": "王立"}), urlencode({"q": "王立"})),
        "search, pinyin": ("q=wangli", urlencode({"q": "wang li"})),
        "sorted by day of joining": ("sort=-joined", "o=-9"),
        "of one branch": (urlencode({"organisation": branch.code}), f"organisation__id__exact={branch.pk}"),
        "of one area": (urlencode({"organisation": area.code}), urlencode(paths)),
        "two filters": (urlencode(chosen), urlencode(exact)),
        "two filters and a search": (urlencode(chosen | {"q": "王"}), urlencode(exact | {"q": "王"})),
    }


# --- Duties of organisation life ---------------------------------------------------------------------------------


@work
def duties(way: str) -> dict:
    """A year of duties of every organisation: in one pass, or the usual ways (`bench/duties.py`)."""
    from bench.duties import WAYS, of_sample  # noqa: PLC0415 - the reference stands among the tests

    with measured() as cost:
        found = WAYS[way]()
    content = hashlib.sha256(repr(sorted(of_sample(found).items())).encode()).hexdigest()
    return report(cost, rows=len(found), content=content)


# --- Kept figures -------------------------------------------------------------------------------------------------


@work
def figures(way: str) -> dict:
    """All measures of all organisations; one organisation after the other only of a sample (`bench/snapshots.py`)."""
    from bench import snapshots as ways  # noqa: PLC0415 - reads the registers

    if change := ways.CHANGES.get(way):
        kept.refresh()
        change()
        with measured() as cost:
            changed = kept.refresh()
        return report(cost, rows=changed)
    with measured() as cost:
        if way == "rebuilt":
            kept.rebuild()
        else:
            found = ways.per_organisation()
    if way == "rebuilt":
        found = ways.standing()
    content = hashlib.sha256(repr(ways.plain(found)).encode()).hexdigest()
    rows = Organisation.objects.count() if way == "rebuilt" else len(found)
    return report(cost, rows=rows, content=content)


# --- Needs and resources ------------------------------------------------------------------------------------------


@work
def plant_lists(rows: str) -> dict:
    from bench.matching import plant  # noqa: PLC0415 - the reference stands among the tests

    plant(int(rows))
    return {}


@work
def matching(way: str, with_fetching: str = "") -> dict:
    """The best five resources of every need (`bench/matching.py`); each with each only for a sample."""
    from bench import matching as ways  # noqa: PLC0415 - the reference stands among the tests

    fetched = ways.fetch()
    with measured() as cost:
        found = getattr(ways, way)(*(ways.fetch() if with_fetching else fetched))
    sample = [need.pk for need in ways.sample(fetched[0])]
    content = hashlib.sha256(repr([(pk, found[pk]) for pk in sample]).encode()).hexdigest()
    return report(cost, rows=len(found), content=content)


# --- The search box ----------------------------------------------------------------------------------------------


@work
def settle() -> dict:
    """What PostgreSQL does by itself within minutes after many rows were loaded."""
    if sql.is_postgresql():
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    return {}


@work
def search(way: str) -> dict:
    """Each question → its cost, the median of several, and a checksum of all that is found."""
    from bench import search as ways  # noqa: PLC0415 - reads the registers

    # Who sees everything: no condition of a scope makes it shorter.
    user, costs = _all_seeing(), {}
    for words, register, text, is_common in ways.questions():
        if way == "ours" or is_common:
            rows = ways.WAYS[way][register](user, text)
            ways.ask(rows.all())
            middle = _often(lambda rows=rows: ways.ask(rows.all()))
            costs[f"{register}: {words}"] = report(middle, content=ways.content(rows))
    return costs


@work
def export() -> dict:
    """The question on the page, the job in the background, the file unsealed."""
    client = _officer()
    address = reverse("orgs:enterprise-export")
    with measured() as cost:
        client.post(address, {"file_format": "xlsx", "purpose": "例行工作核对名单"})
        asked = ListExport.objects.get()
        jobs.run(asked.job_id)
        body = uploads.content_of(ExportFile.objects.get())
    rows = CalamineWorkbook.from_filelike(io.BytesIO(body)).get_sheet_by_index(0).to_python()
    return report(cost, rows=len(rows) - 2)


@work
def stock_export(select_related: str = "") -> dict:
    """As a user of the admin exports the list; the better form with its joins asked for."""
    from bench.stock import StockEnterprises  # noqa: PLC0415 - unregisters the change log

    rows = Enterprise.objects.all()
    if select_related:
        rows = rows.select_related("park", "cluster")
    with measured() as cost:
        body = StockEnterprises().export(rows).export("xlsx")
    return report(
        cost, rows=len(CalamineWorkbook.from_filelike(io.BytesIO(body)).get_sheet_by_index(0).to_python()) - 1
    )


@work
def member_export(way: str, file: str, times: str = "1") -> dict:
    """All members × 20 columns from the database to a file (`bench/exports.py`); what a workbook of them says."""
    from bench import exports  # noqa: PLC0415 - import-export is for stock processes

    with measured() as cost, Path(file).open("wb") as target:
        if way in ("xlsx", "csv"):
            exports.ours(target, way, int(times))
        else:
            exports.usual(target, select_related=way == "select_related")
    found = {"rows": exports.members().count() * int(times), "megabytes": Path(file).stat().st_size / 1e6}
    if way != "csv" and times == "1":
        found["content"] = exports.checksum(exports.lines_of(Path(file), 2 if way == "xlsx" else 1))
    return report(cost, **found)
