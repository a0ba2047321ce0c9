"""What must hold once everything rests: compares the ledger of what people were told with the database."""

import collections
import io
import json
from collections.abc import Callable, Iterator

from django.core.management import CommandError, call_command
from django.db import close_old_connections, connection
from django.db.models import Count, Q
from django.utils import timezone

from activities.models import Activity, ActivityEntry, Attendance
from imports.models import ImportRun, Job, JobState, RunState, StagedRow
from linkages.models import Order, OrderEntry
from linkages.tasks import tell_orders
from orgs import audit
from orgs.models import (
    AuditAction,
    AuditEvent,
    DeliveryState,
    Enterprise,
    EnterprisePeriod,
    Notice,
    WebhookDelivery,
)
from portal import snapshots
from portal.models import Mark
from tests.faults.load import Ledger
from tests.portal.snapshot_world import standing

MOVING = (RunState.STAGING, RunState.APPLYING, RunState.UNDOING)
UNFINISHED = (JobState.QUEUED, JobState.RUNNING)


def at_work() -> dict:
    """What still has to happen without anybody's help; empty once everything rests. Changes while it goes on."""
    close_old_connections()
    jobs = Job.objects.filter(state__in=UNFINISHED).order_by("pk")
    found = {
        "jobs": list(jobs.values_list("pk", "kind", "state", "attempts", "step")),
        "webhooks": WebhookDelivery.objects.filter(state=DeliveryState.WAITING).count(),
        "marks": Mark.objects.count(),
    }
    return {name: value for name, value in found.items() if value}


def is_pausing(left: dict) -> bool:
    """All that is `left` are events between two attempts, and the pauses between them grow."""
    waiting = WebhookDelivery.objects.filter(state=DeliveryState.WAITING)
    return set(left) == {"webhooks"} and not waiting.due(timezone.now()).exists()


class Verdict:
    """Counts what was looked at, and names what does not hold."""

    def __init__(self):
        self.looked_at: collections.Counter = collections.Counter()
        self.violated: collections.Counter = collections.Counter()
        self.violations: list[str] = []

    def demand(self, what: str, holds: bool, sentence: str) -> None:
        self.looked_at[what] += 1
        if not holds:
            self.violated[what] += 1
            self.violations.append(sentence)


def verify(ledger: Ledger, receiver) -> Verdict:
    close_old_connections()
    verdict = Verdict()
    for check in CHECKS:
        for what, holds, sentence in check(ledger, receiver):
            verdict.demand(what, holds, sentence)
    return verdict


Found = Iterator[tuple[str, bool, str]]


def counted(rows, *by: str) -> dict:
    return dict(rows.order_by().values_list(*by).annotate(Count("pk")).values_list(*by, "pk__count"))


def pairs(rows, *names: str) -> dict:
    found = collections.defaultdict(list)
    for key, *values in rows.order_by("pk").values_list(*names):
        found[key].append(values[0] if len(values) == 1 else tuple(values))
    return found


def events(object_type: str, **where) -> collections.Counter:
    rows = AuditEvent.objects.filter(object_type=object_type, **where).values_list("object_id", flat=True)
    return collections.Counter(map(int, rows))


def activities(ledger: Ledger, receiver) -> Found:
    """Each key once, whole with its roll, its line and its audit event; what was answered is there."""
    stored = pairs(Activity.objects.filter(entry_key__isnull=False), "entry_key", "pk")
    stored = {str(key): rows for key, rows in stored.items()}
    rolls = pairs(Attendance.objects.all(), "activity_id", "member_id", "state")
    entries, told = pairs(ActivityEntry.objects.all(), "activity_id", "act"), events("activity")
    for key, answered in ledger.activities.items():
        rows = stored.pop(key, [])
        yield "activities", len(rows) <= 1, f"activity {key} is there {len(rows)} times"
        if answered:
            yield (
                "activities answered",
                rows == [answered],
                f"activity {key} was answered as {answered}, there is {rows}",
            )
        for pk in rows[:1]:
            whole = dict(rolls[pk]) == ledger.rolls[key] and len(rolls[pk]) == len(ledger.rolls[key])
            yield "rolls", whole, f"activity {pk} has the roll {rolls[pk]}"
            yield "audit entries", told[pk] == 1, f"activity {pk} has {told[pk]} audit entries"
            yield "lines of history", len(entries[pk]) == 1, f"activity {pk} has the lines {entries[pk]}"
    yield "activities", not stored, f"activities nobody sent: {list(stored)}"


