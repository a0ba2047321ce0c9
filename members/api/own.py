"""更正申请, and the account that a member reads the own record with."""

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from members import access
from members.actions import own as actions
from members.correction_filters import CorrectionFilter
from members.forms.own import ANSWERS
from members.models import CorrectionField, CorrectionRequest, Member
from orgs.access import require
from orgs.api.fields import Text
from orgs.api.views import SubjectViewSet


class CorrectionSerializer(serializers.ModelSerializer):
    name = serializers.CharField(source="member.name")
    claim = serializers.CharField(source="shown_claim", help_text="号码已遮盖。")

    class Meta:
        model = CorrectionRequest
        fields = ["id", "member", "name", "field", "claim", "state", "reply", "asked_at", "answered_at"]


class CorrectionInput(serializers.Serializer):
    field = serializers.ChoiceField(choices=CorrectionField.choices)
    claim = Text(max_length=500, help_text="正确内容。")


class AnswerInput(serializers.Serializer):
    state = serializers.ChoiceField(choices=ANSWERS)
    reply = Text(max_length=300, required=False, allow_blank=True, help_text="不采纳的须说明理由。")


@extend_schema_view(
    list=extend_schema(summary="更正申请", description="工作人员所见范围内的，和本人提出的。"),
    retrieve=extend_schema(summary="一件更正申请"),
)
class CorrectionViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubjectViewSet):
    model = CorrectionRequest
    serializer_class = CorrectionSerializer
    filterset_class = CorrectionFilter
    ordering = "-pk"

    @staticmethod
    def may_list(user):
        return access.can_view_members(user) or access.can_open_own_record(user)

    def rows(self):
        return CorrectionRequest.objects.visible_to(self.request.user).select_related("member__organisation")

    @extend_schema(summary="本人申请更正", request=CorrectionInput, responses={201: CorrectionSerializer})
    def create(self, request):
        """About the record of the caller's own account; there is no other."""
        member = Member.objects.of_account(request.user).first()
        require(member is not None and access.can_report_mistake(request.user, member))
        made = actions.report_mistake(member=member, **self.read(CorrectionInput), **self.who)
        return self.shown(made.pk, 201)

    @extend_schema(summary="答复更正申请", request=AnswerInput, responses={200: CorrectionSerializer})
    @action(detail=True, methods=["post"])
    def answer(self, request, pk=None):
        found = self.get_object()
        require(access.can_answer_correction(request.user, found))
        actions.answer_correction(correction=found, **self.read(AnswerInput), **self.who)
        return self.shown(found.pk)


class AccountInput(serializers.Serializer):
    username = Text(max_length=150, help_text="在本党支部担任“党员”角色的账号。")


class AccountSerializer(serializers.ModelSerializer):
    account = serializers.CharField(source="account.username", default=None, allow_null=True)

    class Meta:
        model = Member
        fields = ["id", "name", "account"]


class AccountViewSet(SubjectViewSet):
    """Acts upon a member; reading them is the member's own view."""

    model = Member
    serializer_class = AccountSerializer
    may_list = staticmethod(access.can_view_members)

    def rows(self):
        return Member.objects.visible_to(self.request.user).select_related("organisation", "account")

    @extend_schema(summary="关联本人账号", request=AccountInput, responses={200: AccountSerializer})
    @action(detail=True, methods=["post"], url_path="link-account")
    def link(self, request, pk=None):
        member = self._changeable()
        actions.link_account(member=member, **self.read(AccountInput), **self.who)
        return self.shown(member.pk)

    @extend_schema(summary="解除本人账号", request=None, responses={200: AccountSerializer})
    @action(detail=True, methods=["post"], url_path="unlink-account")
    def unlink(self, request, pk=None) -> Response:
        member = self._changeable()
        actions.unlink_account(member=member, **self.who)
        return self.shown(member.pk)

    def _changeable(self):
        member = self.get_object()
        require(access.can_change_member(self.request.user, member))
        return member
