"""Open bidding: the board, its export, the page of a challenge, drawing up, claiming, and every step of the table."""

from functools import partial

from django.contrib import messages
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linkages import access
from linkages.actions import challenges as actions
from linkages.challenge_filters import ChallengeFilter
from linkages.challenges import transitions
from linkages.challenges.transitions import RULES
from linkages.forms import challenges as forms
from linkages.listing import challenge_columns
from linkages.models import AWARDED, Challenge, ChallengeAct, ChallengeMilestone, ChallengeState, Claim
from linkages.views.state_counts import state_counts
from linkages.views.steps import step
from orgs.access import require
from orgs.exports import export_response
from orgs.forms.actions import succeeded
from orgs.models import Enterprise
from orgs.paging import keyset_page
from orgs.views.pages import export_page, render_list
from orgs.views.responses import say_faults

SECTION = "challenges"
READ_WRITE = ["GET", "POST"]
SORTS = {"new": "created_at", "claims": "claims_until", "work": "work_until"}
TONES = {
    ChallengeState.DRAFT: "plain",
    ChallengeState.OPEN: "good",
    ChallengeState.CHOSEN: "warn",
    ChallengeState.WORKING: "good",
    ChallengeState.PASSED: "warn",
    ChallengeState.FAILED: "bad",
    ChallengeState.CLOSED: "plain",
    ChallengeState.WITHDRAWN: "plain",
}
# Steps with pages of their own, or whose form is the row itself.
OWN_PAGES = (ChallengeAct.CHANGE, ChallengeAct.CLAIM)


def mark(challenge):
    challenge.tone = TONES[challenge.state]
    left = challenge.days_left
    challenge.is_late = left is not None and left < 0
    return challenge


# --- The board -----------------------------------------------------------------------------------------


@require_GET
def challenge_list(request):
    user = request.user
    require(access.can_view_challenges(user))
    filterset = _filtered(request, request.GET)
    if not access.can_view_partners(user):
        filterset.fixed = ("organisation",)  # liaisons and contacts know none to choose from
    page = keyset_page(filterset.qs.with_claims(), request.GET, sorts=SORTS, default="-new")
    for row in page:
        mark(row)
    context = {
        "section": SECTION,
        "filterset": filterset,
        "page": page,
        "matching": filterset.qs.count(),
        "states": state_counts(request, partial(_filtered, request), ChallengeState),
        "share": member_led_share(filterset.qs),
        "may_change": access.can_change_agreements(user),
        "may_export": access.can_export_agreements(user),
    }
    return render_list(request, "linkages/challenge_list.html", context)


def _filtered(request, query):
    return ChallengeFilter(query, queryset=Challenge.objects.visible_to(request.user), request=request)


def member_led_share(challenges) -> dict:
    """Of the challenges for which a claim is chosen, those led by a Party member; `share` in per cent, None without any.

    Source: S16 (share of technical projects led by members).
    """
    found = challenges.filter(state__in=AWARDED).aggregate(
        all=Count("pk"), led=Count("pk", filter=Q(chosen__is_member_led=True))
    )
    return found | {"share": found["all"] and round(100 * found["led"] / found["all"])}


@require_http_methods(READ_WRITE)
def challenge_export(request):
    """The board as a file, of what is kept where the person may export. The filter stands in the address."""
    user = request.user
    require(access.can_export_agreements(user))
    rows = Challenge.objects.visible_to(user).permitted_to(user, "export")
    filterset = ChallengeFilter(request.GET, queryset=rows, request=request)
    return export_page(
        request,
        filterset,
        _export,
        section=SECTION,
        title="导出榜单",
        list_url="linkages:challenge-list",
        note="只含本单位和下级发的榜，不含保密内容和攻关方案。请妥善保管，用后删除。",
    )


def _export(*, request, filterset, count, **answers):
    rows = filterset.qs.with_claims().defer("secret_detail", "enterprise__contact_phone")
    return export_response(
        request=request,
        name="揭榜挂帅榜单",
        columns=challenge_columns(),
        rows=rows.order_by("created_at", "pk").iterator(chunk_size=1000),
        count=count,
        detail={"filter": filterset.chosen_words},
        **answers,
    )


# --- One challenge -------------------------------------------------------------------------------------


def visible(request, pk) -> Challenge:
    return mark(get_object_or_404(Challenge.objects.visible_to(request.user).with_claims(), pk=pk))


@require_GET
def challenge(request, pk):
    return challenge_page(request, visible(request, pk))


