"""Dues: the ledger of a branch, one member, receipts, January, arrears, the summary upward."""

import datetime as dt
from dataclasses import dataclass

from django.contrib import messages
from django.db.models import Prefetch, Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from members import access as members_access
from members.actions import dues as actions
from members.dues import ledger
from members.dues.choices import PaymentKind
from members.dues.scales import month_of, parse_month, this_month
from members.dues.words import amount_in_words
from members.dues_filters import ChargeListFilter
from members.forms.dues import (
    PERIOD_LABELS,
    PERIODS,
    BasisForm,
    GiftForm,
    PayForm,
    ReasonForm,
    YearForm,
)
from members.models import DuesAllocation, DuesCharge, DuesPayment, Member
from orgs import access
from orgs.exports import Column, export_response
from orgs.forms.actions import succeeded
from orgs.forms.exports import ExportForm
from orgs.forms.reveals import RevealForm
from orgs.kinds import BRANCHES
from orgs.models import Organisation
from orgs.numbers import is_key
from orgs.paging import keyset_page, numbered_page
from orgs.quarters import quarter_start
from orgs.terms import add_months
from orgs.views.pages import act, render_list
from orgs.views.responses import back, say_faults

SECTION = "dues"
STATES = {"": "全部", "unpaid": "未交", "paid": "已交"}
SHOWN = 200  # charges on a page of the ledger: more than a branch normally has members


def key(text) -> int | None:
    return int(text) if is_key(text) else None


def organisation_asked(request, query, permission="members.view"):
    """The organisation named in `query`, or the highest one at which the person holds `permission`."""
    rows = Organisation.objects.permitted_to(request.user, permission)
    if text := query.get("organisation", ""):
        return get_object_or_404(rows, pk=key(text))
    found = rows.order_by("depth", "path").first()
    if found is None:
        raise Http404
    return found


def month_asked(request) -> dt.date:
    """Nonsense and months to come mean this month."""
    month = parse_month(request.GET.get("month", ""))
    return min(month or this_month(), this_month())


def visible_member(request, pk):
    """Of those the person sees as staff; one's own record has a page of its own."""
    rows = Member.objects.permitted_to(request.user, "members.view").select_related("organisation")
    return get_object_or_404(rows, pk=pk)


def changeable_member(request, pk):
    member = visible_member(request, pk)
    access.require(members_access.can_change_member(request.user, member))
    return member


# --- The ledger of a branch and month ---------------------------------------------------------------------


@require_GET
def ledger_page(request):
    """Who owes what in a month, ticked off when paid; above branches the summary."""
    user = request.user
    access.require(members_access.can_view_members(user))
    organisation, month = organisation_asked(request, request.GET), month_asked(request)
    if organisation.kind not in BRANCHES:
        query = f"?organisation={organisation.pk}&month={month:%Y-%m}"
        return redirect(reverse("members:dues-summary") + query)
    state = request.GET.get("state", "")
    charges = DuesCharge.objects.filter(organisation=organisation, month=month)
    rows = charges.unpaid() if state == "unpaid" else charges.settled() if state == "paid" else charges
    rows = rows.select_related("member__organisation").defer(
        "member__identity_number", "member__mobile", "member__organisation__contact_phone"
    )
    page = keyset_page(rows, request.GET, sorts={"name": "member__pinyin"}, default="name", per_page=SHOWN)
    ledger.attach_arrears(page, month)
    for charge in page:
        charge.may_open = members_access.can_view_members_at(user, charge.member.organisation)
    unfixed = ledger.without_basis(organisation, month)
    context = {
        "section": SECTION,
        "organisation": organisation,
        "month": month,
        "previous": add_months(month, -1),
        "next": add_months(month, 1) if month < this_month() else None,
        "states": STATES.items(),
        "state": state if state in STATES else "",
        "page": page,
        "figures": ledger.figures_of(charges.aggregate(**ledger.SUMS)),
        "unfixed": unfixed.order_by("pinyin", "pk").only("name", "pinyin")[:SHOWN],
        "limits": ledger.Limits.on(timezone.localdate()),
        "may_change": members_access.can_change_members_at(user, organisation),
        "form": PayForm(),
        "year": timezone.localdate().year,
        "to_fix": actions.to_fix(organisation, timezone.localdate().year).count(),
    }
    return render_list(request, "members/dues_ledger.html", context)


@require_POST
def write(request):
    """The ledger of a month of an organisation and all below it, on demand."""
    access.require(members_access.can_change_members(request.user))
    organisation = organisation_asked(request, request.POST)
    access.require(members_access.can_change_members_at(request.user, organisation))
    month = parse_month(request.POST.get("month", "")) or this_month()
    act(
        request,
        f"{month:%Y年%-m月}党费台账已生成。",
        actions.write_month,
        month=month,
        organisation=organisation,
    )
    return back(request, "members:dues")


