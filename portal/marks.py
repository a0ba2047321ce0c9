"""Noticing what changed: triggers that mark, in the transaction of a change, whose kept figures may be another now.

The database does it and not the code that writes, since rows are written in many ways: one by one, in bulk, by COPY, in
the admin. Each family of figures watches the columns that it is reckoned from. A migration rebuilds tables and loses
triggers, so they are taken away before migrations and made anew after them.
"""

# ruff: noqa: S608 - only names written here and those of models become SQL

import hashlib
from dataclasses import dataclass
from functools import cache

from django.db import connections

from activities.models import (
    Activity,
    ActivityKind,
    Attendance,
    Booking,
    JointHost,
    TrainingCredit,
    Venue,
)
from activities.training import COUNTED_KINDS
from linkages.models import Agreement, Order, Party
from members.choices import COUNTED
from members.models import DuesCharge, Member, RecruitmentCase
from members.models.register import PRESENT
from orgs.models import (
    Area,
    Cluster,
    Coverage,
    DatedSetting,
    Enterprise,
    Organisation,
    Park,
    Post,
    SurveyRound,
    SurveyTask,
    Visit,
)
from orgs.tree import STEP
from portal.models import Mark

PREFIX = "snapshot_mark_"
ALL, UNITS, MEMBERS, TRAINING, RECRUITING, DUES, VENUES, ACTIVITIES, SHARED, DUTIES, LINKAGES = (
    "all", "units", "members", "training", "recruiting", "dues", "venues", "activities", "shared", "duties", "linkages",
)  # fmt: skip
EVENTS = ("INSERT", "UPDATE", "DELETE")


def _quoted(values) -> str:
    return ", ".join(f"'{value}'" for value in values)


ANYWHERE = "SELECT CAST(NULL AS bigint) AS place FROM {rows} r"
IN_PARK = "SELECT COALESCE(r.park_id, 0) AS place FROM {rows} r"
OF_UNIT = f"SELECT COALESCE(e.park_id, 0) AS place FROM {{rows}} r JOIN {Enterprise._meta.db_table} e ON e.id = r.enterprise_id"
AT_HOME = "SELECT r.organisation_id AS place FROM {rows} r"
AT_HOSTS = (
    f"{AT_HOME} UNION SELECT j.organisation_id FROM {{rows}} r"
    f" JOIN {JointHost._meta.db_table} j ON j.activity_id = r.id"
)
OF_ACTIVITY = (
    f"SELECT a.organisation_id AS place FROM {{rows}} r JOIN {Activity._meta.db_table} a ON a.id = r.activity_id"
    f" UNION SELECT j.organisation_id FROM {{rows}} r JOIN {JointHost._meta.db_table} j"
    " ON j.activity_id = r.activity_id"
)
IF_SHARED = f"{ANYWHERE} JOIN {JointHost._meta.db_table} j ON j.activity_id = r.id"
OF_MEMBER = (
    f"SELECT m.organisation_id AS place FROM {{rows}} r JOIN {Member._meta.db_table} m ON m.id = r.member_id"
)
AT_HOME_OR_OF_MEMBER = f"{AT_HOME} UNION {OF_MEMBER}"
OF_VENUE = (
    f"SELECT v.organisation_id AS place FROM {{rows}} r JOIN {Venue._meta.db_table} v ON v.id = r.venue_id"
)


def _who_came(activity: str) -> str:
    return (
        f"SELECT m.organisation_id AS place FROM {{rows}} r"
        f" JOIN {Attendance._meta.db_table} a ON a.activity_id = {activity}"
        f" JOIN {Member._meta.db_table} m ON m.id = a.member_id"
    )


def _if_taught(activity: str) -> str:
    """Behind another selection: of activities that give hours of training."""
    return (
        f" JOIN {ActivityKind._meta.db_table} k ON k.activity_id = {activity}"
        f" AND k.kind IN ({_quoted(COUNTED_KINDS)})"
    )


WHO_CAME = _who_came("r.id")
# Whoever may have got the post, or lost it, by their name anywhere under the same top organisation.
NAMED = (
    f"SELECT m.organisation_id AS place FROM {{rows}} r JOIN {Member._meta.db_table} m ON m.name = r.person_name"
    f" JOIN {Organisation._meta.db_table} o ON o.id = r.organisation_id"
    f" JOIN {Organisation._meta.db_table} h ON h.id = m.organisation_id"
    f" AND substr(h.path, 1, {STEP}) = substr(o.path, 1, {STEP})"
)
# Besides, the one other of this name, who is no longer the only one or is it again; where there are more, none is it.
WITH_NAMESAKE = (
    f"{AT_HOME} UNION SELECT MIN(m.organisation_id) FROM {{rows}} r"
    f" JOIN {Member._meta.db_table} m ON m.name = r.name AND m.root_id = r.root_id"
    f" AND m.membership IN ({_quoted(COUNTED)}) AND m.relation IN ({_quoted(PRESENT)})"
    " WHERE m.id NOT IN (SELECT c.id FROM {rows} c) GROUP BY m.name, m.root_id HAVING COUNT(DISTINCT m.id) = 1"
)


