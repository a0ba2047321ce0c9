"""The roll of a gathering: who was expected, who came, who was excused."""

from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.utils import timezone

from activities import roster
from activities.models import EXPECTED, HERE, Attendance, AttendanceHow, AttendanceState, Guest
from activities.models.attendance import LONGEST_REASON
from members.models import Member
from members.names import MOST_NAMED, in_short

MOST_GUESTS = 500
S = AttendanceState


def write_roll(activity, roll: dict[int, tuple[str, str]], *, signed_seen=()) -> None:
    """Makes the attendances equal `roll`: key of the member → (state, reason). Whoever is not in it was not expected.

    A member of the hosts on the day may be present, excused or absent; of anybody else it can be said only that
    they sat in (列席). Who signed in by code stays, also where the roll does not name them: they may have come while it
    was filled in. To say that they were away, or to leave them out, takes `signed_seen`: whose signing in was seen.
    """
    stored = {row.member_id: row for row in activity.attendances.select_for_update()}
    unseen = {key: row for key, row in stored.items() if row.signed_at and key not in signed_seen}
    roll = {key: (row.state, row.reason) for key, row in unseen.items()} | roll
    validate_roll(activity, roll)
    _validate_signed(roll, unseen)
    Attendance.objects.filter(activity=activity, member__in=set(stored) - set(roll)).delete()
    changed, new = [], []
    for member, (state, reason) in roll.items():
        row = stored.get(member)
        if row is None:
            new.append(Attendance(activity=activity, member_id=member, state=state, reason=reason))
        elif (row.state, row.reason) != (state, reason):
            if row.state != state:
                row.how = AttendanceHow.HAND
            row.state, row.reason = state, reason
            changed.append(row)
    Attendance.objects.bulk_create(new, batch_size=1000)
    Attendance.objects.bulk_update(changed, ["state", "reason", "how"], batch_size=200)
    activity.has_roster = True


def _validate_signed(roll, signed):
    away = [key for key, row in signed.items() if row.state in HERE and roll[key][0] not in HERE]
    if away:
        words = "已扫码签到，名单却登记为未到会，请核对后重新保存。"
        raise ValidationError({"roll": f"{_names(away)}{words}"})


def validate_roll(activity, roll) -> None:
    day = timezone.localtime(activity.starts_at).date()
    home = set(roster.members_on(activity.hosts, day).filter(pk__in=list(roll)).values_list("pk", flat=True))
    foreign = [member for member, (state, _) in roll.items() if state in EXPECTED and member not in home]
    if foreign:
        names = f"{_names(foreign)}在{day}不属于主办党组织"
        raise ValidationError({"roll": f"{names}，只能登记为列席。"})
    for state, reason in roll.values():
        if state not in S:
            raise ValidationError({"roll": f"没有这种到会情况：{state}。"})
        if state == S.LEAVE and not reason.strip():
            raise ValidationError({"roll": "请填写请假原因。"})
        if len(reason) > LONGEST_REASON:
            raise ValidationError({"roll": f"请假或缺席的原因不超过{LONGEST_REASON}字。"})


def _names(keys) -> str:
    """Of members who are on the roll, the first by name."""
    found = Member.objects.filter(pk__in=keys).order_by("pinyin", "pk").values_list("name", flat=True)
    return in_short(found[:MOST_NAMED], len(keys))


def validate_stored_roll(activity) -> None:
    """After a change of the day or of the hosts: the roll must still be of people at home there."""
    rows = activity.attendances.values_list("member", "state", "reason")
    validate_roll(activity, {member: (state, reason) for member, state, reason in rows})


def write_guests(activity, guests) -> None:
    """Adds people from outside the register; `guests` are pairs (name, unit)."""
    if activity.guest_list.count() + len(guests) > MOST_GUESTS:
        raise ValidationError({"guests": f"列席人员最多{MOST_GUESTS}人，更多的请登记人数。"})
    rows = [
        Guest(activity=activity, name=name.strip(), unit=unit.strip())
        for name, unit in guests
        if name.strip()
    ]
    for row in rows:
        row.full_clean(exclude=["activity"])
    Guest.objects.bulk_create(rows)


def recount(activity) -> None:
    """The figures of a record with a roll; observers and named guests count as guests."""
    if not activity.has_roster:
        return
    found = activity.attendances.aggregate(
        **{state.value: Count("pk", filter=Q(state=state)) for state in AttendanceState}
    )
    activity.present, activity.on_leave, activity.absent = found[S.PRESENT], found[S.LEAVE], found[S.ABSENT]
    activity.expected = activity.present + activity.on_leave + activity.absent
    activity.guests = found[S.OBSERVER] + activity.guest_list.count()
