"""Definitions and thresholds with their dated values."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from orgs import access, uploads
from orgs.actions import settings as actions
from orgs.forms.actions import succeeded
from orgs.forms.settings import SettingForm
from orgs.models import DatedSetting, EnterpriseStatus
from orgs.regulations import DEFINITIONS
from orgs.views.pages import act

SECTION = "settings"


def value_words(value) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(EnterpriseStatus(status).label for status in value)
    return str(value)


def _summary(code, rows, today):
    """`rows` are the setting's dated values, newest first."""
    definition = DEFINITIONS[code]
    past = [row for row in rows if row.effective_on <= today]
    return {
        "code": code,
        "label": definition.label,
        "value": value_words(past[0].value if past else definition.default),
        "since": past[0].effective_on if past else None,
        "basis": past[0].basis if past else definition.basis,
        "coming": [(row, value_words(row.value)) for row in reversed(rows) if row.effective_on > today],
        "past": [(row, value_words(row.value)) for row in past],
        "default": value_words(definition.default),
        "default_basis": definition.basis,
    }


@require_safe
def setting_list(request):
    access.require(access.can_change_settings(request.user))
    by_code = {code: [] for code in DEFINITIONS}
    for row in DatedSetting.objects.filter(code__in=by_code).order_by("-effective_on"):
        by_code[row.code].append(row)
    today = timezone.localdate()
    summaries = [_summary(code, rows, today) for code, rows in by_code.items()]
    context = {"section": SECTION, "settings": summaries, "uploads": uploads.facts()}
    return render(request, "orgs/setting_list.html", context)


@require_http_methods(["GET", "POST"])
def setting(request, code):
    access.require(access.can_change_settings(request.user))
    if code not in DEFINITIONS:
        raise Http404
    today = timezone.localdate()
    rows = list(DatedSetting.objects.filter(code=code).order_by("-effective_on"))
    in_force = next((row.value for row in rows if row.effective_on <= today), DEFINITIONS[code].default)
    form = SettingForm(request.POST or None, code=code, initial={"value": in_force, "effective_on": today})
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data, code=code, by=request.user, request=request)
        if succeeded(form, actions.add_setting, **values):
            messages.success(request, f"已设定，自 {form.outcome.effective_on} 起生效。")
            return redirect("orgs:setting", code)
    context = {"section": SECTION, "setting": _summary(code, rows, today), "form": form}
    return render(request, "orgs/setting_detail.html", context)


@require_POST
def setting_delete(request, pk):
    access.require(access.can_change_settings(request.user))
    row = get_object_or_404(DatedSetting, pk=pk)
    act(request, f"已删除自 {row.effective_on} 起的设定。", actions.delete_setting, setting=row)
    return redirect("orgs:setting", row.code)
