"""Accounts and their appointments, invitations, and who can read a record."""

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import PasswordResetConfirmView
from django.core.exceptions import ValidationError
from django.db.models import Count, Prefetch, Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from orgs import access, readers
from orgs.actions import accounts as actions
from orgs.forms.accounts import (
    AccountFilterForm,
    AccountForm,
    AppointmentForm,
    EndAppointmentForm,
    InvitationForm,
)
from orgs.forms.actions import succeeded
from orgs.models import Appointment, Enterprise, Organisation, User
from orgs.paging import keyset_page
from orgs.views.pages import act, render_list

SECTION = "accounts"


@require_safe
def account_list(request):
    access.require(access.can_manage_accounts(request.user))
    visible = User.objects.visible_to(request.user).people()
    appointments = Appointment.objects.visible_to(request.user).current()
    form = AccountFilterForm(request.GET)
    rows = _filtered(visible, appointments, form.cleaned_data if form.is_valid() else {})
    page = keyset_page(
        rows.prefetch_related(
            Prefetch(
                "appointments", appointments.select_related("organisation"), to_attr="shown_appointments"
            )
        ),
        request.GET,
        sorts={"name": "display_name", "username": "username"},
        default="name",
    )
    context = {"section": SECTION, "page": page, "form": form, "figures": _figures(visible)}
    return render_list(request, "orgs/account_list.html", context)


def _filtered(rows, appointments, chosen):
    if chosen.get("q"):
        rows = rows.search(chosen["q"].strip())
    if chosen.get("role"):
        rows = rows.filter(pk__in=appointments.filter(role=chosen["role"]).values("user"))
    states = {"active": Q(is_active=True), "disabled": Q(is_active=False), "invited": Q(last_login=None)}
    return rows.filter(states.get(chosen.get("state"), Q()))


def _figures(rows):
    return rows.aggregate(
        total=Count("pk"),
        disabled=Count("pk", filter=Q(is_active=False)),
        invited=Count("pk", filter=Q(is_active=True, last_login=None)),
    )


@require_http_methods(["GET", "POST"])
def account_create(request):
    access.require(access.can_manage_accounts(request.user))
    form = AccountForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data, by=request.user, request=request)
        if succeeded(form, actions.create_account, **values):
            return _invite(request, form.outcome)
    return render(request, "orgs/account_form.html", {"section": SECTION, "form": form})


def visible_account(request, pk) -> User:
    access.require(access.can_manage_accounts(request.user))
    return get_object_or_404(User.objects.visible_to(request.user).people(), pk=pk)


@require_safe
def account(request, pk):
    account = visible_account(request, pk)
    all_of_them = account.appointments.count()
    shown = list(
        Appointment.objects.visible_to(request.user)
        .filter(user=account)
        .select_related("organisation", "enterprise", "delegated_by")
        .order_by("-starts_on", "-pk")
    )
    counting = set(account.appointments.current().values_list("pk", flat=True))
    context = {
        "section": SECTION,
        "account": account,
        "held": shown,  # “appointments” are those of the person at the screen
        "counting": counting,
        "hidden": all_of_them - len(shown),
        "sessions": UserSession.objects.filter(user=account).count(),
        "has_second_factor": Authenticator.objects.filter(user=account).exists(),
        "is_own": account == request.user,
        "may_manage": access.can_manage_account(request.user, account),
    }
    return render(request, "orgs/account_detail.html", context)


@require_http_methods(["GET", "POST"])
def appointment_create(request, pk):
    account = visible_account(request, pk)
    form = AppointmentForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data, user=account, by=request.user, request=request)
        if succeeded(form, actions.grant_appointment, **values):
            messages.success(
                request,
                f"已任用{account}为“{form.outcome.organisation}”的{form.outcome.get_role_display()}。",
            )
            return redirect("orgs:account", pk)
    return render(request, "orgs/account_appointment_form.html", _appointment_context(form, account))


def _appointment_context(form, account):
    return {"section": SECTION, "form": form, "account": account}


