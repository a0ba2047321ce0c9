"""发展党员: cases, their steps, taking one back, stopping."""

from django.http import Http404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from members import access
from members.actions import recruiting as actions
from members.actions.prints import file_name, take_file
from members.actions.register import reveal
from members.api.register import NumberInput, NumberSerializer
from members.case_filters import CaseListFilter
from members.choices import Education, IdentityType, Occupation, Sex, Title
from members.forms.recruiting import RECOMMENDED, CaseEditForm, CaseForm, StepForm
from members.models import RecruitmentCase, StepOutcome, StepRecord
from members.prints.catalogue import PRINTS, find_offer, offers
from members.prints.dossier import dossier_of
from members.recruiting import state
from members.recruiting.steps import LAST, STEPS
from orgs.access import require
from orgs.api.fields import Flag, Numbers, Text, WholeNumber
from orgs.api.organisations import OrganisationRef, organisation_code
from orgs.api.views import SubjectViewSet, checked
from orgs.models import Organisation
from orgs.paper import DOCX, docx_response

FORM_NAMES = {"employer": "employer_code"}


class StepRecordSerializer(serializers.ModelSerializer):
    """`reversed_by` is the record that takes this one back, if any."""

    organisation = OrganisationRef()
    reversed_by = serializers.SerializerMethodField()

    class Meta:
        model = StepRecord
        fields = [
            "id", "number", "on", "outcome", "organisation", "document_no", "data", "late", "confirm_reason",
            "approval_no", "reverses", "reversed_by",
        ]  # fmt: skip

    def get_reversed_by(self, record) -> int | None:
        reversal = getattr(record, "reversal", None)
        return reversal.pk if reversal else None


class CaseSerializer(serializers.ModelSerializer):
    """`opens_on` is the first day of the next step, `due_on` the last; null where no rule sets one."""

    organisation = OrganisationRef()
    identity_number = serializers.CharField(source="masked_identity", help_text="已遮盖。")

    class Meta:
        model = RecruitmentCase
        fields = [
            "id", "name", "identity_number", "sex", "born_on", "education", "is_research", "employer_code",
            "employer_name", "organisation", "member", "stage", "next_step", "opens_on", "due_on", "applied_on",
            "activist_on", "candidate_on", "meeting_on", "approved_on", "probation_ends_on", "converted_on",
            "stopped_on", "stopped_reason", "closed_on", "points", "updated_at",
        ]  # fmt: skip


class CaseDetailSerializer(CaseSerializer):
    records = StepRecordSerializer(many=True)
    allowed_steps = serializers.SerializerMethodField(help_text="现在可以登记的步骤。")

    class Meta(CaseSerializer.Meta):
        fields = [*CaseSerializer.Meta.fields, "allowed_steps", "records"]

    def get_allowed_steps(self, case) -> list[int]:
        return state.replay_fetched(case.records.all()).allowed() if case.is_open else []


class CaseInput(serializers.Serializer):
    """An application: step 1."""

    organisation = organisation_code("members.change", help_text="接收申请的党支部代码。")
    on = serializers.DateField(default=timezone.localdate, help_text="申请书落款日期，默认今天。")
    name = Text(max_length=50)
    identity_type = serializers.ChoiceField(choices=IdentityType.choices, default=IdentityType.RESIDENT)
    identity_number = Text(max_length=40)
    mobile = Text(max_length=20, required=False, allow_blank=True)
    sex = serializers.ChoiceField(choices=Sex.choices)
    ethnicity = Text(max_length=20, required=False, allow_blank=True)
    born_on = serializers.DateField()
    education = serializers.ChoiceField(choices=Education.choices, required=False, allow_blank=True)
    title = serializers.ChoiceField(choices=Title.choices, required=False, allow_blank=True)
    occupation = serializers.ChoiceField(choices=Occupation.choices, required=False, allow_blank=True)
    position = Text(max_length=50, required=False, allow_blank=True)
    is_research = Flag(required=False, allow_null=True)
    employer_code = Text(max_length=200, required=False, allow_blank=True)
    confirm_reason = Text(max_length=200, required=False, allow_blank=True)
    approval_no = Text(max_length=60, required=False, allow_blank=True)


