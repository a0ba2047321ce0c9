"""Predicates that answer “may this person do that?”. Which rows a person sees is `visible_to`, on the models.

Not visible → 404, visible but not allowed → 403: views fetch through `visible_to` first and ask here second.
"""

from django.core.exceptions import PermissionDenied
from django.db.models import Q

from orgs.kinds import Jurisdiction
from orgs.models import Enterprise, Organisation
from orgs.tree import STEP, within_paths


def has(user, permission: str) -> bool:
    """Holds it somewhere."""
    return user.is_authenticated and (user.sees_everything or permission in user.permission_paths)


def has_at(user, permission: str, organisation) -> bool:
    """Holds it for `organisation`, directly or from above."""
    if not user.is_authenticated or user.sees_everything:
        return user.is_authenticated
    paths = user.permission_paths.get(permission, ())
    return any(organisation.path.startswith(path) for path in paths)


def has_at_top(user, permission: str) -> bool:
    """Holds it for a top organisation, hence for the whole register."""
    if not user.is_authenticated or user.sees_everything:
        return user.is_authenticated
    return any(len(path) == STEP for path in user.permission_paths.get(permission, ()))


def has_for_enterprise(user, permission: str, enterprise) -> bool:
    """Holds it for an organisation that answers for `enterprise` or covers it."""
    if not has(user, permission):
        return False
    if user.sees_everything:
        return True
    paths = user.permission_paths[permission]
    organisations = Organisation.objects.filter(within_paths(paths, "path"))
    return Enterprise.objects.filter(
        Enterprise.objects.jurisdiction_of(organisations), pk=enterprise.pk
    ).exists()


def require(allowed: bool, message: str = "您没有办理此事的权限，请联系上级党组织的系统管理员。") -> None:
    """403 with a sentence unless `allowed`."""
    if not allowed:
        raise PermissionDenied(message)


def can_view_organisations(user):
    return has(user, "organisations.view")


def can_view_organisation(user, organisation):
    """Opens its page; as `Organisation.visible_to`, for one at hand and without a query."""
    return has_at(user, "organisations.view", organisation)


def can_view_enterprises(user):
    return has(user, "enterprises.view")


def can_change_organisation(user, organisation):
    return has_at(user, "organisations.change", organisation)


def can_restructure_organisation(user, organisation):
    """Found, move, dissolve, change kind or capabilities: decided above it, for a top organisation by itself."""
    if not user.is_authenticated or user.sees_everything:
        return user.is_authenticated
    above = organisation.parent_path or organisation.path
    return any(above.startswith(path) for path in user.permission_paths.get("organisations.change", ()))


def can_change_places(user):
    """Areas, parks, clusters and chains, and for which of them an organisation answers."""
    return has_at_top(user, "organisations.change")


def can_change_enterprise(user, enterprise):
    return has_for_enterprise(user, "enterprises.change", enterprise)


def can_create_enterprise(user):
    return has(user, "enterprises.change")


def can_place_enterprise(user, *, park, cluster):
    """Whether a unit in this park and cluster (either may be None) would be theirs to maintain."""
    if not has(user, "enterprises.change") or user.sees_everything:
        return has(user, "enterprises.change")
    places = Q(jurisdiction=Jurisdiction.ALL)
    if cluster is not None:
        places |= Q(jurisdiction=Jurisdiction.CLUSTER, cluster=cluster)
    if park is not None:
        places |= Q(jurisdiction=Jurisdiction.AREA, area=park.area_id)
        places |= Q(jurisdiction=Jurisdiction.PARK, park__in=[park.pk, park.parent_id or park.pk])
    scope = within_paths(user.permission_paths["enterprises.change"], "path")
    return Organisation.objects.filter(scope, places).exists()


def can_change_coverage(user, enterprise):
    return has_for_enterprise(user, "coverage.change", enterprise)


def can_work_survey_task(user, task):
    return _can_work(user, "surveys.change", task.owner, task.enterprise)


