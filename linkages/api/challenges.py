"""揭榜挂帅: the board with the page's filters, one challenge, drawing up, claiming, and every step of the table."""

from django.db.models import Prefetch, Q
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action

from linkages import access
from linkages.actions import challenges as actions
from linkages.api.agreements import PartyCode
from linkages.challenge_filters import ChallengeFilter
from linkages.challenges import transitions
from linkages.forms.challenges import act_form
from linkages.models import (
    Challenge,
    ChallengeAct,
    ChallengeEntry,
    ChallengeKind,
    ChallengeMilestone,
    Claim,
    ClaimUnit,
    Partner,
    partner_ids,
)
from linkages.units import column
from members.models import Member
from orgs.access import require
from orgs.api.fields import Amount, Flag, Scoped, Text, WholeNumber
from orgs.api.organisations import OrganisationRef, organisation_code, unit_code
from orgs.api.views import SubjectViewSet, checked

KEY = {"min_value": 1, "max_value": 2**53, "required": False}


# --- What is shown -----------------------------------------------------------------------------------


class ClaimUnitSerializer(serializers.ModelSerializer):
    """One of `organisation` and `partner` is filled."""

    organisation = OrganisationRef(allow_null=True)
    partner = serializers.CharField(allow_null=True)

    class Meta:
        model = ClaimUnit
        fields = ["organisation", "partner", "is_lead"]


class ChallengeChosenSerializer(serializers.ModelSerializer):
    """What everybody reads of the chosen claim."""

    units = ClaimUnitSerializer(many=True)

    class Meta:
        model = Claim
        fields = ["id", "units", "is_member_led"]


class ClaimSerializer(serializers.ModelSerializer):
    units = ClaimUnitSerializer(many=True)

    class Meta:
        model = Claim
        fields = [
            "id", "units", "leader_name", "is_member_led", "plan", "claimed_at", "withdrawn_at", "withdrawn_reason",
        ]  # fmt: skip


class ChallengeSerializer(serializers.ModelSerializer):
    """`days_left` counts to the end of claims, then of the work; `reward` is in 万元."""

    organisation = OrganisationRef()
    enterprise = serializers.CharField(allow_null=True)
    chosen = ChallengeChosenSerializer(allow_null=True)
    days_left = serializers.IntegerField(allow_null=True)

    class Meta:
        model = Challenge
        fields = [
            "id", "title", "kind", "state", "organisation", "enterprise", "problem", "goal", "reward", "claims_until",
            "work_until", "days_left", "reposts", "chosen", "signed_on", "passed", "inspected_on", "opinion", "score",
            "review", "secrecy_notice", "withdrawn_reason", "published_at", "updated_at",
        ]  # fmt: skip


class ChallengeMilestoneSerializer(serializers.ModelSerializer):
    class Meta:
        model = ChallengeMilestone
        fields = ["id", "title", "due_on", "done_on", "done_note"]


class ChallengeEntrySerializer(serializers.ModelSerializer):
    by = serializers.CharField(allow_null=True)

    class Meta:
        model = ChallengeEntry
        fields = ["act", "state", "at", "by", "note"]


class ChallengeDetailSerializer(ChallengeSerializer):
    """Claims, milestones and history as far as the caller sees the claims; the confidential part stands on the page."""

    claims = ClaimSerializer(many=True, source="seen_claims")
    milestones = serializers.SerializerMethodField()
    entries = serializers.SerializerMethodField()
    acts = serializers.SerializerMethodField()

    class Meta(ChallengeSerializer.Meta):
        fields = [*ChallengeSerializer.Meta.fields, "claims", "milestones", "entries", "acts"]

    def _seen(self, challenge) -> set:
        return {claim.pk for claim in challenge.seen_claims}

    def get_milestones(self, challenge) -> ChallengeMilestoneSerializer(many=True):
        rows = ChallengeMilestone.objects.filter(claim=challenge.chosen_id)
        rows = rows if challenge.chosen_id in self._seen(challenge) else []
        return ChallengeMilestoneSerializer(rows, many=True).data

    def get_entries(self, challenge) -> ChallengeEntrySerializer(many=True):
        seen = Q(claim__isnull=True) | Q(claim__in=self._seen(challenge))
        return ChallengeEntrySerializer(challenge.entries.filter(seen).select_related("by"), many=True).data

    def get_acts(self, challenge) -> list[str]:
        """The steps that the caller may take now."""
        return transitions.acts_open_to(self.context["request"].user, challenge)


# --- What is taken in --------------------------------------------------------------------------------


class ChallengeInput(serializers.Serializer):
    organisation = organisation_code("linkages.change", help_text="发榜党组织代码。")
    kind = serializers.ChoiceField(choices=ChallengeKind.choices)
    title = Text(max_length=120)
    problem = Text(max_length=1000)
    goal = Text(max_length=500)
    enterprise = unit_code(
        required=False, allow_null=True, default=None, help_text="出题企业的统一社会信用代码。"
    )
    reward = Amount(max_digits=10, decimal_places=2, min_value=0, default=0, help_text="万元。")
    claims_until = serializers.DateField()
    work_until = serializers.DateField()
    secrecy_notice = Text(max_length=500, allow_blank=True, default="")
    secret_detail = Text(max_length=2000, allow_blank=True, default="", help_text="加密保存。")


