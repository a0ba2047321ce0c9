"""流动与外出, and their log of contacts."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action

from members import access
from members.actions import absences as actions
from members.api.transfers import changeable_member, receiver_code
from members.models import Absence, AbsenceEnd, AbsenceKind, ContactEntry, ContactMeans
from members.transfer_filters import AbsenceFilter
from orgs.access import require
from orgs.api.fields import Flag, Text
from orgs.api.organisations import OrganisationRef, organisation_code
from orgs.api.views import SubjectViewSet


class ContactEntrySerializer(serializers.ModelSerializer):
    class Meta:
        model = ContactEntry
        fields = ["on", "means", "person", "reached", "result"]


class AbsenceSerializer(serializers.ModelSerializer):
    """`member` is null for guests from outside the register."""

    name = serializers.CharField()
    home = serializers.CharField(source="home_words")
    host = OrganisationRef(allow_null=True)
    mobile = serializers.CharField(source="masked_mobile", help_text="已遮盖。")
    last_contact_on = serializers.DateField(help_text="最近联系上的日期，没有则为起始日期。")

    class Meta:
        model = Absence
        fields = [
            "id", "member", "name", "home", "kind", "since", "place", "host", "host_name", "mobile",
            "contact_person", "expected_return_on", "reported_on", "last_contact_on", "closed_on", "closed_how",
            "note",
        ]  # fmt: skip


class AbsenceDetailSerializer(AbsenceSerializer):
    contacts = ContactEntrySerializer(many=True)

    class Meta(AbsenceSerializer.Meta):
        fields = [*AbsenceSerializer.Meta.fields, "contacts"]


class AbsenceInput(serializers.Serializer):
    member = changeable_member(help_text="党员编号。")
    kind = serializers.ChoiceField(choices=AbsenceKind.choices)
    since = serializers.DateField()
    place = Text(max_length=120, required=False, allow_blank=True)
    host = receiver_code(required=False, allow_null=True, help_text="系统内流入地党支部代码。")
    host_name = Text(max_length=120, required=False, allow_blank=True)
    contact_person = Text(max_length=50, required=False, allow_blank=True)
    expected_return_on = serializers.DateField(required=False, allow_null=True)
    note = Text(max_length=300, required=False, allow_blank=True)


class GuestInput(serializers.Serializer):
    host = organisation_code("members.change", help_text="参加组织生活的党组织代码。")
    guest_name = Text(max_length=50)
    home_name = Text(max_length=120)
    guest_mobile = Text(max_length=30, required=False, allow_blank=True)
    since = serializers.DateField()
    place = Text(max_length=120, required=False, allow_blank=True)
    contact_person = Text(max_length=50, required=False, allow_blank=True)
    expected_return_on = serializers.DateField(required=False, allow_null=True)
    note = Text(max_length=300, required=False, allow_blank=True)


class AbsenceEndInput(serializers.Serializer):
    how = serializers.ChoiceField(choices=AbsenceEnd.choices)
    on = serializers.DateField(default=timezone.localdate, help_text="默认今天。")
    note = Text(max_length=200, required=False, allow_blank=True)


class AbsenceReportInput(serializers.Serializer):
    on = serializers.DateField(default=timezone.localdate, help_text="默认今天。")


class ContactEntryInput(serializers.Serializer):
    on = serializers.DateField(default=timezone.localdate, help_text="默认今天。")
    means = serializers.ChoiceField(choices=ContactMeans.choices)
    person = Text(max_length=50)
    reached = Flag(required=False)
    result = Text(max_length=200)


@extend_schema_view(
    list=extend_schema(summary="流动与外出", description="默认不含已结束的。"),
    retrieve=extend_schema(summary="一条外出登记"),
)
class AbsenceViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubjectViewSet):
    model = Absence
    serializer_class = AbsenceSerializer
    filterset_class = AbsenceFilter
    may_list = staticmethod(access.can_view_members)
    ordering = "-pk"

    def get_serializer_class(self):
        return AbsenceSerializer if self.action == "list" else AbsenceDetailSerializer

    def rows(self):
        rows = Absence.objects.visible_to(self.request.user).with_last_contact()
        rows = rows.select_related("member__organisation", "host")
        return rows if self.action == "list" else rows.prefetch_related("contacts")

    @extend_schema(summary="登记外出", request=AbsenceInput, responses={201: AbsenceDetailSerializer})
    def create(self, request):
        require(access.can_change_members(request.user))
        found = actions.start_absence(**self.read(AbsenceInput), **self.who)
        return self.shown(found.pk, 201)

    @extend_schema(summary="登记流入党员", request=GuestInput, responses={201: AbsenceDetailSerializer})
    @action(detail=False, methods=["post"])
    def guest(self, request):
        require(access.can_change_members(request.user))
        found = actions.register_guest(**self.read(GuestInput), **self.who)
        return self.shown(found.pk, 201)

    def _take(self, allowed, act, input_class):
        found = self.get_object()
        require(allowed(self.request.user, found))
        act(absence=found, **self.read(input_class), **self.who)
        return self.shown(found.pk)

    @extend_schema(summary="登记联系", request=ContactEntryInput, responses={200: AbsenceDetailSerializer})
    @action(detail=True, methods=["post"])
    def contact(self, request, pk=None):
        return self._take(access.can_change_absence, actions.add_contact, ContactEntryInput)

    @extend_schema(summary="结束登记", request=AbsenceEndInput, responses={200: AbsenceDetailSerializer})
    @action(detail=True, methods=["post"])
    def end(self, request, pk=None):
        return self._take(access.can_change_absence, actions.end_absence, AbsenceEndInput)

    @extend_schema(
        summary="流入地确认报到", request=AbsenceReportInput, responses={200: AbsenceDetailSerializer}
    )
    @action(detail=True, methods=["post"])
    def report(self, request, pk=None):
        return self._take(access.can_report_absence, actions.report_in, AbsenceReportInput)
