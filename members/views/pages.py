"""The page with one form: what every act about a member or a case is written down on."""

from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS
from django.shortcuts import render
from django.urls import reverse

from members.actions.register import STALE
from orgs.forms.actions import succeeded


def crumb(label, name, *args) -> tuple[str, str]:
    """One step of the way to a page: its label and address."""
    return label, reverse(name, args=args)


def done(request, form, action, words, **values) -> bool:
    """Calls `action` with what a posted form holds; `words(outcome)` is said when it was done."""
    ready = request.method == "POST" and form.is_valid()
    if not ready or not succeeded(
        form, action, by=request.user, request=request, **form.cleaned_data, **values
    ):
        return False
    messages.success(request, words(form.outcome))
    return True


def renew_seen(form) -> None:
    """After `register.refuse_stale`: what the person has been told, they have seen, and may save once more."""
    errors = form.errors.as_data().get(NON_FIELD_ERRORS, ())
    if stale := next((error for error in errors if error.code == STALE), None):
        form.data = form.data.copy()
        form.data["seen_at"] = stale.params["seen"].isoformat()


def form_page(request, form, *, section, title, submit, crumbs, back, note="", confirm=""):
    """`confirm` is asked before the form is sent."""
    context = {
        "section": section,
        "title": title,
        "note": note,
        "form": form,
        "submit": submit,
        "confirm": confirm,
        "crumbs": crumbs,
        "back": back,
    }
    return render(request, "members/form_page.html", context)
