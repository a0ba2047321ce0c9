"""党建联盟: the list with the page's filters, one alliance, its conferences, what they resolved; and what is done there."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action

from linkages import access
from linkages.actions import alliances as actions
from linkages.actions import conferences
from linkages.alliance_filters import AllianceFilter, ResolutionFilter
from linkages.alliances import chair_of, with_figures
from linkages.api.agreements import PER_YEAR, PartnerSerializer, PartyCode
from linkages.models import (
    Alliance,
    AllianceMember,
    ChairTerm,
    Conference,
    ConferenceKind,
    ConferenceResolution,
    Partner,
    ResolutionNote,
)
from orgs.access import require
from orgs.api.fields import Numbers, Scoped, Text, WholeNumber
from orgs.api.organisations import OrganisationRef, organisation_code
from orgs.api.views import SubjectViewSet

# --- What is shown -----------------------------------------------------------------------------------


class AllianceMemberSerializer(serializers.ModelSerializer):
    """One of `organisation` and `partner` is filled."""

    organisation = OrganisationRef(allow_null=True)
    partner = PartnerSerializer(allow_null=True)

    class Meta:
        model = AllianceMember
        fields = ["id", "organisation", "partner", "joined_on", "left_on"]


class ChairTermSerializer(serializers.ModelSerializer):
    class Meta:
        model = ChairTerm
        fields = ["id", "member", "starts_on", "ends_on"]


class ConferenceSerializer(serializers.ModelSerializer):
    class Meta:
        model = Conference
        fields = ["id", "alliance", "kind", "title", "on", "place", "held_at", "cancelled_at"]


class AllianceSerializer(serializers.ModelSerializer):
    """`chair` is the member whose turn it is today, `held` the conferences of this year, `late` overdue resolutions."""

    organisation = OrganisationRef()
    members = AllianceMemberSerializer(source="current_members", many=True)
    chair = serializers.SerializerMethodField()
    chair_until = serializers.DateField(allow_null=True)
    held = serializers.IntegerField()
    late = serializers.IntegerField()

    class Meta:
        model = Alliance
        fields = [
            "id", "name", "aim", "organisation", "founded_on", "conferences_per_year", "ended_on", "end_reason",
            "members", "chair", "chair_until", "held", "late", "updated_at",
        ]  # fmt: skip

    def get_chair(self, alliance) -> int | None:
        chair = chair_of(alliance)
        return chair and chair.pk


class AllianceDetailSerializer(AllianceSerializer):
    chair_terms = ChairTermSerializer(many=True)
    conferences = ConferenceSerializer(many=True)

    class Meta(AllianceSerializer.Meta):
        fields = [*AllianceSerializer.Meta.fields, "chair_terms", "conferences"]


class ResolutionNoteSerializer(serializers.ModelSerializer):
    by = serializers.CharField(allow_null=True)

    class Meta:
        model = ResolutionNote
        fields = ["text", "at", "by"]


class ConferenceResolutionSerializer(serializers.ModelSerializer):
    owner = AllianceMemberSerializer()
    notes = ResolutionNoteSerializer(many=True)

    class Meta:
        model = ConferenceResolution
        fields = ["id", "conference", "text", "owner", "due_on", "done_on", "result", "notes"]


class ConferenceDetailSerializer(ConferenceSerializer):
    """`attending` are the numbers of member units."""

    resolutions = ConferenceResolutionSerializer(many=True)

    class Meta(ConferenceSerializer.Meta):
        fields = [
            *ConferenceSerializer.Meta.fields, "agenda", "gist", "attending", "activity", "cancel_reason",
            "resolutions",
        ]  # fmt: skip


# --- What is taken in --------------------------------------------------------------------------------


def _partners(user):
    return Partner.objects.visible_to(user).current() if user else Partner.objects.all()


class UnitInput(serializers.Serializer):
    """One of `organisation` and `partner`."""

    organisation = PartyCode(required=False, allow_null=True, help_text="党组织代码。")
    partner = Scoped(
        rows=_partners, slug_field="id", required=False, allow_null=True, help_text="共建单位编号。"
    )

    def validate(self, attrs):
        units = [unit for unit in (attrs.get("organisation"), attrs.get("partner")) if unit]
        if len(units) != 1:
            raise serializers.ValidationError("须填写党组织或共建单位之一。")
        return attrs | {"unit": units[0]}


class AllianceInput(serializers.Serializer):
    organisation = organisation_code("linkages.change", help_text="牵头党组织代码，自动成为成员。")
    name = Text(max_length=120)
    aim = Text(max_length=500, required=False, allow_blank=True, default="")
    founded_on = serializers.DateField(default=timezone.localdate, help_text="默认今天。")
    conferences_per_year = WholeNumber(**PER_YEAR)
    units = serializers.ListField(child=UnitInput(), min_length=1, max_length=50)


class AllianceAdmitInput(UnitInput):
    on = serializers.DateField(default=timezone.localdate, help_text="默认今天。")


class AllianceReleaseInput(serializers.Serializer):
    member = WholeNumber(min_value=1, max_value=2**53, help_text="成员单位编号。")
    on = serializers.DateField(default=timezone.localdate, help_text="最后一天，默认今天。")


class ChairTermsInput(serializers.Serializer):
    members = Numbers(min_length=1, max_length=50, help_text="依次担任的成员单位编号。")
    months = WholeNumber(min_value=1, max_value=actions.MOST_MONTHS, default=6)
    starts_on = serializers.DateField(required=False, allow_null=True, help_text="首次安排时填写。")


class ChairHandoverInput(serializers.Serializer):
    term = WholeNumber(min_value=1, max_value=2**53, help_text="任期编号。")
    ends_on = serializers.DateField(help_text="任期止，下一任次日接任。")


class AllianceEndInput(serializers.Serializer):
    on = serializers.DateField(default=timezone.localdate, help_text="默认今天。")
    reason = Text(max_length=300)


class ConferenceCallInput(serializers.Serializer):
    kind = serializers.ChoiceField(choices=ConferenceKind.choices, default=ConferenceKind.JOINT)
    title = Text(max_length=120)
    on = serializers.DateField()
    place = Text(max_length=120, required=False, allow_blank=True, default="")
    agenda = Text(max_length=2000, required=False, allow_blank=True, default="")


class ConferenceHoldInput(serializers.Serializer):
    on = serializers.DateField(default=timezone.localdate, help_text="默认今天。")
    attending = Numbers(min_length=1, max_length=200, help_text="到会成员单位编号。")
    gist = Text(max_length=5000)


class ConferenceCancelInput(serializers.Serializer):
    reason = Text(max_length=200)


class ConferenceResolveInput(serializers.Serializer):
    text = Text(max_length=300)
    owner = WholeNumber(min_value=1, max_value=2**53, help_text="责任单位（成员单位编号）。")
    due_on = serializers.DateField()


class ResolutionNoteInput(serializers.Serializer):
    text = Text(max_length=300)


class ConferenceResolutionCloseInput(serializers.Serializer):
    on = serializers.DateField(default=timezone.localdate, help_text="默认今天。")
    result = Text(max_length=300)


def _members(alliance, keys, field) -> list[AllianceMember]:
    """In the order given."""
    kept = {row.pk: row for row in alliance.members.select_related("organisation", "partner")}
    if set(keys) - set(kept):
        raise serializers.ValidationError({field: ["请填写本联盟成员单位的编号。"]})
    return [kept[key] for key in keys]


# --- The routes --------------------------------------------------------------------------------------


@extend_schema_view(
    list=extend_schema(summary="党建联盟列表", description="查询条件与网页列表相同。"),
    retrieve=extend_schema(summary="一个党建联盟", responses=AllianceDetailSerializer),
)
class AllianceViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubjectViewSet):
    model = Alliance
    serializer_class = AllianceSerializer
    filterset_class = AllianceFilter
    may_list = staticmethod(access.can_view_agreements)
    ordering = "-pk"

    def get_serializer_class(self):
        return AllianceSerializer if self.action == "list" else AllianceDetailSerializer

    def rows(self):
        rows = with_figures(
            Alliance.objects.visible_to(self.request.user), timezone.localdate()
        ).with_members()
        return rows if self.action == "list" else rows.prefetch_related("chair_terms", "conferences")

    def _changeable(self):
        found = self.get_object()
        require(access.can_change_alliance(self.request.user, found))
        return found

    @extend_schema(summary="成立联盟", request=AllianceInput, responses={201: AllianceDetailSerializer})
    def create(self, request):
        require(access.can_change_agreements(request.user))
        data = self.read(AllianceInput)
        stored = actions.found_alliance(
            organisation=data["organisation"],
            values={name: data[name] for name in actions.FIELDS},
            units=[row["unit"] for row in data["units"]],
            **self.who,
        )
        return self.shown(stored.pk, 201)

    @extend_schema(summary="增加成员", request=AllianceAdmitInput, responses={200: AllianceDetailSerializer})
    @action(detail=True, methods=["post"])
    def admit(self, request, pk=None):
        found = self._changeable()
        data = self.read(AllianceAdmitInput)
        actions.admit_member(alliance=found, unit=data["unit"], on=data["on"], **self.who)
        return self.shown(found.pk)

    @extend_schema(
        summary="成员退出", request=AllianceReleaseInput, responses={200: AllianceDetailSerializer}
    )
    @action(detail=True, methods=["post"])
    def release(self, request, pk=None):
        found = self._changeable()
        data = self.read(AllianceReleaseInput)
        (member,) = _members(found, [data["member"]], "member")
        actions.release_member(member=member, on=data["on"], **self.who)
        return self.shown(found.pk)

    @extend_schema(summary="安排轮值", request=ChairTermsInput, responses={200: AllianceDetailSerializer})
    @action(detail=True, methods=["post"])
    def terms(self, request, pk=None):
        found = self._changeable()
        data = self.read(ChairTermsInput)
        data["members"] = _members(found, data["members"], "members")
        actions.plan_terms(alliance=found, **data, **self.who)
        return self.shown(found.pk)

    @extend_schema(
        summary="调整交接日", request=ChairHandoverInput, responses={200: AllianceDetailSerializer}
    )
    @action(detail=True, methods=["post"])
    def handover(self, request, pk=None):
        found = self._changeable()
        data = self.read(ChairHandoverInput)
        term = found.chair_terms.filter(pk=data["term"]).first()
        if term is None:
            raise serializers.ValidationError({"term": ["请填写本联盟任期的编号。"]})
        actions.move_handover(term=term, ends_on=data["ends_on"], **self.who)
        return self.shown(found.pk)

    @extend_schema(summary="终止联盟", request=AllianceEndInput, responses={200: AllianceDetailSerializer})
    @action(detail=True, methods=["post"])
    def end(self, request, pk=None):
        found = self._changeable()
        actions.end_alliance(alliance=found, **self.read(AllianceEndInput), **self.who)
        return self.shown(found.pk)

    @extend_schema(summary="安排会议", request=ConferenceCallInput, responses={200: AllianceDetailSerializer})
    @action(detail=True, methods=["post"])
    def call(self, request, pk=None):
        found = self.get_object()
        require(access.can_hold_conferences(request.user, found, chair_of(found)))
        conferences.call_conference(alliance=found, values=self.read(ConferenceCallInput), **self.who)
        return self.shown(found.pk)


@extend_schema_view(
    list=extend_schema(summary="联盟会议列表"),
    retrieve=extend_schema(summary="一次联盟会议", responses=ConferenceDetailSerializer),
)
class ConferenceViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubjectViewSet):
    model = Conference
    serializer_class = ConferenceSerializer
    may_list = staticmethod(access.can_view_agreements)
    ordering = "-pk"

    def get_serializer_class(self):
        return ConferenceSerializer if self.action == "list" else ConferenceDetailSerializer

    def rows(self):
        rows = Conference.objects.visible_to(self.request.user)
        if self.action == "list":
            return rows
        return rows.prefetch_related(
            "attending",
            "resolutions__owner__organisation",
            "resolutions__owner__partner",
            "resolutions__notes__by",
        )

    def _holdable(self):
        """The conference and its alliance."""
        found, user = self.get_object(), self.request.user
        rows = with_figures(Alliance.objects.visible_to(user), timezone.localdate()).with_members()
        alliance = rows.get(pk=found.alliance_id)
        require(access.can_hold_conferences(user, alliance, chair_of(alliance)))
        return found, alliance

    @extend_schema(
        summary="登记召开", request=ConferenceHoldInput, responses={200: ConferenceDetailSerializer}
    )
    @action(detail=True, methods=["post"])
    def hold(self, request, pk=None):
        found, alliance = self._holdable()
        data = self.read(ConferenceHoldInput)
        data["attending"] = _members(alliance, data["attending"], "attending")
        conferences.hold_conference(conference=found, **data, **self.who)
        return self.shown(found.pk)

    @extend_schema(
        summary="取消会议", request=ConferenceCancelInput, responses={200: ConferenceDetailSerializer}
    )
    @action(detail=True, methods=["post"])
    def cancel(self, request, pk=None):
        found, _ = self._holdable()
        conferences.cancel_conference(conference=found, **self.read(ConferenceCancelInput), **self.who)
        return self.shown(found.pk)

    @extend_schema(
        summary="登记议定事项", request=ConferenceResolveInput, responses={200: ConferenceDetailSerializer}
    )
    @action(detail=True, methods=["post"])
    def resolve(self, request, pk=None):
        found, alliance = self._holdable()
        data = self.read(ConferenceResolveInput)
        (data["owner"],) = _members(alliance, [data["owner"]], "owner")
        conferences.add_resolution(conference=found, **data, **self.who)
        return self.shown(found.pk)


@extend_schema_view(
    list=extend_schema(summary="联盟议定事项列表", description="查询条件与网页列表相同。"),
    retrieve=extend_schema(summary="一项联盟议定事项"),
)
class ConferenceResolutionViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubjectViewSet):
    model = ConferenceResolution
    serializer_class = ConferenceResolutionSerializer
    filterset_class = ResolutionFilter
    may_list = staticmethod(access.can_view_agreements)
    ordering = "-pk"

    def rows(self):
        rows = ConferenceResolution.objects.visible_to(self.request.user)
        return rows.select_related(
            "conference__alliance__organisation", "owner__organisation", "owner__partner"
        ).prefetch_related("notes__by")

    def _followable(self):
        found = self.get_object()
        require(access.can_follow_up(self.request.user, found))
        return found

    @extend_schema(
        summary="登记进展", request=ResolutionNoteInput, responses={200: ConferenceResolutionSerializer}
    )
    @action(detail=True, methods=["post"])
    def note(self, request, pk=None):
        found = self._followable()
        conferences.add_note(resolution=found, **self.read(ResolutionNoteInput), **self.who)
        return self.shown(found.pk)

    @extend_schema(
        summary="办结",
        request=ConferenceResolutionCloseInput,
        responses={200: ConferenceResolutionSerializer},
    )
    @action(detail=True, methods=["post"])
    def close(self, request, pk=None):
        found = self._followable()
        data = self.read(ConferenceResolutionCloseInput)
        conferences.close_resolution(resolution=found, **data, **self.who)
        return self.shown(found.pk)
