"""党员: the list with the page's filters, one member with masked numbers, entering, changing, look-up."""

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.response import Response

from members import access
from members.actions import register as actions
from members.actions.register import SENSITIVE
from members.choices import (
    COUNTED,
    Education,
    IdentityType,
    Membership,
    Occupation,
    Precision,
    Sex,
    Title,
)
from members.filters import MemberFilter
from members.forms.register import MemberForm, NewMemberForm
from members.models import NEVER_DELETED, Member
from orgs.access import require
from orgs.api.fields import Flag, Text
from orgs.api.organisations import OrganisationRef, PurposeInput, organisation_code
from orgs.api.views import SubjectViewSet, checked

# Names of the form's fields → names of the API's.
FORM_NAMES = {"employer": "employer_code", "clear_mobile": "mobile"}


# --- What is shown -----------------------------------------------------------------------------------


class MemberSerializer(serializers.ModelSerializer):
    """Of days known by the month only (`joined_precision`, `confirmed_precision`) the first of the month is given."""

    organisation = OrganisationRef()
    identity_number = serializers.CharField(
        source="masked_identity", help_text="已遮盖；完整号码须说明用途另行查看。"
    )
    mobile = serializers.CharField(source="masked_mobile", help_text="已遮盖；完整号码须说明用途另行查看。")

    class Meta:
        model = Member
        fields = [
            "id", "name", "pinyin", "identity_type", "identity_number", "mobile", "sex", "ethnicity", "born_on",
            "education", "title", "occupation", "position", "is_research", "employer_code", "employer_name",
            "organisation", "membership", "relation", "joined_on", "joined_precision", "probation_ends_on",
            "confirmed_on", "confirmed_precision", "left_on", "legacy_unverified", "legacy_reason", "created_at",
            "updated_at",
        ]  # fmt: skip


class NumberSerializer(serializers.Serializer):
    field = serializers.ChoiceField(choices=SENSITIVE)
    number = serializers.CharField(help_text="未登记的为空。")


# --- What is taken in --------------------------------------------------------------------------------


class MemberInput(serializers.Serializer):
    """What is not sent stays; `mobile` "" clears the number."""

    name = Text(max_length=50, required=False)
    identity_type = serializers.ChoiceField(choices=IdentityType.choices, required=False)
    identity_number = Text(max_length=40, required=False)
    mobile = Text(max_length=30, required=False, allow_blank=True)
    sex = serializers.ChoiceField(choices=Sex.choices, required=False)
    ethnicity = Text(max_length=20, required=False, allow_blank=True)
    born_on = serializers.DateField(required=False, allow_null=True)
    education = serializers.ChoiceField(choices=Education.choices, required=False, allow_blank=True)
    title = serializers.ChoiceField(choices=Title.choices, required=False, allow_blank=True)
    occupation = serializers.ChoiceField(choices=Occupation.choices, required=False, allow_blank=True)
    position = Text(max_length=50, required=False, allow_blank=True)
    is_research = Flag(required=False, allow_null=True)
    employer_code = Text(max_length=18, required=False, allow_blank=True)
    employer_name = Text(max_length=200, required=False, allow_blank=True)
    joined_on = serializers.DateField(required=False, allow_null=True)
    joined_precision = serializers.ChoiceField(choices=Precision.choices, required=False)
    confirmed_on = serializers.DateField(required=False, allow_null=True)
    confirmed_precision = serializers.ChoiceField(choices=Precision.choices, required=False)
    seen_at = serializers.DateTimeField(
        required=False, help_text="所见的updated_at；此后已被他人修改的，不予覆盖。"
    )


class NewMemberInput(MemberInput):
    """建账登记: whoever comes from elsewhere enters by a transfer, whoever returns by `return`."""

    name = Text(max_length=50)
    identity_number = Text(max_length=40)
    sex = serializers.ChoiceField(choices=Sex.choices)
    organisation = organisation_code("members.change")
    membership = serializers.ChoiceField(
        choices=[pair for pair in Membership.choices if pair[0] in COUNTED], default=Membership.FULL
    )
    since = serializers.DateField(required=False, allow_null=True)
    seen_at = None


class NumberInput(PurposeInput):
    field = serializers.ChoiceField(choices=SENSITIVE)


class LookupInput(serializers.Serializer):
    field = serializers.ChoiceField(choices=SENSITIVE)
    number = Text(min_length=5, max_length=40, help_text="完整号码；须用POST提交，不放在网址里。")