@require_http_methods(["GET", "POST"])
def appointment_end(request, pk):
    access.require(access.can_manage_accounts(request.user))
    rows = Appointment.objects.visible_to(request.user).select_related("organisation", "user")
    appointment = get_object_or_404(rows, pk=pk)
    access.require(access.can_manage_account_at(request.user, appointment.organisation))
    form = EndAppointmentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        last_day = form.cleaned_data["last_day"]
        if succeeded(
            form,
            actions.end_appointment,
            appointment=appointment,
            last_day=last_day,
            by=request.user,
            request=request,
        ):
            until = f"将于 {last_day} 后结束" if last_day else "已立即结束"
            messages.success(request, f"{appointment.user}的任用{until}。")
            return redirect("orgs:account", appointment.user_id)
    context = _appointment_context(form, appointment.user) | {"appointment": appointment}
    return render(request, "orgs/account_appointment_end.html", context)


@require_POST
def account_set_active(request, pk):
    account = visible_account(request, pk)
    active = request.POST.get("active") == "1"
    done = f"已启用账号{account}。" if active else f"已停用账号{account}，其全部登录立即失效。"
    act(request, done, actions.set_active, user=account, active=active)
    return redirect("orgs:account", pk)


@require_POST
def account_end_sessions(request, pk):
    account = visible_account(request, pk)
    act(request, f"已结束{account}的全部登录，接口令牌同时作废。", actions.end_sessions, user=account)
    return redirect("orgs:account", pk)


@require_POST
def account_reset_second_factor(request, pk):
    account = visible_account(request, pk)
    act(
        request,
        f"已重置{account}的两步验证，下次登录后须重新启用。",
        actions.reset_second_factor,
        user=account,
    )
    return redirect("orgs:account", pk)


@require_POST
def account_invite(request, pk):
    return _invite(request, visible_account(request, pk))


def _invite(request, account):
    """Answers a POST with a page, not a redirect: the link is kept nowhere, so it can only be shown now."""
    try:
        path = actions.invite(user=account, by=request.user, request=request)
    except ValidationError as error:
        messages.error(request, "".join(error.messages))
        return redirect("orgs:account", account.pk)
    return link_page(
        request, account, path,
        section=SECTION,
        crumbs=[("账号与授权", reverse("orgs:account-list")), (str(account), reverse("orgs:account", args=[account.pk]))],
    )  # fmt: skip


def link_page(request, account, path, *, section, crumbs):
    """The page that shows an invitation; the last of `crumbs` (label, address) is where one returns to."""
    url = request.build_absolute_uri(path)
    mailed = actions.mail_invitation(user=account, url=url)
    context = {"section": section, "account": account, "url": url, "mailed": mailed, "crumbs": crumbs}
    return render(request, "orgs/account_invitation_link.html", context | {"back": crumbs[-1]})


@method_decorator(login_not_required, name="dispatch")
class InvitationView(PasswordResetConfirmView):
    """The person behind the link sets a password. Django's own view keeps the token out of the address bar."""

    form_class = InvitationForm
    template_name = "orgs/account_invitation.html"
    token_generator = actions.invitation_tokens
    success_url = reverse_lazy("account_login")

    def get_user(self, uidb64):
        user = super().get_user(uidb64)
        return user if user is not None and user.is_active else None

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"request": self.request}

    def form_valid(self, form):
        response = super().form_valid(form)
        messages.success(self.request, "密码已设置，请用新密码登录。")
        return response


@require_safe
def who_can_see(request, kind, pk):
    """The accounts that can read one record, for those in charge of it."""
    model, allowed, find = _READERS.get(kind) or (None, None, None)
    if model is None:
        raise Http404
    record = get_object_or_404(model.objects.visible_to(request.user), pk=pk)
    access.require(allowed(request.user, record))
    context = {
        "section": f"{kind}s",
        "record": record,
        "record_url": f"orgs:{kind}",
        "readers": find(record),
        "support": User.objects.filter(is_superuser=True, is_active=True).count(),
    }
    return render(request, "orgs/who_can_see.html", context)


_READERS = {
    "organisation": (Organisation, access.can_see_readers_of_organisation, readers.readers_of_organisation),
    "enterprise": (Enterprise, access.can_see_readers_of_enterprise, readers.readers_of_enterprise),
}
