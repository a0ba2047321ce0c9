"""Reminders of the invented park: two robots, which are closed so that they never call anybody, and an officer's wish."""

import datetime as dt

from orgs.clock import moment
from orgs.models import (
    DeliveryFault,
    DeliveryState,
    Digest,
    Frequency,
    Organisation,
    ReminderSetting,
    Robot,
    RobotKind,
    RobotMessage,
    User,
)
from portal.reminders.platforms import HOSTS
from portal.reminders.summary import TOPICS

SENT = {"state": DeliveryState.DELIVERED, "attempts": 1}
PAST = (
    SENT | {"status": 200},
    SENT | {"status": 200, "attempts": 2},
    {"state": DeliveryState.GIVEN_UP, "fault": DeliveryFault.REFUSED, "status": 310000, "attempts": 6},
    {"state": DeliveryState.EMPTY},
)
ROBOTS = (
    (RobotKind.WECOM, "书记工作群", Frequency.WORKDAYS, list(TOPICS)),
    (RobotKind.DINGTALK, "园区企业服务群", Frequency.WEEKLY, ["orders", "visits"]),
)


def load(day: dt.date) -> None:
    top = Organisation.objects.order_by("path").first()
    closed_at = moment(day, 18 * 60)
    robots = [
        Robot.objects.create(
            organisation=top, kind=kind, name=name, address=f"https://{HOSTS[kind]}/demo", frequency=frequency,
            topics=topics, closed_at=closed_at,
        )
        for kind, name, frequency, topics in ROBOTS
    ]  # fmt: skip
    RobotMessage.objects.bulk_create(_past(RobotMessage, day, robot=robots[0]))
    if officer := User.objects.filter(username="officer").first():
        ReminderSetting.objects.create(user=officer, frequency=Frequency.WORKDAYS)
        mails = _past(Digest, day, user=officer)
        Digest.objects.bulk_create(row for row in mails if row.state == DeliveryState.DELIVERED)


def _past(model, day, **values):
    """One a day, the newest first."""
    rows = []
    for number, what in enumerate(PAST, 1):
        period = day - dt.timedelta(days=number)
        at = moment(period, 8 * 60)
        times = {"created_at": at, "tried_at": at if what.get("attempts") else None, "due_at": None}
        rows.append(model(period=period, last_day=period, **values, **times, **what))
    return rows
