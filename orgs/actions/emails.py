"""The address that letters to an account go to. Changed by the person, who proves to receive what is sent there, or by an
administrator. No address stands in an address bar, a log or the audit trail.

What waits to be confirmed is a row of allauth's, whose signed key names it by its number.
"""

import logging

from allauth.account import app_settings
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.db import transaction
from django.urls import reverse

from orgs import access
from orgs.audit import home_path, record
from orgs.models import AuditAction, User

CONFIRMATION_DAYS = app_settings.EMAIL_CONFIRMATION_EXPIRE_DAYS
logger = logging.getLogger(__name__)


def pending(user) -> EmailAddress | None:
    return EmailAddress.objects.filter(user=user, verified=False).order_by("-pk").first()


@transaction.atomic
def ask_for_email(*, user, email: str, by, request=None) -> str:
    """The path for the letter to the new address (`mail_confirmation`). Until it is confirmed the old one stays; an
    earlier letter is void.
    """
    if by != user:
        raise ValidationError("只能更换本人的电子邮箱。")
    email = email.lower()
    if email == user.email.lower():
        raise ValidationError({"email": "这就是现在的电子邮箱。"})
    EmailAddress.objects.filter(user=user).delete()
    waiting = EmailAddress.objects.create(user=user, email=email)
    record(
        actor=by, action=AuditAction.UPDATE, obj=user, path=home_path(user), request=request,
        detail={"email": "本人申请更换，待确认"},
    )  # fmt: skip
    return reverse("account_confirm_email", args=[EmailConfirmationHMAC(waiting).key])


def mail_confirmation(*, user, url: str) -> bool:
    """Says whether the mail server took it."""
    try:
        send_mail(
            f"{settings.PRODUCT_NAME}：确认电子邮箱",
            f"{user}：\n\n请登录后在{CONFIRMATION_DAYS}天内打开下面的链接，确认今后用这个邮箱接收提醒。"
            f"不是您本人申请的，请不要打开。\n\n{url}\n",
            None,
            [pending(user).email],
        )
    except OSError as error:  # what smtplib raises may quote the address
        logger.warning("A letter of confirmation could not be mailed: %s.", type(error).__name__)
        return False
    return True


def asked_by(user, key: str) -> EmailAddress | None:
    """What a key of a letter confirms, where it is this person's and neither used, void nor too old."""
    found = EmailConfirmationHMAC.from_key(key)
    return found.email_address if found and found.email_address.user_id == user.pk else None


@transaction.atomic
def confirm_email(*, address: EmailAddress, by, request=None) -> None:
    if address.user_id != by.pk:
        raise ValidationError("只能确认本人的电子邮箱。")
    user = User.objects.select_for_update().get(pk=by.pk)
    if not EmailAddress.objects.filter(pk=address.pk, verified=False).delete()[0]:
        raise ValidationError("链接已经用过或已失效，请重新申请。")
    _store(user, address.email, by, request, "本人更换，已由邮件确认")


@transaction.atomic
def set_email(*, user, email: str, by, request=None) -> None:
    """By an administrator of the account."""
    if not access.can_manage_account(by, user):
        raise ValidationError("您不能管理这个账号，请联系上级系统管理员。")
    EmailAddress.objects.filter(user=user).delete()
    _store(user, email.lower(), by, request, "管理员更换" if email else "管理员清除")


def _store(user, email, by, request, words):
    user.email = email
    user.full_clean()
    user.save(update_fields=["email"])
    record(
        actor=by,
        action=AuditAction.UPDATE,
        obj=user,
        path=home_path(user),
        request=request,
        detail={"email": words},
    )
