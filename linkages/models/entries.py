"""The lines of histories."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from members.models.append_only import AppendOnly


class Entry(AppendOnly):
    """One line of the history of something: when and by whom."""

    at = models.DateTimeField("时间", default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name="经办",
    )  # fmt: skip

    class Meta:
        abstract = True
