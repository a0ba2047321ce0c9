"""The register: enter, change, move, leave, come back, note a dated fact. One transaction and one audit event each.

Callers have checked access; the rules are checked here and refuse with a ValidationError that names the field.
"""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from members import validators
from members.choices import ENDS_MEMBERSHIP, Closing, EventKind, Membership, Opening, Precision, Relation
from members.employers import refresh_full_members
from members.leading_following import end_all, end_out_of_reach
from members.models import Member, MemberEvent, Posting, root_of
from members.recruiting.following import end_case, follow_home, resume_case
from orgs import audit
from orgs.fields import mask_completely
from orgs.identifiers import normalise_identity_number
from orgs.kinds import BRANCHES
from orgs.limits import refuse_excess
from orgs.models import Appointment, AuditAction, Organisation, Role
from orgs.terms import add_years
from orgs.validators import validate_not_in_future

EDITABLE = (
    "name",
    "identity_type",
    "identity_number",
    "mobile",
    "sex",
    "ethnicity",
    "born_on",
    "education",
    "title",
    "occupation",
    "position",
    "is_research",
    "employer_code",
    "employer_name",
    "joined_on",
    "joined_precision",
    "confirmed_on",
    "confirmed_precision",
)
SENSITIVE = ("identity_number", "mobile")
FOUND_AT_MOST = 20
DATES = ("born_on", "joined_on", "confirmed_on")


# --- Enter and change -------------------------------------------------------------------------------


@transaction.atomic
def add_member(
    *,
    organisation,
    values: dict,
    membership: str,
    opened_how: str = Opening.REGISTER,
    since: dt.date | None = None,
    by,
    detail: dict | None = None,
    request=None,
) -> Member:
    """A person enters the register with an open posting. `values` are any of `EDITABLE`. Returns the member.

    `since` None means “since before the register”. Refuses whoever is in a register already (row 41).
    """
    organisation = locked_home(organisation)
    values = _normalised(values)
    number = values.get("identity_number", "")
    validators.validate_identity(
        values.get("identity_type", Member._meta.get_field("identity_type").default),
        number,
        sex=values.get("sex"),
        born_on=values.get("born_on"),
    )
    validators.validate_not_elsewhere(number, organisation=organisation, user=by)
    validators.validate_dates(membership=membership, **{name: values.get(name) for name in DATES})
    validate_not_in_future(since, "since")
    member = Member(organisation=organisation, root_id=root_of(organisation), membership=membership, **values)
    if membership == Membership.PROBATIONARY and member.joined_on:
        member.probation_ends_on = add_years(member.joined_on, validators.PROBATION_YEARS)
    member.full_clean()
    member.save(force_insert=True)
    Posting.objects.create(member=member, organisation=organisation, since=since, opened_how=opened_how)
    refresh_full_members([member.employer_code])
    record(
        member,
        AuditAction.CREATE,
        by=by,
        detail={"opened_how": opened_how, **(detail or {})},
        request=request,
    )
    return member


def locked_home(organisation) -> Organisation:
    """The branch as it is now, kept from being dissolved until the transaction ends; raises as `validate_home`."""
    stored = Organisation.objects.select_for_update().get(pk=organisation.pk)
    validate_home(stored)
    return stored


def validate_home(organisation) -> None:
    """A member belongs to a branch that keeps membership. Source: 党员教育管理工作条例 art. 25."""
    if organisation.dissolved_on:
        raise ValidationError({"organisation": f"{organisation}已撤销，不能接收党员。"})
    if not can_be_home(organisation):
        raise ValidationError(
            {"organisation": f"{organisation}不保留党员组织关系，请选择党支部或联合党支部。"}
        )


def can_be_home(organisation) -> bool:
    """A branch of a kind that keeps membership; committees and general branches have theirs in the branches below."""
    return organisation.keeps_membership and organisation.kind in BRANCHES


@transaction.atomic
def update_member(*, member, values: dict, by, seen_at: dt.datetime | None = None, request=None) -> list[str]:
    """Store what differs; returns the names of the changed fields. Raises ValidationError.

    `seen_at` is the `updated_at` the person looked at: a change made by somebody else since is not overwritten.
    """
    stored = locked(member)
    refuse_stale(stored, seen_at, values, "该党员信息")
    changes = apply_changes(stored, _normalised(values))
    if not changes:
        return []
    _validate(stored, set(changes), by)
    derived = _follow_joining(stored, changes)
    store(stored, *changes, *derived)
    refresh_full_members({stored.employer_code, *changes.get("employer_code", ())})
    detail = {"changes": readable_changes(changes)}
    record(stored, AuditAction.UPDATE, by=by, detail=detail, request=request)
    member.refresh_from_db()
    return sorted(changes)


