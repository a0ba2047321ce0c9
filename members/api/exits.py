"""登记去向、恢复党籍、奖惩 and 组织处置: what may be done to a member beside moving them."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from members import access
from members.actions import disposal as disposals
from members.actions import exits as actions
from members.api.transfers import changeable_member
from members.choices import Closing, EventKind
from members.models import Disposal, DisposalKind, DisposalStage, DisposalStep, Member, MemberEvent
from orgs.access import require
from orgs.api.fields import Flag, Text, WholeNumber
from orgs.api.organisations import OrganisationRef, organisation_code
from orgs.api.views import SubjectViewSet


class LeaveInput(serializers.Serializer):
    how = serializers.ChoiceField(
        choices=Closing.choices, help_text="转出、劝退、除名各有程序，在此不能办理。"
    )
    on = serializers.DateField(default=timezone.localdate, help_text="默认今天。")
    document_no = Text(max_length=60, required=False, allow_blank=True)
    note = Text(max_length=300, required=False, allow_blank=True)


class RemoveInput(serializers.Serializer):
    on = serializers.DateField(default=timezone.localdate, help_text="默认今天。")
    document_no = Text(max_length=60, allow_blank=True)


class ReturnInput(serializers.Serializer):
    organisation = organisation_code("members.change", help_text="恢复到的党支部代码。")
    on = serializers.DateField(default=timezone.localdate, help_text="默认今天。")
    document_no = Text(max_length=60, allow_blank=True)
    note = Text(max_length=300, required=False, allow_blank=True)


class MemberEventInput(serializers.Serializer):
    kind = serializers.ChoiceField(choices=EventKind.choices)
    on = serializers.DateField(default=timezone.localdate, help_text="默认今天。")
    until_on = serializers.DateField(required=False, allow_null=True)
    document_no = Text(max_length=60, required=False, allow_blank=True)
    note = Text(max_length=300, required=False, allow_blank=True)
    is_other_fact = Flag(required=False, help_text="与正在办理的组织处置不是同一事实。")


class StandingSerializer(serializers.ModelSerializer):
    """What became of the member."""

    class Meta:
        model = Member
        fields = ["id", "membership", "relation", "left_on"]


class MemberEventSerializer(serializers.ModelSerializer):
    class Meta:
        model = MemberEvent
        fields = ["id", "kind", "on", "until_on", "document_no"]


class ExitViewSet(SubjectViewSet):
    """Acts upon a member; reading them is the member's own view."""

    model = Member
    serializer_class = StandingSerializer
    may_list = staticmethod(access.can_view_members)

    def rows(self):
        return Member.objects.visible_to(self.request.user).select_related("organisation")

    def _take(self, act, input_class, allowed=access.can_change_member):
        member = self.get_object()
        require(allowed(self.request.user, member))
        values = self.read(input_class)
        if values.get("how") in actions.DECIDED_ABOVE:
            require(access.can_decide_about(self.request.user, member))
        return member, act(member=member, **values, **self.who)

    @extend_schema(summary="登记去向", request=LeaveInput, responses={200: StandingSerializer})
    @action(detail=True, methods=["post"])
    def leave(self, request, pk=None):
        member, _ = self._take(actions.leave, LeaveInput)
        return self.shown(member.pk)

    @extend_schema(summary="停止党籍满2年后除名", request=RemoveInput, responses={200: StandingSerializer})
    @action(detail=True, methods=["post"])
    def remove(self, request, pk=None):
        member, _ = self._take(actions.remove_stopped, RemoveInput, access.can_decide_about)
        return self.shown(member.pk)

    @extend_schema(summary="恢复党籍", request=ReturnInput, responses={200: StandingSerializer})
    @action(detail=True, methods=["post"], url_path="return", url_name="return")
    def come_back(self, request, pk=None):
        member, _ = self._take(actions.come_back, ReturnInput, access.can_decide_about)
        return self.shown(member.pk)

    @extend_schema(summary="登记奖惩", request=MemberEventInput, responses={201: MemberEventSerializer})
    @action(detail=True, methods=["post"])
    def event(self, request, pk=None):
        _, event = self._take(actions.note_event, MemberEventInput)
        return Response(MemberEventSerializer(event).data, 201)


