"""The robots of chat groups: one message per robot and period, never more than a few a minute."""

import datetime as dt
import time
from functools import partial

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from orgs.models import DeliveryFault, Frequency, Robot, RobotMessage
from orgs.notices import Message, deliver, hand_over
from orgs.outbox import NotNow, Undelivered
from orgs.webhooks import transport
from portal.reminders import platforms, summary
from portal.reminders.outbox import ReminderOutbox, write_due

HOSTS = "ROBOT_HOSTS"
A_MINUTE, MOST_A_MINUTE = dt.timedelta(minutes=1), 5  # the platforms allow 20
MOST_READ = 4096
HEADERS = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "portal-robots/1"}


class RobotOutbox(ReminderOutbox):
    model, lane, related = RobotMessage, "robot", ("robot__organisation",)

    def content(self, row) -> platforms.Post | None:
        robot, now = row.robot, timezone.now()
        if robot.closed_at or robot.organisation.dissolved_on:
            raise Undelivered(DeliveryFault.CLOSED)
        if robot.messages.filter(tried_at__gt=now - A_MINUTE).count() >= MOST_A_MINUTE:
            raise NotNow(now + A_MINUTE)
        if row.period is None:
            return summary.test_post(robot)
        self.demand_timely(row, robot)
        return summary.post_of(robot, timezone.localdate(now))

    def transmit(self, row, content) -> int:
        address, body = platforms.request_of(row.robot, content, time.time())
        answer = transport.post(address, body, HEADERS, setting=HOSTS, most_read=MOST_READ)
        code = platforms.code_of(answer.body)
        if code is None:
            raise Undelivered(DeliveryFault.GARBLED, answer.status, may_have_arrived=True)
        if code:
            raise Undelivered(DeliveryFault.REFUSED, abs(code))
        return answer.status

    def put_off(self, row, error) -> bool:
        """A test is not repeated: somebody waits for what it says."""
        error.is_final = error.is_final or row.period is None
        return super().put_off(row, error)

    def tell(self, rows) -> None:
        """Whoever set it up, once a period; of a test they see it themselves."""
        deliver(
            Message(
                row.robot.created_by_id,
                f"robot-{row.robot_id}-{row.period}",
                f"群机器人未能发出：{row.robot.name}",
                "请在机器人页面查看原因",
                reverse("portal:robot", args=[row.robot_id]),
            )
            for row in rows
            if row.period and row.robot.created_by_id
        )


ROBOTS = RobotOutbox()


def send_after_commit(message: RobotMessage) -> None:
    from portal.tasks import send_robot_message  # noqa: PLC0415 - tasks imports this module

    transaction.on_commit(partial(hand_over, send_robot_message, str(message.uid)))


def send_due() -> int:
    """Writes and sends what has come due. Returns how many messages went out."""
    robots = Robot.objects.open().exclude(frequency=Frequency.OFF)
    write_due(((robot.pk, robot) for robot in robots.defer("address", "secret")), RobotMessage, "robot")
    return ROBOTS.sweep()