def apply_changes(row, values: dict) -> dict[str, tuple]:
    """Sets on `row` what differs; returns name → (old, new)."""
    changes = {
        name: (getattr(row, name), value) for name, value in values.items() if getattr(row, name) != value
    }
    for name, (_, value) in changes.items():
        setattr(row, name, value)
    return changes


STALE = "stale"


def refuse_stale(stored, seen_at, values, what: str) -> None:
    """Somebody else changed `stored` after `seen_at` (None: not asked): says what saving again would put in place of
    what is there now. The error's code is `STALE`, so that a form can let the person decide knowingly.
    """
    if seen_at is None or stored.updated_at == seen_at:
        return
    fields = {name: (getattr(stored, name), value) for name, value in values.items()}
    changes = readable_changes({name: pair for name, pair in fields.items() if pair[0] != pair[1]})
    told = "；".join(
        f"{stored._meta.get_field(name).verbose_name}现为“{old or '空'}”，您填写的是“{new or '空'}”"
        for name, (old, new) in changes.items()
    )
    told = told or "您填写的与现在的内容相同"
    told = told.replace("%", "%%")  # Django puts `params` into the sentence
    raise ValidationError(
        f"在您填写期间，{what}已被他人修改。{told}。核对后可以再次提交。",
        code=STALE,
        params={"seen": stored.updated_at},
    )


def _follow_joining(member, changes) -> list[str]:
    """The end of probation moves with the day of joining, unless it was extended. Returns what was set."""
    old, new = changes.get("joined_on", (None, None))
    if member.membership != Membership.PROBATIONARY or new is None:
        return []
    if member.probation_ends_on not in (None, old and add_years(old, validators.PROBATION_YEARS)):
        return []
    member.probation_ends_on = add_years(new, validators.PROBATION_YEARS)
    return ["probation_ends_on"]


def _validate(member, changed, by):
    if changed & {"identity_type", "identity_number", "sex", "born_on"}:
        validators.validate_identity(
            member.identity_type, member.identity_number, sex=member.sex, born_on=member.born_on
        )
    if "identity_number" in changed:
        validators.validate_not_elsewhere(
            member.identity_number, organisation=member.organisation, user=by, apart_from=member
        )
    if changed & set(DATES):
        validators.validate_dates(
            membership=member.membership, **{name: getattr(member, name) for name in DATES}
        )


def _normalised(values):
    if unknown := set(values) - set(EDITABLE):
        raise TypeError(f"Not fields of a member that people edit: {', '.join(sorted(unknown))}")
    if "identity_number" in values:
        values = values | {"identity_number": normalise_identity_number(values["identity_number"])}
    return values


def store(member, *names) -> None:
    """Save these fields after a full check, with the time of the change."""
    member.updated_at = timezone.now()
    member.full_clean()
    member.save(update_fields=[*names, "updated_at"])


# --- Where the relation stands ------------------------------------------------------------------------


def locked(member) -> Member:
    """The member's row, held until the transaction ends."""
    return Member.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=member.pk)


@transaction.atomic
def move_member(*, member, organisation, on: dt.date, by, detail=None, request=None) -> Posting:
    """From one branch of the register into another, on a day. Returns the new posting."""
    stored = locked(member)
    if not stored.is_counted:
        raise ValidationError("该党员已离册，不能办理内部转接。")
    if organisation.pk == stored.organisation_id:
        raise ValidationError({"organisation": "已在该党组织，无须转接。"})
    organisation = locked_home(organisation)
    _close_posting(stored, Closing.MOVED, on)
    posting = Posting.objects.create(
        member=stored, organisation=organisation, since=on, opened_how=Opening.MOVED
    )
    old = stored.organisation
    stored.organisation, stored.root_id = organisation, root_of(organisation)
    stored.relation = Relation.REGISTERED
    store(stored, "organisation", "root_id", "relation")
    follow_home(stored)
    _move_account(stored, old, by, request)
    end_out_of_reach(stored, on)
    detail = {"from": str(old), "to": str(organisation), "on": on, **(detail or {})}
    record(stored, AuditAction.UPDATE, by=by, detail=detail, request=request)
    member.refresh_from_db()
    return posting


