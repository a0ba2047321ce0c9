"""民主评议党员."""

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers

from activities import access
from activities.actions.appraisals import FIELDS, record_appraisal
from activities.appraisal_filters import AppraisalFilter
from activities.forms.duties import EARLIEST_YEAR
from activities.models import BALLOTS, Activity, Appraisal, AppraisalGrade, Grade
from orgs.access import require
from orgs.api.fields import Scoped, Text, WholeNumber
from orgs.api.organisations import OrganisationRef, organisation_code
from orgs.api.views import SubjectViewSet


class AppraisalSerializer(serializers.ModelSerializer):
    organisation = OrganisationRef()
    graded = serializers.IntegerField()
    excellent = serializers.IntegerField()
    exempt = serializers.IntegerField()

    class Meta:
        model = Appraisal
        fields = [
            "id", "organisation", "year", "held_on", "activity", "excess_reason", "approval_no", "graded",
            "excellent", "exempt",
        ]  # fmt: skip


class MemberGradeSerializer(serializers.ModelSerializer):
    class Meta:
        model = AppraisalGrade
        fields = ["member", *FIELDS]


class AppraisalDetailSerializer(AppraisalSerializer):
    grades = MemberGradeSerializer(many=True)

    class Meta(AppraisalSerializer.Meta):
        fields = [*AppraisalSerializer.Meta.fields, "grades"]


class MemberGradeInput(serializers.Serializer):
    """Either `grade` or `exempt_reason`."""

    member = WholeNumber(min_value=1, max_value=2**53, help_text="党员编号，评议日期在本支部的正式党员。")
    grade = serializers.ChoiceField(choices=Grade.choices, required=False, allow_blank=True)
    self_grade = serializers.ChoiceField(choices=Grade.choices, required=False, allow_blank=True)
    exempt_reason = Text(max_length=200, required=False, allow_blank=True)

    def get_fields(self):
        numbers = {
            name: WholeNumber(min_value=0, max_value=9999, required=False, allow_null=True)
            for name in BALLOTS
        }
        return super().get_fields() | numbers


def own_meeting(user):
    return Activity.objects.visible_to(user).held() if user else Activity.objects.all()


class AppraisalInput(serializers.Serializer):
    organisation = organisation_code("activities.change", help_text="党支部代码。")
    year = WholeNumber(min_value=EARLIEST_YEAR, max_value=2100)
    held_on = serializers.DateField()
    activity = Scoped(
        rows=own_meeting, slug_field="id", required=False, allow_null=True, help_text="会议记录的编号。"
    )
    excess_reason = Text(max_length=200, required=False, allow_blank=True)
    approval_no = Text(max_length=60, required=False, allow_blank=True)
    grades = MemberGradeInput(many=True)

    def validate_grades(self, rows):
        members = [row["member"] for row in rows]
        if len(members) != len(set(members)):
            raise serializers.ValidationError("同一名党员出现了两次。")
        return {row["member"]: row for row in rows}


@extend_schema_view(
    list=extend_schema(summary="民主评议党员"),
    retrieve=extend_schema(summary="一次民主评议"),
)
class AppraisalViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubjectViewSet):
    model = Appraisal
    serializer_class = AppraisalSerializer
    filterset_class = AppraisalFilter
    may_list = staticmethod(access.can_view_appraisals)
    ordering = "-pk"

    def get_serializer_class(self):
        return AppraisalSerializer if self.action == "list" else AppraisalDetailSerializer

    def rows(self):
        rows = Appraisal.objects.visible_to(self.request.user).select_related("organisation").with_counts()
        return rows if self.action == "list" else rows.prefetch_related("grades")

    @extend_schema(
        summary="登记民主评议结果",
        description="同一党支部同一年度再次提交即为修改，未列出的党员不再有等次。",
        request=AppraisalInput,
        responses={201: AppraisalDetailSerializer},
    )
    def create(self, request):
        user = request.user
        require(access.can_view_appraisals(user) and access.can_change_activities(user))
        asked = self.read(AppraisalInput)
        require(access.can_appraise_at(request.user, asked["organisation"]))
        found = record_appraisal(**asked, **self.who)
        return self.shown(found.pk, 201)