@require_POST
def pay(request):
    """The ticked charges are paid."""
    access.require(members_access.can_change_members(request.user))
    organisation = organisation_asked(request, request.POST)
    access.require(members_access.can_change_members_at(request.user, organisation))
    form = PayForm(request.POST)
    ticked = [pk for pk in map(key, request.POST.getlist("charge")) if pk is not None]
    charges = DuesCharge.objects.payable_by(request.user).filter(pk__in=ticked)
    if not ticked:
        messages.error(request, "请先勾选已交纳的党员。")
    elif form.is_valid():
        values = dict(form.cleaned_data)
        if values.pop("with_arrears"):
            charges = with_earlier(charges, request.user)
        ids = list(charges.values_list("pk", flat=True))
        if succeeded(
            form,
            actions.take_payments,
            charges=ids,
            organisation=organisation,
            by=request.user,
            request=request,
            **values,
        ):
            payments = form.outcome
            total = sum(payment.amount for payment in payments)
            messages.success(request, f"已登记{len(ids)}笔，共{total:,.2f}元，开出收据{len(payments)}张。")
            if len(payments) == 1:
                return redirect("members:dues-receipt", payments[0].pk)
    say_faults(request, form)
    return back(request, "members:dues")


def with_earlier(charges, user):
    """These, and what the same members left unpaid in months before."""
    ticked = list(charges.values_list("pk", "member_id", "month"))
    if not ticked:
        return charges
    members, last = {member for _, member, _ in ticked}, max(month for *_, month in ticked)
    earlier = DuesCharge.objects.payable_by(user).unpaid().filter(member__in=members, month__lt=last)
    both = Q(pk__in=[pk for pk, *_ in ticked]) | Q(pk__in=earlier.values("pk"))
    return DuesCharge.objects.filter(both)


# --- One member -------------------------------------------------------------------------------------------


@require_GET
def member_page(request, pk):
    """What a member pays by, owes and has paid."""
    member = visible_member(request, pk)
    user = request.user
    own = ledger.own_dues(member)
    receipts = DuesAllocation.objects.filter(
        payment__reverses__isnull=True, payment__reversed_by__isnull=True
    ).select_related("payment__organisation")
    charges = member.dues_charges.select_related("organisation").order_by("-month")[:120]
    charges = charges.prefetch_related(Prefetch("allocations", receipts, to_attr="receipts"))
    for charge in charges:
        charge.receipt = charge.receipts[0].payment if charge.receipts else None
        charge.may_open_receipt = charge.receipt is not None and members_access.can_view_members_at(
            user, charge.receipt.organisation
        )
    gifts = member.dues_payments.filter(kind=PaymentKind.GIFT).order_by("-paid_on", "-pk")
    context = {
        "section": SECTION,
        "member": member,
        "dues": own,
        "charges": charges,
        "bases": member.dues_bases.defer("base").select_related("fixed_by")[:24],
        "gifts": gifts[:20],
        "may_change": members_access.can_change_member(user, member),
        "may_reveal": members_access.can_reveal_member(user, member),
        "form": PayForm(),
        "gift_form": GiftForm(auto_id="gift_%s"),
        "reveal_form": RevealForm(auto_id="reveal_%s"),
        "base": None,
    }
    return render(request, "members/dues_member.html", context)


@require_http_methods(["GET", "POST"])
def basis(request, pk):
    """Fix or adjust what a member pays."""
    member = changeable_member(request, pk)
    current = member.dues_bases.in_force(this_month()).defer("base").first()
    initial = {"category": current.category} if current else {}
    form = BasisForm(request.POST or None, initial=initial)
    if (
        request.method == "POST"
        and form.is_valid()
        and succeeded(
            form, actions.fix_basis, member=member, by=request.user, request=request, **form.cleaned_data
        )
    ):
        fixed = form.outcome
        messages.success(
            request,
            f"已核定：{member}自{fixed.effective_from:%Y年%-m月}起每月{fixed.monthly_amount:.2f}元。",
        )
        return back(request, "members:dues-member", pk)
    context = {"section": SECTION, "member": member, "form": form, "current": current}
    return render(request, "members/dues_basis.html", context)


