"""The register: people, their dated postings, dated facts about them, and the keys by which names are found."""

import datetime as dt
from collections.abc import Callable

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from members.choices import (
    COUNTED,
    Closing,
    EventKind,
    Membership,
    Opening,
    Precision,
    Relation,
)
from members.models.person import Person
from members.names import search_keys, sort_key
from orgs import access
from orgs.fields import BlindIndexField, blind_index
from orgs.models import Organisation
from orgs.models.organisations import DatedQuerySet
from orgs.search_words import normalise_search
from orgs.terms import add_years
from orgs.tree import STEP

PRESENT = tuple(value for value in Relation.values if value != Relation.LEFT)
# Row 45.
NEVER_DELETED = "党员信息不得删除，请登记去向（转出、出党、去世等）。"
# What `save()` writes beside a field.
FOLLOWERS = {"name": "pinyin", "identity_number": "identity_hash", "mobile": "mobile_hash"}


def within_homes(user, permission: str, *, home: str = "organisation", root: str = "root_id") -> Q:
    """The condition “the home lies where `user` holds `permission`”; no row without any.

    For whole top organisations it compares `root`, so that a list of a million rows keeps the index of its order.
    """
    held = [a.organisation for a in user.current_appointments if permission in a.permissions]
    tops = {organisation.pk for organisation in held if organisation.depth == 1}
    condition = Q(**{f"{root}__in": tops}) if tops else Q(pk__in=[])
    if rest := [organisation.path for organisation in held if organisation.depth > 1]:
        below = Organisation.objects.permitted_below(rest).order_by()
        condition |= Q(**{f"{home}__in": below.values("pk")})
    return condition


def sortable(field: str):
    """A day that may be unknown, as a list sorts by it: the unknown come first. Lists and indexes share it."""
    return Coalesce(field, Value(dt.date(1900, 1, 1), output_field=models.DateField()))


FEW_HOMES = 300


def at_homes(organisations) -> Q:
    """“The home is one of `organisations`.” Few of them are read first and named one by one: the database then knows
    how few rows there are and takes the index of the home, instead of walking the whole register in list order.
    """
    ids = list(organisations.order_by().values_list("pk", flat=True)[: FEW_HOMES + 1])
    if len(ids) > FEW_HOMES:
        return Q(organisation__in=organisations.order_by().values("pk"))
    return Q(organisation__in=ids)


class HomeQuerySet(models.QuerySet):
    """Rows that belong to an organisation, their `HOME`, and are seen where `VIEW` is held."""

    VIEW = "members.view"
    HOME, ROOT = "organisation", "root_id"

    def visible_to(self, user):
        return self.permitted_to(user, self.VIEW)

    def permitted_to(self, user, permission):
        """The rows at whose organisation `user` holds `permission`."""
        return self.scoped(user, lambda: within_homes(user, permission, home=self.HOME, root=self.ROOT))

    def scoped(self, user, condition: Callable[[], Q]):
        """No row for who is not signed in, all for who sees everything, else those that fulfil `condition`."""
        if not user.is_authenticated:
            return self.none()
        return self if user.sees_everything else self.filter(condition())


class MemberQuerySet(HomeQuerySet):
    def visible_to(self, user):
        """Members whose home, now or last, lies where the user may read members; and the user's own record."""
        return self.scoped(user, lambda: within_homes(user, self.VIEW) | Q(account=user))

    def listed_to(self, user, permission="members.view"):
        """As `permitted_to`, for lists: few homes are named one by one (`at_homes`). The own record is not among them."""
        rows = self.permitted_to(user, permission)
        if not user.is_authenticated or access.has_at_top(user, permission):
            return rows
        return rows.filter(at_homes(Organisation.objects.permitted_to(user, permission)))

    def of_account(self, user):
        """The record of the person themselves; found by the account alone, never by a key in the address."""
        return (
            self.filter(account=user).select_related("organisation") if user.is_authenticated else self.none()
        )

    def in_register(self):
        """Those who count as members: with an open posting."""
        return self.filter(membership__in=COUNTED, relation__in=PRESENT)

    def former(self):
        """Those who were members and left the register."""
        return self.exclude(membership__in=COUNTED, relation__in=PRESENT)

    def full(self):
        return self.in_register().filter(membership=Membership.FULL)

    def find(self, text):
        """Name contains `text`, or its pinyin or initials begin with it."""
        key = normalise_search(text)
        if not key:
            return self.none()
        # Not EXISTS: SQLite would ask it of every member.
        return self.filter(pk__in=NameKey.objects.filter(key__has_prefix=key).values("member"))

    def with_identity(self, number):
        """Whoever has this identity number."""
        return self.filter(Member._meta.get_field("identity_hash").find(number))

    def with_mobile(self, number):
        """Everybody who has this mobile number; families share one."""
        return self.filter(Member._meta.get_field("mobile_hash").find(number))

    def delete(self):
        raise TypeError(NEVER_DELETED)

    def update(self, **values):
        if refused := FOLLOWERS.keys() & set(values):
            # `save()` does not run here: hashes and keys would speak of the old value.
            raise TypeError(f"Save members one by one to change {', '.join(sorted(refused))}.")
        return super().update(**values)