class CasePersonInput(serializers.Serializer):
    """What is not sent stays."""

    name = Text(max_length=50, required=False)
    identity_type = serializers.ChoiceField(choices=IdentityType.choices, required=False)
    identity_number = Text(max_length=40, required=False)
    mobile = Text(max_length=20, required=False)
    sex = serializers.ChoiceField(choices=Sex.choices, required=False)
    ethnicity = Text(max_length=20, required=False, allow_blank=True)
    born_on = serializers.DateField(required=False)
    education = serializers.ChoiceField(choices=Education.choices, required=False, allow_blank=True)
    title = serializers.ChoiceField(choices=Title.choices, required=False, allow_blank=True)
    occupation = serializers.ChoiceField(choices=Occupation.choices, required=False, allow_blank=True)
    position = Text(max_length=50, required=False, allow_blank=True)
    is_research = Flag(required=False, allow_null=True)
    employer_code = Text(max_length=200, required=False, allow_blank=True)
    seen_at = serializers.DateTimeField(
        required=False, help_text="所见的updated_at；此后已被他人修改的，不予覆盖。"
    )


class CaseStepInput(serializers.Serializer):
    """What the step asks for; the rest is left out. People are named by their number in the register."""

    number = WholeNumber(min_value=2, max_value=LAST)
    on = serializers.DateField(default=timezone.localdate, help_text="默认今天。")
    outcome = serializers.ChoiceField(choices=StepOutcome.choices, required=False)
    who = Text(max_length=50, required=False)
    recommended = serializers.ChoiceField(choices=RECOMMENDED, required=False)
    contacts = Numbers(required=False, max_length=10)
    heard = Flag(required=False)
    introducers = Numbers(required=False, max_length=10)
    consented = Flag(required=False)
    training_days = WholeNumber(required=False, max_value=1000)
    training_hours = WholeNumber(required=False, max_value=1000)
    approver = organisation_code("members.change", required=False, help_text="审批党组织代码。")
    leaving_on = serializers.DateField(required=False)
    form_no = Text(max_length=40, required=False)
    notice_from = serializers.DateField(required=False)
    notice_until = serializers.DateField(required=False)
    persons = Text(max_length=120, required=False)
    ballot_no = WholeNumber(required=False, max_value=100_000)
    secret_ballot = Flag(required=False)
    attended = Flag(required=False)
    expected = WholeNumber(required=False, max_value=100_000)
    present = WholeNumber(required=False, max_value=100_000)
    yes = WholeNumber(required=False, max_value=100_000)
    expected_reason = Text(max_length=200, required=False, allow_blank=True)
    extended_until = serializers.DateField(required=False)
    collective = Flag(required=False)
    group = Text(max_length=50, required=False, allow_blank=True)
    kept_at = Text(max_length=100, required=False)
    document_no = Text(max_length=60, required=False, allow_blank=True)
    note = Text(max_length=1000, required=False, allow_blank=True)
    confirm_reason = Text(max_length=200, required=False, allow_blank=True)
    approval_no = Text(max_length=60, required=False, allow_blank=True)


class CaseReasonInput(serializers.Serializer):
    reason = Text(max_length=200)


class CaseStopInput(CaseReasonInput):
    on = serializers.DateField(default=timezone.localdate, help_text="默认今天。")


class CasePrintSerializer(serializers.Serializer):
    """A print that the case has now; `is_blank`: to be filled in by hand."""

    slug = serializers.ChoiceField(choices=list(PRINTS), source="print.slug")
    name = serializers.CharField(source="print.name")
    is_blank = serializers.BooleanField()