def orders(ledger: Ledger, receiver) -> Found:
    """Each ticket once; each step once, with its audit event; the state is that of the last step."""
    stored = pairs(Order.objects.all(), "ticket", "pk", "state", "stage")
    stored = {str(key): rows for key, rows in stored.items()}
    lines, told = pairs(OrderEntry.objects.all(), "order_id", "act", "state", "stage"), events("order")
    for ticket, answered in ledger.orders.items():
        rows = stored.pop(ticket, [])
        yield "orders", len(rows) <= 1, f"order {ticket} is there {len(rows)} times"
        if answered:
            yield (
                "orders answered",
                [row[0] for row in rows] == [answered],
                f"order {ticket}: {answered}, there is {rows}",
            )
        for pk, state, stage in rows[:1]:
            acts = [line[0] for line in lines[pk]]
            once = len(set(acts)) == len(acts) and ledger.steps.get(pk, set()) <= set(acts)
            yield "steps of orders", once, f"order {pk}: {acts}, answered {ledger.steps.get(pk)}"
            yield (
                "steps of orders",
                (state, stage) == lines[pk][-1][1:],
                f"order {pk} is {state} {stage}, {lines[pk]}",
            )
            yield (
                "audit entries",
                told[pk] == len(acts),
                f"order {pk}: {told[pk]} audit entries, {len(acts)} steps",
            )
    yield "orders", not stored, f"orders nobody sent: {list(stored)}"


def imports(ledger: Ledger, receiver) -> Found:
    """Every run rests, every job ended, with a sentence where it failed. A list is in the register as a whole or not at all."""
    runs = {run.pk: run for run in ImportRun.objects.all()}
    staged = counted(StagedRow.objects.all(), "run_id")
    told = events("importrun", action=AuditAction.IMPORT)
    names = pairs(Enterprise.objects.all(), "credit_code", "name")
    periods = counted(EnterprisePeriod.objects.all(), "enterprise__credit_code")
    for pk, rows in ledger.imports.items():
        yield "lists answered", pk in runs, f"run {pk} was answered and is gone"
        run = runs.get(pk)
        if run is None:
            continue
        codes = [code for code, _ in rows]
        written = [names[code] for code in codes if code in names]
        if run.state in (RunState.STAGED, RunState.APPLIED):
            yield (
                "rows staged",
                staged.get(pk) == len(rows),
                f"run {pk}: {staged.get(pk)} of {len(rows)} rows staged",
            )
        if run.state == RunState.APPLIED:
            yield (
                "lists written",
                written == [[name] for _, name in rows],
                f"run {pk}: {len(written)} of {len(rows)} rows",
            )
            yield (
                "rows written",
                all(periods.get(code) == 1 for code in codes),
                f"run {pk}: periods not once each",
            )
            yield "audit entries", told[pk] == 1, f"run {pk} has {told[pk]} audit entries"
            yield "rows written", run.counts["new"] == len(rows), f"run {pk} counts {run.counts}"
        else:
            yield (
                "lists not written",
                not written,
                f"run {pk} is {run.state}, {len(written)} rows are written",
            )
    for job in Job.objects.all():
        ended = job.state == JobState.DONE or (job.state == JobState.FAILED and bool(job.error))
        yield (
            "jobs",
            ended,
            f"job {job.pk} ({job.kind}) is {job.state} after {job.attempts} attempts: {job.error}",
        )
    for run in runs.values():
        rests = run.state not in MOVING or (run.job is not None and run.job.state == JobState.FAILED)
        yield "lists", rests, f"run {run.pk} is still {run.state}"


