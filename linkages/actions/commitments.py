"""Responsibility lists from the entry to the confirmation. One transaction, one line of history and one audit event each.

Every step locks the commitment and asks `commitments.transitions` again: of two people at once one wins, and the other
reads what has happened. Callers have checked access. Source: S41.
"""

import datetime as dt
from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from linkages.commitments import notices
from linkages.commitments.transitions import RULES
from linkages.models import Commitment, CommitmentAct, CommitmentEntry, CommitmentFile, CommitmentState
from linkages.models.commitments import LONGEST_WORDS, NO_UNITS
from linkages.validators import refuse_personal_numbers
from members.actions.register import record
from orgs.actions.files import Folder
from orgs.guards import demand_words, refuse_long, refuse_stale
from orgs.models import AuditAction
from orgs.terms import add_years

TEXTS = ("title", "leader_name", "aim", "measure")
FIELDS = (*TEXTS, "due_on")
MOST_COPIED = 100


# --- Entering and changing ---------------------------------------------------------------------------------


@transaction.atomic
def add_commitment(*, organisation, year: int, values: dict, by, request=None) -> Commitment:
    """`values` as in `FIELDS`."""
    return _add(organisation, year, values, CommitmentAct.ADD, by, request)


def _add(organisation, year, values, act, by, request, **more) -> Commitment:
    if organisation.dissolved_on:
        raise ValidationError({"organisation": "该党组织已撤销。"})
    if organisation.kind in NO_UNITS:
        raise ValidationError(
            {"organisation": f"{organisation.get_kind_display()}不单独领办，请由所在党组织登记。"}
        )
    commitment = Commitment(organisation=organisation, year=year, created_by=by, **more)
    _fill(commitment, values)
    return _done(commitment, act, by, request)


@transaction.atomic
def change_commitment(
    *, commitment, values: dict, by, seen_at: dt.datetime | None = None, request=None
) -> Commitment:
    """`seen_at` is the `updated_at` that the person saw; newer changes refuse theirs. A later deadline stays on record."""
    stored = _opened(commitment, CommitmentAct.CHANGE)
    refuse_stale(stored, seen_at, "领办项目")
    before = stored.due_on
    _fill(stored, values)
    note = f"完成期限由{before}改为{stored.due_on}" if stored.due_on != before else ""
    return _done(stored, CommitmentAct.CHANGE, by, request, note=note)


def _fill(commitment, values):
    due_before = commitment.due_on
    for name in FIELDS:
        value = values[name]
        setattr(commitment, name, value.strip() if name in TEXTS else value)
    for name in TEXTS:
        refuse_personal_numbers(getattr(commitment, name), name)
    if commitment.due_on != due_before and commitment.due_on < timezone.localdate():
        raise ValidationError({"due_on": "完成期限不能早于今天。"})
    if commitment.due_on.year < commitment.year:
        raise ValidationError({"due_on": f"完成期限须在{commitment.year}年或以后。"})
    twins = Commitment.objects.standing().filter(
        organisation=commitment.organisation, year=commitment.year, title=commitment.title
    )
    if twins.exclude(pk=commitment.pk).exists():
        raise ValidationError({"title": "该单位本年度已有同名的领办项目，请修改原项目，或换一个名称。"})
    commitment.full_clean(exclude=["organisation", "created_by", "copied_from"], validate_constraints=False)


@transaction.atomic
def copy_commitments(*, commitments, year: int, by, request=None) -> list[Commitment]:
    """Those of the year before go on in `year`, each due a year later, at the earliest today."""
    if len(commitments) > MOST_COPIED:
        raise ValidationError({"commitments": f"一次最多沿用{MOST_COPIED}项。"})
    today = timezone.localdate()
    return [
        _add(
            row.organisation, year,
            {name: getattr(row, name) for name in TEXTS} | {"due_on": max(add_years(row.due_on, 1), today)},
            CommitmentAct.COPY, by, request, copied_from=row,
        )
        for row in commitments
    ]  # fmt: skip


# --- The steps of the table --------------------------------------------------------------------------------


@transaction.atomic
def note_commitment(*, commitment, note: str, by, request=None) -> Commitment:
    stored = _opened(commitment, CommitmentAct.NOTE)
    return _done(stored, CommitmentAct.NOTE, by, request, note=_demanded(note, "note", "请填写进展。"))


@transaction.atomic
def report_commitment(*, commitment, report: str, by, request=None) -> Commitment:
    """With evidence: at least one file stands."""
    stored = _opened(commitment, CommitmentAct.REPORT)
    stored.report = _demanded(report, "report", "请填写完成情况。")
    if not stored.files.filter(withdrawn_at__isnull=True).exists():
        raise ValidationError("请先上传佐证材料，再报完成。")
    stored.reported_on = timezone.localdate()
    return _done(stored, CommitmentAct.REPORT, by, request, note=stored.report)


