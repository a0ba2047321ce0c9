"""What study lists ask for: of a member what is still to be read, of a branch who has not read it a week before the end."""

import datetime as dt

from django.db.models import Q
from django.urls import reverse

from activities import access, studies
from activities.models import StudyList
from members.access import can_open_own_record
from members.models import Member
from orgs.kinds import BRANCHES
from orgs.todos import SHOWN, ToDo

NOTICE_DAYS = 7
BASIS = "党员教育管理工作条例：党员应当按期完成规定的学习任务"


def own(user, today):
    member = None
    if can_open_own_record(user):
        rows = Member.objects.in_register().of_account(user)
        member = rows.defer("identity_number", "mobile").first()
    if member is None:
        return
    for study in studies.open_items(member, today)[:SHOWN]:
        yield ToDo(
            f"学习清单“{study}”还有{study.unread}篇未学",
            f"{BASIS}，{study.ends_on} 前完成",
            reverse("activities:own-studies"),
            "去学习",
            (study.ends_on - today).days,
        )


def branch(user, today):
    """For the branches at which the person works; at most `SHOWN` lists of each."""
    if not access.can_change_activities(user):
        return
    held = {a.organisation for a in user.current_appointments if "activities.change" in a.permissions}
    near = Q(starts_on__lte=today, ends_on__range=(today, today + dt.timedelta(days=NOTICE_DAYS)))
    for organisation in sorted((one for one in held if one.kind in BRANCHES), key=lambda one: one.path):
        paths = [*organisation.ancestor_paths, organisation.path]
        lists = StudyList.objects.open().filter(near, organisation__path__in=paths)
        there = Member.objects.in_register().filter(organisation=organisation)
        for study in lists.order_by("ends_on", "pk")[:SHOWN]:
            found = studies.totals(there, study)
            if found["people"] > found["done"]:
                yield ToDo(
                    f"学习清单“{study}”还有{found['people'] - found['done']}名党员未学完",
                    f"{BASIS}，{study.ends_on} 到期",
                    reverse("activities:study-branch", args=[study.pk, organisation.pk]),
                    "查看",
                    (study.ends_on - today).days,
                )


SOURCES = [own, branch]
