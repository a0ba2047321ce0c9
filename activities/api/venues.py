"""阵地: stations with opening times and services on site; kept on the pages."""

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers

from activities import access
from activities.models import ServiceShift, Timetable, Venue, VenueDay
from activities.venue_filters import VenueFilter
from orgs.api.organisations import OrganisationRef
from orgs.api.places import PlaceRef
from orgs.api.views import SubjectViewSet
from orgs.clock import clock_words


def ranges_of(ranges) -> list[dict]:
    return [{"opens": clock_words(first), "closes": clock_words(last)} for first, last in ranges]


class TimetableSerializer(serializers.ModelSerializer):
    week = serializers.SerializerMethodField(help_text="周一至周日，每天若干段。")

    class Meta:
        model = Timetable
        fields = ["since", "week", "rest_days"]

    def get_week(self, row) -> list[list[dict[str, str]]]:
        return [ranges_of(ranges) for ranges in row.week]


class VenueDaySerializer(serializers.ModelSerializer):
    ranges = serializers.SerializerMethodField(help_text="当日开放时间，没有的为不开放。")

    class Meta:
        model = VenueDay
        fields = ["day", "ranges", "note"]

    def get_ranges(self, row) -> list[dict[str, str]]:
        return ranges_of(row.ranges)


class ServiceShiftSerializer(serializers.ModelSerializer):
    opens = serializers.SerializerMethodField()
    closes = serializers.SerializerMethodField()

    class Meta:
        model = ServiceShift
        fields = [
            "id", "name", "unit", "weekday", "day", "opens", "closes", "person_name", "since", "until",
        ]  # fmt: skip

    def get_opens(self, row) -> str:
        return clock_words(row.opens)

    def get_closes(self, row) -> str:
        return clock_words(row.closes)


class VenueSerializer(serializers.ModelSerializer):
    organisation = OrganisationRef()
    park = PlaceRef(allow_null=True)

    class Meta:
        model = Venue
        fields = [
            "id", "name", "kind", "organisation", "park", "address", "latitude", "longitude", "capacity",
            "equipment", "phone", "needs_approval", "since", "until", "closed_reason", "updated_at",
        ]  # fmt: skip


class VenueDetailSerializer(VenueSerializer):
    timetables = TimetableSerializer(many=True)
    special_days = VenueDaySerializer(many=True)
    shifts = ServiceShiftSerializer(many=True)

    class Meta(VenueSerializer.Meta):
        fields = [*VenueSerializer.Meta.fields, "timetables", "special_days", "shifts"]


@extend_schema_view(
    list=extend_schema(summary="阵地列表", description="查询条件与网页相同；未填use的列出全部。"),
    retrieve=extend_schema(
        summary="一处阵地", description="含开放时间、特殊日期和驻点服务。", responses=VenueDetailSerializer
    ),
)
class VenueViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubjectViewSet):
    model = Venue
    serializer_class = VenueSerializer
    filterset_class = VenueFilter
    may_list = staticmethod(access.can_view_venues)

    def get_serializer_class(self):
        return VenueSerializer if self.action == "list" else VenueDetailSerializer

    def rows(self):
        rows = Venue.objects.visible_to(self.request.user).select_related("organisation", "park")
        return (
            rows if self.action == "list" else rows.prefetch_related("timetables", "special_days", "shifts")
        )
