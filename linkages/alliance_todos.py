"""What alliances ask of a person: the chair passes on, a resolution is near its day or overdue.

For the home of the alliance, the units concerned and the liaisons among them; a fixed number of queries each.
"""

import datetime as dt

from django.db.models import Exists, OuterRef, Q, Subquery
from django.urls import reverse

from linkages import access
from linkages.chairs import NOTICE_DAYS
from linkages.models import Alliance, AllianceMember, ChairTerm, ConferenceResolution
from orgs.todos import ToDo, first_of


def _concerned(user):
    return access.can_change_agreements(user) or access.partner_ids(user)


def handovers(user, today):
    """The term of today ends within 30 days: the home, who chairs and who comes next are told."""
    if not _concerned(user):
        return
    mine = AllianceMember.objects.worked_by(user).order_by().values("pk")
    homes = Alliance.objects.permitted_to(user, "linkages.change").order_by().values("pk")
    later = ChairTerm.objects.filter(alliance=OuterRef("alliance"), starts_on__gt=OuterRef("ends_on"))
    rows = (
        ChairTerm.objects.filter(
            alliance__ended_on__isnull=True,
            starts_on__lte=today,
            ends_on__range=(today, today + dt.timedelta(days=NOTICE_DAYS)),
        )
        .annotate(next_member=Subquery(later.order_by("starts_on").values("member")[:1]))
        .filter(Q(alliance__in=homes) | Q(member__in=mine) | Q(next_member__in=mine))
    )
    shown = rows.select_related("alliance", "member__organisation", "member__partner")
    found, rest, more = first_of(shown.order_by("ends_on", "pk"))
    keys = [row.next_member for row in found if row.next_member]
    names = AllianceMember.objects.select_related("organisation", "partner").in_bulk(keys)
    for row in found:
        after = names.get(row.next_member)
        words = f"次日由{after}接任，请做好交接" if after else "下一任还没有安排，请牵头党组织安排轮值"
        yield ToDo(
            f"{row.alliance}轮值主席{row.member}任期至{row.ends_on}",
            words,
            reverse("linkages:alliance", args=[row.alliance_id]),
            "查看",
            (row.ends_on - today).days,
        )
    if rest:
        yield ToDo(
            f"另有 {more:,} 个联盟的轮值主席将交接",
            f"其中最早的 {rest.ends_on} 届满",
            f"{reverse('linkages:alliance-list')}?handover=1",
            "全部",
            (rest.ends_on - today).days,
            count=more,
        )


def vacant(user, today):
    """The last term ran out and none follows."""
    if not access.can_change_agreements(user):
        return
    terms = ChairTerm.objects.filter(alliance=OuterRef("pk"))
    rows = Alliance.objects.permitted_to(user, "linkages.change").running()
    rows = rows.filter(Exists(terms), ~Exists(terms.filter(ends_on__gte=today))).order_by("pk")
    found, rest, more = first_of(rows)
    for row in found:
        yield ToDo(
            f"{row}没有轮值主席",
            "上一任已届满，请安排下一任",
            reverse("linkages:alliance", args=[row.pk]),
            "去安排",
            0,
        )
    if rest:
        yield ToDo(
            f"另有 {more:,} 个联盟没有轮值主席",
            "请安排下一任",
            f"{reverse('linkages:alliance-list')}?without_chair=1",
            "全部",
            0,
            count=more,
        )


def resolutions(user, today):
    """What a unit of the person carries out, overdue or due within a week."""
    if not _concerned(user):
        return
    rows = ConferenceResolution.objects.near(today).owned_by(user)
    shown = rows.select_related("conference__alliance", "owner__organisation", "owner__partner")
    found, rest, more = first_of(shown.order_by("due_on", "pk"))
    for row in found:
        yield ToDo(
            f"联盟议定事项待落实：{row.text[:40]}",
            f"{row.conference.alliance}{row.conference.on}议定，{row.owner}负责，{row.due_on} 前完成",
            f"{reverse('linkages:conference', args=[row.conference_id])}#resolution-{row.pk}",
            "去办结",
            (row.due_on - today).days,
        )
    if rest:
        yield ToDo(
            f"另有 {more:,} 项联盟议定事项待落实",
            f"其中最早的 {rest.due_on} 到期",
            f"{reverse('linkages:resolution-list')}?state=near&mine=1",
            "全部",
            (rest.due_on - today).days,
            count=more,
        )


SOURCES = [handovers, vacant, resolutions]
