"""The own e-mail address, confirmed by letter, and that of an account an administrator looks after."""

from allauth.decorators import rate_limit
from django.conf import settings
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from orgs.actions import emails as actions
from orgs.forms.actions import succeeded
from orgs.forms.emails import AccountEmailForm, OwnEmailForm
from orgs.views.accounts import SECTION, visible_account
from orgs.views.pages import act

READ_WRITE = ("GET", "HEAD", "POST")


@sensitive_post_parameters("password", "email")
@require_http_methods(READ_WRITE)
@rate_limit(action="manage_email")
def own_email(request):
    """Without a mail server nothing can be confirmed; the page says whom to ask."""
    form = None
    if settings.EMAIL_URL:
        form = OwnEmailForm(request.POST or None, user=request.user)
        if request.method == "POST" and form.is_valid() and _asked(request, form):
            return redirect("account_email")
    return render(request, "account/email.html", {"form": form, "pending": actions.pending(request.user)})


def _asked(request, form) -> bool:
    user = request.user
    if not succeeded(
        form, actions.ask_for_email, user=user, email=form.cleaned_data["email"], by=user, request=request
    ):
        return False
    if actions.mail_confirmation(user=user, url=request.build_absolute_uri(form.outcome)):
        messages.success(request, "确认邮件已发到新邮箱，请打开其中的链接。")
        return True
    form.add_error("email", "邮件没有发出去，请核对邮箱地址后重试，或请系统管理员检查邮件服务。")
    return False


@require_http_methods(READ_WRITE)
def confirm_email(request, key):
    """Shown first and confirmed by a button: programs that look into letters open their links."""
    address = actions.asked_by(request.user, key)
    if address is None:
        raise Http404("链接已经用过、已失效，或不是发给这个账号的。")
    if request.method == "POST":
        act(request, "电子邮箱已更换。", actions.confirm_email, address=address)
        return redirect("account_email")
    return render(request, "account/email_confirm.html", {"address": address})


@require_http_methods(READ_WRITE)
def account_email(request, pk):
    account = visible_account(request, pk)
    form = AccountEmailForm(request.POST or None, initial={"email": account.email})
    values = {"user": account, "by": request.user, "request": request}
    if form.is_valid() and succeeded(form, actions.set_email, **form.cleaned_data, **values):
        messages.success(request, f"已更换{account}的电子邮箱。")
        return redirect("orgs:account", pk)
    return render(request, "orgs/account_email.html", {"section": SECTION, "form": form, "account": account})
