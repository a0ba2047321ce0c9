"""The pages of allauth that make sense here. Accounts come by invitation; the e-mail address is changed on pages of ours."""

from allauth.account import views
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.urls import include, path, re_path
from django.views.decorators.http import require_safe

from orgs.views import emails


@login_not_required
@require_safe
def ask_administrator(request):
    """Without a mail server nobody can reset a password alone; the page says whom to ask."""
    return render(request, "account/password_reset_by_administrator.html")


urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("signup/", views.signup, name="account_signup"),  # says that sign-up is closed
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("password/change/", views.password_change, name="account_change_password"),
    path(
        "password/reset/",
        views.password_reset if settings.EMAIL_URL else ask_administrator,
        name="account_reset_password",
    ),
    path("password/reset/done/", views.password_reset_done, name="account_reset_password_done"),
    # Invitations of administrators use these two as well.
    path(
        "password/reset/key/done/",
        views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("email/", emails.own_email, name="account_email"),
    path("email/confirm/<str:key>/", emails.confirm_email, name="account_confirm_email"),
    path("2fa/", include("allauth.mfa.urls")),
    path("sessions/", include("allauth.usersessions.urls")),
]
