"""Transfer of relations: begin, review, letter, acceptance or return. One transaction and one audit event each.

Callers have checked access and that the person sees the case. The old organisation answers for the member until
acceptance: home and posting stay, only the relation says “moving out”. Source: 教育管理工作条例 art. 26.
"""

import datetime as dt
import json

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from members import moving, validators
from members.actions import exits, register
from members.choices import Closing, Membership, Opening, Relation
from members.models import (
    Absence,
    AbsenceEnd,
    Member,
    Transfer,
    TransferDirection,
    TransferEntry,
    TransferLetter,
    TransferState,
)
from members.models.transfers import OPEN_STATES, UNDER_WAY
from members.standing import approving_committee, deciding_body
from orgs import audit
from orgs.identifiers import normalise_identity_number
from orgs.models import AuditAction, Organisation
from orgs.regulations import value_on
from orgs.tree import STEP
from orgs.validators import validate_not_in_future

S, D = TransferState, TransferDirection
DATES = ("born_on", "joined_on", "confirmed_on")


# --- Begin --------------------------------------------------------------------------------------------


@transaction.atomic
def start_transfer(
    *,
    member,
    reason: str,
    dues_paid_until: dt.date,
    by,
    to_organisation=None,
    to_name: str = "",
    request=None,
) -> Transfer:
    """The home asks to let a member go: into `to_organisation`, or to `to_name` outside the register.

    With a committee above that approves, the case goes to its review at once.
    """
    stored = register.locked(member)
    if not stored.is_counted:
        raise ValidationError("该党员已离册，不能办理转接。")
    to_name = to_name.strip()
    if (to_organisation is None) == (not to_name):
        raise ValidationError({"to_organisation": "请填写接收党组织：系统内的选择，系统外的填写名称。"})
    if to_organisation is not None:
        if to_organisation.pk == stored.organisation_id:
            raise ValidationError({"to_organisation": "已在该党组织，无须转接。"})
        _validate_receiver(to_organisation)
    _validate_facts(reason, dues_paid_until)
    if Transfer.objects.open().filter(member=stored).exists():
        raise ValidationError("该党员已有正在办理的转接，请先办结或撤回。")
    transfer = Transfer(
        member=stored,
        person_name=stored.name,
        membership=stored.membership,
        direction=D.INSIDE if to_organisation else D.OUT,
        from_organisation=stored.organisation,
        to_organisation=to_organisation,
        to_name=to_name,
        reason=reason,
        dues_paid_until=dues_paid_until.replace(day=1),
        created_by=by,
    )
    transfer.full_clean(exclude=["created_by"])
    transfer.save()
    _note(transfer, "发起转接", by=by, organisation=stored.organisation, note=reason)
    if approving_committee(stored.organisation):
        _advance(transfer, S.SENDING_REVIEW, "提交审核", by=by, organisation=stored.organisation)
    _record(transfer, AuditAction.CREATE, by, "发起转接", request)
    return transfer


def _validate_receiver(organisation):
    try:
        register.validate_home(organisation)
    except ValidationError as error:
        raise ValidationError({"to_organisation": error.messages}) from error


def _validate_facts(reason, dues_paid_until):
    if not reason.strip():
        raise ValidationError({"reason": "请填写转接事由。"})
    validate_not_in_future(dues_paid_until.replace(day=1), "dues_paid_until")


