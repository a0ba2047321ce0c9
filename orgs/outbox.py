"""Sending what was written down: claimed, tried, and tried again with growing pauses until it arrives or is given up.

Sending may run twice, late, beside another or be killed: a row is claimed by one conditional update, and the claim lapses.
What became of an attempt always stands on the row; nothing gets lost without the page saying so.
"""

import datetime as dt
import logging
import time
import uuid

from django.db.models import F
from django.utils import timezone

from orgs.models import DeliveryFault, DeliveryState

LEASE = dt.timedelta(
    minutes=2
)  # longer than an attempt can take (`transport.WHOLE_SECONDS` and looking up the name)
SWEEP_SECONDS, MOST_SWEPT = 50, 100
KEPT = dt.timedelta(days=90)
logger = logging.getLogger(__name__)


class Undelivered(Exception):
    """`fault` says why, `status` what the receiver answered, if it did."""

    def __init__(self, fault: DeliveryFault, status: int | None = None):
        self.fault, self.status = fault, status
        super().__init__(fault)


class Outbox:
    """The rows of `model`, a `Sending`. `lane` is the field that names the receiver: one that fails holds up its lane alone.

    `related` is read along with a row.
    """

    model: type
    lane: str
    related: tuple[str, ...] = ()
    pauses = tuple(dt.timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 360))

    def content(self, row):
        """What goes out. Raises Undelivered where it must not go out any more."""
        raise NotImplementedError

    def transmit(self, row, content) -> int:
        """What the receiver answered. Raises Undelivered."""
        raise NotImplementedError

    def tell(self, rows) -> None:
        """People, of `rows` that were given up."""

    @property
    def most_attempts(self) -> int:
        return len(self.pauses) + 1

    def send(self, uid: str) -> bool | None:
        """Whether it arrived; None where there was nothing to do, or another is at it."""
        due = self.model.objects.due(timezone.now())
        found = due.filter(uid=uid, attempts__lt=self.most_attempts).select_related(*self.related).first()
        if found is None:
            return None
        try:
            content = self.content(found)
        except Undelivered as error:
            return self.settle(found, state=DeliveryState.GIVEN_UP, due_at=None, fault=error.fault)
        row = self.claim(found)
        if row is None:
            return None
        try:
            status = self.transmit(row, content)
        except Undelivered as error:
            return self.put_off(row, error)
        return self.settle(row, state=DeliveryState.DELIVERED, due_at=None, status=status, fault="")

    def claim(self, found):
        """The row, ours for `LEASE`; no lock is held while the network is waited for."""
        now = timezone.now()
        rows = self.model.objects.due(now).filter(pk=found.pk, attempts__lt=self.most_attempts)
        values = {
            "claim": uuid.uuid4(),
            "due_at": now + LEASE,
            "attempts": F("attempts") + 1,
            "tried_at": now,
        }
        if not rows.update(**values):
            return None
        return self.model.objects.select_related(*self.related).get(pk=found.pk)

    def put_off(self, row, error: Undelivered) -> bool:
        if row.attempts < self.most_attempts:
            state, due_at = DeliveryState.WAITING, timezone.now() + self.pauses[row.attempts - 1]
        else:
            state, due_at = DeliveryState.GIVEN_UP, None
        logger.warning(
            "%s %s, attempt %s: %s.", self.model.__name__, row.uid, row.attempts, error.fault.value
        )
        self.settle(row, state=state, due_at=due_at, status=error.status, fault=error.fault)
        if state == DeliveryState.GIVEN_UP:
            self.tell([row])
        return False

    def settle(self, row, **values) -> bool:
        """Unless the claim has lapsed and another holds the row."""
        self.model.objects.filter(pk=row.pk, claim=row.claim).update(claim=None, **values)
        return values["state"] == DeliveryState.DELIVERED

    def sweep(self, seconds: float = SWEEP_SECONDS) -> int:
        """Sends what has come due: what a queue or a killed worker lost, and what is tried again. Returns how much arrived.

        After a failure the rest of a lane waits for the next run, so that one dead receiver holds up nobody else.
        """
        until, now, count = time.monotonic() + seconds, timezone.now(), 0
        self.give_up(now)
        due = self.model.objects.due(now).order_by("due_at", "pk")
        for lane in dict.fromkeys(due.order_by(self.lane).values_list(self.lane, flat=True)):
            for uid in due.filter(**{self.lane: lane}).values_list("uid", flat=True)[:MOST_SWEPT]:
                if time.monotonic() > until:
                    return count
                if (arrived := self.send(uid)) is False:
                    break
                count += bool(arrived)
        return count

    def give_up(self, now) -> None:
        """What was killed at its last attempt."""
        spent = self.model.objects.due(now).filter(attempts__gte=self.most_attempts)
        lost = list(spent.select_related(*self.related))
        spent.filter(pk__in=[row.pk for row in lost]).update(
            state=DeliveryState.GIVEN_UP, due_at=None, claim=None
        )
        self.tell(lost)

    def purge(self) -> int:
        """What is over and old."""
        old = self.model.objects.filter(created_at__lt=timezone.now() - KEPT)
        return old.exclude(state=DeliveryState.WAITING).delete()[0]
