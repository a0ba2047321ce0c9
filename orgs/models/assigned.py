"""Tasks about enterprises that an organisation has to do: who sees them and who may work them."""

from django.db import models
from django.db.models import Q

from orgs.models.enterprises import Enterprise
from orgs.tree import within_paths


class AssignedTaskQuerySet(models.QuerySet):
    """`OWNER` is the organisation that has to act; `CHANGE` the permission to work a task."""

    OWNER, CHANGE = "owner", ""

    def visible_to(self, user):
        """Tasks of organisations in the user's subtree and of enterprises they answer for."""
        return self._reached(user, "enterprises.view")

    def workable_by(self, user):
        """`access.can_work_survey_task` and `can_work_visit_task` for many at once."""
        return self._reached(user, self.CHANGE)

    def _reached(self, user, permission):
        if not user.is_authenticated:
            return self.none()
        if user.sees_everything:
            return self
        paths = user.permission_paths.get(permission, ())
        if not paths:
            return self.none()
        return self.filter(
            within_paths(paths, f"{self.OWNER}__path")
            | Q(enterprise__in=Enterprise.objects.permitted_to(user, permission).order_by().values("pk"))
        )


__all__ = ["AssignedTaskQuerySet"]
