"""发展党员计划: the quotas of organisations, and how they stand."""

import django_filters as filters
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from members import access
from members.actions import plans as actions
from members.models import RecruitmentQuota
from members.recruiting import quotas
from members.transfer_filters import within
from orgs.access import require
from orgs.api.fields import Text, WholeNumber
from orgs.api.filters import by_code
from orgs.api.organisations import OrganisationRef, organisation_code
from orgs.api.views import SubjectViewSet


class QuotaSerializer(serializers.ModelSerializer):
    """`places` is null where the quota has been withdrawn."""

    organisation = OrganisationRef()

    class Meta:
        model = RecruitmentQuota
        fields = [
            "id", "organisation", "year", "places", "high_tech_places", "document_no", "note", "updated_at",
        ]  # fmt: skip


class CountSerializer(serializers.Serializer):
    total = serializers.IntegerField()
    high_tech = serializers.IntegerField(help_text="其中高新技术企业。")


class QuotaDetailSerializer(QuotaSerializer):
    used = serializers.SerializerMethodField(help_text="已发展。")
    reserved = serializers.SerializerMethodField(help_text="预审合格、待审批。")
    handed_down = serializers.SerializerMethodField(help_text="已下达下级。")

    class Meta(QuotaSerializer.Meta):
        fields = [*QuotaSerializer.Meta.fields, "used", "reserved", "handed_down"]

    def _standing(self, quota):
        if not hasattr(quota, "standing"):
            quota.standing = quotas.standing_of(quota.organisation, quota.year)
        return quota.standing

    @extend_schema_field(CountSerializer)
    def get_used(self, quota):
        return CountSerializer(self._standing(quota).used).data

    @extend_schema_field(CountSerializer)
    def get_reserved(self, quota):
        return CountSerializer(self._standing(quota).reserved).data

    @extend_schema_field(CountSerializer)
    def get_handed_down(self, quota):
        return CountSerializer(self._standing(quota).handed).data


class QuotaPlacesInput(serializers.Serializer):
    """What is not sent stays; without `high_tech_places` the usual share, rounded up."""

    places = WholeNumber(max_value=actions.MOST_PLACES, allow_null=True, help_text="填null为收回名额。")
    high_tech_places = WholeNumber(max_value=actions.MOST_PLACES, required=False, allow_null=True)
    document_no = Text(max_length=60, required=False, allow_blank=True)
    note = Text(max_length=200, required=False, allow_blank=True)


class QuotaInput(QuotaPlacesInput):
    organisation = organisation_code("members.change", help_text="党组织代码。")


class LevelInput(serializers.Serializer):
    """All places of a level at once: stored together or not at all."""

    year = WholeNumber(min_value=actions.FIRST_YEAR, max_value=9999)
    quotas = QuotaInput(many=True, allow_empty=False, max_length=500)


class QuotaFilter(filters.FilterSet):
    year = filters.NumberFilter(label="年度", min_value=actions.FIRST_YEAR, max_value=9999)
    organisation = by_code("本级及下级：上级党组织代码", method="filter_below")

    class Meta:
        model = RecruitmentQuota
        fields: list[str] = []

    def filter_below(self, queryset, name, value):
        return queryset.filter(organisation__in=within(value))


@extend_schema_view(
    list=extend_schema(summary="发展党员计划"),
    retrieve=extend_schema(summary="一个党组织的年度计划", responses=QuotaDetailSerializer),
)
class QuotaViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubjectViewSet):
    model = RecruitmentQuota
    serializer_class = QuotaSerializer
    filterset_class = QuotaFilter
    may_list = staticmethod(access.can_view_members)

    def rows(self):
        return RecruitmentQuota.objects.visible_to(self.request.user).select_related("organisation")

    def get_serializer_class(self):
        return QuotaSerializer if self.action in ("list", "create") else QuotaDetailSerializer

    @extend_schema(
        summary="下达名额",
        description="一次填写同一年度的多个党组织，一起保存。",
        request=LevelInput,
        responses={200: QuotaSerializer(many=True)},
    )
    def create(self, request):
        require(access.can_change_members(request.user))
        values = self.read(LevelInput)
        plans = [actions.Plan(**given) for given in values["quotas"]]
        organisations = [plan.organisation for plan in plans]
        if len(set(organisations)) < len(organisations):
            raise ValidationError({"quotas": "同一党组织只能填写一次。"})
        for organisation in organisations:
            require(access.can_give_places(request.user, organisation))
        actions.give_places(year=values["year"], plans=plans, **self.who)
        found = self.rows().filter(year=values["year"], organisation__in=organisations).order_by("pk")
        return Response(QuotaSerializer(found, many=True).data)

    @extend_schema(summary="修改或收回名额", request=QuotaPlacesInput, responses={200: QuotaDetailSerializer})
    def partial_update(self, request, pk=None):
        quota = self.get_object()
        require(access.can_give_places(request.user, quota.organisation))
        plan = actions.Plan(organisation=quota.organisation, **self.read(QuotaPlacesInput))
        actions.give_places(year=quota.year, plans=[plan], **self.who)
        return self.shown(quota.pk)