@transaction.atomic
def register_incoming(
    *,
    organisation,
    from_name: str,
    letter_no: str,
    issued_on: dt.date,
    valid_days: int,
    dues_paid_until: dt.date,
    membership: str,
    values: dict,
    by,
    reason: str = "组织关系转入",
    request=None,
) -> Transfer:
    """Somebody brings a letter from outside: their particulars wait in the case until acceptance.

    `values` are any of `register.EDITABLE`. Whoever left this register before returns to the old record; whoever is
    counted in it is refused (row 41).
    """
    _validate_receiver(organisation)
    _validate_facts(reason, dues_paid_until)
    validate_not_in_future(issued_on, "issued_on")
    if not letter_no.strip() or not from_name.strip():
        field = "letter_no" if from_name.strip() else "from_name"
        raise ValidationError({field: "请按介绍信填写。"})
    if membership not in (Membership.FULL, Membership.PROBATIONARY):
        raise ValidationError({"membership": "请选择正式党员或预备党员。"})
    expires_on = moving.letter_expiry(issued_on, valid_days)
    number = normalise_identity_number(values.get("identity_number", ""))
    values = values | {"identity_number": number}
    former = _validated_person(values, membership, organisation, by)
    if _open_cases_of(number, former).exists():
        raise ValidationError({"identity_number": "该人员已有正在办理的转入，请先办结。"})
    transfer = Transfer(
        member=former,
        person_name=values["name"],
        identity_type=values.get("identity_type", Transfer._meta.get_field("identity_type").default),
        identity_number=number,
        person=_as_json(values),
        membership=membership,
        direction=D.IN,
        state=S.RECEIVING_REVIEW,
        from_name=from_name.strip(),
        to_organisation=organisation,
        reason=reason,
        dues_paid_until=dues_paid_until.replace(day=1),
        letter_no=letter_no.strip(),
        issued_on=issued_on,
        valid_days=valid_days,
        expires_on=expires_on,
        needs_check=moving.is_rushed_admission(membership, values.get("joined_on"), issued_on),
        created_by=by,
    )
    transfer.full_clean(exclude=["created_by"])
    transfer.save()
    _note(transfer, "登记转入", by=by, organisation=organisation, note=f"介绍信{letter_no}")
    _record(transfer, AuditAction.CREATE, by, "登记转入", request)
    return transfer


def _validated_person(values, membership, organisation, by):
    """Checks the particulars as the register will; returns the old record of the same person, if any."""
    number = values["identity_number"]
    validators.validate_identity(
        values.get("identity_type", "resident"),
        number,
        sex=values.get("sex"),
        born_on=values.get("born_on"),
    )
    validators.validate_dates(membership=membership, **{name: values.get(name) for name in DATES})
    former = Member.objects.with_identity(number).first()
    if former is None:
        return None
    if former.is_counted:
        validators.validate_not_elsewhere(number, organisation=organisation, user=by)
    if former.name != values["name"]:
        raise ValidationError({"name": "与登记册中该证件号码的姓名不一致，请核对。"})
    if former.membership not in (Membership.FULL, Membership.PROBATIONARY):
        raise ValidationError({"identity_number": "该人员党籍已停止或终止，须先办理恢复党籍。"})
    return former


def _open_cases_of(number, former):
    hashed = Transfer._meta.get_field("identity_hash").find(number)
    found = Transfer.objects.open().filter(hashed)
    return found | Transfer.objects.open().filter(member=former) if former else found


def _as_json(values):
    plain = {k: v.isoformat() if isinstance(v, dt.date) else v for k, v in values.items()}
    return json.dumps(plain, ensure_ascii=False)


# --- The sending side -----------------------------------------------------------------------------------


@transaction.atomic
def submit_transfer(
    *, transfer, by, reason: str = "", dues_paid_until: dt.date | None = None, request=None
) -> Transfer:
    """Once more to the committee's review, corrected, after it had been sent back."""
    stored = _locked(transfer, [S.INITIATED])
    if not approving_committee(stored.from_organisation):
        raise ValidationError("本组织之上没有登记有审批权限的党委，可直接开具介绍信。")
    stored.reason = reason.strip() or stored.reason
    stored.dues_paid_until = (dues_paid_until or stored.dues_paid_until).replace(day=1)
    _validate_facts(stored.reason, stored.dues_paid_until)
    _advance(stored, S.SENDING_REVIEW, "重新提交", by=by, organisation=stored.from_organisation)
    return _done(transfer, stored, by, "重新提交", request)


@transaction.atomic
def send_back(*, transfer, by, reason: str, request=None) -> Transfer:
    """The committee wants the branch to correct something first."""
    moving.validate_reason(reason)
    stored = _locked(transfer, [S.SENDING_REVIEW])
    _advance(
        stored,
        S.INITIATED,
        "退回补充",
        by=by,
        organisation=deciding_body(stored.from_organisation),
        note=reason,
    )
    return _done(transfer, stored, by, "退回补充", request)


