"""场地预订: made, confirmed, declined and cancelled under the rules of the pages."""

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action

from activities import access, entry_points
from activities.actions import bookings as actions
from activities.api.parts import ReasonInput
from activities.models import Activity, Booking, Venue
from activities.venue_filters import BookingFilter
from orgs.access import require
from orgs.api.fields import Flag, Scoped, Text, WholeNumber
from orgs.api.organisations import OrganisationRef
from orgs.api.places import PlaceRef
from orgs.api.views import SubjectViewSet
from orgs.models import Organisation


class BookingSerializer(serializers.ModelSerializer):
    venue = PlaceRef()
    organisation = OrganisationRef()

    class Meta:
        model = Booking
        fields = [
            "id", "venue", "organisation", "activity", "title", "persons", "starts_at", "ends_at", "state", "reason",
            "booked_at", "decided_at", "updated_at",
        ]  # fmt: skip


def _venues(user):
    return Venue.objects.visible_to(user) if user else Venue.objects.all()


def _places(user):
    return entry_points.places(user) if user else Organisation.objects.all()


def _activities(user):
    return Activity.objects.permitted_to(user, "activities.change") if user else Activity.objects.all()


class BookingInput(serializers.Serializer):
    venue = Scoped(rows=_venues, slug_field="id")
    organisation = Scoped(rows=_places, slug_field="code", help_text="使用党组织代码。")
    activity = Scoped(
        rows=_activities, slug_field="id", required=False, allow_null=True, help_text="已计划的活动。"
    )
    starts_at = serializers.DateTimeField(help_text="整点或半点。")
    ends_at = serializers.DateTimeField(help_text="整点或半点。")
    title = Text(max_length=120)
    persons = WholeNumber(min_value=1, max_value=100_000)
    over_capacity = Flag(required=False, help_text="人数超过可容纳人数，仍要预订。")


@extend_schema_view(
    list=extend_schema(summary="场地预订", description="查询条件与网页相同。"),
    retrieve=extend_schema(summary="一个场地预订"),
)
class BookingViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubjectViewSet):
    model = Booking
    serializer_class = BookingSerializer
    filterset_class = BookingFilter
    may_list = staticmethod(access.can_view_venues)
    ordering = "-pk"

    def rows(self):
        rows = Booking.objects.visible_to(self.request.user)
        return rows.select_related("venue__organisation", "organisation")

    @extend_schema(
        summary="预订场地",
        description="时段已被占用的返回400，说明占用的预订和临近的空闲时间。",
        request=BookingInput,
        responses={201: BookingSerializer},
    )
    def create(self, request):
        require(access.can_book(request.user))
        stored = actions.book(**self.read(BookingInput), **self.who)
        return self.shown(stored.pk, 201)

    def _act(self, may, act, input_class=None):
        found = self.get_object()
        require(may(self.request.user, found))
        given = self.read(input_class) if input_class else {}
        act(booking=found, **given, **self.who)
        return self.shown(found.pk)

    @extend_schema(summary="确认预订", request=None, responses={200: BookingSerializer})
    @action(detail=True, methods=["post"])
    def confirm(self, request, pk=None):
        return self._act(access.can_decide_booking, actions.confirm_booking)

    @extend_schema(summary="不同意预订", request=ReasonInput, responses={200: BookingSerializer})
    @action(detail=True, methods=["post"])
    def decline(self, request, pk=None):
        return self._act(access.can_decide_booking, actions.decline_booking, ReasonInput)

    @extend_schema(summary="取消预订", request=ReasonInput, responses={200: BookingSerializer})
    @action(detail=True, methods=["post"])
    def cancel(self, request, pk=None):
        return self._act(access.can_cancel_booking, actions.cancel_booking, ReasonInput)
