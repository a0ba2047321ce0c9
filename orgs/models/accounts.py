"""People who sign in, and where they may act."""

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Length, Substr
from django.utils import timezone
from django.utils.functional import cached_property

from orgs.permissions import NEVER_DELEGATED, ROLE_PERMISSIONS
from orgs.tree import within_paths

SYSTEM_USERNAME = "system"


class Role(models.TextChoices):
    ADMINISTRATOR = "administrator", "系统管理员"
    AUDITOR = "auditor", "审计员"
    OFFICER = "officer", "党务工作者"
    SECRETARY = "secretary", "党支部书记"
    LEADER = "leader", "领导"
    CONTACT = "contact", "企业联系人"
    MEMBER = "member", "党员"
    PARTNER = "partner", "共建单位联络员"
    SCREEN = "screen", "大屏"


class UserQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Accounts with an appointment inside a subtree where `user` manages accounts, and `user`."""
        if not user.is_authenticated:
            return self.none()
        if user.sees_everything:
            return self
        scope = Appointment.objects.visible_to(user).values("user")
        return self.filter(Q(pk__in=scope) | Q(pk=user.pk))

    def people(self):
        """Without the system account."""
        return self.exclude(username=SYSTEM_USERNAME)

    def appointed_within(self, *organisations):
        """Active accounts with a current appointment of their own at one of `organisations` or below.

        Liaisons of partner units are kept at the top organisation and belong to none; a screen is nobody.
        """
        own = Appointment.objects.current().filter(delegated_by__isnull=True)
        own = own.exclude(role__in=(Role.PARTNER, Role.SCREEN))
        within = own.filter(within_paths([o.path for o in organisations], "organisation__path"))
        return self.filter(is_active=True, pk__in=within.values("user"))

    def search(self, text):
        """Name or user name contains `text`."""
        return self.filter(Q(display_name__icontains=text) | Q(username__icontains=text))


class PortalUserManager(UserManager.from_queryset(UserQuerySet)):
    def system(self):
        """The account that acts for the command line and for schedulers; nobody can sign in with it."""
        user, created = self.get_or_create(
            username=SYSTEM_USERNAME, defaults={"display_name": "系统", "is_active": False}
        )
        if created:
            user.set_unusable_password()
            user.save(update_fields=["password"])
        return user


class User(AbstractUser):
    """An account. It may do nothing until it holds an `Appointment`."""

    first_name = last_name = None
    display_name = models.CharField("姓名", max_length=50)
    must_change_password = models.BooleanField("下次登录须改密码", default=False)

    objects = PortalUserManager()

    class Meta:
        verbose_name = verbose_name_plural = "账号"

    def __str__(self):
        return self.display_name or self.username

    def get_full_name(self):
        return str(self)

    get_short_name = get_full_name

    @property
    def is_system(self):
        return self.username == SYSTEM_USERNAME

    @property
    def sees_everything(self):
        return self.is_superuser or self.is_system

    @cached_property
    def current_appointments(self):
        """Today's appointments with their organisation; one query per request, two for those to whom something was lent.

        Each says how many messages are `unread`, so that the bell of every page asks for nothing of its own.
        """
        if not self.pk:
            return []
        unread = self.notices.model.objects.unread().filter(user=OuterRef("user")).order_by().values("user")
        rows = self.appointments.in_force().select_related("organisation").order_by("pk")
        found = list(rows.annotate(unread=Subquery(unread.annotate(count=Count("pk")).values("count"))))
        # The condition on lenders is dear to build; most people hold nothing that was lent to them.
        if any(appointment.delegated_by_id for appointment in found):
            counting = set(self.appointments.current().values_list("pk", flat=True))
            found = [appointment for appointment in found if appointment.pk in counting]
        return found

    @cached_property
    def permission_paths(self) -> dict[str, tuple[str, ...]]:
        """Permission → tree paths of the organisations below which it holds."""
        paths: dict[str, set[str]] = {}
        for appointment in self.current_appointments:
            for permission in appointment.permissions:
                paths.setdefault(permission, set()).add(appointment.organisation.path)
        return {permission: tuple(sorted(found)) for permission, found in paths.items()}

    @cached_property
    def contact_enterprise_ids(self) -> list[int]:
        return [a.enterprise_id for a in self.current_appointments if a.enterprise_id]


class AppointmentQuerySet(models.QuerySet):
    def in_force(self, on=None):
        """By their own dates (default: today); the last day counts."""
        on = on or timezone.localdate()
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on), starts_on__lte=on)

    def current(self, on=None):
        """Appointments in force on the day.

        A lent one counts only while the lender is active and holds an own appointment that contains it.
        """
        lenders = (
            self.model._default_manager.in_force(on)
            .filter(
                user=OuterRef("delegated_by"),
                user__is_active=True,
                role=OuterRef("role"),
                delegated_by__isnull=True,
            )
            .alias(start=Substr(OuterRef("organisation__path"), 1, Length("organisation__path")))
            .filter(organisation__path=F("start"))
        )
        return self.in_force(on).filter(Q(delegated_by__isnull=True) | Exists(lenders))

    def granting(self, permission: str):
        """Those that carry `permission`, of active accounts."""
        rows = self.filter(
            user__is_active=True, role__in=[role for role in Role if permission in ROLE_PERMISSIONS[role]]
        )
        return rows.filter(delegated_by__isnull=True) if permission in NEVER_DELEGATED else rows

    def not_ended(self, on=None):
        """In force or still to come."""
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on or timezone.localdate()))

    def overlapping(self, starts_on, ends_on):
        """With at least one day in common with the stretch (`ends_on` None: without end)."""
        rows = self.not_ended(starts_on)
        return rows.filter(starts_on__lte=ends_on) if ends_on else rows

    def lendable_by(self, user):
        """Own appointments in force whose role may be lent; a borrowed one may not."""
        roles = [role for role in Role if "delegate" in ROLE_PERMISSIONS[role]]
        return self.current().filter(user=user, delegated_by__isnull=True, role__in=roles).order_by("pk")

    def visible_to(self, user):
        if not user.is_authenticated:
            return self.none()
        if user.sees_everything:
            return self
        paths = user.permission_paths.get("accounts.manage", ())
        return self.filter(within_paths(paths, "organisation__path") | Q(user=user))


class Appointment(models.Model):
    """`user` acts for `organisation` and all below it in `role`, from `starts_on` to `ends_on` inclusive.

    A delegated appointment names who lent it and must end; it carries neither the right to export nor to lend.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="appointments", verbose_name="账号")
    organisation = models.ForeignKey(
        "orgs.Organisation", models.CASCADE, related_name="appointments", verbose_name="党组织"
    )
    role = models.CharField("角色", max_length=20, choices=Role)
    enterprise = models.ForeignKey(
        "orgs.Enterprise",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="contact_appointments",
        verbose_name="企业",
        help_text="仅企业联系人填写。",
    )
    starts_on = models.DateField("开始日期", default=timezone.localdate)
    ends_on = models.DateField("结束日期", null=True, blank=True)
    delegated_by = models.ForeignKey(
        User, models.CASCADE, null=True, blank=True, related_name="delegations", verbose_name="授权人"
    )
    created_at = models.DateTimeField("创建时间", auto_now_add=True)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "任用"
        constraints = [
            models.CheckConstraint(
                name="appointment_ends_after_start",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                violation_error_message="结束日期不能早于开始日期。",
            ),
            models.CheckConstraint(
                name="appointment_delegation_ends",
                condition=Q(delegated_by__isnull=True) | Q(ends_on__isnull=False),
                violation_error_message="授权必须填写结束日期。",
            ),
        ]

    def __str__(self):
        return f"{self.user} · {self.get_role_display()}"

    @property
    def permissions(self) -> frozenset[str]:
        granted = ROLE_PERMISSIONS[self.role]
        return granted - NEVER_DELEGATED if self.delegated_by_id else granted


class SavedFilter(models.Model):
    """A list page's query string under a name of its owner's choosing."""

    user = models.ForeignKey(User, models.CASCADE, related_name="saved_filters")
    page = models.CharField("页面", max_length=60)
    name = models.CharField("名称", max_length=40)
    query = models.CharField("条件", max_length=1000)

    class Meta:
        verbose_name = verbose_name_plural = "保存的筛选"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "page", "name"],
                name="saved_filter_name_once",
                violation_error_message="已有同名筛选。",
            )
        ]

    def __str__(self):
        return self.name
