"""What dues ask of the people who keep them: arrears, the fixing of January, a ledger that nobody has written."""

from django.db.models import Count, Exists, Max, Min, OuterRef
from django.urls import reverse

from members import access
from members.dues import ledger
from members.dues.scales import month_of
from members.models import DuesBasis, DuesCharge, Member
from orgs.terms import add_months
from orgs.todos import SHOWN, ToDo

RULE = "党费规定：按月交纳；没有正当理由连续6个月不交的，由党组织按组织处置程序办理"
FIXING_MONTHS = 3  # of the year, in which January's work is asked for


def members_kept_by(user):
    """Those in the register whose home the person works for."""
    return Member.objects.permitted_to(user, "members.change").in_register().order_by()


def _arrears(user, today):
    """Row 43: one line each, or all in one when there are many; two queries."""
    if not access.can_change_members(user):
        return
    limits = ledger.Limits.on(today)
    found = ledger.arrears(ledger.charges_of_counted(user), today, least=limits.notice)
    figures = found.aggregate(count=Count("member"), longest=Max("months"))
    if figures["count"] > SHOWN:
        yield ToDo(
            f"{figures['count']:,} 名党员满 {limits.notice} 个月未交纳党费，最长的已 {figures['longest']} 个月",
            RULE,
            reverse("members:dues-arrears"),
            "查看名单",
            _left(figures["longest"], limits, today),
            count=figures["count"],
        )
        return
    for row in found.values("member", "member__name", "months") if figures["count"] else ():
        yield ToDo(
            ledger.arrears_message(row["member__name"], row["months"]),
            RULE,
            reverse("members:dues-member", args=[row["member"]]),
            "查看",
            _left(row["months"], limits, today),
        )


def _left(months, limits, today) -> int:
    """Days until the last on which to pay before the months are full after which the rules ask for more."""
    full = add_months(month_of(today), limits.most - months)
    return (full - today).days - 1


def _january(user, today):
    """Members whose amount still rests on an earlier year; one query."""
    if today.month > FIXING_MONTHS or not access.can_change_members(user):
        return
    first = today.replace(month=1, day=1)
    bases = DuesBasis.objects.filter(member=OuterRef("pk"))
    open_ones = members_kept_by(user).filter(
        Exists(bases.filter(effective_from__lt=first)), ~Exists(bases.filter(effective_from__gte=first))
    )
    found = open_ones.aggregate(
        count=Count("pk"), branches=Count("organisation", distinct=True), branch=Min("organisation")
    )
    if found["count"]:
        one = found["branches"] == 1
        yield ToDo(
            f"{today.year}年度党费待核定 {found['count']:,} 人",
            "党费规定：每年1月核定一次，当年一般不变",
            reverse("members:dues-refix", args=[found["branch"]]) if one else reverse("members:dues"),
            "去核定",
            (first.replace(month=2) - today).days - 1,
            count=found["count"],
        )


def _ledger(user, today):
    """Nothing written for this month though amounts are fixed; two queries."""
    if not access.can_change_members(user):
        return
    month = month_of(today)
    if DuesCharge.objects.permitted_to(user, "members.change").filter(month=month).exists():
        return
    if DuesBasis.objects.filter(
        effective_from__lte=month, member__in=members_kept_by(user).values("pk")
    ).exists():
        yield ToDo(
            f"{today:%-m}月党费台账尚未生成",
            "党费按月交纳，生成后可逐人登记",
            reverse("members:dues"),
            "去生成",
        )


SOURCES = [_arrears, _january, _ledger]