@transaction.atomic
def issue_letter(
    *, transfer, by, on: dt.date | None = None, valid_days: int | None = None, request=None
) -> TransferLetter:
    """Reviewed: the letter is written, the member is on the way. `valid_days` None takes the setting."""
    on = on or timezone.localdate()
    validate_not_in_future(on, "on")
    stored = _locked(transfer, [S.INITIATED, S.SENDING_REVIEW])
    issuer = deciding_body(stored.from_organisation)
    if stored.state == S.INITIATED and issuer.pk != stored.from_organisation_id:
        raise ValidationError("请先提交上级党委审核。")
    member = register.locked(stored.member)
    _validate_still_there(stored, member)
    if on < stored.started_on:
        raise ValidationError({"on": f"不能早于发起日期{stored.started_on}。"})
    # “Moving out” without a case comes from an import: nothing to return to.
    on_the_way = member.relation == Relation.MOVING_OUT
    stored.relation_before = Relation.REGISTERED if on_the_way else member.relation
    letter = _write_letter(stored, issuer, on, valid_days, by)
    stored.needs_check = moving.is_rushed_admission(member.membership, member.joined_on, on)
    _advance(stored, S.IN_TRANSIT, "开具介绍信", by=by, organisation=issuer, note=str(letter))
    register.set_relation(
        member=member, relation=Relation.MOVING_OUT, by=by, note=f"介绍信{letter}", request=request
    )
    _done(transfer, stored, by, "开具介绍信", request)
    return letter


@transaction.atomic
def reissue_letter(
    *,
    transfer,
    by,
    statement: str,
    on: dt.date | None = None,
    valid_days: int | None = None,
    dues_paid_until: dt.date | None = None,
    request=None,
) -> TransferLetter:
    """A new letter for an expired one, with the branch's statement of what happened."""
    on = on or timezone.localdate()
    validate_not_in_future(on, "on")
    if not statement.strip():
        raise ValidationError({"statement": "介绍信失效后重新开具，须由原党支部说明情况。"})
    stored = _locked(transfer, UNDER_WAY)
    if stored.direction == D.IN:
        raise ValidationError("外部党组织开具的介绍信请由原党组织重新开具。")
    if on <= stored.expires_on:
        raise ValidationError({"on": f"介绍信有效期至{stored.expires_on}，尚未失效，无须重新开具。"})
    stored.dues_paid_until = (dues_paid_until or stored.dues_paid_until).replace(day=1)
    _validate_facts(stored.reason, stored.dues_paid_until)
    issuer = deciding_body(stored.from_organisation)
    letter = _write_letter(stored, issuer, on, valid_days, by, statement=statement)
    _advance(
        stored, S.IN_TRANSIT, "重新开具介绍信", by=by, organisation=issuer, note=f"{letter}；{statement}"
    )
    _done(transfer, stored, by, "重新开具介绍信", request)
    return letter


def _write_letter(transfer, issuer, on, valid_days, by, statement="") -> TransferLetter:
    """The next number of the year; the lock on the top organisation lets one after the other take theirs."""
    setting = "letter_days_inside" if transfer.direction == D.INSIDE else "letter_days_outside"
    valid_days = value_on(setting, on) if valid_days is None else valid_days
    expires_on = moving.letter_expiry(on, valid_days)
    root = Organisation.objects.select_for_update().get(path=issuer.path[:STEP])
    used = TransferLetter.objects.filter(root_id=root.pk, year=on.year).order_by("-number")
    last = used.values_list("number", flat=True).first() or 0
    letter = TransferLetter.objects.create(
        transfer=transfer,
        root_id=root.pk,
        year=on.year,
        number=last + 1,
        issuer=issuer,
        issued_on=on,
        valid_days=valid_days,
        expires_on=expires_on,
        dues_paid_until=transfer.dues_paid_until,
        statement=statement,
        issued_by=by,
    )
    transfer.letter_no, transfer.issued_on = letter.words, on
    transfer.valid_days, transfer.expires_on = valid_days, expires_on
    return letter


