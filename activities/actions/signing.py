"""Signing in by code: the desk, who stands before it, and the attendance it leaves. Callers have checked access."""

import hmac

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from activities import codes, roster
from activities.actions.activities import locked
from activities.actions.attendance import recount
from activities.models import COMING, Activity, Attendance, AttendanceHow, AttendanceState, SignInDesk
from members.actions.register import record
from orgs.models import AuditAction

MOST_TRIES = 5  # with one ticket
MOST_TRIES_FOR_NAME = 10  # an hour at one desk, so that nobody tries out the digits of somebody else
HOUR = 3600
NOT_FOUND = "姓名或后四位数字不对，请核对后重试；仍不能签到的，请找会务人员登记。"
CLOSED = "签到已结束，请找会务人员登记。"
TOO_MANY = "尝试次数过多，请找会务人员登记。"
USED = "这次扫码已为他人签到，请本人重新扫描二维码。"


@transaction.atomic
def open_desk(*, activity, by, request=None) -> SignInDesk:
    """Begins signing in, or begins it again; the code of before no longer counts."""
    stored = locked(activity)
    desk, _ = SignInDesk.objects.get_or_create(activity=stored)
    desk.secret, desk.opened_at, desk.closed_at = codes.new_secret(), timezone.now(), None
    desk.save()
    desk.activity = stored
    if not desk.is_open:
        raise ValidationError("开始前2小时至开始后12小时内可以扫码签到。")
    _record(stored, by, request, "开始扫码签到")
    return desk


@transaction.atomic
def close_desk(*, desk, by, request=None) -> SignInDesk:
    stored = (
        SignInDesk.objects.select_for_update(of=("self",))
        .select_related("activity__organisation")
        .get(pk=desk.pk)
    )
    if stored.closed_at is None:
        stored.closed_at = timezone.now()
        stored.save(update_fields=["closed_at"])
        _record(stored.activity, by, request, "结束扫码签到")
    return stored


def find_person(*, desk, name: str, digits: str, ticket: str):
    """The member of this name whose mobile, or where none is on file identity number, ends with `digits`.

    Every refusal reads the same, whether the name exists or not, and failed tries are limited.
    """
    nonce = codes.read_ticket(desk, ticket)
    limits = (
        (f"sign-in:{desk.pk}:{nonce}", MOST_TRIES, codes.TICKET_SECONDS),
        (f"sign-in:{desk.pk}:{_hidden(name)}", MOST_TRIES_FOR_NAME, HOUR),
    )
    if any(cache.get(key, 0) >= most for key, most, _ in limits):
        raise ValidationError(TOO_MANY)
    activity = desk.activity
    day = timezone.localtime(activity.starts_at).date()
    namesakes = roster.members_on(activity.hosts, day).filter(name=name.strip())
    found = [member for member in namesakes[:50] if _ends_with(member, digits.strip())]
    if len(found) != 1:
        for key, _, seconds in limits:
            # Not `incr`, which would forget how long the database's cache keeps it.
            cache.set(key, cache.get(key, 0) + 1, seconds)
        raise ValidationError(NOT_FOUND)
    return found[0]


def _ends_with(member, digits) -> bool:
    number = member.mobile or member.identity_number
    return len(digits) == 4 and hmac.compare_digest(number[-4:].upper().encode(), digits.upper().encode())


def _hidden(name) -> str:
    """Names do not stand in the keys of the cache."""
    return hmac.new(settings.SECRET_KEY.encode(), name.strip().encode(), "sha256").hexdigest()[:24]


def sign_in(*, desk, member, ticket: str) -> tuple[Attendance, bool]:
    """(the attendance, whether it is new). One ticket, one person; one person, one attendance.

    Nothing locks the activity while it is to come: three hundred people do not wait for each other.
    """
    nonce = codes.read_ticket(desk, ticket)
    if not desk.is_open:
        raise ValidationError(CLOSED)
    if Attendance.objects.filter(ticket=nonce).exclude(activity=desk.activity_id, member=member).exists():
        raise ValidationError(USED)
    state = _state_of(desk.activity, member)
    try:
        with transaction.atomic():
            if _stays_to_come(desk.activity_id):
                return _write(desk.activity_id, member, nonce, state)
        with transaction.atomic():
            return _write_held(desk.activity, member, nonce, state)
    except IntegrityError as error:
        # Tapped twice at once, or two people with one ticket: whoever came first has signed in.
        stored = Attendance.objects.filter(activity=desk.activity_id, member=member).first()
        if stored is None or stored.signed_at is None:
            raise ValidationError(USED) from error
        return stored, False


def _state_of(activity, member):
    """Present, where the member is at home in one of the hosts on the day; whoever belongs elsewhere sits in."""
    day = timezone.localtime(activity.starts_at).date()
    at_home = roster.members_on(activity.hosts, day).filter(pk=member.pk).exists()
    return AttendanceState.PRESENT if at_home else AttendanceState.OBSERVER


def _stays_to_come(activity_id) -> bool:
    """Whether the activity is to come, and then until the transaction ends: nobody makes its record meanwhile.

    Else the figures of a record made at the same moment would miss whoever signs in. The lock is a shared one, which
    Django does not know; SQLite has one writer at a time.
    """
    rows = Activity.objects.filter(pk=activity_id).values_list("state", flat=True)
    if connection.vendor != "postgresql":
        return rows.get() in COMING
    sql, params = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} FOR KEY SHARE", params)
        return cursor.fetchone()[0] in COMING


def _write(activity_id, member, nonce, state):
    row = Attendance.objects.select_for_update().filter(activity=activity_id, member=member).first()
    if row and row.signed_at:
        return row, False
    row = row or Attendance(activity_id=activity_id, member=member)
    row.state, row.reason, row.how = state, "", AttendanceHow.CODE
    row.signed_at, row.ticket = timezone.now(), nonce
    row.save()
    return row, True


def _write_held(activity, member, nonce, state):
    """Where the record exists already its figures follow, unless they were typed; then they stay as typed."""
    stored = locked(activity)
    row, is_new = _write(stored.pk, member, nonce, state)
    if is_new and stored.has_roster:
        recount(stored)
        stored.updated_at = timezone.now()
        stored.save()
    return row, is_new


def _record(activity, by, request, words):
    record(activity, AuditAction.UPDATE, by=by, detail={"act": words}, request=request)