class Member(Person):
    """党员: a person in the register, whatever became of them. Rows are never deleted: a way out is recorded.

    `organisation` is the home, or the last one of those who left; the open `Posting` says the same with its date.
    Dates before the register may be known by the month only (`joined_precision`).
    `legacy_unverified` marks imported history that today's rules would not let pass (历史数据待核).
    `root_id` is the top organisation, the key to partitions at a size beyond one server.
    """

    identity_hash = BlindIndexField("证件号码索引", of="identity_number", unique=True)
    mobile_hash = BlindIndexField("手机号码索引", of="mobile", db_index=True)
    born_on = models.DateField("出生日期", null=True, blank=True)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="members", verbose_name="所在党支部"
    )
    root_id = models.BigIntegerField("顶层组织", db_index=True, editable=False)
    membership = models.CharField("党员类别", max_length=12, choices=Membership)
    relation = models.CharField("组织关系", max_length=12, choices=Relation, default=Relation.REGISTERED)
    joined_on = models.DateField("入党日期", null=True, blank=True)
    joined_precision = models.CharField(
        "入党日期精度", max_length=5, choices=Precision, default=Precision.DAY
    )
    probation_ends_on = models.DateField("预备期满日期", null=True, blank=True)
    confirmed_on = models.DateField("转正日期", null=True, blank=True)
    confirmed_precision = models.CharField(
        "转正日期精度", max_length=5, choices=Precision, default=Precision.DAY
    )
    left_on = models.DateField("离册日期", null=True, blank=True)
    legacy_unverified = models.BooleanField("历史数据待核", default=False)
    legacy_reason = models.CharField("待核原因", max_length=200, blank=True)
    account = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="member",
        verbose_name="本人账号",
    )
    created_at = models.DateTimeField("登记时间", default=timezone.now)
    updated_at = models.DateTimeField("更新时间", default=timezone.now)

    objects = MemberQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "党员"
        constraints = [
            models.CheckConstraint(
                name="member_confirmed_later",
                condition=Q(confirmed_on__isnull=True)
                | Q(joined_on__isnull=True)
                | Q(confirmed_on__gte=F("joined_on")),
                violation_error_message="转正日期不能早于入党日期。",
            ),
            models.CheckConstraint(
                name="member_identity_known",
                condition=~Q(identity_hash=""),
                violation_error_message="证件号码不能为空。",
            ),
        ]
        indexes = [
            models.Index(fields=["pinyin", "id"], name="member_pinyin"),
            models.Index(fields=["organisation", "pinyin", "id"], name="member_organisation_pinyin"),
            models.Index(sortable("joined_on"), "id", name="member_joined"),
            models.Index(sortable("born_on"), "id", name="member_born"),
            models.Index(fields=["updated_at", "id"], name="member_updated"),
            models.Index(fields=["root_id"], condition=Q(legacy_unverified=True), name="member_legacy"),
            models.Index(fields=["membership", "relation", "pinyin"], name="member_standing"),
            # Namesakes under one top organisation: who of them holds a post is asked of each leader (training hours).
            models.Index(fields=["name", "root_id"], name="member_name"),
        ]

    def save(self, *args, **kwargs):
        """Keeps pinyin and search keys with the name; `root_id` with the home."""
        self.pinyin = sort_key(self.name)
        self.root_id = self.root_id or root_of(self.organisation)
        fields = kwargs.get("update_fields")
        if fields is not None:
            kwargs["update_fields"] = {*fields, *(FOLLOWERS[name] for name in FOLLOWERS.keys() & set(fields))}
        super().save(*args, **kwargs)
        if fields is None or "name" in fields:
            refresh_name_keys(self)

    def clean(self):
        """The constraints that are checked next speak of the hash."""
        field = self._meta.get_field("identity_hash")
        self.identity_hash = blind_index(self.identity_number, field.context)

    def delete(self, *args, **kwargs):
        raise TypeError(NEVER_DELETED)

    @property
    def is_counted(self):
        return self.membership in COUNTED and self.relation != Relation.LEFT

    @property
    def age(self) -> int | None:
        """In full years, today."""
        return age_on(self.born_on, timezone.localdate()) if self.born_on else None

    @property
    def party_years(self) -> int | None:
        """党龄, in full years: it runs from the confirmation. Source: 党章 art. 7."""
        is_full = self.membership == Membership.FULL and self.confirmed_on
        return age_on(self.confirmed_on, timezone.localdate()) if is_full else None

    @property
    def joined_words(self):
        return date_words(self.joined_on, self.joined_precision)

    @property
    def confirmed_words(self):
        return date_words(self.confirmed_on, self.confirmed_precision)


def root_of(organisation) -> int:
    """The key of the top organisation above `organisation`; one query unless it is one itself."""
    if organisation.depth == 1:
        return organisation.pk
    return Organisation.objects.values_list("pk", flat=True).get(path=organisation.path[:STEP])


