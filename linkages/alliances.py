"""What lists of alliances show beside their own columns."""

from django.db.models import Count, DateField, OuterRef, Subquery
from django.db.models.functions import Coalesce

from linkages.alliance_filters import overdue
from linkages.models import ChairTerm, Conference


def _counted(rows, by):
    counts = rows.order_by().values(by).annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counts), 0)


def with_figures(alliances, today):
    """Adds `held`, conferences of the year of `today`; `late`, overdue resolutions; `chair_id` and `chair_until`."""
    held = Conference.objects.held().filter(alliance=OuterRef("pk"), on__year=today.year)
    terms = ChairTerm.objects.filter(alliance=OuterRef("pk"), starts_on__lte=today, ends_on__gte=today)
    return alliances.annotate(
        held=_counted(held, "alliance"),
        late=_counted(overdue(today), "conference__alliance"),
        chair_id=Subquery(terms.values("member")[:1]),
        chair_until=Subquery(terms.values("ends_on")[:1], output_field=DateField()),
    )


def chair_of(alliance):
    """Of one that came `with_members` and `with_figures`; a member that has left chairs no more."""
    return next((member for member in alliance.current_members if member.pk == alliance.chair_id), None)