def _move_account(member, old, by, request) -> None:
    """The role with which somebody reads the own record goes with them to the new branch, so that it, and no longer
    the old one, looks after the account. Filed with the new branch, whose auditors are told of the account."""
    if member.account_id is None or old == member.organisation:
        return
    held = Appointment.objects.not_ended().filter(
        user=member.account_id, role=Role.MEMBER, organisation=old, delegated_by=None
    )
    if held.update(organisation=member.organisation):
        detail = {
            "act": "本人账号随组织关系转接",
            "role": Role.MEMBER.label,
            "from": str(old),
            "to": str(member.organisation),
        }
        audit.record(
            actor=by,
            action=AuditAction.GRANT,
            obj=member.account,
            path=member.organisation.path,
            detail=detail,
            request=request,
        )


@transaction.atomic
def leave_register(
    *, member, how: str, on: dt.date, by, document_no: str = "", note: str = "", detail=None, request=None
) -> Member:
    """A way out: transferred, died, stopped, removed … The row stays, its posting ends on the day."""
    stored = locked(member)
    if not stored.is_counted:
        raise ValidationError("该党员已离册，无须重复办理。")
    if how not in Closing or how == Closing.MOVED:
        raise ValidationError({"how": "没有这种去向。"})
    if how == Closing.CANCELLED and stored.membership != Membership.PROBATIONARY:
        raise ValidationError({"how": "只有预备党员可以取消预备党员资格。"})
    if how == Closing.MISTAKE and not note.strip():
        raise ValidationError({"note": "请说明登记有误的情况。"})
    _close_posting(stored, how, on)
    stored.relation, stored.left_on = Relation.LEFT, on
    if how == Closing.STOPPED:
        stored.membership = Membership.STOPPED
    elif how in ENDS_MEMBERSHIP:
        stored.membership = Membership.ENDED
    store(stored, "relation", "left_on", "membership")
    end_case(stored, on, Closing(how).label)
    end_all(stored, on)
    refresh_full_members([stored.employer_code])
    words = {"left": Closing(how).label, "on": on, "document_no": document_no, "note": note, **(detail or {})}
    record(stored, AuditAction.UPDATE, by=by, detail=words, request=request)
    member.refresh_from_db()
    return stored


@transaction.atomic
def admit_member(
    *, organisation, values: dict, joined_on: dt.date, since: dt.date, by, request=None
) -> Member:
    """接收预备党员: counted from the approval (`since`), of party standing from the meeting (`joined_on`).

    Whoever stands in the register as having left takes up the old row again.
    """
    member = Member.objects.with_identity(normalise_identity_number(values["identity_number"])).first()
    if member is None:
        return add_member(
            organisation=organisation,
            values=values | {"joined_on": joined_on},
            membership=Membership.PROBATIONARY,
            opened_how=Opening.ADMITTED,
            since=since,
            by=by,
            request=request,
        )
    stored = locked(member)
    if stored.is_counted:
        raise ValidationError(validators.elsewhere_sentence(stored, by, organisation))
    organisation = locked_home(organisation)
    validate_not_in_future(since, "on")
    _refuse_before_leaving(stored, since, "on")
    old = stored.organisation
    for name, value in _normalised(values).items():
        setattr(stored, name, value)
    stored.organisation, stored.root_id = organisation, root_of(organisation)
    stored.membership, stored.relation, stored.left_on = Membership.PROBATIONARY, Relation.REGISTERED, None
    stored.joined_on, stored.joined_precision, stored.confirmed_on = joined_on, Precision.DAY, None
    stored.probation_ends_on = add_years(joined_on, validators.PROBATION_YEARS)
    stored.updated_at = timezone.now()
    stored.full_clean()
    stored.save()
    Posting.objects.create(member=stored, organisation=organisation, since=since, opened_how=Opening.ADMITTED)
    _move_account(stored, old, by, request)
    refresh_full_members([stored.employer_code])
    record(stored, AuditAction.UPDATE, by=by, detail={"admitted": since}, request=request)
    return stored


def _refuse_before_leaving(member, on, field):
    last = member.postings.order_by("-until", "-pk").first()
    if last and on < last.until:
        raise ValidationError({field: f"不能早于离册日期{last.until}。"})