class NoteInput(serializers.Serializer):
    note = Text(min_length=2, max_length=200, help_text="核实情况。")


def form_data(values: dict, stored: Member | None = None) -> dict:
    """For the page's form: what is not sent stays as `stored` has it."""
    data = MemberForm(instance=stored, user=None).initial if stored else {"identity_type": "resident"}
    data |= values
    for name in ("joined", "confirmed"):
        day, precision = f"{name}_on", f"{name}_precision"
        if day in values or precision in values:
            on = values.get(day, getattr(stored, day, None))
            by_month = values.get(precision, getattr(stored, precision, Precision.DAY)) == Precision.MONTH
            data[day] = f"{on:%Y-%m}" if on and by_month else on.isoformat() if on else ""
    if "employer_code" in values or "employer_name" in values:
        code = values.get("employer_code", getattr(stored, "employer_code", ""))
        name = values.get("employer_name", "")
        data["employer"] = f"{name}（{code}）" if code else name
    if values.get("mobile") == "":
        data["clear_mobile"] = True
    if "organisation" in values:
        data["organisation"] = values["organisation"].code
    return data


# --- The views ---------------------------------------------------------------------------------------


@extend_schema_view(
    list=extend_schema(summary="党员列表", description="查询条件与网页党员名单相同，默认为在册党员。"),
    retrieve=extend_schema(summary="一名党员"),
)
class MemberViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubjectViewSet):
    model = Member
    serializer_class = MemberSerializer
    filterset_class = MemberFilter
    http_method_names = ["get", "head", "post", "patch"]
    throttle_scopes = {"reveal": "reveal", "look_up": "reveal"}

    @staticmethod
    def may_list(user):
        return access.can_view_members(user)

    def rows(self):
        rows = Member.objects
        found = rows.listed_to if self.action == "list" else rows.visible_to
        return found(self.request.user).select_related("organisation")

    def http_method_not_allowed(self, request, *args, **kwargs):
        """Row 45 of the domain table."""
        raise MethodNotAllowed(request.method, NEVER_DELETED if request.method == "DELETE" else None)

    @extend_schema(summary="登记党员", request=NewMemberInput, responses={201: MemberSerializer, 204: None})
    def create(self, request):
        require(access.can_change_members(request.user))
        data = form_data(self.read(NewMemberInput))
        form = checked(NewMemberForm(data, user=request.user), FORM_NAMES)
        member = actions.add_member(values=form.values, **form.entrance, **self.who)
        return self.shown(member.pk, status=201)

    @extend_schema(summary="修改党员信息", request=MemberInput, responses={200: MemberSerializer, 204: None})
    def partial_update(self, request, pk=None):
        member = self.get_object()
        require(access.can_change_member(request.user, member))
        data = form_data(self.read(MemberInput), member)
        seen_at = data.pop("seen_at") if "seen_at" in request.data else None
        form = checked(MemberForm(data, instance=member, user=request.user), FORM_NAMES)
        actions.update_member(member=Member(pk=member.pk), values=form.values, seen_at=seen_at, **self.who)
        return self.shown(member.pk)

    @extend_schema(summary="查看完整号码", request=NumberInput, responses={200: NumberSerializer})
    @action(detail=True, methods=["post"])
    def reveal(self, request, pk=None):
        member = self.get_object()
        require(access.can_reveal_member(request.user, member))
        given = self.read(NumberInput)
        number = actions.reveal(person=member, **given, **self.who)
        return Response({"field": given["field"], "number": number})

    @extend_schema(summary="核实历史数据", request=NoteInput, responses={200: MemberSerializer, 204: None})
    @action(detail=True, methods=["post"])
    def verify(self, request, pk=None):
        member = self.get_object()
        require(access.can_change_member(request.user, member))
        actions.verify_legacy(member=member, **self.read(NoteInput), **self.who)
        return self.shown(member.pk)

    @extend_schema(
        summary="按号码查找党员",
        description="只查调用者范围内的党员，每次查找记入审计日志。",
        request=LookupInput,
        responses={200: MemberSerializer(many=True)},
        filters=False,
    )
    @action(detail=False, methods=["post"], url_path="look-up", pagination_class=None)
    def look_up(self, request):
        require(access.can_view_members(request.user))
        found = actions.look_up(**self.read(LookupInput), **self.who)
        return Response(self.get_serializer(found, many=True).data)
