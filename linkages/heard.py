"""What an enterprise asked for on a visit becomes an order or a need: the form begins with the words of the visit.

The address names the visit, so that no words stand in it.
"""

from django.urls import reverse

from orgs.forms.lookups import option_text
from orgs.models import Enterprise, Visit
from orgs.numbers import is_key
from orgs.sections import Step


def order_after_visit(visit, user) -> Step | None:
    return _step(visit, user, "诉求转为订单", "linkages:order-new")


def need_after_visit(visit, user) -> Step | None:
    return _step(visit, user, "诉求列入需求清单", "linkages:need-new")


def _step(visit, user, label, url_name):
    permitted = Enterprise.objects.permitted_to(user, "linkages.change")
    if not visit.needs or not permitted.filter(pk=visit.enterprise_id).exists():
        return None
    return Step(label, f"{reverse(url_name)}?visit={visit.pk}")


def begin_with_visit(form, request, *, words: str) -> None:
    """Fills the enterprise and the field `words` when the address names a visit that the person may read."""
    key = request.GET.get("visit", "")
    if not is_key(key):
        return
    rows = Visit.objects.permitted_to(request.user, "enterprises.view").filter(pk=key)
    visit = rows.select_related("enterprise").defer("enterprise__contact_phone").first()
    if visit is not None:
        form.fields["enterprise"].initial = option_text(visit.enterprise.name, visit.enterprise.credit_code)
        form.fields[words].initial = visit.needs[: form.fields[words].max_length]