@dataclass(frozen=True)
class Watch:
    """`columns` are those whose change matters; `places` selects the organisations concerned from the changed rows `r`."""

    family: str
    model: type
    columns: tuple[str, ...]
    places: str = ANYWHERE
    events: tuple[str, ...] = EVENTS

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    def marked(self, rows: str) -> str:
        found = self.places.format(rows=rows)
        return f"SELECT DISTINCT '{self.family}' AS family, x.place FROM ({found}) x"


WATCHES = (
    Watch(ALL, Organisation, ("path", "kind", "jurisdiction", "area_id", "cluster_id", "park_id", "founded_on",
                              "dissolved_on", "keeps_membership")),
    Watch(ALL, DatedSetting, ("code", "effective_on", "value")),
    Watch(UNITS, Enterprise, ("kind", "status", "is_dormant", "employees", "reported_members", "registered_members",
                              "park_id", "cluster_id"), IN_PARK),
    Watch(UNITS, Coverage, ("enterprise_id", "organisation_id", "method", "line", "since", "until", "term_ends_on"),
          OF_UNIT),
    Watch(UNITS, Visit, ("enterprise_id", "visited_on"), OF_UNIT),
    Watch(UNITS, SurveyTask, ("round_id", "enterprise_id", "state", "done_on"), OF_UNIT),
    Watch(UNITS, SurveyRound, ("as_of",)),
    Watch(UNITS, Park, ("area_id", "parent_id"), events=("UPDATE",)),
    *(Watch(ALL, model, ("id",), events=("INSERT", "DELETE")) for model in (Area, Cluster, Park)),
    Watch(MEMBERS, Member, ("organisation_id", "membership", "relation", "joined_on", "confirmed_on"), AT_HOME),
    Watch(MEMBERS, Attendance, ("activity_id", "member_id", "state"), OF_MEMBER),
    Watch(MEMBERS, Activity, ("state", "held_on"), WHO_CAME, ("UPDATE",)),
    Watch(TRAINING, Member, ("organisation_id", "membership", "relation", "name", "root_id"), WITH_NAMESAKE),
    Watch(TRAINING, Attendance, ("activity_id", "member_id", "state"), OF_MEMBER + _if_taught("r.activity_id")),
    Watch(TRAINING, Activity, ("state", "held_on", "hours"), WHO_CAME + _if_taught("r.id"), ("UPDATE",)),
    Watch(TRAINING, ActivityKind, ("activity_id", "kind"), _who_came("r.activity_id")),
    Watch(TRAINING, TrainingCredit, ("member_id", "on", "hours", "withdrawn_at"), OF_MEMBER),
    Watch(TRAINING, Post, ("organisation_id", "title", "person_name", "since", "until"), NAMED),
    Watch(RECRUITING, RecruitmentCase, ("organisation_id", "stage", "due_on", "closed_on"), AT_HOME),
    Watch(DUES, DuesCharge, ("organisation_id", "member_id", "month", "amount_due", "amount_paid"),
          AT_HOME_OR_OF_MEMBER),
    Watch(DUES, Member, ("organisation_id", "membership", "relation"), AT_HOME),
    Watch(VENUES, Booking, ("venue_id", "state", "starts_at"), OF_VENUE),
    Watch(VENUES, Venue, ("organisation_id",), AT_HOME, ("UPDATE",)),
    Watch(ACTIVITIES, Activity, ("organisation_id", "state", "held_on", "present", "expected", "guests"), AT_HOSTS),
    Watch(ACTIVITIES, JointHost, ("activity_id", "organisation_id"), AT_HOME),
    Watch(SHARED, Activity, ("organisation_id", "state", "held_on", "present", "expected", "guests"), IF_SHARED),
    Watch(SHARED, JointHost, ("activity_id", "organisation_id")),
    Watch(DUTIES, Activity, ("organisation_id", "state", "held_on", "belongs_to_year"), AT_HOSTS),
    Watch(DUTIES, JointHost, ("activity_id", "organisation_id"), AT_HOME),
    Watch(DUTIES, ActivityKind, ("activity_id", "kind"), OF_ACTIVITY),
    Watch(DUTIES, Post, ("organisation_id", "title", "since", "until"), AT_HOME),
    Watch(LINKAGES, Agreement, ("signed_on", "ended_on", "starts_on", "ends_on")),
    Watch(LINKAGES, Party, ("agreement_id", "organisation_id")),
    Watch(LINKAGES, Order, ("organisation_id", "handler_id", "state", "raised_at", "finished_at", "rating")),
)  # fmt: skip


