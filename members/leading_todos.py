"""What posts, teams and public roles ask of a person: somebody responsible, and an act when a term is over."""

import datetime as dt

from django.urls import reverse

from members import access
from members.leading_filters import OVER, pressing
from members.models import LeadingUnit, PublicRole
from orgs.todos import ToDo, first_of


def vacant(user, today: dt.date):
    """Nobody answers for it: never named, or the one who did has left or moved."""
    if not access.can_change_members(user):
        return
    rows = LeadingUnit.objects.permitted_to(user, "members.change").without_leader()
    found, _, more = first_of(rows.order_by("-updated_at", "pk"))
    for unit in found:
        yield ToDo(
            f"{unit.get_kind_display()}“{unit}”无人负责",
            "未确定负责人，或原负责人已离册、转出",
            reverse("members:leading-leader", args=[unit.pk]),
            "确定负责人",
        )
    if more:
        yield ToDo(
            f"另有 {more:,} 个岗位或队伍无人负责",
            "请逐个确定负责人",
            f"{reverse('members:leading-all')}?gap=leader",
            "全部",
            count=more,
        )


def unit_terms(user, today: dt.date):
    rows = _ending(user, LeadingUnit.objects, today)
    yield from _terms(
        rows, today, "members:leading-unit", "members:leading-all", "续任的请修改届满日期，不再保留的登记撤销"
    )


def role_terms(user, today: dt.date):
    rows = _ending(user, PublicRole.objects, today).select_related("member")
    yield from _terms(
        rows, today, "members:role-end", "members:role-list", "届满请登记终止，连任的再登记新一届任职"
    )


def _ending(user, rows, today):
    if not access.can_change_members(user):
        return rows.none()
    return rows.permitted_to(user, "members.change").open().filter(pressing(today))


def _terms(rows, today, page, the_list, reason):
    """The last day of a term still belongs to it."""
    found, rest, more = first_of(rows.order_by("term_ends_on", "pk"))
    for row in found:
        days = (row.term_ends_on - today).days
        words = f"已于 {row.term_ends_on} 届满" if days < 0 else f"将于 {row.term_ends_on} 届满"
        yield ToDo(
            f"{row.get_kind_display()}{words}：{getattr(row, 'member', row)}",
            reason,
            reverse(page, args=[row.pk]),
            "去办理",
            days,
        )
    if rest:
        days = (rest.term_ends_on - today).days
        url = f"{reverse(the_list)}?term={OVER if days < 0 else 'soon'}"
        yield ToDo(f"另有 {more:,} 项任期已届满或即将届满", "按届满日期先后", url, "全部", days, count=more)


SOURCES = (vacant, unit_terms, role_terms)
