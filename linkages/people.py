"""Whose accounts stand for a unit or a requester today. A fixed number of queries for any number of them."""

from collections import defaultdict

from linkages.models import PartnerLiaison
from orgs.keepers import nearest_keepers
from orgs.models import Appointment

CHANGE = "linkages.change"


def keepers_at(organisations) -> set[int]:
    """Which of the organisations (keys) have somebody appointed at themselves who may act for it."""
    rows = Appointment.objects.current().granting(CHANGE).filter(organisation__in=organisations)
    return set(rows.order_by().values_list("organisation", flat=True))


def keepers(organisations) -> dict[int, set[int]]:
    """Of each organisation (key), the accounts that act for it, or else for the nearest above it."""
    return nearest_keepers(organisations, CHANGE)


def contact_appointments():
    """Those by which accounts in use are contacts of an enterprise today."""
    return Appointment.objects.current().filter(enterprise__isnull=False, user__is_active=True)


def contacts(enterprises) -> dict[int, set[int]]:
    """Of each enterprise (key), the accounts of its contacts."""
    found = defaultdict(set)
    rows = contact_appointments().filter(enterprise__in=set(enterprises))
    for enterprise, account in rows.order_by().values_list("enterprise_id", "user_id"):
        found[enterprise].add(account)
    return found


def liaisons(partners) -> dict[int, set[int]]:
    """Of each partner unit (key), the accounts of its liaisons."""
    found = defaultdict(set)
    rows = PartnerLiaison.objects.current().with_access().filter(partner__in=set(partners), may_sign_in=True)
    for partner, account in rows.order_by().values_list("partner_id", "user_id"):
        found[partner].add(account)
    return found
