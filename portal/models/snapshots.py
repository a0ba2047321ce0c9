"""Kept figures: what each organisation and place came to, from which day to which."""

import functools
import operator

from django.db import models
from django.db.models import Q
from django.utils import timezone

from orgs.models import Area, Cluster, Organisation, Park
from orgs.models.organisations import DatedQuerySet
from orgs.statistics import COUNTS

UNITS = "units_"  # before a count of `CoverageFigures`


def _amount(name: str) -> models.IntegerField:
    return models.IntegerField(name, null=True, blank=True)


class UnitAmounts(models.Model):
    """The columns of coverage; of what they count, see `orgs.statistics`."""

    units_active = _amount("正常经营企业")
    units_organisation = _amount("组织覆盖企业")
    units_work = _amount("工作覆盖企业")
    units_own = _amount("单独组建企业")
    units_joint = _amount("联合组建企业")
    units_area = _amount("区域统建企业")
    units_trade = _amount("行业统建企业")
    units_attached = _amount("挂靠企业")
    units_instructor = _amount("派指导员企业")
    units_should_found = _amount("应建未建企业")
    units_surveyed = _amount("已摸排企业")

    class Meta:
        abstract = True


class Amounts(UnitAmounts):
    """The columns. Null is what nothing is known of, as of a day before figures were kept."""

    members = _amount("党员")
    probationary = _amount("预备党员")
    recruited = _amount("本年发展党员")
    converted = _amount("本年转正党员")
    reached = _amount("本年参加过活动的党员")
    applicants = _amount("入党申请人")
    activists = _amount("入党积极分子")
    candidates = _amount("发展对象")
    cases_overdue = _amount("逾期的发展步骤")
    dues_charges = _amount("本年应交党费人次")
    dues_paid = _amount("本年已交党费人次")
    in_arrears = _amount("欠交党费党员")
    trained = _amount("学时达标党员")
    activities = _amount("本年活动场次")
    present = _amount("本年实到人次")
    expected = _amount("本年应到人次")
    guests = _amount("本年列席和群众人次")
    duties_due = _amount("时限已到的三会一课")
    duties_met = _amount("已完成的三会一课")
    bookings = _amount("本年场地使用次数")
    agreements = _amount("正在履行的协议")
    agreements_expiring = _amount("即将到期的协议")
    orders_taken = _amount("本年应办理订单")
    orders_finished = _amount("本年已办结订单")
    orders_rated = _amount("本年已评分订单")
    rating_sum = _amount("本年评分合计")

    class Meta:
        abstract = True


COLUMNS = tuple(field.name for field in Amounts._meta.local_fields)
UNIT_COLUMNS = tuple(UNITS + name for name in COUNTS)


class Part(models.TextChoices):
    OWN = "own", "本级"
    # Taken off above the hosts of what several hold together, so that it counts once in everything above them.
    SHARED = "shared", "共同举办重复部分"


class Tally(Amounts):
    """What an organisation itself adds to the sum of its subtree. Negative where something was counted twice below."""

    organisation = models.ForeignKey(
        Organisation, models.DO_NOTHING, db_constraint=False, related_name="+", verbose_name="党组织"
    )
    part = models.CharField("部分", max_length=6, choices=Part)

    class Meta:
        verbose_name = verbose_name_plural = "本级数"
        constraints = [models.UniqueConstraint(fields=["organisation", "part"], name="tally_once")]

    def __str__(self):
        return f"{self.organisation_id} {self.get_part_display()}"


SCOPES = ("organisation", "area", "cluster", "park")


