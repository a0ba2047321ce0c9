"""What lists of members that say what they did ask alike."""

from django.db.models import QuerySet

from members.filters import MOST_COUNTED, NameFilter, OrganisationFilter, of_organisation
from orgs.filters import ListFilter


class OfMembersFilter(ListFilter):
    """Such a list says above how many members are listed and how many of them did it (`figures`)."""

    q = NameFilter(method="filter_name")
    organisation = OrganisationFilter(label="党组织（含下级）", max_length=200, method="filter_organisation")

    def filter_name(self, queryset, name, value):
        return queryset.find(value)

    def filter_organisation(self, queryset, name, value):
        return queryset.filter(of_organisation(value))

    def filter_nothing(self, queryset, name, value):
        """Of what says over which time is counted; it leaves nobody out."""
        return queryset

    @property
    def members(self) -> QuerySet:
        """Those about whom the list is asked, whatever they did."""
        chosen, rows = self.chosen, self.queryset.none() if self.faults else self.queryset
        for name in ("q", "organisation"):
            rows = self.filters[name].filter(rows, chosen.get(name))
        return rows.order_by()

    def figures(self) -> dict[str, int]:
        raise NotImplementedError

    def figures_at_once(self) -> dict[str, int] | None:
        """`figures`; None where counting takes longer than a page may. It fetches them afterwards, by `figures_query`."""
        is_waited_for = "figures" in self.data or self.members[: MOST_COUNTED + 1].count() <= MOST_COUNTED
        return self.figures() if is_waited_for else None

    @property
    def figures_query(self) -> str:
        query = self.data.copy()
        query["figures"] = "1"
        return query.urlencode()