def can_work_visit_task(user, task):
    return _can_work(user, "coverage.change", task.organisation, task.enterprise)


def _can_work(user, permission, owner, enterprise):
    """Holds it for the organisation that has to act (may be None) or for the enterprise."""
    if owner is not None and has_at(user, permission, owner):
        return True
    return has_for_enterprise(user, permission, enterprise)


def can_keep_visit_team(user, team):
    return has_at(user, "coverage.change", team.organisation)


# Kind of import → what one must be able to change for it.
KEPT_BY = {
    "members": "members.change",
    "activities": "activities.change",
    "resources": "linkages.change",
    "needs": "linkages.change",
}


def can_run_imports(user, kind: str | None = None):
    """The registers of parks, organisations and enterprises belong to the top organisation; coverage to any officer,
    members, activities and the lists of linkages to any who may change those (an administrator may not).

    `kind` None asks for any of them.
    """
    if kind in (None, "coverage"):
        return has(user, "imports.run")
    if permission := KEPT_BY.get(kind):
        return has(user, "imports.run") and has(user, permission)
    return has_at_top(user, "imports.run")


def can_export(user):
    return has(user, "export")


def can_view_statistics(user):
    """Figures that open their rows: not for the account of a screen, which sees no row."""
    return can_view_organisations(user) and (has(user, "statistics.view") or has(user, "settings.change"))


def can_view_wall(user):
    """Sums alone, where `statistics.view` is held."""
    return has(user, "statistics.view")


def can_reveal(user, enterprise):
    return has_for_enterprise(user, "sensitive.reveal", enterprise)


def can_reveal_organisation(user, organisation):
    return has_at(user, "sensitive.reveal", organisation)


def can_manage_accounts(user):
    return has(user, "accounts.manage")


def can_manage_account_at(user, organisation):
    return has_at(user, "accounts.manage", organisation)


def can_manage_account(user, account):
    """Sign-in, sessions and links of a whole account: whoever manages every organisation it acts for.

    Otherwise a lower administrator could take over an account that also acts further up.
    """
    if user.pk == account.pk or account.is_system or (account.is_superuser and not user.is_superuser):
        return False
    appointments = account.appointments.not_ended().select_related("organisation")
    return has(user, "accounts.manage") and all(
        has_at(user, "accounts.manage", appointment.organisation) for appointment in appointments
    )


def needs_second_factor(user):
    """Whoever manages accounts, imports or exports must not depend on a password alone."""
    return user.is_authenticated and (
        user.is_superuser or any(has(user, p) for p in ("accounts.manage", "imports.run", "export"))
    )


def can_see_readers_of_enterprise(user, enterprise):
    return has_for_enterprise(user, "accounts.manage", enterprise) or can_change_enterprise(user, enterprise)


def can_see_readers_of_organisation(user, organisation):
    return can_manage_account_at(user, organisation) or can_change_organisation(user, organisation)


def can_delegate(user):
    return has(user, "delegate")


def can_change_settings(user):
    return has_at_top(user, "settings.change")


def can_manage_webhooks(user):
    """Somewhere; which ones is `WebhookSubscription.visible_to`."""
    return has(user, "settings.change")


def can_view_audit(user):
    return has(user, "audit.view")


def menu(user) -> dict[str, bool]:
    """Which entries of the side bar to show."""
    return {
        "organisations": can_view_organisations(user),
        "enterprises": can_view_enterprises(user),
        "statistics": can_view_statistics(user),
        "wall": can_view_wall(user),
        "imports": can_run_imports(user),
        "accounts": can_manage_accounts(user),
        "settings": can_change_settings(user),
        "webhooks": can_manage_webhooks(user),
        "audit": can_view_audit(user),
        "export": can_export(user),
        "delegate": can_delegate(user),
        "own_enterprises": bool(user.contact_enterprise_ids),
    }
