"""The view set that all subjects build on."""

from django.http import Http404
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from orgs import access
from orgs.api.errors import refusal


class SubjectViewSet(GenericViewSet):
    """`rows()` returns what the caller sees, through `visible_to`; `may_list(user)` who may ask for a list at all.

    Not visible → 404 (an object is looked for among `rows()`), visible but not allowed → 403 (`access.require`).
    """

    permission_classes = [IsAuthenticated]
    lookup_value_regex = "[^/]+"
    model = None

    @staticmethod
    def may_list(user) -> bool:
        return access.can_view_enterprises(user)

    def rows(self):
        raise NotImplementedError

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False):
            return self.model._default_manager.none()
        if self.action == "list":
            access.require(self.may_list(self.request.user))
        return self.rows()

    def read(self, serializer_class, **kwargs) -> dict:
        """The input, checked for shape and scope."""
        context = self.get_serializer_context()
        serializer = serializer_class(data=self.request.data, context=context, **kwargs)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    def shown(self, pk, status=200) -> Response:
        """The object as it is now; without content when the act has taken it out of the caller's sight."""
        found = self.rows().filter(pk=pk).first()
        return Response(status=204) if found is None else Response(self.get_serializer(found).data, status)

    @property
    def who(self) -> dict:
        """Whom the audit trail shall name."""
        return {"by": self.request.user, "request": self.request}


def checked(form, names=None):
    """The form, once it has accepted its data: the page's rules for input hold here too."""
    if not form.is_valid():
        raise refusal(form.errors, names)
    return form


class NotFoundView(APIView):
    """Addresses under /api/ that lead nowhere, answered in JSON."""

    permission_classes = [IsAuthenticated]
    schema = None

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        raise Http404