@require_POST
def reveal(request, pk):
    """The base in force, for a stated purpose."""
    member = visible_member(request, pk)
    access.require(members_access.can_reveal_member(request.user, member))
    found = member.dues_bases.in_force(this_month()).first()
    form = RevealForm(request.POST)
    if found is None or not found.base:
        messages.info(request, "该党员没有计算基数。")
    elif form.is_valid() and succeeded(
        form, actions.reveal_base, basis=found, by=request.user, request=request, **form.cleaned_data
    ):
        context = {"section": SECTION, "member": member, "basis": found, "base": form.outcome}
        return render(request, "members/dues_base.html", context)
    else:
        say_faults(request, form)
    return redirect("members:dues-member", pk)


@require_POST
def gift(request, pk):
    """自愿多交."""
    member = changeable_member(request, pk)
    form = GiftForm(request.POST)
    if form.is_valid() and succeeded(
        form,
        actions.take_gift,
        member=member,
        organisation=member.organisation,
        by=request.user,
        request=request,
        **form.cleaned_data,
    ):
        messages.success(request, f"已登记自愿多交{form.outcome.amount:,.2f}元。")
        return redirect("members:dues-receipt", form.outcome.pk)
    say_faults(request, form)
    return redirect("members:dues-member", pk)


# --- Receipts ---------------------------------------------------------------------------------------------


def visible_receipt(request, pk):
    rows = DuesPayment.objects.visible_to(request.user).select_related(
        "organisation", "member", "recorded_by", "reverses", "reversed_by"
    )
    return get_object_or_404(rows, pk=pk)


@require_GET
def receipt(request, pk):
    """To look at and to print."""
    payment = visible_receipt(request, pk)
    rows = payment.allocations.select_related("charge__member").order_by(
        "charge__member__pinyin", "charge__month"
    )
    reversal = getattr(payment, "reversed_by", None)
    context = {
        "section": SECTION,
        "payment": payment,
        "rows": rows,
        "words": amount_in_words(payment.amount),
        "reversal": reversal,
        "form": ReasonForm(),
        "may_reverse": members_access.can_change_members_at(request.user, payment.organisation)
        and reversal is None
        and payment.reverses is None,
    }
    return render(request, "members/dues_receipt.html", context)


@require_POST
def reverse_receipt(request, pk):
    payment = visible_receipt(request, pk)
    access.require(members_access.can_change_members_at(request.user, payment.organisation))
    form = ReasonForm(request.POST)
    if form.is_valid() and succeeded(
        form, actions.reverse_payment, payment=payment, by=request.user, request=request, **form.cleaned_data
    ):
        messages.success(request, f"收据{payment}已冲正，所含月份恢复为未交。")
    else:
        say_faults(request, form)
    return redirect("members:dues-receipt", pk)


# --- January ----------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def refix(request, pk):
    """Everybody of a branch for this year: the same base unless a new one is typed."""
    branch = get_object_or_404(Organisation.objects.permitted_to(request.user, "members.view"), pk=pk)
    access.require(members_access.can_change_members_at(request.user, branch))
    today = timezone.localdate()
    # From December the coming year can be fixed, once this one is done.
    bases = list(actions.to_fix(branch, today.year))
    year = today.year if bases or today.month < 12 else today.year + 1
    if year > today.year:
        bases = list(actions.to_fix(branch, year))
    form = YearForm(request.POST or None, bases=bases)
    if request.method == "POST" and form.is_valid():
        values = {"organisation": branch, "year": year, "bases": form.bases}
        if succeeded(form, actions.fix_year, by=request.user, request=request, **values):
            messages.success(request, f"已核定{year}年度{len(form.outcome)}名党员的党费。")
            return redirect(f"{reverse('members:dues')}?organisation={branch.pk}")
    for row in bases:
        name = f"base-{row.member_id}"
        row.field = form[name] if name in form.fields else None
    context = {"section": SECTION, "branch": branch, "year": year, "bases": bases, "form": form}
    return render(request, "members/dues_refix.html", context)


# --- Arrears ----------------------------------------------------------------------------------------------


@require_GET
def arrears_page(request):
    """Members of an organisation and below who are behind, the longest first."""
    access.require(members_access.can_view_members(request.user))
    organisation, today = organisation_asked(request, request.GET), timezone.localdate()
    limits = ledger.Limits.on(today)
    least = limits.most if request.GET.get("least") == "most" else limits.notice
    homes = Organisation.objects.within(organisation).order_by()
    found = ledger.behind(homes, today, least=least)
    page, count = numbered_page(found.order_by("-months", "member"), request.GET)
    rows = page.items
    members = Member.objects.select_related("organisation").defer("identity_number", "mobile")
    members = members.in_bulk([row["member"] for row in rows])
    for row in rows:
        row["person"] = members[row["member"]]
        row["message"] = ledger.arrears_message(row["person"].name, row["months"])
    context = {
        "section": SECTION,
        "organisation": organisation,
        "rows": rows,
        "page": page,
        "count": count,
        "limits": limits,
        "only_most": least == limits.most,
    }
    return render(request, "members/dues_arrears.html", context)