class UnitPiece(UnitAmounts):
    """What the units of one park and cluster add to an organisation (as its tally does), those of one park to an area, a
    cluster or the park itself.

    So a change at one unit is answered by counting the units of its park, and whatever an organisation and all below it
    have in every park, area and cluster is a sum of few rows.
    """

    park_id = models.BigIntegerField("园区", help_text="0：未填写园区的企业。")
    cluster_id = models.BigIntegerField(
        "产业集群", default=0, help_text="0：未填写产业集群的企业；片区、产业集群和园区的数不分集群。"
    )
    scope = models.CharField("范围", max_length=12, choices=[(name, name) for name in SCOPES])
    key = models.BigIntegerField("范围编号")

    class Meta:
        verbose_name = verbose_name_plural = "园区企业数"
        constraints = [
            models.UniqueConstraint(fields=["scope", "key", "park_id", "cluster_id"], name="unit_piece_once")
        ]
        indexes = [models.Index(fields=["park_id"], name="unit_piece_park")]

    def __str__(self):
        return f"{self.park_id} {self.scope} {self.key}"


def _scope(model: type[models.Model], name: str) -> models.ForeignKey:
    """Kept figures outlive what they are about: an import that is taken back may remove it."""
    return models.ForeignKey(
        model, models.DO_NOTHING, null=True, blank=True, db_constraint=False, db_index=False,
        related_name="snapshots", verbose_name=name,
    )  # fmt: skip


def _one_of(names: tuple[str, ...]) -> Q:
    """Exactly one of these fields is filled."""
    alternatives = (Q(**{f"{other}__isnull": other != name for other in names}) for name in names)
    return functools.reduce(operator.or_, alternatives)


class Snapshot(Amounts):
    """Figures of one organisation with all below it, or of one area, cluster or park (units only), as they stood from the
    end of the day `since` to the end of the day before `until` (null: still).

    A row is written where something changed, so the figures of any past day are the row whose span holds it. Rows of past
    days are never changed. Of an organisation all columns follow from the tallies of its subtree.
    """

    since = models.DateField("自")
    until = models.DateField("至", null=True, blank=True)
    organisation = _scope(Organisation, "党组织")
    area = _scope(Area, "片区")
    cluster = _scope(Cluster, "产业集群")
    park = _scope(Park, "园区")
    # A median does not add up: it is taken anew for each.
    order_days_median = models.FloatField("办结天数中位数", null=True, blank=True)
    written_at = models.DateTimeField("计算时间", default=timezone.now)

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "数据快照"
        ordering = ["-since", "pk"]
        constraints = [
            *(
                models.UniqueConstraint(
                    fields=[scope, "since"],
                    condition=Q(**{f"{scope}__isnull": False}),
                    name=f"snapshot_{scope}_day",
                )
                for scope in SCOPES
            ),
            *(
                models.UniqueConstraint(
                    fields=[scope],
                    condition=Q(**{f"{scope}__isnull": False, "until__isnull": True}),
                    name=f"snapshot_{scope}_current",
                )
                for scope in SCOPES
            ),
            models.CheckConstraint(
                name="snapshot_one_scope",
                condition=_one_of(SCOPES),
            ),
            models.CheckConstraint(
                name="snapshot_until_later",
                condition=Q(until__isnull=True) | Q(until__gt=models.F("since")),
            ),
        ]

    def __str__(self):
        return f"{self.since} {', '.join(f'{scope} {pk}' for scope in SCOPES if (pk := getattr(self, f'{scope}_id')))}"


class Mark(models.Model):
    """That figures of `family` may have changed, at `place` or, without one, anywhere. A place is an organisation, of units
    a park (0: units without one).

    Triggers of the database write it in the transaction of the change itself (`portal.marks`); whoever reckons anew
    deletes it in the transaction of the reckoning.
    """

    family = models.CharField("数据类别", max_length=10)
    place = models.BigIntegerField("党组织或园区", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "待更新标记"
        indexes = [models.Index(fields=["family", "place"], name="mark_place")]

    def __str__(self):
        return f"{self.family} {'全部' if self.place is None else self.place}"


class Reckoning(models.Model):
    """That everything was reckoned anew for a day; the day's figures are final once it is over."""

    day = models.DateField("日期", unique=True)
    at = models.DateTimeField("计算时间", default=timezone.now)
    # A day of before figures were kept, reckoned afterwards from what the registers say of it.
    afterwards = models.BooleanField("事后推算", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "全量计算"
        ordering = ["-day"]

    def __str__(self):
        return str(self.day)