def sign_ins(ledger: Ledger, receiver) -> Found:
    """As many audit entries as were answered, and no more than were tried."""
    told = counted(AuditEvent.objects.filter(action=AuditAction.LOGIN), "actor_id")
    for pk, tries in ledger.sign_ins.items():
        found = told.get(pk, 0)
        yield (
            "sign-ins",
            sum(tries) <= found <= len(tries),
            f"user {pk}: {sum(tries)} of {len(tries)}, {found} entries",
        )


def notices(ledger: Ledger, receiver) -> Found:
    """What was ticked is read; who was to be told of a step was told, once."""
    read = set(Notice.objects.filter(read_at__isnull=False).values_list("pk", flat=True))
    for pk in ledger.ticked:
        yield "messages ticked", pk in read, f"message {pk} was ticked and is unread"
    before = Notice.objects.count()
    tell_orders()  # beat would within ten minutes
    again = Notice.objects.count()
    tell_orders()
    yield "messages", Notice.objects.count() == again, "telling twice tells again"
    twice = Notice.objects.values("user", "key").annotate(times=Count("pk")).filter(times__gt=1).count()
    yield "messages", not twice, f"{twice} messages are doubled ({before} before)"


def webhooks(ledger: Ledger, receiver) -> Found:
    """One delivery for each step, delivered; it arrived at least once, each time with the same body."""
    arrived = collections.defaultdict(set)
    for _, headers, body in list(receiver.got):
        arrived[headers["webhook-id"]].add(body)
    deliveries = pairs(WebhookDelivery.objects.all(), "key", "uid", "state", "payload")
    for entry in OrderEntry.objects.order_by("pk").values_list("pk", flat=True):
        rows = deliveries.pop(f"order-entry-{entry}", [])
        yield "events", len(rows) == 1, f"step {entry} has {len(rows)} events"
        for uid, state, payload in rows[:1]:
            bodies = arrived.pop(str(uid), set())
            yield "events", state == DeliveryState.DELIVERED, f"event {uid} is {state}"
            same = [json.loads(body) for body in bodies] == [{"id": str(uid), **payload}]
            yield "events arrived", same, f"event {uid} arrived with {len(bodies)} bodies"
    yield "events", not deliveries, f"events of no step: {list(deliveries)}"
    yield "events arrived", not arrived, f"events nobody wrote down: {list(arrived)}"


def figures(ledger: Ledger, receiver) -> Found:
    """What is kept is what is counted anew."""
    snapshots.refresh()
    kept = standing()
    yield "kept figures", not Mark.objects.exists(), "marks are left"
    snapshots.rebuild()
    yield "kept figures", kept == standing(), "what is kept is not what the records say"


def chain(ledger: Ledger, receiver) -> Found:
    """The audit chain holds from the first entry to the last."""
    audit.seal_pending()
    try:
        call_command("verify_audit", stdout=io.StringIO())
        fault = ""
    except CommandError as error:
        fault = str(error)
    yield "audit chain", not fault, fault
    unsealed = AuditEvent.objects.filter(seal="").count()
    yield "audit chain", not unsealed, f"{unsealed} entries are not sealed"


def doubles(ledger: Ledger, receiver) -> Found:
    """Nothing waits for a lock, nothing is left prepared or open in the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'")
        (left,) = cursor.fetchone()
    yield "transactions left open", not left, f"{left} transactions are open"
    codes = (
        Enterprise.objects.values("credit_code").annotate(times=Count("pk")).filter(Q(times__gt=1)).count()
    )
    yield "enterprises", not codes, f"{codes} enterprises are doubled"


CHECKS: tuple[Callable, ...] = (
    activities, orders, imports, sign_ins, notices, webhooks, figures, chain, doubles,
)  # fmt: skip
