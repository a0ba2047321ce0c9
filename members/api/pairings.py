"""结对带教: pairings with their log of contacts."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action

from members import access
from members.actions import pairings as actions
from members.api.leading import readable
from members.api.talent import ConsentInput, outside_person
from members.models import (
    Member,
    OutsidePerson,
    Pairing,
    PairingContact,
    PairingContactMeans,
    PairingKind,
    PairingResult,
    RecruitmentCase,
)
from members.people_filters import PairingFilter
from orgs.access import require
from orgs.api.fields import Text, WholeNumber
from orgs.api.organisations import OrganisationRef, organisation_code
from orgs.api.views import SubjectViewSet


class PairingContactSerializer(serializers.ModelSerializer):
    """`withdrawn` is the reason for which it was withdrawn, null while it stands."""

    withdrawn = serializers.SerializerMethodField()

    class Meta:
        model = PairingContact
        fields = ["id", "on", "how", "gist", "asked", "answered", "withdrawn"]

    def get_withdrawn(self, contact) -> str | None:
        withdrawal = getattr(contact, "withdrawal", None)
        return withdrawal.reason if withdrawal else None


class PairingSerializer(serializers.ModelSerializer):
    """One of `member`, `case` and `person` is filled. `due_on`: by when the next contact or the result is expected."""

    organisation = OrganisationRef()
    leader_name = serializers.CharField(source="leader.name")
    led_name = serializers.CharField()

    class Meta:
        model = Pairing
        fields = [
            "id", "kind", "organisation", "leader", "leader_name", "member", "case", "person", "led_name", "aim",
            "since", "until", "last_contact_on", "due_on", "ended_on", "result",
        ]  # fmt: skip


class PairingDetailSerializer(PairingSerializer):
    contacts = serializers.SerializerMethodField()

    class Meta(PairingSerializer.Meta):
        fields = [*PairingSerializer.Meta.fields, "contacts"]

    @extend_schema_field(PairingContactSerializer(many=True))
    def get_contacts(self, pairing):
        """Without what was said for whoever may not read it, and where the contact was withdrawn."""
        may_read = access.can_read_contacts(self.context["request"].user, pairing)
        rows = [contact for contact in pairing.contacts.all() if contact.withdraws_id is None]
        for contact in rows:
            if not may_read or hasattr(contact, "withdrawal"):
                contact.gist = contact.asked = contact.answered = ""
        return PairingContactSerializer(rows, many=True).data


class PairingOutsideInput(ConsentInput):
    name = Text(max_length=50)
    unit_name = Text(max_length=200, required=False, allow_blank=True)
    mobile = Text(max_length=20, required=False, allow_blank=True)


class PairingInput(serializers.Serializer):
    """`leader` leads one of `member`, `case`, `person` or somebody new (`outside`)."""

    kind = serializers.ChoiceField(choices=PairingKind.choices)
    organisation = organisation_code("members.change", help_text="安排结对的党组织代码。")
    leader = readable(Member, help_text="党员编号。")
    member = readable(Member, required=False, allow_null=True, help_text="党员编号。")
    case = readable(RecruitmentCase, required=False, allow_null=True, help_text="发展党员记录编号。")
    person = readable(OutsidePerson, required=False, allow_null=True, help_text="册外人员编号。")
    outside = PairingOutsideInput(required=False, allow_null=True)
    aim = Text(max_length=200)
    since = serializers.DateField(default=timezone.localdate, help_text="默认今天。")
    until = serializers.DateField(required=False, allow_null=True)

    def validate_outside(self, values):
        return outside_person(values) if values else None


class PairingChangeInput(serializers.Serializer):
    aim = Text(max_length=200)
    until = serializers.DateField(allow_null=True)


class PairingContactInput(serializers.Serializer):
    on = serializers.DateField(default=timezone.localdate, help_text="默认今天。")
    how = serializers.ChoiceField(choices=PairingContactMeans.choices)
    gist = Text(max_length=1000)
    asked = Text(max_length=1000, required=False, allow_blank=True)
    answered = Text(max_length=1000, required=False, allow_blank=True)


class PairingWithdrawalInput(serializers.Serializer):
    contact = WholeNumber(min_value=1, max_value=2**53, help_text="联系记录编号。")
    reason = Text(max_length=200)


class PairingEndInput(serializers.Serializer):
    on = serializers.DateField(default=timezone.localdate, help_text="默认今天。")
    result = serializers.ChoiceField(choices=PairingResult.choices)
    note = Text(max_length=1000, required=False, allow_blank=True)


@extend_schema_view(
    list=extend_schema(summary="结对带教", description="默认不含已结束的。"),
    retrieve=extend_schema(summary="一个结对及其联系记录", responses=PairingDetailSerializer),
)
class PairingViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubjectViewSet):
    model = Pairing
    serializer_class = PairingSerializer
    filterset_class = PairingFilter
    may_list = staticmethod(access.can_view_members)
    ordering = "-pk"

    def rows(self):
        rows = Pairing.objects.visible_to(self.request.user).with_people()
        return rows if self.action == "list" else rows.prefetch_related("contacts__withdrawal")

    def get_serializer_class(self):
        return PairingSerializer if self.action == "list" else PairingDetailSerializer

    def _changeable(self):
        found = self.get_object()
        require(access.can_change_pairing(self.request.user, found))
        return found

    @extend_schema(summary="登记结对", request=PairingInput, responses={201: PairingDetailSerializer})
    def create(self, request):
        require(access.can_change_members(request.user))
        return self.shown(actions.start_pairing(**self.read(PairingInput), **self.who).pk, 201)

    @extend_schema(
        summary="修改目标和期限", request=PairingChangeInput, responses={200: PairingDetailSerializer}
    )
    def partial_update(self, request, pk=None):
        found = self._changeable()
        values = self.read(PairingChangeInput, partial=True)
        kept = {"aim": found.aim, "until": found.until}
        actions.update_pairing(pairing=found, **kept | values, **self.who)
        return self.shown(found.pk)

    @extend_schema(summary="登记联系", request=PairingContactInput, responses={200: PairingDetailSerializer})
    @action(detail=True, methods=["post"])
    def contact(self, request, pk=None):
        found = self._changeable()
        actions.add_contact(pairing=found, **self.read(PairingContactInput), **self.who)
        return self.shown(found.pk)

    @extend_schema(
        summary="撤销联系记录", request=PairingWithdrawalInput, responses={200: PairingDetailSerializer}
    )
    @action(detail=True, methods=["post"], url_path="withdraw-contact")
    def withdraw_contact(self, request, pk=None):
        found = self._changeable()
        values = self.read(PairingWithdrawalInput)
        contact = found.contacts.select_related("pairing").filter(pk=values["contact"]).first()
        if contact is None:
            raise serializers.ValidationError({"contact": ["这一结对没有这条联系记录。"]})
        actions.withdraw_contact(contact=contact, reason=values["reason"], **self.who)
        return self.shown(found.pk)

    @extend_schema(summary="登记结果", request=PairingEndInput, responses={200: PairingDetailSerializer})
    @action(detail=True, methods=["post"])
    def end(self, request, pk=None):
        found = self._changeable()
        actions.end_pairing(pairing=found, **self.read(PairingEndInput), **self.who)
        return self.shown(found.pk)