@extend_schema_view(
    list=extend_schema(summary="发展党员"),
    retrieve=extend_schema(summary="一人的发展记录", responses=CaseDetailSerializer),
)
class CaseViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubjectViewSet):
    model = RecruitmentCase
    serializer_class = CaseSerializer
    filterset_class = CaseListFilter
    may_list = staticmethod(access.can_view_members)

    def rows(self):
        rows = RecruitmentCase.objects.visible_to(self.request.user).select_related("organisation")
        if self.action != "list":
            rows = rows.prefetch_related("records__organisation", "records__reversal")
        return rows

    def get_serializer_class(self):
        return CaseSerializer if self.action == "list" else CaseDetailSerializer

    @extend_schema(summary="登记入党申请", request=CaseInput, responses={201: CaseDetailSerializer})
    def create(self, request):
        require(access.can_change_members(request.user))
        values = self.read(CaseInput)
        data = values | {
            "organisation": values["organisation"].code,
            "employer": values.pop("employer_code", ""),
        }
        form = checked(CaseForm(data, user=request.user), FORM_NAMES)
        case = actions.open_case(values=form.values, **form.entry, **self.who)
        return self.shown(case.pk, 201)

    @extend_schema(summary="修改个人信息", request=CasePersonInput, responses={200: CaseDetailSerializer})
    def partial_update(self, request, pk=None):
        case = self.get_object()
        require(access.can_change_members_at(request.user, case.organisation))
        values = self.read(CasePersonInput)
        data = CaseEditForm(instance=case, user=request.user).initial | values
        seen_at = data.pop("seen_at") if "seen_at" in request.data else None
        if "employer_code" in values:
            data["employer"] = data.pop("employer_code")
        form = checked(CaseEditForm(data, instance=case, user=request.user), FORM_NAMES)
        actions.update_case(case=RecruitmentCase(pk=case.pk), values=form.values, seen_at=seen_at, **self.who)
        return self.shown(case.pk)

    @extend_schema(summary="查看完整号码", request=NumberInput, responses={200: NumberSerializer})
    @action(detail=True, methods=["post"])
    def reveal(self, request, pk=None):
        case = self.get_object()
        require(access.can_reveal_case(request.user, case))
        given = self.read(NumberInput)
        number = reveal(person=case, **given, **self.who)
        return Response({"field": given["field"], "number": number})

    @extend_schema(summary="登记步骤", request=CaseStepInput, responses={200: CaseDetailSerializer})
    @action(detail=True, methods=["post"])
    def steps(self, request, pk=None):
        case = self.get_object()
        require(access.can_change_members(request.user))
        values = self.read(CaseStepInput)
        number = values.pop("number")
        require(access.can_take_case_step(request.user, case, STEPS[number]))
        if approver := values.get("approver"):
            values["approver"] = approver.pk
        form = checked(StepForm(values, case=case, number=number, user=request.user))
        actions.take_step(case=case, **form.entry, **self.who)
        return self.shown(case.pk)

    @extend_schema(summary="退回更正最近一步", request=CaseReasonInput, responses={200: CaseDetailSerializer})
    @action(detail=True, methods=["post"])
    def reverse(self, request, pk=None):
        case = self.get_object()
        require(access.can_decide_case(request.user, case.organisation))
        above = Organisation.objects.permitted_to(request.user, "members.change")
        body = above.filter(path__in=case.organisation.ancestor_paths).order_by("-depth").first()
        actions.reverse_step(case=case, organisation=body, **self.read(CaseReasonInput), **self.who)
        return self.shown(case.pk)

    @extend_schema(summary="终止发展", request=CaseStopInput, responses={200: CaseDetailSerializer})
    @action(detail=True, methods=["post"])
    def stop(self, request, pk=None):
        case = self.get_object()
        require(access.can_change_members_at(request.user, case.organisation))
        actions.stop_case(case=case, **self.read(CaseStopInput), **self.who)
        return self.shown(case.pk)

    @extend_schema(summary="可打印的材料", responses=CasePrintSerializer(many=True))
    @action(detail=True, methods=["get"], pagination_class=None, filterset_class=None)
    def prints(self, request, pk=None):
        return Response(CasePrintSerializer(offers(self._dossier()), many=True).data)

    @extend_schema(
        summary="下载一份材料（Word）",
        parameters=[OpenApiParameter("slug", str, "path", enum=list(PRINTS))],
        responses={(200, DOCX): OpenApiTypes.BINARY},
    )
    @action(detail=True, url_path="prints/(?P<slug>[a-z-]+)", pagination_class=None, filterset_class=None)
    def file(self, request, pk=None, slug=""):
        dossier = self._dossier()
        offer = find_offer(dossier, slug)
        if offer is None:
            raise Http404
        content = take_file(case=dossier.case, offer=offer, **self.who)
        return docx_response(content, file_name(dossier.case, offer))

    def _dossier(self):
        case = self.get_object()
        require(access.can_read_findings(self.request.user, case))
        return dossier_of(case, self.request.user)
