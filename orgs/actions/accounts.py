"""Accounts, appointments, invitations, sessions and delegations. The caller has checked who may open the page;
what holds for every door — subtree, own appointments, separation of duties — is refused here."""

import datetime as dt

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from knox.models import AuthToken

from orgs import access
from orgs.audit import home_path, record
from orgs.models import Appointment, AuditAction, Role, User
from orgs.permissions import duty_of

LONGEST_DELEGATION = dt.timedelta(days=365)
LONGEST_TOKEN = dt.timedelta(days=365)
MOST_TOKENS = 10


class InvitationTokens(PasswordResetTokenGenerator):
    """Single use: the token covers the password hash and the last sign-in. Valid PASSWORD_RESET_TIMEOUT seconds."""

    key_salt = "orgs.invitation"


invitation_tokens = InvitationTokens()


# --- Accounts ----------------------------------------------------------------------------------------


@transaction.atomic
def create_account(*, username, display_name, by, email="", request=None, **appointment) -> User:
    """A new account with its first appointment and without password; `invite` lets the person in."""
    user = _store_account(username, display_name, email)
    granted = grant_appointment(user=user, by=by, request=request, **appointment)
    _record_account(user, granted.organisation, by, request)
    return user


def _store_account(username, display_name, email) -> User:
    user = User(username=username, display_name=display_name, email=email)
    user.set_unusable_password()
    user.full_clean()
    user.save()
    return user


def _record_account(user, organisation, by, request):
    record(
        actor=by, action=AuditAction.CREATE, obj=user, path=organisation.path, request=request,
        detail={"username": user.username},
    )  # fmt: skip


@transaction.atomic
def invite(*, user, by, request=None) -> str:
    """A fresh one-time link with which the person sets a password; returns its path.

    The old password, older links, sessions and tokens end at once. Nobody but the caller ever sees the link:
    it is stored nowhere.
    """
    _require_account(by, user)
    return _invite(user, by, request)


def _invite(user, by, request) -> str:
    if not user.is_active:
        raise ValidationError("账号已停用，请先启用再发邀请链接。")
    user.set_unusable_password()
    user.save(update_fields=["password"])
    _drop_sessions_and_tokens(user)
    record(
        actor=by, action=AuditAction.GRANT, obj=user, path=_account_path(user), request=request,
        detail={"invitation": f"{settings.INVITATION_DAYS} 天内有效"},
    )  # fmt: skip
    key = urlsafe_base64_encode(force_bytes(user.pk))
    return reverse("orgs:invitation", args=[key, invitation_tokens.make_token(user)])


def mail_invitation(*, user, url: str) -> bool:
    """Sends the link when the portal has a mail server and the account an address; says whether it did."""
    if not (settings.EMAIL_URL and user.email):
        return False
    send_mail(
        f"{settings.PRODUCT_NAME}账号邀请",
        f"{user}：\n\n请在 {settings.INVITATION_DAYS} 天内打开下面的链接，设置登录密码。链接只能使用一次，请勿转发。\n\n{url}\n",
        None,
        [user.email],
    )
    return True


@transaction.atomic
def accept_invitation(*, user, password, request=None) -> None:
    user.set_password(password)
    user.must_change_password = False
    user.save(update_fields=["password", "must_change_password"])
    record(
        actor=user, action=AuditAction.UPDATE, obj=user, path=home_path(user), request=request,
        detail={"password": "通过邀请链接设置"},
    )  # fmt: skip


@transaction.atomic
def password_was_changed(*, user, request=None) -> None:
    """After allauth stored a new password: every session ends, also the ones an intruder may hold."""
    if user.must_change_password:
        user.must_change_password = False
        user.save(update_fields=["must_change_password"])
    _drop_sessions(user)
    record(
        actor=user, action=AuditAction.UPDATE, obj=user, path=home_path(user), request=request,
        detail={"password": "本人修改"},
    )  # fmt: skip


