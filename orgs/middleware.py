"""Everybody signs in first, and nothing a person saw stays behind in a cache."""

import time

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.middleware import LoginRequiredMiddleware as DjangoLoginRequired
from django.shortcuts import redirect
from django.urls import reverse


class LoginRequiredMiddleware(DjangoLoginRequired):
    """Anonymous → sign-in page (API views answer 401 themselves); idle sessions end on the server."""

    IDLE_KEY = "last_seen"

    def process_view(self, request, view_func, view_args, view_kwargs):
        if request.path_info.startswith("/api/"):
            return None
        response = super().process_view(request, view_func, view_args, view_kwargs)
        if response or not request.user.is_authenticated:
            return response
        if self._idle_too_long(request):
            logout(request)
            return redirect(f"{reverse(settings.LOGIN_URL)}?idle=1")
        return self._ask_for_new_password(request)

    def _idle_too_long(self, request):
        now = int(time.time())
        last = request.session.get(self.IDLE_KEY, now)
        if now - last > settings.SESSION_IDLE_MINUTES * 60:
            return True
        if now - last > 60 or self.IDLE_KEY not in request.session:  # not a write on every request
            request.session[self.IDLE_KEY] = now
        return False

    @staticmethod
    def _ask_for_new_password(request):
        allowed = (reverse("account_change_password"), reverse("account_logout"))
        if request.user.must_change_password and request.path_info not in allowed:
            return redirect("account_change_password")
        return None


class PrivateResponseMiddleware:
    """`no-store` on every page of a signed-in person: “back” after signing out shows nothing."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if getattr(request, "user", None) is not None and request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "no-store, private")
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=(self)")
        return response
