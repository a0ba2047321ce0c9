"""人才库: members by rule and by hand, and people outside the register."""

from django.core.exceptions import ValidationError
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from members import access
from members.actions import outside as outside_actions
from members.actions import talent as actions
from members.api.register import MemberSerializer
from members.choices import Education
from members.forms.fields import MobileField
from members.forms.register import read_employer
from members.models import ConsentMeans, Member, OutsidePerson
from members.people_filters import OutsideFilter, TalentFilter
from members.talent import Rule, with_sources
from orgs.access import require
from orgs.api.fields import Flag, Text
from orgs.api.organisations import OrganisationRef, PurposeInput, organisation_code
from orgs.api.views import SubjectViewSet

# --- Members ------------------------------------------------------------------------------------------


class TalentSerializer(MemberSerializer):
    by_rule = serializers.BooleanField(help_text="今天符合入库规则。")
    by_hand = serializers.BooleanField(help_text="手工列入。")
    is_out = serializers.BooleanField(help_text="已移出。")

    class Meta(MemberSerializer.Meta):
        fields = [
            "id", "name", "pinyin", "mobile", "sex", "born_on", "education", "title", "position", "is_research",
            "employer_code", "employer_name", "organisation", "by_rule", "by_hand", "is_out",
        ]  # fmt: skip

    identity_number = None


class ConsentInput(serializers.Serializer):
    consent_on = serializers.DateField(default=timezone.localdate, help_text="默认今天。")
    consent_how = serializers.ChoiceField(choices=ConsentMeans.choices)
    consent_scope = Text(max_length=200, help_text="同意范围。")


class TalentEntryInput(ConsentInput):
    reason = Text(max_length=200, required=False, allow_blank=True)


class TalentReasonInput(serializers.Serializer):
    reason = Text(max_length=200)


@extend_schema_view(
    list=extend_schema(summary="人才库（党员）", description="默认为在库党员；`source`另取其他名单。"),
    retrieve=extend_schema(summary="一名党员是否在人才库"),
)
class TalentViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubjectViewSet):
    model = Member
    serializer_class = TalentSerializer
    filterset_class = TalentFilter
    may_list = staticmethod(access.can_view_members)

    def rows(self):
        rows = Member.objects.permitted_to(self.request.user, "members.view").select_related("organisation")
        # The filter adds the flags to a list.
        return rows if self.action == "list" else with_sources(rows, Rule.on(timezone.localdate()))

    def _take(self, act, input_class=serializers.Serializer):
        member = self.get_object()
        require(access.can_change_member(self.request.user, member))
        act(member=member, **self.read(input_class), **self.who)
        return self.shown(member.pk)

    @extend_schema(summary="手工列入", request=TalentEntryInput, responses={200: TalentSerializer})
    @action(detail=True, methods=["post"])
    def add(self, request, pk=None):
        return self._take(actions.add_member, TalentEntryInput)

    @extend_schema(summary="移出", request=TalentReasonInput, responses={200: TalentSerializer})
    @action(detail=True, methods=["post"])
    def out(self, request, pk=None):
        return self._take(actions.take_out, TalentReasonInput)

    @extend_schema(summary="恢复", request=None, responses={200: TalentSerializer})
    @action(detail=True, methods=["post"])
    def back(self, request, pk=None):
        return self._take(actions.take_back)

    @extend_schema(summary="本人撤回同意", request=None, responses={200: TalentSerializer})
    @action(detail=True, methods=["post"])
    def withdraw(self, request, pk=None):
        return self._take(actions.withdraw_consent)


# --- People outside -----------------------------------------------------------------------------------


def outside_person(values: dict) -> dict:
    """Checks the unit's code and the mobile as the page does."""
    found = dict(values)
    faults = {}
    try:
        if "mobile" in found:
            found["mobile"] = MobileField().clean(found["mobile"])
    except ValidationError as error:
        faults["mobile"] = error.messages
    try:
        if found.get("unit_code"):
            code, name = read_employer(found["unit_code"])
            found["unit_code"], found["unit_name"] = code, name or found.get("unit_name", "")
    except ValidationError as error:
        faults["unit_code"] = error.messages
    if faults:
        raise serializers.ValidationError(faults)
    return found