@transaction.atomic
def set_active(*, user, active: bool, by, request=None) -> None:
    """Disabling ends sessions and tokens at once, and what the person had lent stops counting."""
    _require_account(by, user)
    user.is_active = active
    user.save(update_fields=["is_active"])
    if not active:
        _drop_sessions_and_tokens(user)
    record(
        actor=by, action=AuditAction.UPDATE, obj=user, path=_account_path(user), request=request,
        detail={"active": active},
    )  # fmt: skip


@transaction.atomic
def end_sessions(*, user, by, request=None) -> int:
    """Signs the person out everywhere and revokes the tokens; returns the number of sessions."""
    _require_account(by, user)
    ended = _drop_sessions_and_tokens(user)
    record(
        actor=by, action=AuditAction.UPDATE, obj=user, path=_account_path(user), request=request,
        detail={"sessions_ended": ended},
    )  # fmt: skip
    return ended


@transaction.atomic
def reset_second_factor(*, user, by, request=None) -> None:
    """For a lost phone: the person enrols again after the next sign-in with the password."""
    _require_account(by, user)
    Authenticator.objects.filter(user=user).delete()
    _drop_sessions_and_tokens(user)
    record(
        actor=by, action=AuditAction.GRANT, obj=user, path=_account_path(user), request=request,
        detail={"two_factor": "管理员重置"},
    )  # fmt: skip


def _require_account(by, user):
    if not access.can_manage_account(by, user):
        raise ValidationError(
            "您不能管理这个账号：它是您本人的账号，或它还在您管理范围以外的党组织任用，请联系上级系统管理员。"
        )


def _account_path(user) -> str:
    """The outermost organisation the account acts or acted for."""
    return min(user.appointments.values_list("organisation__path", flat=True), default="")


def _drop_sessions(user) -> int:
    sessions = list(UserSession.objects.filter(user=user))
    for session in sessions:
        session.end()
    return len(sessions)


def _drop_sessions_and_tokens(user) -> int:
    AuthToken.objects.filter(user=user).delete()
    return _drop_sessions(user)


# --- Appointments ------------------------------------------------------------------------------------


@transaction.atomic
def grant_appointment(
    *, user, role, organisation, by, enterprise=None, starts_on=None, ends_on=None, request=None
) -> Appointment:
    if not access.can_manage_account_at(by, organisation):
        raise ValidationError(f"您不管理“{organisation}”的账号，只能在本级及下级党组织内任用。")
    if role == Role.PARTNER:
        raise ValidationError("共建单位联络员在“联建共建 · 共建单位”中任用，须写明是哪个单位的。")
    if starts_on and starts_on < timezone.localdate():
        raise ValidationError({"starts_on": "开始日期不能早于今天：权限从授予之日起才有。"})
    _require_other(by, user)
    _require_enterprise_fits(by, role, enterprise)
    appointment = Appointment(
        user=user,
        organisation=organisation,
        role=role,
        enterprise=enterprise,
        starts_on=starts_on or timezone.localdate(),
        ends_on=ends_on,
    )
    _store(appointment, by, request, "任用")
    return appointment


@transaction.atomic
def end_appointment(*, appointment, by, last_day: dt.date | None = None, request=None) -> None:
    """Ends on `last_day`, which still counts; None ends it now. What was lent from it stops counting with it."""
    if not access.can_manage_account_at(by, appointment.organisation):
        raise ValidationError(f"您不管理“{appointment.organisation}”的账号。")
    _require_other(by, appointment.user)
    _end(appointment, last_day, by, request, "结束任用")


def _require_other(by, user):
    if by.pk == user.pk:
        raise ValidationError("任何人都不能变更本人的任用，请联系其他系统管理员。")


def _require_enterprise_fits(by, role, enterprise):
    if role != Role.CONTACT:
        if enterprise is not None:
            raise ValidationError("只有企业联系人才填写企业。")
        return
    if enterprise is None:
        raise ValidationError("企业联系人必须填写所在企业。")
    if not type(enterprise).objects.visible_to(by).filter(pk=enterprise.pk).exists():
        raise ValidationError("该企业不在您的管理范围内。")


