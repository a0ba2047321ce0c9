"""服务记录: what was done for whom, with result."""

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action

from activities import access, entry_points
from activities.actions import services as actions
from activities.models import Activity, ServiceRecord, ServiceRecordKind
from activities.models.services import MOST_COUNTED, MOST_HOURS
from activities.service_filters import ServiceFilter
from members.models import Member
from orgs.access import require
from orgs.api.coverage import EnterpriseRef
from orgs.api.fields import Amount, Numbers, Scoped, Text, WholeNumber
from orgs.api.organisations import OrganisationRef
from orgs.api.views import SubjectViewSet
from orgs.models import Enterprise, Organisation


class ServiceRecordSerializer(serializers.ModelSerializer):
    organisation = OrganisationRef()
    enterprise = EnterpriseRef(allow_null=True)
    members = serializers.SlugRelatedField(
        source="parts", slug_field="member_id", many=True, read_only=True, help_text="参加党员的编号。"
    )

    class Meta:
        model = ServiceRecord
        fields = [
            "id", "organisation", "on", "kind", "enterprise", "beneficiary_name", "title", "detail", "result",
            "feedback", "problems_solved", "projects_matched", "amount", "hours", "members", "activity",
            "recorded_at", "updated_at", "withdrawn_at", "withdrawn_reason",
        ]  # fmt: skip


def _places(user):
    return entry_points.places(user) if user else Organisation.objects.none()


def _enterprises(user):
    return Enterprise.objects.visible_to(user) if user else Enterprise.objects.none()


def _activities(user):
    return Activity.objects.permitted_to(user, "activities.change") if user else Activity.objects.none()


class ServiceRecordInput(serializers.Serializer):
    organisation = Scoped(_places, slug_field="code", help_text="服务党组织代码。")
    on = serializers.DateField(help_text="服务日期。")
    kind = serializers.ChoiceField(choices=ServiceRecordKind.choices)
    enterprise = Scoped(
        _enterprises,
        slug_field="credit_code",
        required=False,
        allow_null=True,
        help_text="服务企业的统一社会信用代码；与其他服务对象填且只填一项。",
    )
    beneficiary_name = Text(max_length=100, required=False, allow_blank=True)
    title = Text(max_length=120)
    detail = Text(max_length=2000, required=False, allow_blank=True)
    result = Text(max_length=2000, required=False, allow_blank=True)
    feedback = Text(max_length=2000, required=False, allow_blank=True)
    problems_solved = WholeNumber(max_value=MOST_COUNTED, required=False)
    projects_matched = WholeNumber(max_value=MOST_COUNTED, required=False)
    amount = Amount(max_digits=12, decimal_places=2, min_value=0, required=False, allow_null=True)
    hours = Amount(max_digits=5, decimal_places=1, min_value=0, max_value=MOST_HOURS, required=False)
    members = Numbers(required=False, max_length=actions.MOST_MEMBERS, help_text="参加党员的编号。")
    activity = Scoped(
        _activities,
        slug_field="id",
        required=False,
        allow_null=True,
        help_text="本党组织主办、已召开的活动的编号。",
    )


class WithdrawServiceInput(serializers.Serializer):
    reason = Text(max_length=200)


@extend_schema_view(list=extend_schema(summary="服务记录"), retrieve=extend_schema(summary="一条服务记录"))
class ServiceRecordViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubjectViewSet):
    model = ServiceRecord
    serializer_class = ServiceRecordSerializer
    filterset_class = ServiceFilter
    may_list = staticmethod(access.can_view_activities)
    ordering = "-pk"

    def filter_queryset(self, queryset):
        """The filter leaves out what was withdrawn; one record is found in whatever state."""
        return super().filter_queryset(queryset) if self.action == "list" else queryset

    def rows(self):
        rows = ServiceRecord.objects.visible_to(self.request.user).select_related(
            "organisation", "enterprise"
        )
        return rows.defer("enterprise__contact_phone").prefetch_related("parts")

    @extend_schema(summary="登记服务", request=ServiceRecordInput, responses={201: ServiceRecordSerializer})
    def create(self, request):
        require(access.can_change_activities(request.user))
        values = self.read(ServiceRecordInput)
        organisation, keys = values.pop("organisation"), values.pop("members", [])
        found = actions.add_service(
            organisation=organisation, values=values, members=self._members(keys), **self.who
        )
        return self.shown(found.pk, 201)

    def _members(self, keys):
        mine = Member.objects.permitted_to(self.request.user, "activities.change").filter(pk__in=keys)
        found = list(mine.defer("identity_number", "mobile"))
        if len(found) != len(set(keys)):
            raise serializers.ValidationError({"members": ["在您的范围内找不到所填的党员。"]})
        return found

    @extend_schema(
        summary="撤销服务记录", request=WithdrawServiceInput, responses={200: ServiceRecordSerializer}
    )
    @action(detail=True, methods=["post"])
    def withdraw(self, request, pk=None):
        found = self.get_object()
        require(access.can_change_service(request.user, found))
        actions.withdraw_service(service=found, **self.read(WithdrawServiceInput), **self.who)
        return self.shown(found.pk)