@transaction.atomic
def enter_receipt(
    *,
    transfer,
    on: dt.date,
    receipt_no: str,
    by,
    receipt_on: dt.date | None = None,
    request=None,
) -> Transfer:
    """The receipt of an organisation outside has come: only now the member leaves the register.

    `on` is the day they were accepted there, `receipt_on` (None: today) the day the receipt came.
    """
    stored = _locked(transfer, UNDER_WAY)
    if stored.direction != D.OUT:
        raise ValidationError("内部转接由接收党组织在系统内接收，无须登记回执。")
    receipt_on = receipt_on or timezone.localdate()
    validate_not_in_future(on, "on")
    validate_not_in_future(receipt_on, "receipt_on")
    if not receipt_no.strip():
        raise ValidationError({"receipt_no": "请填写回执编号。"})
    if on < stored.issued_on:
        raise ValidationError({"on": f"不能早于介绍信开具日期{stored.issued_on}。"})
    if receipt_on < on:
        raise ValidationError({"receipt_on": "回执日期不能早于接收日期。"})
    moving.validate_letter_valid(stored.expires_on, on)
    member = register.locked(stored.member)
    _validate_still_there(stored, member)
    stored.accepted_on, stored.receipt_on, stored.receipt_no = on, receipt_on, receipt_no.strip()
    _advance(
        stored,
        S.ACCEPTED,
        "登记回执",
        by=by,
        organisation=stored.from_organisation,
        note=f"回执{receipt_no}，{on}接收",
    )
    register.leave_register(
        member=member,
        how=Closing.TRANSFERRED_OUT,
        on=on,
        by=by,
        document_no=stored.letter_no,
        detail={"to": stored.to_words, "receipt_no": stored.receipt_no},
        request=request,
    )
    _close_absence(member, on)
    exits.drop_disposals(member, on)
    return _done(transfer, stored, by, "登记回执", request)


@transaction.atomic
def withdraw_transfer(*, transfer, by, reason: str, request=None) -> Transfer:
    """The home takes it back before acceptance."""
    moving.validate_reason(reason, what="撤回")
    stored = _locked(transfer, OPEN_STATES)
    if stored.direction == D.IN:
        raise ValidationError("外部转入请由接收党组织退回。")
    _restore_relation(stored, by, request)
    stored.close_reason = reason
    _advance(stored, S.WITHDRAWN, "撤回", by=by, organisation=stored.from_organisation, note=reason)
    return _done(transfer, stored, by, "撤回转接", request)


# --- The receiving side ---------------------------------------------------------------------------------


@transaction.atomic
def receive_transfer(*, transfer, by, request=None) -> Transfer:
    """The receiver has the letter and looks at the file."""
    stored = _locked(transfer, [S.IN_TRANSIT])
    if stored.direction != D.INSIDE:
        raise ValidationError("只有内部转接在系统内接收。")
    _advance(stored, S.RECEIVING_REVIEW, "开始接收审核", by=by, organisation=stored.to_organisation)
    return _done(transfer, stored, by, "开始接收审核", request)


@transaction.atomic
def accept_transfer(*, transfer, by, on: dt.date | None = None, request=None) -> Transfer:
    """From `on` (None: today) the member belongs to the receiver: moved, newly entered, or back from an old record."""
    on = on or timezone.localdate()
    validate_not_in_future(on, "on")
    stored = _locked(transfer, UNDER_WAY)
    if stored.direction == D.OUT:
        raise ValidationError("转出本系统的，请登记对方的回执。")
    if on < stored.issued_on:
        raise ValidationError({"on": f"不能早于介绍信开具日期{stored.issued_on}。"})
    moving.validate_letter_valid(stored.expires_on, on)
    stored.accepted_on = on
    if stored.direction == D.INSIDE:
        member = register.locked(stored.member)
        _validate_still_there(stored, member)
        register.move_member(
            member=member,
            organisation=stored.to_organisation,
            on=on,
            by=by,
            detail={"letter_no": stored.letter_no},
            request=request,
        )
        _close_absence(member, on)
        # Both sides keep their books here: the acceptance is the receipt.
        stored.receipt_on, stored.receipt_no = timezone.localdate(), stored.letter_no
    else:
        stored.member = _entered(stored, on, by, request)
        stored.identity_number, stored.person = "", ""
    _advance(stored, S.ACCEPTED, "接收", by=by, organisation=stored.to_organisation)
    return _done(transfer, stored, by, "接收转接", request)