def _require_one_duty(appointment):
    """No account may hold two of the exclusive duties on the same day (三员分立)."""
    duty = duty_of(appointment.role)
    for other in _beside(appointment):
        held = duty_of(other.role)
        if duty and held and held != duty:
            raise ValidationError(
                f"“{appointment.get_role_display()}”（{duty}）与该账号已有的“{other.get_role_display()}”（{held}）"
                "不得由同一账号兼任，请另建账号，或先结束原任用。"
            )


def _beside(appointment):
    """What the person already holds on at least one of the same days."""
    held = Appointment.objects.filter(user=appointment.user)
    return held.overlapping(appointment.starts_on, appointment.ends_on)


def _require_new(appointment):
    """Of two equal ones a person who ends one would leave the other."""
    same = {
        name: getattr(appointment, name) for name in ("role", "organisation", "enterprise", "delegated_by")
    }
    if held := _beside(appointment).filter(**same).first():
        until = f"至{held.ends_on}" if held.ends_on else "长期有效"
        raise ValidationError(
            f"{appointment.user}已是“{appointment.organisation}”的{held.get_role_display()}"
            f"（自{held.starts_on}，{until}），无须重复办理；要改变期限，请先结束原来的一项。"
        )


def _store(appointment, by, request, act):
    # Two grants for one person queue up here, so that together they cannot break the separation of duties.
    User.objects.select_for_update().get(pk=appointment.user_id)
    appointment.full_clean()
    _require_new(appointment)
    _require_one_duty(appointment)
    appointment.save()
    _record_grant(appointment, by, request, act)


def _end(appointment, last_day, by, request, act):
    today = timezone.localdate()
    last_day = last_day or today - dt.timedelta(days=1)
    if appointment.ends_on and appointment.ends_on < last_day:
        raise ValidationError(f"该任用已于 {appointment.ends_on} 结束，不能延后。")
    if last_day < today - dt.timedelta(days=1):
        raise ValidationError("结束日期不能早于今天；需要马上失效请选“立即结束”。")
    appointment.ends_on = last_day
    _record_grant(appointment, by, request, act)
    if last_day < appointment.starts_on:
        appointment.delete()  # it never counted for a whole day
    else:
        appointment.save(update_fields=["ends_on"])


def _record_grant(appointment, by, request, act):
    record(
        actor=by,
        action=AuditAction.GRANT,
        obj=appointment.user,
        path=appointment.organisation.path,
        detail={
            "act": act,
            "role": appointment.get_role_display(),
            "organisation": str(appointment.organisation),
            "enterprise": str(appointment.enterprise or ""),
            "starts_on": appointment.starts_on,
            "ends_on": appointment.ends_on,
            "delegated_by": str(appointment.delegated_by or ""),
        },
        request=request,
    )


# --- People of other units ---------------------------------------------------------------------------
#
# Kept by the register their unit stands in, at its top organisation; callers have checked `by` against that register.
# They need no account management, and so give nothing but `Role.PARTNER` and reach no account that is anything else.


@transaction.atomic
def create_outside_account(*, username, display_name, organisation, by, email="", request=None) -> User:
    """As `create_account`; `invite_outside` lets the person in."""
    user = _store_account(username, display_name, email)
    grant_outside(user=user, organisation=organisation, by=by, request=request)
    _record_account(user, organisation, by, request)
    return user


@transaction.atomic
def grant_outside(*, user, organisation, by, request=None) -> Appointment:
    """Once, for however many units; open-ended."""
    _require_other(by, user)
    User.objects.select_for_update().get(pk=user.pk)
    if held := _outside(user, organisation).filter(ends_on__isnull=True).first():
        return held
    appointment = Appointment(user=user, organisation=organisation, role=Role.PARTNER)
    _store(appointment, by, request, "任用")
    return appointment


@transaction.atomic
def end_outside(*, user, organisation, by, request=None) -> None:
    """At once."""
    _require_other(by, user)
    for appointment in _outside(user, organisation):
        _end(appointment, None, by, request, "结束任用")


