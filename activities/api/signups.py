"""报名: the terms, who signed up, and a member's own signing up."""

from django.db.models import Prefetch
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from activities import access, calendars
from activities.actions import signup as actions
from activities.api.files import ACTIVITY, activity_of
from activities.api.parts import MemberKey
from activities.models import Activity, SignUp, SignUpState
from members.access import can_open_own_record
from members.models import Member
from orgs.access import require
from orgs.api.organisations import OrganisationRef
from orgs.api.views import SubjectViewSet


class SignUpSerializer(serializers.ModelSerializer):
    name = serializers.CharField(source="member.name")
    organisation = OrganisationRef(source="member.organisation")

    class Meta:
        model = SignUp
        fields = ["id", "member", "name", "organisation", "state", "since"]


class SignUpInput(serializers.Serializer):
    member = MemberKey(help_text="党员编号。")


class OfferInput(serializers.Serializer):
    until = serializers.DateTimeField(allow_null=True, help_text="报名截止时间；null表示停止报名。")
    places = serializers.IntegerField(
        min_value=1, max_value=actions.MOST_PLACES, required=False, allow_null=True, help_text="不填不限。"
    )


class OfferSerializer(serializers.ModelSerializer):
    until = serializers.DateTimeField(source="signup_until", allow_null=True)
    places = serializers.IntegerField(source="signup_places", allow_null=True)

    class Meta:
        model = Activity
        fields = ["until", "places"]


@extend_schema(parameters=[ACTIVITY])
@extend_schema_view(list=extend_schema(summary="报名名单", description="不含已取消的。"))
class SignUpViewSet(mixins.ListModelMixin, SubjectViewSet):
    """For those who keep the record."""

    model = SignUp
    serializer_class = SignUpSerializer

    @staticmethod
    def may_list(user) -> bool:
        """`kept` asks, of the activity."""
        return True

    def kept(self) -> Activity:
        activity = activity_of(self)
        require(access.can_change_activity(self.request.user, activity))
        return activity

    def rows(self):
        rows = self.kept().signups.exclude(state=SignUpState.WITHDRAWN)
        rows = rows.select_related("member__organisation", "activity__organisation")
        return rows.defer("member__identity_number", "member__mobile")

    @extend_schema(
        summary="为党员报名",
        description="名额已满的列入候补。",
        request=SignUpInput,
        responses={201: SignUpSerializer},
    )
    def create(self, request, activity_pk=None):
        activity = self.kept()
        row = actions.sign_up(activity=activity, **self.read(SignUpInput), **self.who)
        return self.shown(row.pk, 201)

    @extend_schema(summary="取消报名", request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def withdraw(self, request, activity_pk=None, pk=None):
        actions.withdraw(signup=self.get_object(), **self.who)
        return Response(status=204)

    @extend_schema(summary="报名设置", request=OfferInput, responses={200: OfferSerializer})
    @action(detail=False, methods=["post"])
    def offer(self, request, activity_pk=None):
        activity = self.kept()
        stored = actions.offer_signup(activity=activity, **self.read(OfferInput), **self.who)
        return Response(OfferSerializer(stored).data)


class OwnActivitySerializer(serializers.ModelSerializer):
    organisation = OrganisationRef()
    kinds = serializers.ListField(source="kind_labels", child=serializers.CharField())
    mine = serializers.SerializerMethodField(
        help_text="本人报名：going已报名，waiting候补，withdrawn已取消，空为未报名。"
    )

    class Meta:
        model = Activity
        fields = [
            "id", "title", "kinds", "organisation", "starts_at", "ends_at", "place", "is_online", "state",
            "signup_until", "signup_places", "mine",
        ]  # fmt: skip

    def get_mine(self, activity) -> str:
        return next((row.state for row in activity.signups.all()), "")


@extend_schema_view(
    list=extend_schema(summary="本人近期的活动", description="本人所在党支部的和可以报名的。")
)
class OwnActivityViewSet(mixins.ListModelMixin, SubjectViewSet):
    """Of the member whose account it is."""

    model = Activity
    serializer_class = OwnActivitySerializer
    may_list = staticmethod(can_open_own_record)

    def member(self) -> Member:
        require(can_open_own_record(self.request.user))
        rows = Member.objects.of_account(self.request.user)
        member = rows.defer("identity_number", "mobile").first()
        require(member is not None)
        return member

    def rows(self):
        member = self.member()
        coming = calendars.for_member(member) | calendars.open_to(member).distinct()
        coming = Activity.objects.filter(pk__in=coming.order_by().values("pk"), starts_at__gte=timezone.now())
        own = Prefetch("signups", SignUp.objects.filter(member=member))
        return coming.select_related("organisation").prefetch_related("kinds", own)

    @extend_schema(summary="本人报名", request=None, responses={200: OwnActivitySerializer})
    @action(detail=True, methods=["post"], url_path="sign-up")
    def sign_up(self, request, pk=None):
        member = self.member()
        activity = get_object_or_404(calendars.open_to(member), pk=self.get_object().pk)
        actions.sign_up(activity=activity, member=member, **self.who)
        return self.shown(activity.pk)

    @extend_schema(summary="取消本人报名", request=None, responses={200: OwnActivitySerializer})
    @action(detail=True, methods=["post"])
    def withdraw(self, request, pk=None):
        member, activity = self.member(), self.get_object()
        row = get_object_or_404(SignUp.objects.select_related("activity"), activity=activity, member=member)
        actions.withdraw(signup=row, **self.who)
        return self.shown(activity.pk)
