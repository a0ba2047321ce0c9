"""扫码签到: open the desk, what the screen shows, close it."""

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from activities import access
from activities.actions import signing as actions
from activities.desks import LAST, code_address, signed_in
from activities.models import Activity, SignInDesk
from orgs.access import require
from orgs.api.views import SubjectViewSet


class CameSerializer(serializers.Serializer):
    name = serializers.CharField()
    signed_at = serializers.DateTimeField()


class DeskSerializer(serializers.Serializer):
    is_open = serializers.BooleanField()
    opened_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    address = serializers.CharField(help_text="此刻二维码的内容，每30秒更换；未开放时为空。")
    came = serializers.IntegerField(help_text="已扫码签到的人数。")
    last = CameSerializer(many=True, help_text=f"最近签到的{LAST}人。")


class DeskViewSet(SubjectViewSet):
    """For those who keep the record; the screen in the room asks for it again and again."""

    model = Activity
    serializer_class = DeskSerializer

    def rows(self):
        return Activity.objects.visible_to(self.request.user).select_related("organisation", "desk")

    def _kept(self) -> Activity:
        activity = self.get_object()
        require(access.can_change_activity(self.request.user, activity))
        return activity

    def _shown(self, activity) -> Response:
        desk = SignInDesk.objects.filter(activity=activity).first()
        if desk is not None:
            desk.activity = activity
        signed = signed_in(activity)
        last = signed.values_list("member__name", "signed_at")[:LAST]
        is_open = desk is not None and desk.is_open
        found = {
            "is_open": is_open,
            "opened_at": desk and desk.opened_at,
            "closed_at": desk and desk.closed_at,
            "address": code_address(self.request, desk) if is_open else "",
            "came": signed.count(),
            "last": [{"name": name, "signed_at": at} for name, at in last],
        }
        return Response(DeskSerializer(found).data)

    @extend_schema(summary="签到屏幕", responses=DeskSerializer)
    @action(detail=True, methods=["get"], url_path="sign-in-desk", url_name="desk")
    def desk(self, request, pk=None):
        return self._shown(self._kept())

    @extend_schema(
        summary="开始扫码签到",
        description="再次开始时原二维码失效。",
        request=None,
        responses={200: DeskSerializer},
    )
    @action(detail=True, methods=["post"], url_path="sign-in-desk/open", url_name="desk-open")
    def open(self, request, pk=None):
        activity = self._kept()
        actions.open_desk(activity=activity, **self.who)
        return self._shown(activity)

    @extend_schema(summary="结束扫码签到", request=None, responses={200: DeskSerializer})
    @action(detail=True, methods=["post"], url_path="sign-in-desk/close", url_name="desk-close")
    def close(self, request, pk=None):
        activity = self._kept()
        desk = SignInDesk.objects.filter(activity=activity).first()
        if desk is None:
            raise Http404
        actions.close_desk(desk=desk, **self.who)
        return self._shown(activity)