def _partners(user):
    """Those of the register the caller reads; a liaison their own units."""
    if user is None:
        return Partner.objects.all()
    return Partner.objects.visible_to(user).current() | Partner.objects.filter(pk__in=partner_ids(user))


def _members(user):
    return Member.objects.visible_to(user) if user else Member.objects.all()


class ClaimInput(serializers.Serializer):
    """The first organisation leads, or, where none is named, the first partner unit; the caller acts for it."""

    organisations = serializers.ListField(child=PartyCode(), default=list, max_length=actions.MOST_UNITS)
    partners = serializers.ListField(
        child=Scoped(rows=_partners, slug_field="id"), default=list, max_length=actions.MOST_UNITS
    )
    leader_name = Text(max_length=50, allow_blank=True, default="")
    is_member_led = Flag(default=False)
    member = Scoped(
        rows=_members, slug_field="id", required=False, allow_null=True, help_text="名册中的编号。"
    )
    plan = Text(max_length=1000)
    secrecy_confirmed = Flag(default=False, help_text="有保密须知的，须确认。")


class ChallengeActInput(serializers.Serializer):
    """Each step reads the fields that it asks for."""

    claim = WholeNumber(**KEY, help_text="choose、unclaim：揭榜编号。")
    milestone = WholeNumber(**KEY, help_text="achieve：节点编号。")
    agreement = WholeNumber(**KEY, help_text="book：协议编号。")
    on = serializers.DateField(required=False, help_text="sign：签订日期。")
    due_on = serializers.DateField(required=False, help_text="milestone：节点期限。")
    claims_until = serializers.DateField(required=False, help_text="repost：新的揭榜截止。")
    work_until = serializers.DateField(required=False, help_text="repost、resume：新的攻关期限。")
    title = Text(max_length=120, required=False, help_text="milestone：节点名称。")
    words = Text(max_length=300, required=False, allow_blank=True, help_text="choose、review。")
    reason = Text(max_length=300, required=False, help_text="withdraw、release、unclaim、resume。")
    note = Text(max_length=300, required=False, help_text="note、achieve。")
    opinion = Text(max_length=300, required=False, help_text="inspect：验榜意见。")
    passed = Flag(required=False, help_text="inspect：是否通过。")
    score = WholeNumber(required=False, help_text="review：1至5分。")

    def validate_passed(self, value) -> str:
        return "yes" if value else "no"


ACT = OpenApiParameter("act", str, OpenApiParameter.PATH, enum=[str(act) for act in actions.ACTIONS])


@extend_schema_view(
    list=extend_schema(summary="揭榜挂帅榜单", description="查询条件与网页相同。"),
    retrieve=extend_schema(summary="一个榜单", responses=ChallengeDetailSerializer),
)
class ChallengeViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubjectViewSet):
    model = Challenge
    serializer_class = ChallengeSerializer
    filterset_class = ChallengeFilter
    may_list = staticmethod(access.can_view_challenges)
    ordering = "-pk"

    def get_serializer_class(self):
        return ChallengeSerializer if self.action == "list" else ChallengeDetailSerializer

    def rows(self):
        rows = (
            Challenge.objects.visible_to(self.request.user)
            .with_claims()
            .defer("secret_detail", "enterprise__contact_phone")
        )
        if self.action == "list":
            return rows
        seen = Claim.objects.visible_to(self.request.user).order_by("pk").with_units()
        return rows.prefetch_related(Prefetch("claims", seen, to_attr="seen_claims"))

    @extend_schema(summary="建榜", request=ChallengeInput, responses={201: ChallengeDetailSerializer})
    def create(self, request):
        require(access.can_change_agreements(request.user))
        data = self.read(ChallengeInput)
        home = data.pop("organisation")
        stored = actions.draft_challenge(organisation=home, values=data, **self.who)
        return self.shown(stored.pk, 201)

    @extend_schema(summary="揭榜", request=ClaimInput, responses={201: ChallengeDetailSerializer})
    @action(detail=True, methods=["post"])
    def claim(self, request, pk=None):
        found = self.get_object()
        require(transitions.may_take(request.user, found, ChallengeAct.CLAIM))
        data = self.read(ClaimInput)
        units = [*data.pop("organisations"), *data.pop("partners")]
        if not units or not access.acts_for(request.user, ClaimUnit(**column(units[0]))):
            raise serializers.ValidationError({"organisations": ["请把您有权办理的揭榜单位填在第一个。"]})
        actions.claim_challenge(challenge=found, units=units, **data, **self.who)
        return self.shown(found.pk, 201)

    @extend_schema(
        summary="办理一步",
        parameters=[ACT],
        request=ChallengeActInput,
        responses={200: ChallengeDetailSerializer},
    )
    @action(detail=True, methods=["post"], url_path=f"acts/(?P<act>{'|'.join(actions.ACTIONS)})")
    def take(self, request, pk=None, act=None):
        found = self.get_object()
        require(transitions.may_take(request.user, found, act))
        form = checked(act_form(act, found, request.user, self.read(ChallengeActInput)))
        actions.ACTIONS[act](challenge=found, **form.cleaned_data, **self.who)
        return self.shown(found.pk)
