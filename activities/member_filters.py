"""What lists of members that say what they did ask alike."""

from members.filters import NameFilter, OrganisationFilter, of_organisation
from orgs.filters import ListFilter


class OfMembersFilter(ListFilter):
    q = NameFilter(method="filter_name")
    organisation = OrganisationFilter(label="党组织（含下级）", max_length=200, method="filter_organisation")

    def filter_name(self, queryset, name, value):
        return queryset.find(value)

    def filter_organisation(self, queryset, name, value):
        return queryset.filter(of_organisation(value))

    def filter_nothing(self, queryset, name, value):
        """Of what says over which time is counted; it leaves nobody out."""
        return queryset
