"""项目领办: responsibility lists with the page's filters, one project, entering, and every step of the table."""

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action

from linkages import access
from linkages.actions import commitments as actions
from linkages.commitment_filters import CommitmentFilter
from linkages.commitments import transitions
from linkages.forms.commitments import act_form
from linkages.models import Commitment, CommitmentEntry
from linkages.models.commitments import LONGEST_WORDS
from orgs.access import require
from orgs.api.fields import Text, WholeNumber
from orgs.api.organisations import OrganisationRef, organisation_code
from orgs.api.views import SubjectViewSet, checked


class CommitmentSerializer(serializers.ModelSerializer):
    """`days_left` until the deadline while the unit works on it, negative when late."""

    organisation = OrganisationRef()
    days_left = serializers.IntegerField(allow_null=True)

    class Meta:
        model = Commitment
        fields = [
            "id", "year", "organisation", "title", "leader_name", "aim", "measure", "due_on", "days_left", "state",
            "report", "reported_on", "confirmed_on", "withdrawn_reason", "copied_from", "updated_at",
        ]  # fmt: skip


class CommitmentEntrySerializer(serializers.ModelSerializer):
    by = serializers.CharField(allow_null=True)

    class Meta:
        model = CommitmentEntry
        fields = ["act", "state", "at", "by", "note"]


class CommitmentDetailSerializer(CommitmentSerializer):
    entries = CommitmentEntrySerializer(many=True)
    acts = serializers.SerializerMethodField()

    class Meta(CommitmentSerializer.Meta):
        fields = [*CommitmentSerializer.Meta.fields, "entries", "acts"]

    def get_acts(self, commitment) -> list[str]:
        """The steps that the caller may take now."""
        return transitions.acts_open_to(self.context["request"].user, commitment)


class CommitmentInput(serializers.Serializer):
    organisation = organisation_code("linkages.change", help_text="领办单位党组织代码。")
    year = WholeNumber(min_value=2000, max_value=2999)
    title = Text(max_length=120)
    leader_name = Text(max_length=50)
    aim = Text(max_length=LONGEST_WORDS)
    measure = Text(max_length=LONGEST_WORDS, allow_blank=True, default="")
    due_on = serializers.DateField()


class CommitmentActInput(serializers.Serializer):
    """Each step reads the fields that it asks for."""

    report = Text(max_length=LONGEST_WORDS, required=False, help_text="report：完成情况。")
    note = Text(max_length=LONGEST_WORDS, required=False, help_text="note：进展。")
    words = Text(max_length=LONGEST_WORDS, required=False, allow_blank=True, help_text="confirm：意见。")
    reason = Text(max_length=LONGEST_WORDS, required=False, help_text="send_back、reopen、withdraw：原因。")


ACT = OpenApiParameter("act", str, OpenApiParameter.PATH, enum=[str(act) for act in actions.ACTIONS])


@extend_schema_view(
    list=extend_schema(summary="领办项目", description="查询条件与网页相同；不填年度即各年。"),
    retrieve=extend_schema(summary="一个领办项目", responses=CommitmentDetailSerializer),
)
class CommitmentViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubjectViewSet):
    """Evidence is put on file on the page."""

    model = Commitment
    serializer_class = CommitmentSerializer
    filterset_class = CommitmentFilter
    may_list = staticmethod(access.can_view_commitments)
    ordering = "-pk"

    def get_serializer_class(self):
        return CommitmentSerializer if self.action == "list" else CommitmentDetailSerializer

    def rows(self):
        rows = Commitment.objects.visible_to(self.request.user).select_related("organisation")
        return rows if self.action == "list" else rows.prefetch_related("entries__by")

    @extend_schema(
        summary="登记领办项目", request=CommitmentInput, responses={201: CommitmentDetailSerializer}
    )
    def create(self, request):
        require(access.can_change_agreements(request.user))
        data = self.read(CommitmentInput)
        home = {name: data.pop(name) for name in ("organisation", "year")}
        stored = actions.add_commitment(**home, values=data, **self.who)
        return self.shown(stored.pk, 201)

    @extend_schema(
        summary="办理一步",
        parameters=[ACT],
        request=CommitmentActInput,
        responses={200: CommitmentDetailSerializer},
    )
    @action(detail=True, methods=["post"], url_path=f"acts/(?P<act>{'|'.join(actions.ACTIONS)})")
    def take(self, request, pk=None, act=None):
        found = self.get_object()
        require(transitions.may_take(request.user, found, act))
        form = checked(act_form(act, self.read(CommitmentActInput)))
        actions.ACTIONS[act](commitment=found, **form.cleaned_data, **self.who)
        return self.shown(found.pk)
