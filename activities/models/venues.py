"""Stations and rooms (党群服务阵地): where they are, when they are open, and who serves there when (S22).

Clock times are minutes of the day, 0–1440: midnight as the end of a day is none that a time of day can hold.
"""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from members.models import HomeQuerySet, root_of, within_homes
from orgs.clock import DAY, clock_words, range_words
from orgs.models import Organisation, Park
from orgs.tree import STEP


class VenueKind(models.TextChoices):
    CENTRE = "centre", "党群服务中心"
    STATION = "station", "党群服务站"
    ROOM = "room", "会议室、活动室"
    HALL = "hall", "讲堂"
    EXHIBITION = "exhibition", "展厅"
    OTHER = "other", "其他"


class Weekday(models.IntegerChoices):
    MONDAY = 1, "周一"
    TUESDAY = 2, "周二"
    WEDNESDAY = 3, "周三"
    THURSDAY = 4, "周四"
    FRIDAY = 5, "周五"
    SATURDAY = 6, "周六"
    SUNDAY = 7, "周日"


class RestDays(models.TextChoices):
    CLOSED = "closed", "休息日、节假日不开放"
    WEEKENDS = "weekends", "双休日开放，法定节假日不开放"
    OPEN = "open", "休息日、节假日照常开放"


class VenueQuerySet(HomeQuerySet):
    VIEW = "activities.view"

    def visible_to(self, user):
        """Those of the organisations in the person's scope; and for whoever may record activities anywhere, every
        one in use below the same top organisation: they are there to be used by all, so all may see and book them.
        """
        return self.scoped(user, lambda: within_homes(user, self.VIEW) | self._for_all(user))

    @staticmethod
    def _for_all(user) -> Q:
        recording = user.permission_paths.get("activities.change", ())
        tops = Organisation.objects.filter(path__in={path[:STEP] for path in recording}).order_by()
        return in_use_on() & Q(root_id__in=tops.values("pk"))

    def search(self, text):
        """Name, address or equipment contains `text`."""
        return self.filter(
            Q(name__icontains=text) | Q(address__icontains=text) | Q(equipment__icontains=text)
        )

    def in_use(self, day=None):
        return self.filter(in_use_on(day))


def in_use_on(day=None, prefix="") -> Q:
    """The condition “in use on the day” (default: today); `until` is the first day on which it is not."""
    day = day or timezone.localdate()
    return Q(**{f"{prefix}since__lte": day}) & (
        Q(**{f"{prefix}until__isnull": True}) | Q(**{f"{prefix}until__gt": day})
    )


class Venue(models.Model):
    """阵地. Closed with a reason, never deleted."""

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="venues", verbose_name="管理党组织"
    )
    root_id = models.BigIntegerField("顶层组织", editable=False)
    name = models.CharField("名称", max_length=60)
    kind = models.CharField("类别", max_length=12, choices=VenueKind, default=VenueKind.STATION)
    park = models.ForeignKey(
        Park, models.PROTECT, null=True, blank=True, related_name="venues", verbose_name="所在园区"
    )
    address = models.CharField("地址", max_length=200, blank=True)
    latitude = models.DecimalField(
        "纬度",
        max_digits=8,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(-90), MaxValueValidator(90)],
    )
    longitude = models.DecimalField(
        "经度",
        max_digits=9,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(-180), MaxValueValidator(180)],
    )
    capacity = models.PositiveIntegerField("可容纳人数", null=True, blank=True)
    equipment = models.CharField("设施设备", max_length=300, blank=True)
    phone = models.CharField("办公电话", max_length=30, blank=True)
    needs_approval = models.BooleanField("预订须经确认", default=False)
    since = models.DateField("启用日期", default=timezone.localdate)
    until = models.DateField("停用日期", null=True, blank=True)
    closed_reason = models.CharField("停用原因", max_length=200, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="登记人"
    )
    created_at = models.DateTimeField("登记时间", default=timezone.now)
    updated_at = models.DateTimeField("更新时间", default=timezone.now)

    objects = VenueQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "阵地"
        constraints = [
            models.UniqueConstraint(
                fields=["root_id", "name"],
                condition=Q(until__isnull=True),
                name="venue_name_once",
                violation_error_message="已有同名的阵地。",
            ),
            models.CheckConstraint(
                name="venue_place_whole",
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(
                    latitude__isnull=False,
                    longitude__isnull=False,
                    latitude__range=(-90, 90),
                    longitude__range=(-180, 180),
                ),
                violation_error_message="经度和纬度须同时填写，且在有效范围内。",
            ),
            models.CheckConstraint(
                name="venue_until_later",
                condition=Q(until__isnull=True) | Q(until__gte=F("since")),
                violation_error_message="停用日期不能早于启用日期。",
            ),
        ]
        indexes = [models.Index(fields=["organisation", "name"], name="venue_organisation")]

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        self.root_id = self.root_id or root_of(self.organisation)
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError("阵地不得删除，请登记停用及原因。")

    @property
    def is_in_use(self):
        return self.was_in_use(timezone.localdate())

    def was_in_use(self, day) -> bool:
        return self.since <= day and (self.until is None or day < self.until)


