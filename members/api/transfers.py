"""组织关系转接: both sides' cases, beginning one, and every step."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action

from members import access
from members.actions import transfers as actions
from members.choices import Education, IdentityType, Membership, Sex
from members.forms.transfers import IncomingForm, homes
from members.models import Member, Transfer, TransferEntry
from members.transfer_filters import TransferFilter
from orgs.access import require
from orgs.api.fields import Scoped, Text, WholeNumber
from orgs.api.organisations import OrganisationRef, organisation_code
from orgs.api.views import SubjectViewSet


def changeable_member(**kwargs):
    """A member whom the caller may change, named by key."""

    def rows(user):
        return Member.objects.permitted_to(user, "members.change") if user else Member.objects.all()

    return Scoped(rows=rows, slug_field="id", **kwargs)


def receiver_code(**kwargs):
    """A branch anywhere in the register, named by its whole code."""
    return Scoped(rows=lambda user: homes(), slug_field="code", **kwargs)


class TransferEntrySerializer(serializers.ModelSerializer):
    organisation = OrganisationRef(allow_null=True)

    class Meta:
        model = TransferEntry
        fields = ["state", "what", "on", "organisation", "note"]


class TransferSerializer(serializers.ModelSerializer):
    """`from_organisation` and `to_organisation` are null for the side outside the register, which has a name only."""

    from_organisation = OrganisationRef(allow_null=True)
    to_organisation = OrganisationRef(allow_null=True)
    identity_number = serializers.CharField(source="masked_identity", help_text="已遮盖。")
    is_expired = serializers.BooleanField(help_text="介绍信已失效，不能接收。")

    class Meta:
        model = Transfer
        fields = [
            "id", "member", "person_name", "identity_number", "membership", "direction", "state", "state_since",
            "from_organisation", "from_name", "to_organisation", "to_name", "reason", "dues_paid_until", "letter_no",
            "issued_on", "valid_days", "expires_on", "is_expired", "accepted_on", "receipt_on", "receipt_no",
            "close_reason", "needs_check", "started_on", "updated_at",
        ]  # fmt: skip


class TransferDetailSerializer(TransferSerializer):
    entries = TransferEntrySerializer(many=True)

    class Meta(TransferSerializer.Meta):
        fields = [*TransferSerializer.Meta.fields, "entries"]


class TransferInput(serializers.Serializer):
    member = changeable_member(help_text="党员编号。")
    to_organisation = receiver_code(
        required=False, allow_null=True, default=None, help_text="系统内接收党支部代码。"
    )
    to_name = Text(max_length=120, required=False, allow_blank=True, help_text="系统外接收党组织全称。")
    reason = Text(max_length=200)
    dues_paid_until = serializers.DateField(help_text="党费交至月份，取该月1日。")


class IncomingPersonInput(serializers.Serializer):
    """The particulars that stand in the letter and the file."""

    name = Text(max_length=50)
    identity_type = serializers.ChoiceField(choices=IdentityType.choices, default=IdentityType.RESIDENT)
    identity_number = Text(max_length=30)
    sex = serializers.ChoiceField(choices=Sex.choices)
    born_on = serializers.DateField()
    ethnicity = Text(max_length=20, required=False, allow_blank=True)
    education = serializers.ChoiceField(choices=Education.choices, required=False, allow_blank=True)
    mobile = Text(max_length=20, required=False, allow_blank=True)
    joined_on = serializers.DateField()
    confirmed_on = serializers.DateField(required=False, allow_null=True)
    employer_name = Text(max_length=200, required=False, allow_blank=True)


class IncomingInput(IncomingPersonInput):
    organisation = organisation_code("members.change", help_text="接收党支部代码。")
    from_name = Text(max_length=120)
    letter_no = Text(max_length=40)
    issued_on = serializers.DateField()
    valid_days = WholeNumber(min_value=1, max_value=100)
    dues_paid_until = serializers.DateField()
    membership = serializers.ChoiceField(choices=Membership.choices, help_text="正式党员或预备党员。")


class TransferSubmitInput(serializers.Serializer):
    reason = Text(max_length=200, required=False, allow_blank=True)
    dues_paid_until = serializers.DateField(required=False)


class TransferReasonInput(serializers.Serializer):
    reason = Text(max_length=200, allow_blank=True)


class LetterInput(serializers.Serializer):
    on = serializers.DateField(default=timezone.localdate, help_text="默认今天。")
    valid_days = WholeNumber(min_value=1, max_value=100, required=False, help_text="默认按系统设置。")


class ReissueInput(LetterInput):
    dues_paid_until = serializers.DateField(required=False)
    statement = Text(max_length=300, allow_blank=True)


class TransferDayInput(serializers.Serializer):
    on = serializers.DateField(default=timezone.localdate, help_text="默认今天。")


class TransferReceiptInput(serializers.Serializer):
    on = serializers.DateField(help_text="对方接收日期。")
    receipt_no = Text(max_length=40, allow_blank=True)
    receipt_on = serializers.DateField(default=timezone.localdate, help_text="收到回执日期，默认今天。")


class SendReceiptInput(TransferDayInput):
    receipt_no = Text(max_length=40, required=False, allow_blank=True)


def step(summary, input_class=None):
    """The decorators of one step."""

    def decorate(method):
        name = method.__name__.strip("_").replace("_", "-")
        method = action(detail=True, methods=["post"], url_path=name, url_name=name)(method)
        return extend_schema(summary=summary, request=input_class, responses={200: TransferDetailSerializer})(
            method
        )

    return decorate


@extend_schema_view(
    list=extend_schema(summary="组织关系转接", description="接收方自介绍信开具起可见。"),
    retrieve=extend_schema(summary="一件转接", responses=TransferDetailSerializer),
)
class TransferViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubjectViewSet):
    model = Transfer
    serializer_class = TransferSerializer
    filterset_class = TransferFilter
    may_list = staticmethod(access.can_view_members)
    ordering = "-pk"

    def get_serializer_class(self):
        return TransferSerializer if self.action == "list" else TransferDetailSerializer

    def rows(self):
        rows = Transfer.objects.visible_to(self.request.user).select_related(
            "member", "from_organisation", "to_organisation"
        )
        return rows if self.action == "list" else rows.prefetch_related("entries__organisation")

    @extend_schema(summary="发起转接", request=TransferInput, responses={201: TransferDetailSerializer})
    def create(self, request):
        require(access.can_change_members(request.user))
        started = actions.start_transfer(**self.read(TransferInput), **self.who)
        return self.shown(started.pk, 201)

    @extend_schema(summary="登记转入", request=IncomingInput, responses={201: TransferDetailSerializer})
    @action(detail=False, methods=["post"])
    def incoming(self, request):
        """Somebody brings a letter from outside the register."""
        require(access.can_change_members(request.user))
        values = self.read(IncomingInput)
        person = {name: values.pop(name) for name in IncomingForm.PERSON if name in values}
        found = actions.register_incoming(values=person, **values, **self.who)
        return self.shown(found.pk, 201)

    def _take(self, name, act, input_class=None):
        case = self.get_object()
        require(access.can_act_on_transfer(self.request.user, case, name))
        values = self.read(input_class) if input_class else {}
        act(transfer=case, **values, **self.who)
        return self.shown(case.pk)

    @step("重新提交审核", TransferSubmitInput)
    def submit(self, request, pk=None):
        return self._take("submit", actions.submit_transfer, TransferSubmitInput)

    @step("审核通过并开具介绍信", LetterInput)
    def issue(self, request, pk=None):
        return self._take("issue", actions.issue_letter, LetterInput)

    @step("退回党支部补充", TransferReasonInput)
    def send_back(self, request, pk=None):
        return self._take("send-back", actions.send_back, TransferReasonInput)

    @step("重新开具介绍信", ReissueInput)
    def reissue(self, request, pk=None):
        return self._take("reissue", actions.reissue_letter, ReissueInput)

    @step("开始接收审核")
    def receive(self, request, pk=None):
        return self._take("receive", actions.receive_transfer)

    @step("接收", TransferDayInput)
    def accept(self, request, pk=None):
        return self._take("accept", actions.accept_transfer, TransferDayInput)

    @step("退回", TransferReasonInput)
    def return_(self, request, pk=None):
        return self._take("return", actions.return_transfer, TransferReasonInput)

    @step("撤回", TransferReasonInput)
    def withdraw(self, request, pk=None):
        return self._take("withdraw", actions.withdraw_transfer, TransferReasonInput)

    @step("登记回执", TransferReceiptInput)
    def receipt(self, request, pk=None):
        return self._take("receipt", actions.enter_receipt, TransferReceiptInput)

    @step("登记寄送回执", SendReceiptInput)
    def send_receipt(self, request, pk=None):
        return self._take("send-receipt", actions.send_receipt, SendReceiptInput)
