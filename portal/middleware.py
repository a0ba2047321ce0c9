"""After a change: kept figures are brought up to date."""

import logging
import time

from portal.tasks import refresh_snapshots

logger = logging.getLogger(__name__)
SAFE = ("GET", "HEAD", "OPTIONS")
PAUSE = 1.0


class RefreshMiddleware:
    """Hands over `refresh_snapshots` after requests that may have changed something, once a second in each process.

    What is missed that way, or while the queue is down, the periodic run finds marked.
    """

    def __init__(self, get_response):
        self.get_response = get_response
        self.sent_at = -PAUSE

    def __call__(self, request):
        response = self.get_response(request)
        if request.method not in SAFE and response.status_code < 400:
            self._hand_over()
        return response

    def _hand_over(self):
        now = time.monotonic()
        if now - self.sent_at < PAUSE:
            return
        self.sent_at = now
        try:
            refresh_snapshots.delay()
        except Exception:
            logger.exception("Figures could not be brought up to date now; the periodic run will.")