@transaction.atomic
def return_to_register(
    *, member, organisation, how: str, on: dt.date, by, document_no: str = "", note: str = "", request=None
) -> Posting:
    """Back after a way out: `TRANSFERRED_IN` or `RESTORED` (恢复党籍). Returns the new posting."""
    stored = locked(member)
    if stored.is_counted:
        raise ValidationError(validators.elsewhere_sentence(stored, by, organisation))
    if how not in (Opening.TRANSFERRED_IN, Opening.RESTORED):
        raise ValidationError({"how": "请选择转入或恢复党籍。"})
    if how == Opening.TRANSFERRED_IN and stored.membership not in (Membership.FULL, Membership.PROBATIONARY):
        raise ValidationError({"how": "该人员党籍已停止或终止，须先办理恢复党籍。"})
    organisation = locked_home(organisation)
    validate_not_in_future(on, "on")
    _refuse_before_leaving(stored, on, "on")
    posting = Posting.objects.create(member=stored, organisation=organisation, since=on, opened_how=how)
    old = stored.organisation
    stored.organisation, stored.root_id = organisation, root_of(organisation)
    stored.relation, stored.left_on = Relation.REGISTERED, None
    if how == Opening.RESTORED:
        stored.membership = Membership.FULL if stored.confirmed_on else Membership.PROBATIONARY
    store(stored, "organisation", "root_id", "relation", "left_on", "membership")
    resume_case(stored)
    _move_account(stored, old, by, request)
    refresh_full_members([stored.employer_code])
    detail = {"returned": Opening(how).label, "on": on, "document_no": document_no, "note": note}
    record(stored, AuditAction.UPDATE, by=by, detail=detail, request=request)
    member.refresh_from_db()
    return posting


def _close_posting(member, how, on):
    validate_not_in_future(on, "on")
    posting = member.postings.select_for_update().get(until__isnull=True)
    if posting.since and on < posting.since:
        raise ValidationError({"on": f"不能早于进入现党组织的日期{posting.since}。"})
    posting.until, posting.closed_how = on, how
    posting.save(update_fields=["until", "closed_how"])


@transaction.atomic
def set_relation(*, member, relation: str, by, note: str = "", request=None) -> None:
    """在册, 转出在途, 流出, 保留: where the relation of a counted member stands. Leaving has its own action."""
    stored = locked(member)
    if not stored.is_counted or relation == Relation.LEFT:
        raise ValidationError("离册与恢复请通过“登记去向”或“恢复”办理。")
    if stored.relation == relation:
        return
    change = readable_change("relation", stored.relation, relation)
    stored.relation = relation
    store(stored, "relation")
    detail = {"changes": {"relation": change}, "note": note}
    record(stored, AuditAction.UPDATE, by=by, detail=detail, request=request)
    member.refresh_from_db()


# --- Standing and facts -------------------------------------------------------------------------------


@transaction.atomic
def confirm_full_member(*, member, on: dt.date, by, document_no: str = "", request=None) -> None:
    """转正: the party age starts on `on` (the day probation expired). Guards of the procedure are the caller's."""
    stored = locked(member)
    if stored.membership != Membership.PROBATIONARY or not stored.is_counted:
        raise ValidationError("只有在册的预备党员可以转正。")
    stored.membership, stored.confirmed_on = Membership.FULL, on
    store(stored, "membership", "confirmed_on")
    add_event(member=stored, kind=EventKind.CONFIRMED, on=on, by=by, document_no=document_no, request=request)
    refresh_full_members([stored.employer_code])
    member.refresh_from_db()


@transaction.atomic
def take_back_confirmation(*, member, by, reason: str, request=None) -> None:
    """A confirmation that should not have been recorded: probationary again, the noted fact is marked as taken back."""
    stored = locked(member)
    if stored.membership != Membership.FULL or not stored.is_counted:
        raise ValidationError("只有在册的正式党员可以更正转正登记。")
    withdraw_events(member=stored, kind=EventKind.CONFIRMED, on=stored.confirmed_on, by=by, reason=reason)
    stored.membership, stored.confirmed_on = Membership.PROBATIONARY, None
    store(stored, "membership", "confirmed_on")
    refresh_full_members([stored.employer_code])
    record(
        stored, AuditAction.UPDATE, by=by, detail={"taken_back": "转正", "reason": reason}, request=request
    )
    member.refresh_from_db()


@transaction.atomic
def set_probation(*, member, ends_on: dt.date, by, request=None) -> None:
    """The day on which probation ends, when it was prolonged or that was taken back."""
    stored = locked(member)
    change = readable_change("probation_ends_on", stored.probation_ends_on, ends_on)
    stored.probation_ends_on = ends_on
    store(stored, "probation_ends_on")
    record(
        stored, AuditAction.UPDATE, by=by, detail={"changes": {"probation_ends_on": change}}, request=request
    )
    member.refresh_from_db()


