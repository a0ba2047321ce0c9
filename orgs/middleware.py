"""Everybody signs in first, and nothing a person saw stays behind in a cache."""

import time
from urllib.parse import urlsplit

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.middleware import LoginRequiredMiddleware as DjangoLoginRequired
from django.contrib.auth.views import redirect_to_login
from django.core.cache import cache
from django.http import Http404, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.defaults import page_not_found

from orgs import access
from orgs.audit import home_path, record
from orgs.models import AuditAction


class LoginRequiredMiddleware(DjangoLoginRequired):
    """Anonymous → sign-in page (API views answer 401 themselves); idle sessions end on the server."""

    IDLE_KEY = "last_seen"
    START_KEY = "signed_in"

    def process_view(self, request, view_func, view_args, view_kwargs):
        if request.path_info.startswith("/api/"):
            return self._check_api_session(request)
        response = super().process_view(request, view_func, view_args, view_kwargs)
        if response or not request.user.is_authenticated:
            return response
        if self._idle_too_long(request):
            logout(request)
            return redirect(f"{reverse(settings.LOGIN_URL)}?idle=1")
        return self._ask_for_new_password(request)

    def _check_api_session(self, request):
        """The same limits for a browser's session; an ended one goes on as nobody, whom the API answers 401."""
        if not request.user.is_authenticated:
            return None
        if self._idle_too_long(request):
            logout(request)
            return None
        if request.user.must_change_password:
            return JsonResponse({"detail": "请先登录网页修改密码。"}, status=403)
        return None

    def handle_no_permission(self, request, view_func):
        """What was sent is lost; after signing in the page with the form opens, not the address it was sent to."""
        if request.method in ("GET", "HEAD"):
            return super().handle_no_permission(request, view_func)
        page = urlsplit(request.headers.get("Referer", ""))
        back = page._replace(scheme="", netloc="").geturl() if page.netloc == request.get_host() else ""
        login = reverse(settings.LOGIN_URL)
        return redirect_to_login(back, login) if back.startswith("/") else redirect(login)

    def _idle_too_long(self, request):
        now = int(time.time())
        last = request.session.get(self.IDLE_KEY, now)
        # Each save puts off the end of a session; its beginning stays.
        start = request.session.get(self.START_KEY, now)
        if now - last > settings.SESSION_IDLE_MINUTES * 60 or now - start > settings.SESSION_COOKIE_AGE:
            return True
        if now - last > 60 or self.IDLE_KEY not in request.session:  # not a write on every request
            request.session[self.IDLE_KEY] = now
            request.session[self.START_KEY] = start
            # Instead of allauth's middleware, which would write on every request and wait behind every import.
            UserSession.objects.create_from_request(request)
        return False

    @staticmethod
    def _ask_for_new_password(request):
        allowed = (reverse("account_change_password"), reverse("account_logout"))
        if request.user.must_change_password and request.path_info not in allowed:
            return redirect("account_change_password")
        return None


class SecondFactorMiddleware:
    """With REQUIRE_MFA, powerful accounts get nowhere before they have enrolled a second factor."""

    # Enrolling asks for the password again first.
    ALLOWED = (
        "mfa_activate_totp", "mfa_index", "mfa_view_recovery_codes", "mfa_generate_recovery_codes",
        "mfa_download_recovery_codes", "account_reauthenticate", "mfa_reauthenticate", "account_logout",
        "account_change_password",
    )  # fmt: skip

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view_func, view_args, view_kwargs):
        if not settings.REQUIRE_MFA or not access.needs_second_factor(request.user):
            return None
        name = request.resolver_match.url_name
        if name in self.ALLOWED or not getattr(view_func, "login_required", True):
            return None
        if Authenticator.objects.filter(user=request.user, type=Authenticator.Type.TOTP).exists():
            return None
        if request.path_info.startswith("/api/"):
            return JsonResponse({"detail": "请先在网页上启用两步验证。"}, status=403)
        messages.warning(request, "您的账号可以管理账号、导入或导出数据，按规定须先启用两步验证。")
        return redirect("mfa_activate_totp")


class DeniedAccessMiddleware:
    """Refusals go into the audit trail, once a minute per person and page."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        user = getattr(request, "user", None)
        if response.status_code == 403 and user is not None and user.is_authenticated:
            self._note(request, user)
        return response

    @staticmethod
    def _note(request, user):
        view = request.resolver_match.view_name if request.resolver_match else ""
        if cache.add(f"audit-denied:{user.pk}:{view}", 1, 60):
            record(
                actor=user,
                action=AuditAction.DENIED,
                path=home_path(user),
                detail={"page": request.path_info[:200], "method": request.method},
                request=request,
            )


class PrivateResponseMiddleware:
    """`no-store` on every page of a signed-in person: “back” after signing out shows nothing."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if getattr(request, "user", None) is not None and request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "no-store, private")
        elif request.method == "POST" and request.path_info == reverse("account_logout"):
            response.headers["Clear-Site-Data"] = '"cache", "storage"'
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=(self)")
        return response


class NotFoundMiddleware:
    """The page of 404.html also with DEBUG, where Django would list its addresses in English."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if settings.DEBUG and response.status_code == 404 and request.resolver_match is None:
            return page_not_found(request, None)
        return response

    def process_exception(self, request, exception):
        return page_not_found(request, exception) if isinstance(exception, Http404) else None