class OutsidePersonSerializer(serializers.ModelSerializer):
    """After consent was withdrawn only the days, the way and the organisation are left."""

    organisation = OrganisationRef()
    mobile = serializers.CharField(source="masked_mobile", help_text="已遮盖；完整号码须说明用途另行查看。")

    class Meta:
        model = OutsidePerson
        fields = [
            "id", "organisation", "name", "born_on", "education", "is_research", "unit_code", "unit_name", "field",
            "mobile", "consent_on", "consent_how", "consent_scope", "withdrawn_on", "created_at",
        ]  # fmt: skip


class OutsideChangeInput(serializers.Serializer):
    """What is not sent stays; `mobile` "" clears the number."""

    name = Text(max_length=50, required=False)
    born_on = serializers.DateField(required=False, allow_null=True)
    education = serializers.ChoiceField(choices=Education.choices, required=False, allow_blank=True)
    is_research = Flag(required=False, allow_null=True)
    unit_code = Text(max_length=18, required=False, allow_blank=True)
    unit_name = Text(max_length=200, required=False, allow_blank=True)
    field = Text(max_length=60, required=False, allow_blank=True)
    mobile = Text(max_length=20, required=False, allow_blank=True)

    def validate(self, attrs):
        return outside_person(attrs)


class OutsideInput(OutsideChangeInput, ConsentInput):
    name = Text(max_length=50)
    organisation = organisation_code("members.change", help_text="登记党组织代码。")
    reason = Text(max_length=200, required=False, allow_blank=True)


class OutsideWithdrawalInput(serializers.Serializer):
    on = serializers.DateField(default=timezone.localdate, help_text="默认今天。")


class MobileSerializer(serializers.Serializer):
    number = serializers.CharField(help_text="未登记的为空。")


@extend_schema_view(
    list=extend_schema(summary="人才库（册外人员）"),
    retrieve=extend_schema(summary="一名册外人员"),
)
class OutsidePersonViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubjectViewSet):
    model = OutsidePerson
    serializer_class = OutsidePersonSerializer
    filterset_class = OutsideFilter
    may_list = staticmethod(access.can_view_members)

    def rows(self):
        return OutsidePerson.objects.visible_to(self.request.user).select_related("organisation")

    def _changeable(self):
        person = self.get_object()
        require(access.can_change_outside(self.request.user, person))
        return person

    def _take(self, act, input_class=serializers.Serializer):
        person = self._changeable()
        act(person=person, **self.read(input_class), **self.who)
        return self.shown(person.pk)

    @extend_schema(summary="登记册外人才", request=OutsideInput, responses={201: OutsidePersonSerializer})
    def create(self, request):
        require(access.can_change_members(request.user))
        values = self.read(OutsideInput)
        place = {"organisation": values.pop("organisation"), "reason": values.pop("reason", "")}
        entry = actions.enter_person(**place, values=values, **self.who)
        return self.shown(entry.person_id, 201)

    @extend_schema(summary="修改信息", request=OutsideChangeInput, responses={200: OutsidePersonSerializer})
    def partial_update(self, request, pk=None):
        person = self._changeable()
        outside_actions.update(person=person, values=self.read(OutsideChangeInput), **self.who)
        return self.shown(person.pk)

    @extend_schema(summary="查看完整手机号码", request=PurposeInput, responses={200: MobileSerializer})
    @action(detail=True, methods=["post"])
    def reveal(self, request, pk=None):
        person = self.get_object()
        require(access.can_reveal_outside(request.user, person))
        number = outside_actions.reveal_mobile(person=person, **self.read(PurposeInput), **self.who)
        return Response({"number": number})

    @extend_schema(
        summary="本人撤回同意",
        description="立即删除个人信息。",
        request=OutsideWithdrawalInput,
        responses={200: OutsidePersonSerializer},
    )
    @action(detail=True, methods=["post"])
    def withdraw(self, request, pk=None):
        return self._take(outside_actions.withdraw, OutsideWithdrawalInput)

    @extend_schema(summary="移出", request=TalentReasonInput, responses={200: OutsidePersonSerializer})
    @action(detail=True, methods=["post"])
    def out(self, request, pk=None):
        return self._take(actions.take_person_out, TalentReasonInput)

    @extend_schema(summary="列入", request=None, responses={200: OutsidePersonSerializer})
    @action(detail=True, methods=["post"], url_path="bring-in")
    def bring_in(self, request, pk=None):
        return self._take(actions.add_person)
