"""How PostgreSQL answers the pages of a large park: `python -m bench.plans --park postgres://… [--slow 20]`.

Opens the pages as an officer of everything, one of a level below and a secretary, in one transaction that is rolled back. Prints
for each page its statements and their time, and for each statement slower than `--slow` milliseconds which indexes it used and
which tables it read from end to end. The park must be made with the keys of bench/settings.py.
"""

import argparse
import os
import time
from collections.abc import Iterator

PAGES = {
    "home": "/",
    "to-dos": "/todos/",
    "dashboard": "/dashboard/",
    "work figures": "/dashboard/figures/",
    "organisations": "/organisations/",
    "organisation": "/organisations/{organisation}/",
    "enterprises": "/enterprises/",
    "enterprises of a park": "/enterprises/?park={park}",
    "coverage": "/coverage/",
    "should found": "/should-found/",
    "members": "/members/",
    "dues": "/members/dues/",
    "recruiting": "/members/recruiting/list/",
    "activities": "/activities/",
    "activities of a year": "/activities/?since=2025-01-01&until=2025-12-31",
    "participation": "/activities/participation/",
    "training": "/activities/training/",
    "duties": "/activities/duties/",
    "duty list": "/activities/duties/list/",
    "bookings": "/activities/venues/bookings/",
    "agreements": "/agreements/",
    "orders": "/agreements/orders/",
    "network": "/agreements/network/",
    "leaderboards": "/leaderboards/",
    "monthly report": "/reports/coverage/",
    "yearly report": "/reports/yearly/",
    "visits": "/visits/",
    "audit": "/audit/",
    "search, many": "/search/?q=科技",
    "search, none": "/search/?q=鲲鹏",
}


class Statements:
    """What a page asks the database, with the seconds each took."""

    def __init__(self):
        self.found: list[tuple[str, object, float]] = []

    def __call__(self, execute, sql, parameters, many, context):
        started = time.perf_counter()
        try:
            return execute(sql, parameters, many, context)
        finally:
            self.found.append((sql, parameters, time.perf_counter() - started))


def nodes(plan: dict) -> Iterator[dict]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


def explained(cursor, sql: str, parameters) -> tuple[str, str]:
    """Indexes used, and tables read from end to end with how many of their rows were thrown away."""
    cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", parameters)
    (plan,) = cursor.fetchone()[0]
    found = list(nodes(plan["Plan"]))
    indexes = {node["Index Name"] for node in found if "Index Name" in node}
    scans = {
        f"{node['Relation Name']} ({node.get('Rows Removed by Filter', 0) + node['Actual Rows']:,} rows)"
        for node in found
        if node["Node Type"] == "Seq Scan"
        and node["Actual Rows"] + node.get("Rows Removed by Filter", 0) > 1000
    }
    return ", ".join(sorted(indexes)), ", ".join(sorted(scans))


def show(client, what: str, address: str, slow: float) -> None:
    from django.db import connection  # noqa: PLC0415 - needs the settings

    client.get(address)
    statements = Statements()
    started = time.perf_counter()
    with connection.execute_wrapper(statements):
        answer = client.get(address)
    took = time.perf_counter() - started
    asked = sum(seconds for *_, seconds in statements.found)
    print(
        f"{what}: {answer.status_code}, {took * 1000:.0f} ms, {len(statements.found)} statements {asked * 1000:.0f} ms"
    )
    with connection.cursor() as cursor:
        for sql, parameters, seconds in statements.found:
            if seconds * 1000 > slow and sql.startswith(("SELECT", "WITH", "(SELECT")):
                indexes, scans = explained(cursor, sql, parameters)
                print(f"    {seconds * 1000:.0f} ms  {' '.join(sql.split())[:150]}…")
                print(f"        indexes: {indexes or '–'}; from end to end: {scans or '–'}", flush=True)


def clients() -> Iterator[tuple[str, object, object]]:
    from django.test import Client  # noqa: PLC0415

    from bench.works import _officer  # noqa: PLC0415
    from orgs.kinds import BRANCHES  # noqa: PLC0415
    from orgs.models import Organisation, Role, User  # noqa: PLC0415

    top = Organisation.objects.order_by("depth", "path")[0]
    yield "officer of everything", _officer(), top
    branch = Organisation.objects.filter(kind__in=BRANCHES, members__isnull=False).order_by("path")[0]
    city = Organisation.objects.filter(depth=2).order_by("path")[0]
    for role, organisation in ((Role.OFFICER, city), (Role.SECRETARY, branch)):
        user = User.objects.create_user(f"bench-{role}-below", display_name="bench")
        user.appointments.create(role=role, organisation=organisation)
        client = Client()
        client.force_login(user)
        yield f"{role.label}，{organisation}", client, organisation


def main(chosen: argparse.Namespace) -> None:
    import django  # noqa: PLC0415 - the settings come first

    django.setup()
    from django.db import transaction  # noqa: PLC0415

    from orgs.models import Park  # noqa: PLC0415

    park = Park.objects.order_by("pk")[0].pk
    with transaction.atomic():
        for who, client, organisation in clients():
            if chosen.who not in who:
                continue
            print(f"\n{who}")
            for what, address in PAGES.items():
                if chosen.only and chosen.only not in what:
                    continue
                show(client, what, address.format(organisation=organisation.pk, park=park), chosen.slow)
        transaction.set_rollback(True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.plans", description=__doc__)
    parser.add_argument("--park", required=True)
    parser.add_argument("--slow", type=float, default=20, help="milliseconds")
    parser.add_argument("--only", help="pages with this in their name")
    parser.add_argument("--who", default="", help="people with this in their name")
    chosen = parser.parse_args()
    os.environ |= {"DATABASE_URL": chosen.park, "DJANGO_SETTINGS_MODULE": "bench.settings"}
    main(chosen)
