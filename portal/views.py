"""Pages of the frame: home, own account, search, saved filters, errors."""

from collections import Counter

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST, require_safe

from activities import entry_points
from activities.access import can_change_activities
from members.access import can_view_members
from members.filters import looks_like_number
from orgs.models import SavedFilter
from orgs.once import answers_once
from orgs.todos import number
from orgs.views.responses import back
from portal import home as home_page
from portal import search as registers

TONES = {"urgent": "已超期", "soon": "有期限", "calm": "无期限"}


@require_safe
@answers_once()
def home(request):
    """工作台: the same page for everybody; each role fills the parts that concern it."""
    user = request.user
    figures, rule = home_page.coverage_figures(user)
    to_dos = home_page.to_dos(user, figures)
    context = {
        "section": "home",
        "greeting": home_page.greeting(),
        "to_dos": to_dos,
        "to_do_count": number(to_dos),
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
    counts = Counter()
    for to_do in to_dos:
        counts[to_do.tone] += to_do.count
    context = {
        "section": "home",
        "groups": [(kind, lines, number(lines)) for kind, lines in groups.items()],
        "tones": [
            ("", "全部", number(to_dos)),
            *((code, label, counts[code]) for code, label in TONES.items()),
        ],
        "tone": tone,
    }
    return render(request, "portal/todo_list.html", context)


@require_safe
def my_account(request):
    """Who I am here and where I may act."""
    return render(request, "portal/my_account.html", {"is_mfa_enabled": is_mfa_enabled(request.user)})


@require_safe
def search(request):
    """Everything that is found by a name or number. While one types, htmx asks for the first hits alone.

    An identity number or a mobile is dropped at once: it must not stay in the address.
    """
    text = _text(request.GET.get("q"))[: registers.LONGEST]
    if registers.is_personal(text):
        return redirect(f"{reverse('portal:search')}?number=1")
    typing = request.htmx and not request.htmx.history_restore_request
    shown = registers.SHOWN_TYPING if typing else registers.SHOWN
    may_look_up = can_view_members(request.user)
    context = {
        "search_text": text,
        "found": registers.find(request.user, text, shown=shown, counted=not typing) if text else [],
        "is_number": "number" in request.GET,
        "may_look_up": may_look_up,
        "offer_lookup": may_look_up and looks_like_number(text),
    }
    response = render(request, "portal/_search_typing.html" if typing else "portal/search.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _text(value):
    """What a person may have typed; PostgreSQL refuses NUL in text."""
    return (value or "").replace("\0", "").strip()


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