def age_on(born_on: dt.date, day: dt.date) -> int:
    """Full years on `day`; who was born on 29 February grows older on the 28th in other years."""
    years = day.year - born_on.year
    return years if add_years(born_on, years) <= day else years - 1


def date_words(day, precision) -> str:
    """2021-10-06, or 2021-10 where only the month is known; "" for none."""
    if day is None:
        return ""
    return f"{day:%Y-%m}" if precision == Precision.MONTH else day.isoformat()


class NameKey(models.Model):
    """What a search for a member's name compares with: endings of the name, its pinyin, its initials."""

    # The index below begins with the key; this one serves rewriting and the lists that are filtered further.
    member = models.ForeignKey(Member, models.CASCADE, related_name="name_keys", verbose_name="党员")
    key = models.CharField("检索键", max_length=60)

    class Meta:
        verbose_name = verbose_name_plural = "姓名检索键"
        indexes = [
            models.Index(
                fields=["key", "member"], name="name_key", opclasses=["varchar_pattern_ops", "int8_ops"]
            )
        ]

    def __str__(self):
        return self.key


def refresh_name_keys(member) -> None:
    """Rewrites the keys of one member; does nothing when they are right already."""
    wanted = search_keys(member.name)
    stored = set(member.name_keys.values_list("key", flat=True))
    if wanted == stored:
        return
    member.name_keys.exclude(key__in=wanted).delete()
    NameKey.objects.bulk_create(NameKey(member=member, key=key) for key in wanted - stored)


class PostingQuerySet(DatedQuerySet):
    def visible_to(self, user):
        return self.filter(member__in=Member.objects.visible_to(user).order_by().values("pk"))


class Posting(models.Model):
    """That a member counted in `organisation` from `since` (null: since before the register) until `until`.

    `until` is the first day no longer. What as-of figures and rosters read: the open one equals `Member.organisation`.
    """

    member = models.ForeignKey(Member, models.CASCADE, related_name="postings", verbose_name="党员")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="postings", verbose_name="党组织"
    )
    since = models.DateField("起", null=True, blank=True)
    until = models.DateField("止", null=True, blank=True)
    opened_how = models.CharField("来源", max_length=16, choices=Opening)
    closed_how = models.CharField("去向", max_length=16, choices=Closing, blank=True)
    run = models.ForeignKey(
        "imports.ImportRun", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="导入"
    )
    closed_by_run = models.ForeignKey(
        "imports.ImportRun",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="终止于导入",
    )

    objects = PostingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "组织关系沿革"
        constraints = [
            models.UniqueConstraint(
                fields=["member"],
                condition=Q(until__isnull=True),
                name="posting_one_open",
                violation_error_message="该党员已有在册的党组织，不能重复入册。",
            ),
            models.CheckConstraint(
                name="posting_until_later",
                condition=Q(until__isnull=True) | Q(since__isnull=True) | Q(until__gte=F("since")),
                violation_error_message="截止日期不能早于开始日期。",
            ),
            models.CheckConstraint(
                name="posting_closed_with_reason",
                condition=Q(until__isnull=True, closed_how="") | Q(until__isnull=False) & ~Q(closed_how=""),
                violation_error_message="请填写去向。",
            ),
        ]
        indexes = [models.Index(fields=["organisation", "until", "since"], name="posting_organisation")]

    def __str__(self):
        return f"{self.member} {self.organisation}"


class MemberEventQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(member__in=Member.objects.visible_to(user).order_by().values("pk"))

    def standing(self):
        """Not taken back as a mistake."""
        return self.filter(withdrawn_at__isnull=True)

    def in_force(self, on=None):
        on = on or timezone.localdate()
        return self.standing().filter(Q(until_on__isnull=True) | Q(until_on__gt=on), on__lte=on)


class MemberEvent(models.Model):
    """A dated fact: confirmation, discipline, disposal, commendation. `until_on` is the first day no longer in force.

    A superior body may take one back (退回更正): it stays readable, and nothing counts it any more.
    """

    member = models.ForeignKey(Member, models.CASCADE, related_name="events", verbose_name="党员")
    kind = models.CharField("类别", max_length=16, choices=EventKind)
    on = models.DateField("日期")
    until_on = models.DateField("截止日期", null=True, blank=True)
    document_no = models.CharField("文号", max_length=60, blank=True)
    note = models.CharField("说明", max_length=300, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="记录人"
    )
    recorded_at = models.DateTimeField("记录时间", default=timezone.now)
    withdrawn_at = models.DateTimeField("退回更正时间", null=True, blank=True)
    withdrawn_reason = models.CharField("退回更正原因", max_length=200, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="退回更正人",
    )

    objects = MemberEventQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "党员事项"
        ordering = ["-on", "-pk"]
        indexes = [models.Index(fields=["member", "on"], name="member_event_day")]

    def __str__(self):
        return f"{self.member} {self.get_kind_display()}"
