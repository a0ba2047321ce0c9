"""Sending what was written down: claimed, tried, and tried again with growing pauses until it arrives or is given up.

Sending may run twice, late, beside another or be killed: a row is claimed by one conditional update, and the claim lapses.
What became of an attempt always stands on the row; nothing gets lost without the page saying so.
"""

import datetime as dt
import logging
import time
import uuid

from django.db.models import F, Q
from django.utils import timezone

from orgs.models import DeliveryFault, DeliveryState

# Longer than an attempt can take: `transport.WHOLE_SECONDS` and looking up the name.
LEASE = dt.timedelta(minutes=2)
BROKEN_PAUSE = dt.timedelta(minutes=30)
SWEEP_SECONDS, MOST_SWEPT = 50, 100
KEPT = dt.timedelta(days=90)
logger = logging.getLogger(__name__)


class Undelivered(Exception):
    """`fault` says why, `status` what the receiver answered, if it did.

    `is_final`: it is no use to try again. `may_have_arrived`: everything was said, and the answer is missing.
    """

    def __init__(
        self, fault: DeliveryFault, status: int | None = None, *, is_final=False, may_have_arrived=False
    ):
        self.fault, self.status = fault, status
        self.is_final, self.may_have_arrived = is_final, may_have_arrived
        super().__init__(fault)


class NotNow(Exception):
    """Not an attempt: the row waits until `until`."""

    def __init__(self, until: dt.datetime):
        self.until = until
        super().__init__(until)


class Outbox:
    """The rows of `model`, a `Sending`. `lane` is the field that names the receiver: one that fails holds up its lane alone.

    `related` is read along with a row. `once`: the receiver cannot tell a repetition, so that what may have arrived, be it
    that the sender was killed at it, is given up instead of being sent again.
    """

    model: type
    lane: str
    related: tuple[str, ...] = ()
    once = False
    pauses = tuple(dt.timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 360))

    def content(self, row):
        """What goes out, None where there is nothing to say. Raises Undelivered where it must not go out any more, NotNow."""
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
        found = self.claimable(timezone.now()).filter(uid=uid).select_related(*self.related).first()
        if found is None:
            return None
        try:
            content = self.content(found)
        except NotNow as error:
            self._held(found).update(due_at=error.until)
            return None
        except Undelivered as error:
            return self.settle(found, state=DeliveryState.GIVEN_UP, due_at=None, fault=error.fault)
        except Exception:
            # One that cannot be put together must not hold up all others.
            logger.exception("%s %s could not be put together.", self.model.__name__, found.uid)
            self._held(found).update(due_at=timezone.now() + BROKEN_PAUSE)
            return False
        if content is None:
            self.settle(found, state=DeliveryState.EMPTY, due_at=None, fault="")
            return None
        row = self.claim(found)
        if row is None:
            return None
        try:
            status = self.transmit(row, content)
        except Undelivered as error:
            return self.put_off(row, error)
        return self.settle(row, state=DeliveryState.DELIVERED, due_at=None, status=status, fault="")

    def claimable(self, now):
        return self.model.objects.due(now).exclude(self._lost)

    @property
    def _lost(self) -> Q:
        """Of what is due: killed at the last attempt, or at any where there must be no second one."""
        lost = Q(attempts__gte=self.most_attempts)
        return lost | Q(claim__isnull=False) if self.once else lost

    def claim(self, found):
        """The row, ours for `LEASE`; no lock is held while the network is waited for."""
        now = timezone.now()
        rows = self.claimable(now).filter(pk=found.pk)
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
        unsure = self.once and error.may_have_arrived
        if unsure or error.is_final or row.attempts >= self.most_attempts:
            state, due_at = DeliveryState.GIVEN_UP, None
        else:
            state, due_at = DeliveryState.WAITING, timezone.now() + self.pauses[row.attempts - 1]
        logger.warning(
            "%s %s, attempt %s: %s.", self.model.__name__, row.uid, row.attempts, error.fault.value
        )
        fault = DeliveryFault.INTERRUPTED if unsure else error.fault
        self.settle(row, state=state, due_at=due_at, status=error.status, fault=fault)
        if state == DeliveryState.GIVEN_UP:
            self.tell([row])
        return False

    def settle(self, row, **values) -> bool:
        self._held(row).update(claim=None, **values)
        return values["state"] == DeliveryState.DELIVERED

    def _held(self, row):
        """Unless the claim has lapsed, or another claimed or settled the row meanwhile."""
        return self.model.objects.filter(pk=row.pk, claim=row.claim, state=DeliveryState.WAITING)

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
        lost = self.model.objects.due(now).filter(self._lost)
        found = list(lost.select_related(*self.related))
        values = {"state": DeliveryState.GIVEN_UP, "due_at": None, "claim": None}
        if self.once:
            values["fault"] = DeliveryFault.INTERRUPTED
        lost.filter(pk__in=[row.pk for row in found]).update(**values)
        self.tell(found)

    def purge(self) -> int:
        """What is over and old."""
        old = self.model.objects.filter(created_at__lt=timezone.now() - KEPT)
        return old.exclude(state=DeliveryState.WAITING).delete()[0]
