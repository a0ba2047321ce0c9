"""Who can read a record: the question “whose rows does this person see?” asked from the other end."""

from django.db.models import Q

from orgs.kinds import Jurisdiction
from orgs.models import Appointment, Coverage, Organisation, Role
from orgs.permissions import ROLE_PERMISSIONS
from orgs.tree import ancestor_paths


def readers_of_organisation(organisation, permission="organisations.view"):
    """Current appointments that show `organisation`, or hold another `permission` there."""
    return _current(permission).filter(
        organisation__path__in=[*ancestor_paths(organisation.path), organisation.path]
    )


def readers_of_enterprise(enterprise):
    """Current appointments that show `enterprise`: of those who answer for it, of those above them, its contacts.

    The inverse of `EnterpriseQuerySet.visible_to`; a test holds the two together.
    """
    paths = Organisation.objects.filter(answers_for(enterprise)).values_list("path", flat=True)
    upwards = {above for path in paths for above in (*ancestor_paths(path), path)}
    staff = _current("enterprises.view").filter(organisation__path__in=upwards)
    return staff | _appointments().filter(enterprise=enterprise)


def appointments_of(user_id):
    """Current appointments of one account; none for None."""
    return _appointments().filter(user=user_id)


def _appointments():
    rows = Appointment.objects.current().filter(user__is_active=True)
    return rows.select_related("user", "organisation", "delegated_by").order_by("organisation__path", "pk")


def _current(permission):
    return _appointments().filter(role__in=[r for r in Role if permission in ROLE_PERMISSIONS[r]])


def answers_for(enterprise) -> Q:
    """Organisations whose jurisdiction reaches the enterprise, or that cover it now."""
    covering = Coverage.objects.current().filter(enterprise=enterprise, organisation__isnull=False)
    condition = Q(jurisdiction=Jurisdiction.ALL) | Q(pk__in=covering.values("organisation"))
    if enterprise.cluster_id:
        condition |= Q(jurisdiction=Jurisdiction.CLUSTER, cluster=enterprise.cluster_id)
    if enterprise.park_id:
        parks = filter(None, (enterprise.park_id, enterprise.park.parent_id))
        condition |= Q(jurisdiction=Jurisdiction.AREA, area=enterprise.park.area_id)
        condition |= Q(jurisdiction=Jurisdiction.PARK, park__in=list(parks))
    return condition