def challenge_page(request, found, **bound):
    """`bound` are forms that were refused, by their step."""
    user = request.user
    claims = list(Claim.objects.visible_to(user).filter(challenge=found).with_units().order_by("pk"))
    seen = {claim.pk for claim in claims}
    for claim in claims:
        claim.is_chosen = claim.pk == found.chosen_id
    confirmations = list(found.confirmations.select_related("user"))
    confirmed = any(row.user_id == user.pk for row in confirmations)
    acts = transitions.acts_open_to(user, found)
    steps = [_step(act, found, user, bound.get(act)) for act in acts if act not in OWN_PAGES]
    steps = [
        step for step in steps if step is not None and not (step["act"] == ChallengeAct.CONFIRM and confirmed)
    ]
    reads = found.secret_detail and transitions.reads_secret(user, found, confirmed=confirmed)
    milestones = ChallengeMilestone.objects.filter(claim=found.chosen_id) if found.chosen_id in seen else []
    context = {
        "section": SECTION,
        "challenge": found,
        "claims": claims,
        "keeps": access.can_change_agreements_at(user, found.organisation),
        "milestones": milestones,
        "entries": found.entries.filter(Q(claim__isnull=True) | Q(claim__in=seen)).select_related("by"),
        "confirmations": confirmations if access.can_change_agreements_at(user, found.organisation) else [],
        "secret": found.secret_detail if reads else "",
        "steps": [step for step in steps if not step["is_main"]],
        "main_steps": [step for step in steps if step["is_main"]],
        "may_edit": ChallengeAct.CHANGE in acts,
        "may_claim": ChallengeAct.CLAIM in acts,
        "may_open_enterprise": found.enterprise_id
        and Enterprise.objects.visible_to(user).filter(pk=found.enterprise_id).exists(),
    }
    return render(request, "linkages/challenge.html", context)


def _step(act, found, user, form):
    form = form or forms.act_form(act, found, user)
    url = reverse(f"linkages:challenge-{act}", args=[found.pk])
    return step(ChallengeAct(act), url, form, is_main=RULES[act].is_main, confirm=RULES[act].confirm)


@require_POST
def take(request, pk, act):
    """A step of the table. A refusal shows the page again with what was typed."""
    found, user = visible(request, pk), request.user
    require(transitions.may_take(user, found, act))
    form = forms.act_form(act, found, user, request.POST)
    who = {"by": user, "request": request}
    if form.is_valid() and succeeded(form, actions.ACTIONS[act], challenge=found, **form.cleaned_data, **who):
        messages.success(request, RULES[act].done)
        return redirect("linkages:challenge", pk)
    say_faults(request, form)
    return challenge_page(request, visible(request, pk), **{act: form})


# --- Drawing up and claiming ---------------------------------------------------------------------------


@require_http_methods(READ_WRITE)
def challenge_new(request):
    require(access.can_change_agreements(request.user))
    form = forms.ChallengeForm(request.POST or None, user=request.user)
    who = {"by": request.user, "request": request}
    if request.method == "POST" and form.is_valid():
        home = form.cleaned_data["organisation"]
        if succeeded(form, actions.draft_challenge, organisation=home, values=form.values, **who):
            messages.success(request, "草稿已保存，核对后发榜。")
            return redirect("linkages:challenge", form.outcome.pk)
    return render(
        request, "linkages/challenge_form.html", {"section": SECTION, "form": form, "title": "建榜"}
    )


@require_http_methods(READ_WRITE)
def challenge_edit(request, pk):
    found = visible(request, pk)
    require(transitions.may_take(request.user, found, ChallengeAct.CHANGE))
    if found.state != ChallengeState.DRAFT:
        messages.error(request, "已发榜，内容不能再修改。")
        return redirect("linkages:challenge", pk)
    if not _reads_secret(request.user, found):
        # Somebody above the home does not read the confidential part, and would overwrite it.
        messages.error(request, "该榜单有保密内容，请由发榜单位修改。")
        return redirect("linkages:challenge", pk)
    form = forms.ChallengeForm(request.POST or None, user=request.user, challenge=found)
    if request.method == "POST" and form.is_valid():
        given = {"challenge": found, "values": form.values, "seen_at": form.cleaned_data["seen_at"]}
        if succeeded(form, actions.change_challenge, **given, by=request.user, request=request):
            messages.success(request, "已修改。")
            return redirect("linkages:challenge", pk)
    context = {"section": SECTION, "form": form, "title": f"修改：{found}", "challenge": found}
    return render(request, "linkages/challenge_form.html", context)


def _reads_secret(user, found):
    return not found.secret_detail or transitions.reads_secret(user, found, confirmed=False)


@require_http_methods(READ_WRITE)
def challenge_claim(request, pk):
    found, user = visible(request, pk), request.user
    require(transitions.may_take(user, found, ChallengeAct.CLAIM))
    form = forms.ClaimForm(request.POST or None, user=user, challenge=found)
    if request.method == "POST" and form.is_valid():
        who = {"by": user, "request": request}
        if succeeded(form, actions.claim_challenge, challenge=found, **form.values, **who):
            messages.success(request, RULES[ChallengeAct.CLAIM].done)
            return redirect("linkages:challenge", pk)
    context = {"section": SECTION, "form": form, "challenge": found}
    return render(request, "linkages/challenge_claim.html", context)
