"""The plan of recruiting: a superior body gives places to bodies below it, all of a level in one save.

Callers have checked access (`members.access.can_give_places`).
"""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from members.actions.register import apply_changes
from members.models import RecruitmentQuota
from members.recruiting import quotas
from orgs import audit
from orgs.models import AuditAction, Organisation
from orgs.tree import STEP

MOST_PLACES = 100_000
FIRST_YEAR = 2000


@dataclass(frozen=True)
class Plan:
    """Places for an organisation; `places` None takes them back, `high_tech_places` None means the usual share.

    `document_no` and `note` None leave what is there.
    """

    organisation: Organisation
    places: int | None
    high_tech_places: int | None = None
    document_no: str | None = None
    note: str | None = None


@transaction.atomic
def give_places(*, year: int, plans: list[Plan], by, request=None) -> list[RecruitmentQuota]:
    """Stores `plans` together, then checks every level they touch; returns the quotas that changed.

    What is handed down is not more than the nearest organisation above with a quota holds; a quota is not cut below
    what is used, reserved or handed down. Source: practice S11, the plan listed separately (计划单列).
    """
    _validate_year(year)
    stored = _locked(year, plans)
    changed, entries, cut = [], [], []
    for plan in plans:
        quota = stored.get(plan.organisation.pk)
        if quota is None and plan.places is None:
            continue
        quota, is_new = quota or RecruitmentQuota(organisation=plan.organisation, year=year), quota is None
        changes = apply_changes(quota, _values(plan, year, is_new=is_new))
        if not changes:
            continue
        quota.entered_by, quota.updated_at = by, timezone.now()
        quota.full_clean(exclude=["root_id", "entered_by"])
        quota.save()
        changed.append(quota)
        if not is_new and _is_cut(quota, changes):
            cut.append(quota)
        entries.append({"obj": quota, "path": quota.organisation.path, "detail": _detail(year, changes)})
    _check_levels(year, changed, cut)
    audit.record_many(entries, actor=by, action=AuditAction.UPDATE, request=request)
    return changed


def _validate_year(year):
    last = timezone.localdate().year + 1
    if not FIRST_YEAR <= year <= last:
        raise ValidationError({"year": f"年度应在{FIRST_YEAR}到{last}之间。"})


def _locked(year, plans) -> dict[int, RecruitmentQuota]:
    """Organisation id → its quota. Those above are locked too: they limit what is handed down."""
    paths = {path for plan in plans for path in quotas.way_up(plan.organisation.path)}
    rows = RecruitmentQuota.objects.filter(year=year, organisation__path__in=paths).order_by("pk")
    return {q.organisation_id: q for q in rows.select_related("organisation").select_for_update(of=("self",))}


def _values(plan, year, *, is_new) -> dict:
    places, high_tech = plan.places, plan.high_tech_places
    if places is None:
        high_tech = None
    elif high_tech is None:
        high_tech = quotas.high_tech_share(places, year)
    elif high_tech > places:
        raise ValidationError(
            f"{plan.organisation}的高新技术企业名额{high_tech}名多于计划{places}名，请核对。"
        )
    if is_new and (plan.organisation.dissolved_on or not plan.organisation.can_recruit):
        raise ValidationError(f"{plan.organisation}不承担发展党员工作，不能下达计划。")
    words = {"document_no": plan.document_no, "note": plan.note}
    values = {"places": places, "high_tech_places": high_tech}
    return values | {name: text for name, text in words.items() if text is not None}


def _is_cut(quota, changes) -> bool:
    """Fewer places than before, of either kind; what is taken back needs no cover of its own."""
    before = quotas.Count(
        *(changes.get(n, (getattr(quota, n),))[0] or 0 for n in ("places", "high_tech_places"))
    )
    if quota.places is None:
        return False
    if changes.get("places", (0,))[0] is None:
        return True  # given again after it was taken back
    now = quotas.places_of(quota)
    return now.total < before.total or now.others < before.others


def _detail(year, changes) -> dict:
    return {"year": year, "changes": {name: list(pair) for name, pair in changes.items()}}


def _check_levels(year, changed, cut):
    """Every changed quota and the one that governs above it, in two queries and one per level."""
    if not changed:
        return
    paths = {path for quota in changed for path in quotas.way_up(quota.organisation.path)}
    places = list(Organisation.objects.filter(path__in=paths).order_by("path"))
    reduced = {quota.pk for quota in cut}
    for top in (place for place in places if len(place.path) == STEP):
        below = [place for place in places if place.path.startswith(top.path)]
        for standing in quotas.standings(top, year, below):
            if standing.quota:
                _check_handed(standing)
                if standing.quota.pk in reduced:
                    _check_used(standing)


def _check_handed(standing):
    places, handed, name = standing.places, standing.handed, standing.organisation
    if handed.total > places.total:
        raise ValidationError(
            f"{name}的计划为{places.total}名，下达下级的合计{handed.total}名，"
            f"超出{handed.total - places.total}名，请调整。"
        )
    if handed.others > places.others:
        raise ValidationError(
            f"{name}的计划中高新技术企业以外的为{places.others}名，下达下级的合计{handed.others}名，"
            "请增加下级的高新技术企业名额。"
        )


def _check_used(standing):
    places, words = standing.places, quotas.usage_words(standing)
    if places.total < standing.bound.total:
        raise ValidationError(
            f"{standing.organisation}{words}，计划不能少于{standing.bound.total}名，填写的为{places.total}名。"
        )
    if places.others < standing.bound_of_others:
        raise ValidationError(
            f"{standing.organisation}高新技术企业以外的名额已使用或下达{standing.bound_of_others}名，"
            f"填写的只有{places.others}名，请减少高新技术企业名额。"
        )