# --- Disposal -----------------------------------------------------------------------------------------


class DisposalStepSerializer(serializers.ModelSerializer):
    organisation = OrganisationRef()

    class Meta:
        model = DisposalStep
        fields = [
            "stage",
            "on",
            "document_no",
            "expected_votes",
            "present_votes",
            "yes_votes",
            "organisation",
        ]


class DisposalSerializer(serializers.ModelSerializer):
    """Without the ground, which only the page of those who work on the case shows."""

    steps = DisposalStepSerializer(many=True)
    next_stage = serializers.SerializerMethodField()

    class Meta:
        model = Disposal
        fields = [
            "id", "member", "kind", "state", "opened_on", "decided_on", "document_no", "correct_until",
            "next_stage", "steps",
        ]  # fmt: skip

    def get_next_stage(self, disposal) -> str | None:
        return disposals.stage_after(disposal.state, len(disposal.steps.all()))


class DisposalInput(serializers.Serializer):
    member = changeable_member(help_text="党员编号。")
    kind = serializers.ChoiceField(choices=DisposalKind.choices)
    ground = Text(max_length=1000, allow_blank=True)
    on = serializers.DateField(default=timezone.localdate, help_text="立案日期，默认今天。")
    is_other_fact = Flag(required=False, help_text="与现有党纪处分不是同一事实。")


class DisposalStepInput(serializers.Serializer):
    stage = serializers.ChoiceField(choices=DisposalStage.choices)
    on = serializers.DateField(default=timezone.localdate, help_text="默认今天。")
    document_no = Text(max_length=60, required=False, allow_blank=True)
    note = Text(max_length=1000, required=False, allow_blank=True)
    expected_votes = WholeNumber(required=False, allow_null=True)
    present_votes = WholeNumber(required=False, allow_null=True)
    yes_votes = WholeNumber(required=False, allow_null=True)
    correct_until = serializers.DateField(required=False, allow_null=True)


class DisposalDropInput(serializers.Serializer):
    reason = Text(max_length=200, allow_blank=True)


@extend_schema_view(list=extend_schema(summary="组织处置"), retrieve=extend_schema(summary="一件组织处置"))
class DisposalViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubjectViewSet):
    model = Disposal
    serializer_class = DisposalSerializer
    may_list = staticmethod(access.can_view_members)
    ordering = "-pk"

    def rows(self):
        rows = Disposal.objects.visible_to(self.request.user).select_related("member__organisation")
        return rows.prefetch_related("steps__organisation")

    @extend_schema(summary="立案", request=DisposalInput, responses={201: DisposalSerializer})
    def create(self, request):
        require(access.can_change_members(request.user))
        found = disposals.open_disposal(**self.read(DisposalInput), **self.who)
        return self.shown(found.pk, 201)

    @extend_schema(summary="登记步骤", request=DisposalStepInput, responses={200: DisposalSerializer})
    @action(detail=True, methods=["post"])
    def step(self, request, pk=None):
        case = self.get_object()
        # Asked of the step that is due, whichever the caller names: the action refuses any other.
        require(access.can_take_step(request.user, case, disposals.next_stage(case)))
        disposals.record_step(disposal=case, **self.read(DisposalStepInput), **self.who)
        return self.shown(case.pk)

    @extend_schema(summary="不予处置", request=DisposalDropInput, responses={200: DisposalSerializer})
    @action(detail=True, methods=["post"])
    def drop(self, request, pk=None):
        case = self.get_object()
        require(access.can_change_member(request.user, case.member))
        disposals.drop_disposal(disposal=case, **self.read(DisposalDropInput), **self.who)
        return self.shown(case.pk)
