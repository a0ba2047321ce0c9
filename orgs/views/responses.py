"""Where forms return to, and what they say there."""

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme


def back(request, to, *args, query="", **kwargs) -> HttpResponseRedirect:
    """To the page that the form names in `next`, with `query`, when that is one of ours, else to `to`."""
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return HttpResponseRedirect(resolve_url(to, *args, **kwargs))
    return HttpResponseRedirect(f"{target}?{query}" if query else target)


def say_faults(request, form) -> None:
    """For forms of one button: what was wrong, as messages on the page one returns to."""
    for name, errors in form.errors.items():
        label = f"{form.fields[name].label}：" if name in form.fields else ""
        for error in errors:
            messages.error(request, f"{label}{error}")