def _outside(user, organisation):
    held = user.appointments.not_ended().filter(role=Role.PARTNER, organisation=organisation)
    return held.select_related("organisation")


@transaction.atomic
def invite_outside(*, user, organisation, by, request=None) -> str:
    """As `invite`, which lets its reader take over the account: hence only one that is nothing else, nor elsewhere."""
    others = user.appointments.not_ended().exclude(role=Role.PARTNER, organisation=organisation)
    if user.is_superuser or user.is_system or others.exists():
        raise ValidationError(f"{user}的账号还有其他任用，请联系系统管理员重发邀请链接。")
    _require_other(by, user)
    return _invite(user, by, request)


# --- Delegation --------------------------------------------------------------------------------------


@transaction.atomic
def delegate(*, appointment, to, organisation, ends_on, by, request=None) -> Appointment:
    """`by` lends an own appointment, or the part of it at `organisation` and below, until `ends_on` inclusive."""
    _require_lendable(appointment, by, organisation)
    if (
        to.pk == by.pk
        or not User.objects.appointed_within(appointment.organisation).filter(pk=to.pk).exists()
    ):
        raise ValidationError(f"只能授权给“{appointment.organisation}”及其下级党组织的其他在用账号。")
    today = timezone.localdate()
    if not ends_on or not today <= ends_on <= today + LONGEST_DELEGATION:
        raise ValidationError("授权必须填写结束日期，不早于今天，最长一年。")
    if appointment.ends_on and ends_on > appointment.ends_on:
        raise ValidationError(f"授权不能晚于本人任用的结束日期（{appointment.ends_on}）。")
    lent = Appointment(
        user=to,
        organisation=organisation,
        role=appointment.role,
        delegated_by=by,
        starts_on=today,
        ends_on=ends_on,
    )
    _store(lent, by, request, "授权")
    return lent


@transaction.atomic
def end_delegation(*, appointment, by, request=None) -> None:
    if appointment.delegated_by_id != by.pk:
        raise ValidationError("只能收回本人作出的授权。")
    _end(appointment, None, by, request, "收回授权")


def _require_lendable(appointment, by, organisation):
    if appointment.delegated_by_id:
        raise ValidationError("他人授予的权限不能再转授。")
    if not Appointment.objects.lendable_by(by).filter(pk=appointment.pk).exists():
        raise ValidationError("这项任用不能授权他人代办。")
    if not organisation.path.startswith(appointment.organisation.path):
        raise ValidationError(f"只能授权“{appointment.organisation}”及其下级党组织范围内的工作。")


# --- Tokens of the API -------------------------------------------------------------------------------


@transaction.atomic
def create_token(*, user, expires_on: dt.date, request=None) -> str:
    """A token that acts as `user`, valid until the end of `expires_on`; the text is returned once and not kept."""
    today = timezone.localdate()
    if not today < expires_on <= today + LONGEST_TOKEN:
        raise ValidationError("到期日期须晚于今天，最长一年。")
    if AuthToken.objects.filter(user=user, expiry__gt=timezone.now()).count() >= MOST_TOKENS:
        raise ValidationError(f"最多同时保留 {MOST_TOKENS} 个有效令牌，请先撤销不用的。")
    end = timezone.make_aware(dt.datetime.combine(expires_on, dt.time(23, 59, 59)))
    token, text = AuthToken.objects.create(user, expiry=end - timezone.now())
    record(
        actor=user, action=AuditAction.GRANT, obj=user, path=home_path(user), request=request,
        detail={"token": token.token_key, "expires_on": expires_on},
    )  # fmt: skip
    return text


@transaction.atomic
def revoke_token(*, token, by, request=None) -> None:
    record(
        actor=by, action=AuditAction.GRANT, obj=token.user, path=home_path(token.user), request=request,
        detail={"act": "撤销令牌", "token": token.token_key},
    )  # fmt: skip
    token.delete()
