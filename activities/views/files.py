"""Photos and documents of a record."""

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from activities import access
from activities.actions import files as actions
from activities.forms.acts import ReasonForm
from activities.models import ActivityFile
from activities.views.records import changeable
from orgs.access import require
from orgs.forms.actions import succeeded
from orgs.views.files import add_each, read_or_say
from orgs.views.responses import say_faults


def _back(request, pk):
    url = f"{reverse('activities:activity', args=[pk])}#files"
    return HttpResponseClientRedirect(url) if request.htmx else HttpResponseRedirect(url)


@require_POST
def file_add(request, pk):
    add_each(request, actions.add_file, activity=changeable(request, pk))
    return _back(request, pk)


def _file(request, pk, file) -> ActivityFile:
    rows = ActivityFile.objects.visible_to(request.user).select_related("activity__organisation")
    return get_object_or_404(rows, activity=pk, public_id=file)


@require_safe
def file(request, pk, file):
    found = _file(request, pk, file)
    require(access.can_read_file(request.user, found))
    return read_or_say(request, actions.read_file, found) or _back(request, pk)


@require_POST
def file_withdraw(request, pk, file):
    found = _file(request, pk, file)
    require(access.can_change_activity(request.user, found.activity))
    form = ReasonForm(request.POST)
    who = {"by": request.user, "request": request}
    if form.is_valid() and succeeded(form, actions.withdraw_file, file=found, **form.cleaned_data, **who):
        messages.success(request, "附件已撤回，原文件由上级党组织可查。")
    else:
        say_faults(request, form)
    return _back(request, pk)
