"""Around every request: its number, its line in the log, its place in the figures."""

import logging
import secrets
import time

from portal import metrics
from portal.logs import request_id

logger = logging.getLogger("portal.request")
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class RequestLogMiddleware:
    """Names each request by a number of ours, and writes its line: the name of the route, never its address."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.id = secrets.token_hex(8)
        token, started = request_id.set(request.id), time.monotonic()
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request.id
            self._write(request, response, started)
        finally:
            request_id.reset(token)
        return response

    @staticmethod
    def _write(request, response, started):
        seconds = time.monotonic() - started
        match = request.resolver_match
        # Not request.user, which would ask the database where the view did not.
        user = getattr(request, "_cached_user", None)
        values = {
            "method": request.method if request.method in METHODS else "?",
            "route": match.view_name or match.route if match else "",
            "status": response.status_code,
            "ms": round(seconds * 1000),
            "user": user.pk if user is not None else None,
        }
        words = " ".join(str(value) for value in values.values() if value not in (None, ""))
        logger.info("%s", words, extra=values)
        metrics.requests.note(values["route"], values["method"], response.status_code, seconds)
