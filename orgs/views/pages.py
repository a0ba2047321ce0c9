"""What list pages and pages with actions share."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from orgs.forms.actions import call


def render_list(request, template, context):
    """The whole page, or only its list when htmx asks for that."""
    partial = request.htmx and not request.htmx.history_restore_request
    response = render(request, f"{template}#list" if partial else template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def act(request, done: str, action, **kwargs) -> bool:
    """Calls `action` for a form that is only a button; tells the person what was done or why not."""
    try:
        call(action, request=request, by=request.user, **kwargs)
    except ValidationError as error:
        messages.error(request, "".join(error.messages))
        return False
    messages.success(request, done)
    return True
