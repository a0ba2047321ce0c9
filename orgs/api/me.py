"""Who the caller is and where they may act."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from orgs.api.organisations import OrganisationRef
from orgs.models import Appointment, User
from orgs.permissions import PERMISSION_LABELS


class AppointmentSerializer(serializers.ModelSerializer):
    organisation = OrganisationRef()
    delegated_by = serializers.CharField(allow_null=True)

    class Meta:
        model = Appointment
        fields = ["role", "organisation", "enterprise", "starts_on", "ends_on", "delegated_by"]


class MeSerializer(serializers.ModelSerializer):
    """`permissions` are held somewhere; for which rows follows from the appointments."""

    appointments = AppointmentSerializer(source="shown_appointments", many=True)
    permissions = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = ["id", "username", "display_name", "appointments", "permissions"]

    def get_permissions(self, user) -> list[str]:
        return sorted(PERMISSION_LABELS if user.sees_everything else user.permission_paths)


class MeView(APIView):
    permission_classes = [IsAuthenticated]

    @extend_schema(summary="本人账号和任用", responses=MeSerializer)
    def get(self, request):
        user = request.user
        user.shown_appointments = user.appointments.current().select_related("organisation", "delegated_by")
        return Response(MeSerializer(user).data)
