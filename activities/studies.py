"""How far the reading of a study list has come: of a member, of the branches below, of everybody in sight.

Asked of the members who are at home there today. Who has read all required items has done the list.
"""

from django.db.models import Count, F, IntegerField, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from activities.models import StudyItem, StudyList, StudyMark
from members.models import Member
from orgs.models import Organisation


def with_marks(members, study_list):
    """Adds `marked`: how many of the required items the member has read."""
    marks = StudyMark.objects.filter(member=OuterRef("pk"), item__in=_required(study_list))
    counted = marks.order_by().values("member").annotate(count=Count("pk")).values("count")
    return members.annotate(marked=_count(counted))


def reached(user, study_list):
    """Members whom the list reaches, as far as `user` sees the activities of their branches."""
    rows = Member.objects.permitted_to(user, "activities.view").in_register()
    return rows.filter(organisation__path__startswith=study_list.organisation.path)


def branches(user, study_list):
    """Organisations with members whom the list reaches: `people`, `done` (how many have read all), `marked`."""
    there = with_marks(
        Member.objects.in_register().filter(organisation=OuterRef("pk")).order_by(), study_list
    )
    grouped = there.values("organisation")
    rows = Organisation.objects.permitted_to(user, "activities.view")
    rows = rows.filter(path__startswith=study_list.organisation.path)
    return (
        rows.annotate(
            people=_count(grouped.annotate(count=Count("pk")).values("count")),
            done=_count(
                there.filter(marked__gte=study_list.needed)
                .values("organisation")
                .annotate(count=Count("pk"))
                .values("count")
            ),
        )
        .filter(people__gt=0)
        .annotate(open=F("people") - F("done"))
    )


def totals(members, study_list) -> dict:
    """Of `members`: `people`, and `done`, how many of them have read all."""
    marks = StudyMark.objects.filter(
        item__in=_required(study_list), member__in=members.order_by().values("pk")
    )
    read = marks.order_by().values("member").annotate(count=Count("pk"))
    people = members.order_by().count()
    done = read.filter(count__gte=study_list.needed).count() if study_list.needed else people
    return {"people": people, "done": done}


def _required(study_list):
    return study_list.items.required().order_by().values("pk")


def _count(rows):
    return Coalesce(Subquery(rows, output_field=IntegerField()), Value(0))


def open_items(member, today):
    """(list, how many required items are still to be read) of what reaches the member and has begun; soonest first."""
    lists = StudyList.objects.for_member(member).filter(starts_on__lte=today, ends_on__gte=today)
    unread = (
        StudyItem.objects.required()
        .filter(study_list=OuterRef("pk"))
        .exclude(marks__member=member)
        .order_by()
        .values("study_list")
        .annotate(count=Count("pk"))
        .values("count")
    )
    return lists.annotate(unread=_count(unread)).filter(unread__gt=0).order_by(F("ends_on"), "pk")
