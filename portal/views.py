"""Pages of the frame: home, own account, search, saved filters, errors."""

from collections import Counter
from urllib.parse import urlencode

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from activities import entry_points
from activities.access import can_change_activities
from members.access import can_view_members
from members.filters import looks_like_number
from members.models import Member
from orgs.models import Enterprise, Organisation, SavedFilter
from orgs.once import answers_once
from orgs.views.responses import back
from portal import home as home_page

SEARCH_LIMIT = 20
TONES = {"urgent": "已超期", "soon": "有期限", "calm": "无期限"}


@require_safe
@answers_once()
def home(request):
    """工作台: the same page for everybody; each role fills the parts that concern it."""
    user = request.user
    figures, rule = home_page.coverage_figures(user)
    context = {
        "section": "home",
        "greeting": home_page.greeting(),
        "to_dos": home_page.to_dos(user, figures),
        "figures": figures,
        "rule": rule,
        "own_enterprises": home_page.own_enterprises(user),
        "own_orders": home_page.own_orders(user),
        "own_agreements": home_page.own_agreements(user),
        "audit_figures": home_page.audit_figures(user),
        "entry_card": entry_points.card(user, timezone.localdate()),
        "may_record": can_change_activities(user),
    }
    return render(request, "portal/home.html", context)


@require_safe
@answers_once()
def todo_list(request):
    """The whole list by kind, the kind with the most urgent line first; `tone` narrows it."""
    to_dos = home_page.to_dos(request.user, home_page.coverage_figures(request.user)[0])
    tone = request.GET.get("tone", "")
    tone = tone if tone in TONES else ""
    groups: dict[str, list] = {}
    for to_do in to_dos:
        if tone in ("", to_do.tone):
            groups.setdefault(to_do.kind, []).append(to_do)
    counts = Counter(to_do.tone for to_do in to_dos)
    context = {
        "section": "home",
        "groups": groups.items(),
        "tones": [("", "全部", len(to_dos)), *((code, label, counts[code]) for code, label in TONES.items())],
        "tone": tone,
    }
    return render(request, "portal/todo_list.html", context)


@require_safe
def my_account(request):
    """Who I am here and where I may act."""
    return render(request, "portal/my_account.html", {"is_mfa_enabled": is_mfa_enabled(request.user)})


@require_safe
def search(request):
    """Organisations and enterprises by name, code or old name, members by name or pinyin; each list ends with a link to
    all of them. Members are not looked for by numbers, which must not stand in addresses."""
    text = _text(request.GET.get("q"))[:60]
    found = {"organisations": [], "enterprises": [], "members": []}
    if text:
        found["organisations"] = _first(Organisation.objects.visible_to(request.user).active().search(text))
        found["enterprises"] = _first(
            Enterprise.objects.visible_to(request.user)
            .search(text)
            .select_related("park")
            .order_by("name", "pk")
        )
    is_number = looks_like_number(text)
    if text and not is_number:
        found["members"] = _first(
            Member.objects.visible_to(request.user)
            .in_register()
            .find(text)
            .select_related("organisation")
            .defer("identity_number", "mobile")
            .order_by("pinyin", "pk")
        )
    context = {
        "search_text": text,
        "limit": SEARCH_LIMIT,
        "found": found,
        "more_query": urlencode({"q": text}),
        "offer_lookup": is_number and can_view_members(request.user),
    }
    return render(request, "portal/search.html", context)


def _text(value):
    """What a person may have typed; PostgreSQL refuses NUL in text."""
    return (value or "").replace("\0", "").strip()


def _first(rows):
    """One more than is shown, so that the page knows whether there are more."""
    return list(rows[: SEARCH_LIMIT + 1])


@require_POST
def save_filter(request):
    """Keeps the query string of a list page under a name; the same name again replaces it."""
    saved = SavedFilter(
        user=request.user,
        page=_text(request.POST.get("page"))[:60],
        name=_text(request.POST.get("name")),
        query=_text(request.POST.get("query")),
    )
    try:
        saved.full_clean(validate_constraints=False)
    except ValidationError:
        messages.error(request, "筛选没有保存：请填写名称（不超过40字），并先在列表上选择筛选条件。")
    else:
        SavedFilter.objects.update_or_create(
            user=request.user, page=saved.page, name=saved.name, defaults={"query": saved.query}
        )
        messages.success(request, f"已保存筛选“{saved.name}”。")
    return back(request, "portal:home", query=saved.query)


@require_POST
def delete_filter(request, pk):
    saved = get_object_or_404(SavedFilter, pk=pk, user=request.user)
    saved.delete()
    messages.success(request, f"已删除筛选“{saved.name}”。")
    return back(request, "portal:home")