# --- Charges ----------------------------------------------------------------------------------------------


@require_GET
def charge_list(request):
    """What is owed and paid by month, of whatever the person asks for; the latest month first."""
    access.require(members_access.can_view_members(request.user))
    rows = DuesCharge.objects.visible_to(request.user)
    filterset = ChargeListFilter(request.GET, queryset=rows, request=request)
    shown = filterset.qs.select_related("member", "organisation").defer(
        "member__identity_number", "member__mobile", "organisation__contact_phone"
    )
    context = {
        "section": SECTION,
        "filterset": filterset,
        "page": keyset_page(
            shown, request.GET, sorts={"month": "month", "name": "member__pinyin"}, default="-month"
        ),
        "matching": filterset.qs.count(),
    }
    return render_list(request, "members/dues_charges.html", context)


# --- The summary upward -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Period:
    """A month, quarter or year: its first and last month."""

    kind: str
    first: dt.date

    @classmethod
    def asked(cls, request):
        kind = request.GET.get("period", "month")
        kind = kind if kind in PERIODS else "month"
        month = month_asked(request)
        starts = {"month": month, "quarter": month_of(quarter_start(month)), "year": month.replace(month=1)}
        return cls(kind, starts[kind])

    @property
    def last(self):
        return add_months(self.first, PERIODS[self.kind] - 1)

    @property
    def words(self):
        if self.kind == "quarter":
            return f"{self.first.year}年第{(self.first.month + 2) // 3}季度"
        return f"{self.first:%Y年%-m月}" if self.kind == "month" else f"{self.first.year}年"

    @property
    def previous(self):
        return add_months(self.first, -PERIODS[self.kind])

    @property
    def next(self):
        following = add_months(self.first, PERIODS[self.kind])
        return following if following <= this_month() else None


@require_GET
def summary_page(request):
    access.require(members_access.can_view_members(request.user))
    organisation, period = organisation_asked(request, request.GET), Period.asked(request)
    above = Organisation.objects.permitted_to(request.user, "members.view")
    context = {
        "section": SECTION,
        "organisation": organisation,
        "above": above.filter(path=organisation.parent_path).first(),
        "period": period,
        "periods": PERIOD_LABELS.items(),
        "summary": ledger.summary(organisation, period.first, period.last),
        "branches": BRANCHES,
        "limits": ledger.Limits.on(timezone.localdate()),
        "may_export": members_access.can_export_members(request.user),
        "may_write": members_access.can_change_members_at(request.user, organisation),
        "month": month_asked(request),
    }
    return render(request, "members/dues_summary.html", context)


@require_http_methods(["GET", "POST"])
def summary_export(request):
    """The summary as a file."""
    access.require(members_access.can_export_members(request.user))
    organisation = organisation_asked(request, request.GET, "members.export")
    period = Period.asked(request)
    form = ExportForm(request.POST or None)
    if (
        request.method == "POST"
        and form.is_valid()
        and succeeded(form, _export, request=request, organisation=organisation, period=period, form=form)
    ):
        return form.outcome
    context = {"section": SECTION, "form": form, "organisation": organisation, "period": period}
    return render(request, "members/dues_export.html", context)


def _export(*, request, organisation, period, form):
    found = ledger.summary(organisation, period.first, period.last)
    rows = [*found.lines, found.total]
    return export_response(
        request=request,
        name=f"党费汇总-{period.words}",
        columns=summary_columns(found.total),
        rows=rows,
        count=len(rows),
        file_format=form.cleaned_data["file_format"],
        purpose=form.cleaned_data["purpose"],
        detail={"organisation": str(organisation), "period": period.words},
    )


def summary_columns(total) -> list[Column]:
    def name(line):
        if line is total:
            return "合计"
        return f"{line.organisation.name}（本级）" if line.is_itself else line.organisation.name

    return [
        Column("党组织", name, 30),
        Column("应交人次", lambda line: line.figures.members),
        Column("应交（元）", lambda line: line.figures.due),
        Column("已交（元）", lambda line: line.figures.paid),
        Column("未交（元）", lambda line: line.figures.owed),
        Column("收缴率", lambda line: "" if line.figures.rate is None else f"{line.figures.rate * 100:.1f}%"),
        Column("未交人次", lambda line: line.figures.unpaid),
        Column("欠交达到提醒月数人数", lambda line: line.arrears, 20),
        Column("自愿多交（元）", lambda line: line.gifts),
        Column("非公企业返还（元）", lambda line: line.returned, 18),
    ]
