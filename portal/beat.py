"""Celery's beat, which keeps its times through a clock that was set back."""

import datetime as dt

from celery.beat import PersistentScheduler
from django.utils import timezone

SLACK = dt.timedelta(seconds=5)


class Scheduler(PersistentScheduler):
    """An entry that last ran in what is now the future counts as run just now.

    Else nothing of it would run until the clock has caught up, and a new start would not help: the times are kept.
    """

    def tick(self, *args, **kwargs):
        now = timezone.now()
        ahead = [entry for entry in self.schedule.values() if entry.last_run_at > now + SLACK]
        for entry in ahead:
            entry.last_run_at = now
        if ahead:
            self._heap = None  # reckoned anew
        return super().tick(*args, **kwargs)
