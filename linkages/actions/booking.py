"""What is booked against an agreement: activities and results, each taken back with a reason. As `actions.agreements`.

Source: S25 (activities booked against it), S44 (people introduced, hired, members among them).
"""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from activities.models import Activity, JointHost
from linkages import validators
from linkages.actions.agreements import done, row
from linkages.models import Act, AgreementActivity, AgreementResult, BookedAs, ResultKind
from orgs.actions.withdrawals import take_back
from orgs.models import Organisation
from orgs.tree import within_paths
from orgs.validators import validate_not_in_future

OF_ONE_PARTY = (ResultKind.ITEM, ResultKind.RESOURCE)


def bookable(agreement):
    """Activities held within the term by a party, or by an organisation below one."""
    below = within_paths([organisation.path for organisation in agreement.inside], "path")
    hosts = Organisation.objects.filter(below).order_by().values("pk")
    joint = JointHost.objects.filter(activity=OuterRef("pk"), organisation__in=hosts)
    booked = AgreementActivity.objects.filter(
        agreement=agreement, withdrawn_at__isnull=True, activity=OuterRef("pk")
    )
    term = Activity.objects.held().filter(held_on__range=(agreement.starts_on, agreement.last_day))
    return term.filter(Q(organisation__in=hosts) | Q(Exists(joint)), ~Exists(booked))


@transaction.atomic
def book_activity(
    *, agreement, activity, by, booked_as: str = BookedAs.ACTIVITY, request=None
) -> AgreementActivity:
    stored = _signed(agreement)
    activity = Activity.objects.select_for_update(of=("self",)).get(pk=activity.pk)
    if not activity.is_held:
        raise ValidationError({"activity": "活动尚未登记召开，或已取消。"})
    validators.validate_in_term(stored, activity.held_on, "activity")
    if stored.bookings.filter(activity=activity, withdrawn_at__isnull=True).exists():
        raise ValidationError({"activity": "该活动已登记到本协议。"})
    hosts = [host.path for host in activity.hosts]
    if not any(path.startswith(party.path) for path in hosts for party in stored.inside):
        raise ValidationError({"activity": "只能登记协议各方及其下级党组织主办的活动。"})
    booking = AgreementActivity(agreement=stored, activity=activity, booked_as=booked_as, booked_by=by)
    booking.full_clean(exclude=["booked_by", "agreement", "activity"], validate_constraints=False)
    booking.save()
    _done(agreement, stored, Act.BOOKED, by, request, booking, f"{activity.held_on} {activity.title}")
    return booking


@transaction.atomic
def withdraw_booking(*, booking, reason: str, by, request=None) -> AgreementActivity:
    stored = row(booking.agreement)
    kept = take_back(AgreementActivity.objects.select_related("activity"), booking, reason, by)
    note = f"{kept.activity.title}：{kept.withdrawn_reason}"
    _done(booking.agreement, stored, Act.UNBOOKED, by, request, kept, note)
    return kept


@transaction.atomic
def add_result(
    *,
    agreement,
    kind: str,
    on: dt.date,
    what: str,
    by,
    party=None,
    beneficiary: str = "",
    people: int = 0,
    hired: int = 0,
    members: int = 0,
    amount=None,
    request=None,
) -> AgreementResult:
    """Numbers only where the kind has them: people of 引才, an amount of 资金和订单."""
    stored = _signed(agreement)
    validate_not_in_future(on, "on")
    validators.validate_in_term(stored, on)
    if not what.strip():
        raise ValidationError({"what": "请填写内容。"})
    if party is not None and party.agreement_id != stored.pk:
        raise ValidationError({"party": "请选择本协议的一方。"})
    _validate_kind(kind, party, beneficiary, people, hired, members, amount)
    result = AgreementResult(
        agreement=stored, kind=kind, on=on, what=what.strip(), party=party, beneficiary=beneficiary.strip(),
        people=people, hired=hired, members=members, amount=amount, recorded_by=by,
    )  # fmt: skip
    result.full_clean(exclude=["recorded_by", "agreement"])
    result.save()
    _done(agreement, stored, Act.RESULT, by, request, result, str(result))
    return result


def _validate_kind(kind, party, beneficiary, people, hired, members, amount):
    if kind in OF_ONE_PARTY and party is None:
        raise ValidationError({"party": "请选择由哪一方提供。"})
    if kind == ResultKind.ITEM and not beneficiary.strip():
        raise ValidationError({"beneficiary": "办实事请填写受益对象。"})
    if kind == ResultKind.PEOPLE and not people:
        raise ValidationError({"people": "请填写引进人数。"})
    if kind != ResultKind.PEOPLE and (people or hired or members):
        raise ValidationError({"people": "只有引才填写人数。"})
    if hired > people:
        raise ValidationError({"hired": "录用人数不能多于引进人数。"})
    if members > people:
        raise ValidationError({"members": "党员人数不能多于引进人数。"})
    if kind == ResultKind.AMOUNT and amount is None:
        raise ValidationError({"amount": "请填写金额。"})
    if kind != ResultKind.AMOUNT and amount is not None:
        raise ValidationError({"amount": "只有资金和订单填写金额。"})


@transaction.atomic
def withdraw_result(*, result, reason: str, by, request=None) -> AgreementResult:
    stored = row(result.agreement)
    kept = take_back(AgreementResult.objects, result, reason, by)
    note = f"{kept}：{kept.withdrawn_reason}"
    _done(result.agreement, stored, Act.RESULT_WITHDRAWN, by, request, kept, note)
    return kept


def _signed(agreement):
    """Also after its end: what was held before may be entered late."""
    stored = row(agreement)
    if stored.signed_on is None:
        raise ValidationError("协议尚未登记签署，请先登记签署。")
    return stored


def _done(agreement, stored, act, by, request, booked, note):
    done(stored, act, by, request, note=note, detail={"id": booked.pk}, shown=agreement)
