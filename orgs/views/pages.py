"""What list pages and pages with actions share."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from orgs.exports import Again
from orgs.forms.actions import call, succeeded
from orgs.forms.exports import ExportForm


def render_list(request, template, context):
    """The whole page, or only its list when htmx asks for that."""
    partial = request.htmx and not request.htmx.history_restore_request
    response = render(request, f"{template}#list" if partial else template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def act(request, done: str | Callable[[object], str], action, **kwargs) -> bool:
    """Calls `action` for a form that is only a button; tells the person what was done or why not.

    `done` is the sentence, or makes it of what the action returned.
    """
    try:
        outcome = call(action, request=request, by=request.user, **kwargs)
    except ValidationError as error:
        messages.error(request, "".join(error.messages))
        return False
    messages.success(request, done(outcome) if callable(done) else done)
    return True


def export_page(
    request, filterset, export, *, section, title, list_url, note="", form_class=ExportForm, count=None
):
    """The list as a file: the page that asks what for, and the file it leads to. The filter stands in the address.

    `export` makes the file of `request`, `filterset`, `count` and what the form holds; `note` says what is in it.
    `count` where the rows are others than those of the filter.
    """
    form = form_class(request.POST or None)
    count = filterset.qs.count() if count is None else count
    ready = request.method == "POST" and form.is_valid() and not filterset.faults
    given = {"request": request, "filterset": filterset, "count": count}
    if ready and succeeded(form, export, **given, **form.cleaned_data):
        return form.outcome
    if isinstance(request, Again):
        raise ValidationError("The request cannot be made again.")
    context = {
        "section": section,
        "form": form,
        "filterset": filterset,
        "count": count,
        "title": title,
        "list_url": list_url,
        "note": note,
    }
    return render(request, "orgs/export.html", context)