def before_migrations(using: str, **kwargs) -> None:
    remove(connections[using])


def after_migrations(using: str, **kwargs) -> None:
    install(connections[using])


def install(connection) -> bool:
    """Makes the triggers where they are not as they should be; then everything has to be reckoned anew. Returns whether."""
    if Mark._meta.db_table not in connection.introspection.table_names():
        return False  # on the way to an older state
    wanted = _triggers(connection.vendor)
    if installed(connection) == set(wanted):
        return False
    remove(connection)
    with connection.cursor() as cursor:
        for statements in wanted.values():
            for statement in statements:
                cursor.execute(statement)
    Mark.objects.using(connection.alias).create(family=ALL)
    return True


def are_installed(connection) -> bool:
    return installed(connection) == set(_triggers(connection.vendor))


def installed(connection) -> set[str]:
    """Names of the triggers there are; each holds a digest of what it does."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT DISTINCT tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
                " WHERE NOT tgisinternal AND c.relnamespace = current_schema()::regnamespace AND tgname LIKE %s",
                [f"{PREFIX}%"],
            )
        else:
            cursor.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s", [f"{PREFIX}%"]
            )
        return {name for (name,) in cursor.fetchall()}


def remove(connection) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # The functions, which stay behind where their table was dropped; each takes its trigger along.
            cursor.execute(
                "SELECT proname FROM pg_proc WHERE pronamespace = current_schema()::regnamespace AND proname LIKE %s",
                [f"{PREFIX}%"],
            )
            drop = "DROP FUNCTION {}() CASCADE"
            names = [name for (name,) in cursor.fetchall()]
        else:
            drop, names = "DROP TRIGGER {}", installed(connection)
        for name in names:
            cursor.execute(drop.format(connection.ops.quote_name(name)))


@cache
def _triggers(vendor: str) -> dict[str, list[str]]:
    """Name → the statements that make it."""
    write = _postgresql if vendor == "postgresql" else _sqlite
    found = {}
    for watch in WATCHES:
        for event in watch.events:
            body = write(watch, event, "{name}")
            digest = hashlib.sha256("".join(body).encode()).hexdigest()[:12]
            name = f"{PREFIX}{digest}"
            found[name] = [statement.replace("{name}", name) for statement in body]
    return found


def _postgresql(watch, event, name) -> list[str]:
    """Once for each statement, over all rows that it changed; each run leaves marks of its own.

    A mark that is there already must not do for a later change: whoever is deleting it has not seen that change.
    """
    compared = ", ".join(f'o."{column}"' for column in watch.columns)
    against = ", ".join(f'n."{column}"' for column in watch.columns)
    differing = (
        f"FROM old_rows o JOIN new_rows n ON n.id = o.id WHERE ({compared}) IS DISTINCT FROM ({against})"
    )
    rows, tables = {
        "INSERT": ("new_rows", "NEW TABLE AS new_rows"),
        "DELETE": ("old_rows", "OLD TABLE AS old_rows"),
        "UPDATE": (
            f"(SELECT o.* {differing} UNION ALL SELECT n.* {differing})",
            "OLD TABLE AS old_rows NEW TABLE AS new_rows",
        ),
    }[event]
    return [
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN "
        f"INSERT INTO {Mark._meta.db_table} (family, place) {watch.marked(rows)}; RETURN NULL; END $body$",
        f"CREATE TRIGGER {name} AFTER {event} ON {watch.table} REFERENCING {tables} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
    ]


def _sqlite(watch, event, name) -> list[str]:
    """Once for each row. One writer at a time: who deletes a mark has seen every change that relied on it."""
    columns = sorted({"id", *watch.columns})
    sides = {"INSERT": ("NEW",), "DELETE": ("OLD",), "UPDATE": ("OLD", "NEW")}[event]
    rows = " UNION ALL ".join(
        "SELECT " + ", ".join(f'{side}."{column}" AS "{column}"' for column in columns) for side in sides
    )
    names = [f'"{column}"' for column in watch.columns]
    when = f"UPDATE OF {', '.join(names)}" if event == "UPDATE" else event
    changed = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in names)
    condition = f"WHEN {changed} " if event == "UPDATE" else ""
    table = Mark._meta.db_table
    return [
        f"CREATE TRIGGER {name} AFTER {when} ON {watch.table} FOR EACH ROW {condition}BEGIN "
        f"INSERT INTO {table} (family, place) SELECT m.family, m.place FROM ({watch.marked(f'({rows})')}) m "
        f"WHERE NOT EXISTS (SELECT 1 FROM {table} k WHERE k.family = m.family AND k.place IS m.place); END"
    ]
