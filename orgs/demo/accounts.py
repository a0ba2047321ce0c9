"""One account per role for looking around. Its password is public, so it exists in development only."""

import datetime as dt
from dataclasses import dataclass

from django.contrib.auth.hashers import check_password, make_password

from orgs.kinds import OrganisationKind as Kind
from orgs.models import Appointment, Coverage, Enterprise, Organisation, Role, User
from orgs.ownership import owners_for

PASSWORD = "Wutong-7Qx4-2mKd"  # noqa: S105 - public by intention, never outside DEBUG


@dataclass(frozen=True)
class Account:
    """`kind` says at which organisation of the first city; None: at the very top."""

    username: str
    display_name: str
    role: Role
    kind: Kind | None
    where: str


ACCOUNTS = (
    Account("admin", "安管平", Role.ADMINISTRATOR, None, "全部"),
    Account("auditor", "沈计明", Role.AUDITOR, None, "全部"),
    Account("leader", "梁领航", Role.LEADER, None, "全部，只看"),
    Account("officer", "党务清", Role.OFFICER, Kind.COMPOSITE_COMMITTEE, "科学城综合党委"),
    Account("cluster", "季群力", Role.OFFICER, Kind.CLUSTER_COMMITTEE, "一个产业集群"),
    Account("area", "彭区安", Role.OFFICER, Kind.AREA_COMMITTEE, "一个片区"),
    Account("secretary", "舒继先", Role.SECRETARY, Kind.BRANCH, "一个党支部"),
    Account("contact", "廉启航", Role.CONTACT, Kind.BRANCH, "一家企业"),
    Account("member", "袁当先", Role.MEMBER, Kind.BRANCH, "本人"),
    Account("partner", "连伯安", Role.PARTNER, None, "一家共建单位"),
    Account("screen", "服务中心大屏", Role.SCREEN, None, "全部，只看大屏"),
)


def create(day: dt.date) -> None:
    """All share one hash: hashing a password for each would take longer than inventing the park."""
    password = make_password(PASSWORD)
    users = User.objects.bulk_create(
        User(
            username=a.username,
            display_name=a.display_name,
            email=f"{a.username}@example.cn",
            password=password,
        )
        for a in ACCOUNTS
    )
    branch = _covering_branch()
    enterprise = Enterprise.objects.get(coverages__organisation=branch, coverages__until__isnull=True)
    for account, user in zip(ACCOUNTS, users, strict=True):
        organisation = branch if account.kind == Kind.BRANCH else _organisation(account.kind)
        appointment = Appointment(user=user, role=account.role, organisation=organisation, starts_on=day)
        if account.role == Role.CONTACT:
            appointment.enterprise = enterprise
            appointment.organisation_id = owners_for([enterprise.pk])[enterprise.pk]
        appointment.save()


def _organisation(kind: Kind | None) -> Organisation:
    rows = Organisation.objects.order_by("path")
    return rows.filter(kind=kind).first() if kind else rows.first()


def _covering_branch() -> Organisation:
    """A branch of one enterprise in a park."""
    own = Coverage.objects.filter(method="own", until__isnull=True, organisation__park__isnull=False)
    return Organisation.objects.get(pk=own.order_by("organisation__path").values("organisation")[:1])


def still_open() -> list[Account]:
    """The demonstration accounts that can be used with the public password."""
    hashes = dict(User.objects.filter(is_active=True).values_list("username", "password"))
    known: dict[str, bool] = {}
    found = []
    for account in ACCOUNTS:
        stored = hashes.get(account.username)
        if stored and stored not in known:
            known[stored] = check_password(PASSWORD, stored)
        if stored and known[stored]:
            found.append(account)
    return found