class Timetable(models.Model):
    """The opening times of a week from `since` until the next one begins; older ones tell how long it was open then.

    `week` holds for Monday to Sunday the ranges [from, to) in minutes.
    """

    venue = models.ForeignKey(Venue, models.CASCADE, related_name="timetables", verbose_name="阵地")
    since = models.DateField("自何日起")
    week = models.JSONField("每周开放时间", default=list)
    rest_days = models.CharField("休息日、节假日", max_length=10, choices=RestDays, default=RestDays.CLOSED)

    class Meta:
        verbose_name = verbose_name_plural = "开放时间"
        ordering = ["venue", "since"]
        constraints = [models.UniqueConstraint(fields=["venue", "since"], name="timetable_once")]

    def __str__(self):
        return f"{self.venue} {self.since}"

    @property
    def lines(self) -> list[tuple[str, str]]:
        """(周一, 09:00–12:00、13:30–17:00), Monday to Sunday."""
        return [(day.label, range_words(self.week[day - 1]) or "不开放") for day in Weekday]


class VenueDay(models.Model):
    """A day on which a venue opens differently: `ranges` as in a timetable, none when it is closed."""

    venue = models.ForeignKey(Venue, models.CASCADE, related_name="special_days", verbose_name="阵地")
    day = models.DateField("日期")
    ranges = models.JSONField("开放时间", default=list, blank=True)
    note = models.CharField("说明", max_length=60, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "特殊日期"
        ordering = ["venue", "day"]
        constraints = [models.UniqueConstraint(fields=["venue", "day"], name="venue_day_once")]

    def __str__(self):
        return f"{self.venue} {self.day}"

    @property
    def words(self):
        return range_words(self.ranges) or "不开放"


class ServiceShift(models.Model):
    """驻点服务: a unit serves at a venue every week on `weekday` from `since` on, or once on `day`.

    `until` is the last day of a weekly one; the person on duty is a name and no account.
    """

    venue = models.ForeignKey(Venue, models.CASCADE, related_name="shifts", verbose_name="阵地")
    name = models.CharField("服务事项", max_length=40)
    unit = models.CharField("提供单位", max_length=80)
    weekday = models.PositiveSmallIntegerField("每周", choices=Weekday, null=True, blank=True)
    day = models.DateField("日期", null=True, blank=True)
    opens = models.PositiveSmallIntegerField("开始")
    closes = models.PositiveSmallIntegerField("结束")
    person_name = models.CharField("值班人员", max_length=50, blank=True)
    since = models.DateField("自何日起", null=True, blank=True)
    until = models.DateField("至何日止", null=True, blank=True)
    updated_at = models.DateTimeField("更新时间", default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = "驻点服务"
        constraints = [
            models.CheckConstraint(
                name="service_weekly_or_once",
                condition=Q(weekday__isnull=True, day__isnull=False, since__isnull=True, until__isnull=True)
                | Q(weekday__isnull=False, day__isnull=True, since__isnull=False),
                violation_error_message="请填写每周几或具体日期中的一项。",
            ),
            models.CheckConstraint(
                name="service_ends_later",
                condition=Q(closes__gt=F("opens"), closes__lte=DAY),
                violation_error_message="结束时间须晚于开始时间。",
            ),
        ]
        indexes = [models.Index(fields=["venue", "weekday"], name="service_of_venue")]

    def __str__(self):
        return f"{self.venue} {self.name}"

    @property
    def time_words(self):
        return f"{clock_words(self.opens)}–{clock_words(self.closes)}"

    @property
    def when_words(self):
        """每周三 14:00–16:00 or 2026-11-30 14:00–16:00."""
        days = f"每{self.get_weekday_display()}" if self.weekday else f"{self.day:%Y-%m-%d}"
        return f"{days} {self.time_words}"

    @property
    def who_words(self):
        return "，".join(filter(None, [self.unit, self.person_name]))

    @property
    def detail_words(self):
        """Who, and from when until when."""
        since = f"{self.since:%Y-%m-%d} 起" if self.since else ""
        until = f"至 {self.until:%Y-%m-%d}" if self.until else ""
        return "，".join(filter(None, [self.who_words, since, until]))

    def serves_on(self, day) -> bool:
        if self.day is not None:
            return self.day == day
        return (
            self.weekday == day.isoweekday()
            and self.since <= day
            and (self.until is None or day <= self.until)
        )
