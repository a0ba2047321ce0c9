"""Bookings of stations (场地预订). What is taken is a row per half hour, and the database lets each stand once."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from activities.models.activity import Activity
from activities.models.venues import Venue
from members.models import HomeQuerySet, within_homes
from orgs.models import Organisation

SLOT = dt.timedelta(minutes=30)


class BookingState(models.TextChoices):
    PENDING = "pending", "待确认"
    CONFIRMED = "confirmed", "已确认"
    DECLINED = "declined", "未同意"
    CANCELLED = "cancelled", "已取消"


HOLDING = (BookingState.PENDING, BookingState.CONFIRMED)
CALLED_OFF = "活动取消"  # the reason of a booking that went with its activity


class BookingQuerySet(HomeQuerySet):
    VIEW = "activities.view"

    def permitted_to(self, user, permission):
        """Made for an organisation, or at a station, where `user` holds `permission`."""
        return self.scoped(user, lambda: _ours(user, permission) | _here(user, permission))

    def made_by(self, user, permission=VIEW):
        return self.scoped(user, lambda: _ours(user, permission))

    def at_venues_of(self, user, permission="activities.change"):
        return self.scoped(user, lambda: _here(user, permission))

    def holding(self):
        return self.filter(state__in=HOLDING)

    def coming(self, at=None):
        return self.holding().filter(ends_at__gt=at or timezone.now())


def _ours(user, permission):
    return within_homes(user, permission, root="venue__root_id")


def _here(user, permission):
    return within_homes(user, permission, home="venue__organisation", root="venue__root_id")


class Booking(models.Model):
    """A station for an organisation from `starts_at` to `ends_at`; pending and confirmed ones hold their slots.

    Cancelled or declined with a reason, never deleted.
    """

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="bookings", verbose_name="阵地")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="venue_bookings", verbose_name="使用党组织"
    )
    activity = models.ForeignKey(
        Activity, models.PROTECT, null=True, blank=True, related_name="bookings", verbose_name="活动"
    )
    title = models.CharField("用途", max_length=120)
    persons = models.PositiveIntegerField("人数")
    starts_at = models.DateTimeField("开始时间")
    ends_at = models.DateTimeField("结束时间")
    state = models.CharField("状态", max_length=10, choices=BookingState, default=BookingState.CONFIRMED)
    reason = models.CharField("原因", max_length=200, blank=True)
    booked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="预订人"
    )
    booked_at = models.DateTimeField("预订时间", default=timezone.now)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="办理人",
    )
    decided_at = models.DateTimeField("办理时间", null=True, blank=True)
    updated_at = models.DateTimeField("更新时间", default=timezone.now)

    objects = BookingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "场地预订"
        constraints = [
            models.CheckConstraint(
                name="booking_ends_later",
                condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message="结束时间须晚于开始时间。",
            )
        ]
        indexes = [
            models.Index(fields=["venue", "starts_at"], name="booking_of_venue"),
            models.Index(fields=["organisation", "starts_at"], name="booking_organisation"),
            models.Index(fields=["state", "starts_at"], name="booking_state"),
        ]

    def __str__(self):
        return f"{self.venue} {self.when_words}"

    def delete(self, *args, **kwargs):
        raise TypeError("预订记录不得删除，请登记取消及原因。")

    @property
    def holds(self):
        return self.state in HOLDING

    @property
    def is_over(self):
        return self.ends_at <= timezone.now()

    @property
    def when_words(self):
        """2026-11-27 09:00–11:00; the end's day as well where it is another one."""
        start, end = timezone.localtime(self.starts_at), timezone.localtime(self.ends_at)
        same = start.date() == (end - dt.timedelta(seconds=1)).date()
        last = (
            ("24:00" if end.date() != start.date() else f"{end:%H:%M}") if same else f"{end:%Y-%m-%d %H:%M}"
        )
        return f"{start:%Y-%m-%d %H:%M}–{last}"

    def covers(self, activity) -> bool:
        """Whether the activity takes place while the station is booked."""
        return (
            self.starts_at <= activity.starts_at and (activity.ends_at or activity.starts_at) <= self.ends_at
        )


class BookedSlot(models.Model):
    """Half an hour that is taken. The constraint is what keeps two bookings apart, on every database alike."""

    booking = models.ForeignKey(Booking, models.CASCADE, related_name="slots", verbose_name="预订")
    venue = models.ForeignKey(Venue, models.CASCADE, related_name="+", verbose_name="阵地")
    starts_at = models.DateTimeField("开始时间")

    class Meta:
        verbose_name = verbose_name_plural = "占用时段"
        constraints = [
            models.UniqueConstraint(
                fields=["venue", "starts_at"],
                name="booked_slot_once",
                violation_error_message="该时段已被预订。",
            )
        ]

    def __str__(self):
        return f"{self.venue} {timezone.localtime(self.starts_at):%Y-%m-%d %H:%M}"


def slots_between(starts_at: dt.datetime, ends_at: dt.datetime) -> list[dt.datetime]:
    return [starts_at + SLOT * number for number in range((ends_at - starts_at) // SLOT)]