def _entered(transfer, on, by, request) -> Member:
    """The member's record, made or opened again."""
    if transfer.member_id:
        register.return_to_register(
            member=transfer.member,
            organisation=transfer.to_organisation,
            how=Opening.TRANSFERRED_IN,
            on=on,
            by=by,
            document_no=transfer.letter_no,
            note=f"自{transfer.from_name}转入",
            request=request,
        )
        return transfer.member
    values = transfer.particulars
    values |= {name: dt.date.fromisoformat(values[name]) for name in DATES if values.get(name)}
    return register.add_member(
        organisation=transfer.to_organisation,
        values=values,
        membership=transfer.membership,
        opened_how=Opening.TRANSFERRED_IN,
        since=on,
        by=by,
        detail={"from": transfer.from_name, "letter_no": transfer.letter_no},
        request=request,
    )


@transaction.atomic
def return_transfer(*, transfer, by, reason: str, request=None) -> Transfer:
    """Not accepted, for a reason that is said; the member stays where they were."""
    moving.validate_reason(reason)
    stored = _locked(transfer, UNDER_WAY)
    _restore_relation(stored, by, request)
    stored.close_reason = reason
    stored.identity_number, stored.person = "", ""
    side = stored.to_organisation or stored.from_organisation
    _advance(stored, S.RETURNED, "退回", by=by, organisation=side, note=reason)
    return _done(transfer, stored, by, "退回转接", request)


@transaction.atomic
def send_receipt(*, transfer, by, on: dt.date | None = None, receipt_no: str = "", request=None) -> Transfer:
    """The receipt of somebody from outside went back to the old organisation."""
    on = on or timezone.localdate()
    validate_not_in_future(on, "on")
    stored = _locked(transfer, [S.ACCEPTED])
    if stored.direction != D.IN or stored.receipt_on:
        raise ValidationError("该转接无须再寄送回执。")
    if on < stored.accepted_on:
        raise ValidationError({"on": f"不能早于接收日期{stored.accepted_on}。"})
    stored.receipt_on, stored.receipt_no = on, receipt_no.strip() or stored.letter_no
    _advance(stored, S.ACCEPTED, "寄送回执", by=by, organisation=stored.to_organisation)
    return _done(transfer, stored, by, "寄送回执", request)


# --- What they share ------------------------------------------------------------------------------------


def _locked(transfer, states) -> Transfer:
    """As it is now, held until the end; refuses when somebody else was first."""
    stored = Transfer.objects.select_for_update().get(pk=transfer.pk)
    if stored.state not in states:
        raise ValidationError(f"该转接现为“{stored.get_state_display()}”，可能已被他人办理，请核对。")
    return stored


def _validate_still_there(transfer, member):
    if not member.is_counted or member.organisation_id != transfer.from_organisation_id:
        raise ValidationError("该党员已不在转出党支部，请撤回后重新办理。")


def _restore_relation(transfer, by, request):
    """Back to what it was before the letter; nothing for somebody who left meanwhile or never was on the way."""
    if transfer.direction == D.IN or not transfer.relation_before:
        return
    member = register.locked(transfer.member)
    if member.relation == Relation.MOVING_OUT:
        register.set_relation(
            member=member, relation=transfer.relation_before, by=by, note="转接未成", request=request
        )


def _close_absence(member, on):
    for absence in Absence.objects.open().select_for_update().filter(member=member):
        absence.closed_on, absence.closed_how = max(on, absence.since), AbsenceEnd.TRANSFERRED
        absence.save(update_fields=["closed_on", "closed_how"])


def _advance(transfer, state, what, *, by, organisation, note=""):
    if transfer.state != state:
        transfer.state, transfer.state_since = state, timezone.localdate()
    transfer.updated_at = timezone.now()
    transfer.save()
    _note(transfer, what, by=by, organisation=organisation, note=note)


def _note(transfer, what, *, by, organisation, note=""):
    TransferEntry.objects.create(
        transfer=transfer,
        state=transfer.state,
        what=what,
        on=timezone.localdate(),
        organisation=organisation,
        by=by,
        note=note[:300],
    )


def _done(transfer, stored, by, what, request) -> Transfer:
    _record(stored, AuditAction.UPDATE, by, what, request)
    transfer.refresh_from_db()
    return stored


def _record(transfer, action, by, what, request):
    """Filed where the case stands: at the home, for somebody from outside at the receiver."""
    place = transfer.from_organisation or transfer.to_organisation
    detail = {
        "transfer": what,
        "from": transfer.from_words,
        "to": transfer.to_words,
        "letter_no": transfer.letter_no,
    }
    audit.record(actor=by, action=action, obj=transfer, path=place.path, detail=detail, request=request)
