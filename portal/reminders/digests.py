"""The digest of a person by e-mail: how many to-dos of which kind, how many unread messages. It names nobody."""

import contextlib
import smtplib
import ssl
from collections import Counter
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.template.loader import render_to_string
from django.urls import reverse

from orgs.models import DeliveryFault, Digest, Frequency, Notice, ReminderSetting
from orgs.notices import Message, deliver
from orgs.once import answers_once
from orgs.outbox import Undelivered
from portal import home
from portal.reminders.outbox import ReminderOutbox, absolute, write_due

ACCEPTED = 250


@dataclass(frozen=True)
class Content:
    """`kinds`: (kind, how many, how many of them overdue), the most urgent first."""

    kinds: list[tuple[str, int, int]]
    unread: int

    @property
    def count(self) -> int:
        return sum(count for _, count, _ in self.kinds)

    @property
    def overdue(self) -> int:
        return sum(overdue for _, _, overdue in self.kinds)

    @property
    def words(self) -> str:
        late = f"（{self.overdue}项已超期）" if self.overdue else ""
        parts = [f"待办{self.count}项{late}"] if self.count else []
        return "，".join([*parts, f"未读消息{self.unread}条"] if self.unread else parts)


@answers_once()
def content_for(user) -> Content | None:
    """As the home page shows it today; None where there is nothing."""
    to_dos = home.to_dos(user, home.coverage_figures(user)[0])
    counts, overdue = Counter(), Counter()
    for to_do in to_dos:
        counts[to_do.kind] += to_do.count
        overdue[to_do.kind] += to_do.overdue
    kinds = [(kind, count, overdue[kind]) for kind, count in counts.items()]
    content = Content(kinds, Notice.objects.visible_to(user).unread().count())
    return content if content.words else None


def letter(row, content: Content) -> EmailMultiAlternatives:
    """Always with the same id for one row, by which mail servers know a repetition."""
    context = {
        "content": content,
        "product": settings.PRODUCT_NAME,
        "todo_url": absolute(reverse("portal:todo-list")),
        "notice_url": absolute(f"{reverse('orgs:notice-list')}?unread=1"),
        "settings_url": absolute(reverse("portal:reminders")),
    }
    sender = settings.DEFAULT_FROM_EMAIL
    found = EmailMultiAlternatives(
        f"{settings.PRODUCT_NAME}提醒：{content.words}",
        render_to_string("portal/mail/digest.txt", context),
        sender,
        [row.user.email],
        headers={
            "Message-ID": f"<{row.uid}@{sender.rpartition('@')[2].strip('<> ')}>",
            "Auto-Submitted": "auto-generated",
        },
    )
    found.attach_alternative(render_to_string("portal/mail/digest.html", context), "text/html")
    return found


class DigestOutbox(ReminderOutbox):
    model, lane, related = Digest, "user", ("user__reminder_setting",)

    def content(self, row) -> EmailMultiAlternatives | None:
        user = row.user
        wish = getattr(user, "reminder_setting", None)
        if wish is None or wish.frequency == Frequency.OFF or not (user.is_active and user.email):
            raise Undelivered(DeliveryFault.CLOSED)
        self.demand_timely(row, wish)
        content = content_for(user)
        return content and letter(row, content)

    def transmit(self, row, content) -> int:
        connection = get_connection()
        with contextlib.closing(connection):
            try:
                connection.open()
                if smtp := getattr(connection, "connection", None):
                    smtp.ehlo_or_helo_if_needed()
            except OSError as error:
                raise undelivered(error) from error
            try:
                connection.send_messages([content])
            except OSError as error:
                raise undelivered(error, sending=True) from error
        return ACCEPTED

    def tell(self, rows) -> None:
        deliver(
            Message(
                row.user_id,
                f"digest-{row.period}",
                "邮件提醒未能送达",
                "请核对电子邮箱，或在提醒设置中查看原因",
                reverse("portal:reminders"),
            )
            for row in rows
        )


def undelivered(error: OSError, *, sending=False) -> Undelivered:
    """What smtplib raised, all of it kinds of OSError. An answer is certain; without one the letter may have arrived."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = max(code for code, _ in error.recipients.values())
        return Undelivered(DeliveryFault.REFUSED, code, is_final=code >= 500)
    if isinstance(error, smtplib.SMTPResponseException):
        return Undelivered(DeliveryFault.STATUS, error.smtp_code if error.smtp_code > 0 else None)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Undelivered(DeliveryFault.GARBLED)
    if isinstance(error, ssl.SSLError):
        return Undelivered(DeliveryFault.CERTIFICATE)
    late = isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)
    fault = DeliveryFault.TIMEOUT if late else DeliveryFault.CONNECT
    return Undelivered(fault, may_have_arrived=sending)


DIGESTS = DigestOutbox()


def send_due() -> int:
    """Writes and sends what has come due. Returns how many letters went out."""
    if not settings.SENDS_MAIL:
        return 0
    wishes = ReminderSetting.objects.exclude(frequency=Frequency.OFF).filter(user__is_active=True)
    write_due(((wish.user_id, wish) for wish in wishes.exclude(user__email="")), Digest, "user")
    return DIGESTS.sweep()