@transaction.atomic
def confirm_commitment(*, commitment, words: str = "", by, request=None) -> Commitment:
    stored = _opened(commitment, CommitmentAct.CONFIRM)
    stored.confirmed_on = timezone.localdate()
    return _done(stored, CommitmentAct.CONFIRM, by, request, note=_checked(words, "words"))


@transaction.atomic
def send_back_commitment(*, commitment, reason: str, by, request=None) -> Commitment:
    """What was reported stays in the history; the unit reports anew."""
    return _reopen(
        commitment, CommitmentAct.SEND_BACK, reason, "请写明退回意见，领办单位照此补充。", by, request
    )


@transaction.atomic
def reopen_commitment(*, commitment, reason: str, by, request=None) -> Commitment:
    """A confirmation that was a mistake."""
    return _reopen(commitment, CommitmentAct.REOPEN, reason, "请说明撤销确认的原因。", by, request)


def _reopen(commitment, act, reason, fault, by, request):
    stored = _opened(commitment, act)
    reason = _demanded(reason, "reason", fault)
    stored.report, stored.reported_on, stored.confirmed_on = "", None, None
    return _done(stored, act, by, request, note=reason)


@transaction.atomic
def withdraw_commitment(*, commitment, reason: str, by, request=None) -> Commitment:
    stored = _opened(commitment, CommitmentAct.WITHDRAW)
    stored.withdrawn_reason = _demanded(reason, "reason", "请说明撤回的原因。")
    return _done(stored, CommitmentAct.WITHDRAW, by, request, note=stored.withdrawn_reason)


ACTIONS = {
    CommitmentAct.REPORT: report_commitment,
    CommitmentAct.CONFIRM: confirm_commitment,
    CommitmentAct.SEND_BACK: send_back_commitment,
    CommitmentAct.NOTE: note_commitment,
    CommitmentAct.REOPEN: reopen_commitment,
    CommitmentAct.WITHDRAW: withdraw_commitment,
}


# --- What every step shares ------------------------------------------------------------------------------


def _locked(commitment) -> Commitment:
    rows = Commitment.objects.select_for_update(of=("self",)).select_related("organisation")
    return rows.get(pk=commitment.pk)


def _opened(commitment, act) -> Commitment:
    """Under lock; refuses what is not lawful now."""
    stored = _locked(commitment)
    if stored.state not in RULES[act].sources:
        last = stored.entries.last()
        raise ValidationError(
            f"该项目刚办理了“{last.get_act_display()}”，现为“{stored.get_state_display()}”，"
            f"不能再{CommitmentAct(act).label}，请核对最新情况。"
        )
    return stored


def _done(stored, act, by, request, *, note="") -> Commitment:
    is_new = stored.pk is None
    if act in RULES:
        stored.state = RULES[act].target or stored.state
    stored.updated_at = timezone.now()
    stored.save()
    entry = CommitmentEntry.objects.create(commitment=stored, act=act, state=stored.state, note=note, by=by)
    if act in notices.TOLD:
        transaction.on_commit(partial(notices.send, entry.pk))
    record(
        stored,
        AuditAction.CREATE if is_new else AuditAction.UPDATE,
        by=by,
        detail={"act": CommitmentAct(act).label, "state": stored.get_state_display()},
        request=request,
    )
    return stored


def _checked(words, field) -> str:
    words = refuse_long(words, field, LONGEST_WORDS)
    refuse_personal_numbers(words, field)
    return words


def _demanded(words, field, fault) -> str:
    return _checked(demand_words(words, field, fault), field)


# --- Evidence ----------------------------------------------------------------------------------------------


def _fileable(commitment) -> Commitment:
    """What the body above judges, or has judged, does not change under its eyes."""
    stored = _locked(commitment)
    if stored.state != CommitmentState.OPEN:
        raise ValidationError(f"该项目现为“{stored.get_state_display()}”，佐证材料不能再改；退回后可以补充。")
    return stored


FOLDER = Folder(CommitmentFile, owner="commitment", lock=_fileable, most=20, whole="一个项目")


def add_file(*, commitment, upload, by, request=None) -> CommitmentFile:
    return FOLDER.add(commitment, upload, by=by, request=request)


def withdraw_file(*, file, reason: str, by, request=None) -> CommitmentFile:
    return FOLDER.withdraw(file, reason, by=by, request=request)


def read_file(*, file, by, request=None):
    return FOLDER.read(file, by=by, request=request)