@transaction.atomic
def add_event(
    *,
    member,
    kind: str,
    on: dt.date,
    by,
    until_on: dt.date | None = None,
    document_no: str = "",
    note: str = "",
    request=None,
) -> MemberEvent:
    """Note a dated fact (discipline, disposal, commendation …); statuses do not change by it."""
    validate_not_in_future(on, "on")
    if until_on and until_on <= on:
        raise ValidationError({"until_on": "截止日期应晚于开始日期。"})
    event = MemberEvent(
        member=member, kind=kind, on=on, until_on=until_on, document_no=document_no, note=note, recorded_by=by
    )
    event.full_clean()
    event.save()
    detail = {"event": event.get_kind_display(), "on": on, "document_no": document_no}
    record(member, AuditAction.UPDATE, by=by, detail=detail, request=request)
    return event


def withdraw_events(*, member, kind: str, on: dt.date, by, reason: str) -> int:
    """Marks a fact as recorded by mistake; the caller is part of a larger act and writes its entry."""
    standing = member.events.standing().filter(kind=kind, on=on)
    return standing.update(withdrawn_at=timezone.now(), withdrawn_by=by, withdrawn_reason=reason[:200])


@transaction.atomic
def reveal(*, person, field: str, purpose: str, by, request=None) -> str:
    """The whole identity or mobile number of a member or an applicant; who asked, when and what for stays in the trail."""
    if field not in SENSITIVE:
        raise ValidationError({"field": "没有这个字段。"})
    note_reveal(person, person._meta.get_field(field).verbose_name, purpose, by=by, request=request)
    return getattr(person, field)


def note_reveal(row, what: str, purpose: str, *, by, request=None) -> None:
    """Somebody is about to see `what` in clear; refuses when they have looked too often."""
    refuse_excess(actor=by, action=AuditAction.REVEAL)
    detail = {"field": str(what), "purpose": purpose}
    record(row, AuditAction.REVEAL, by=by, detail=detail, request=request)


@transaction.atomic
def look_up(*, field: str, number: str, by, request=None) -> list[Member]:
    """Members in sight of `by` with this identity or mobile number (`field`); counts as a reveal, the number stays out
    of the trail."""
    refuse_excess(actor=by, action=AuditAction.REVEAL)
    rows = Member.objects.visible_to(by)
    rows = rows.with_identity(number) if field == "identity_number" else rows.with_mobile(number)
    found = list(rows.select_related("organisation").order_by("pinyin", "pk")[:FOUND_AT_MOST])
    words = str(Member._meta.get_field(field).verbose_name)
    audit.record(
        actor=by,
        action=AuditAction.REVEAL,
        path=audit.home_path(by),
        label=f"按{words}查找党员",
        detail={"found": [member.pk for member in found]},
        request=request,
    )
    return found


@transaction.atomic
def verify_legacy(*, member, note: str, by, request=None) -> None:
    """核实: an imported history that today's rules would not let pass was checked against the files."""
    stored = locked(member)
    if not stored.legacy_unverified:
        raise ValidationError("该党员没有待核的历史数据。")
    if not note.strip():
        raise ValidationError({"note": "请填写核实情况。"})
    reason = stored.legacy_reason
    stored.legacy_unverified, stored.legacy_reason = False, ""
    store(stored, "legacy_unverified", "legacy_reason")
    detail = {"verified": reason, "note": note}
    record(stored, AuditAction.UPDATE, by=by, detail=detail, request=request)
    member.refresh_from_db()


# --- Words for the trail --------------------------------------------------------------------------------


def record(row, action, *, by, detail=None, request=None):
    """An audit event about a member, an activity, or whatever else has an `organisation`, filed there."""
    return audit.record(
        actor=by, action=action, obj=row, path=row.organisation.path, detail=detail, request=request
    )


def readable_changes(changes: dict[str, tuple]) -> dict[str, list[str]]:
    """For the trail: what `apply_changes` returned, in words."""
    return {name: readable_change(name, *pair) for name, pair in changes.items()}


def readable_change(name, old, new) -> list[str]:
    return [_readable(name, value) for value in (old, new)]


def _readable(name, value) -> str:
    """A field's value as people read it; sensitive ones only say that they are filled."""
    if name in SENSITIVE:
        return mask_completely(value)
    if value in (None, ""):
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    return str(dict(Member._meta.get_field(name).flatchoices).get(value, value))
