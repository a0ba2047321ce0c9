"""Errors of the API as sentences. Apart from `base`, which the framework reads while it loads its views."""

from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.db import IntegrityError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.settings import api_settings
from rest_framework.views import exception_handler as rest_exception_handler

from orgs.forms.actions import OVERTAKEN


def exception_handler(exc, context):
    """Django's ValidationError from a rule becomes a 400, like the serializer's own; so does a lost race."""
    if isinstance(exc, IntegrityError):
        exc = ValidationError(OVERTAKEN)
    if isinstance(exc, ValidationError):
        exc = refusal(exc.message_dict if hasattr(exc, "error_dict") else {NON_FIELD_ERRORS: exc.messages})
    if isinstance(exc, PermissionDenied):
        exc = exceptions.PermissionDenied(str(exc) or None)
    if isinstance(exc, Http404):
        # Its own text names the model, in English.
        exc = exceptions.NotFound("没有这条记录，或者不在您的范围内。")
    return rest_exception_handler(exc, context)


def refusal(errors, names=None) -> exceptions.ValidationError:
    """`errors` by field of a form or action; `names` says how the API calls those it names otherwise."""
    called = {NON_FIELD_ERRORS: api_settings.NON_FIELD_ERRORS_KEY} | (names or {})
    return exceptions.ValidationError(
        {called.get(name, name): [str(text) for text in texts] for name, texts in errors.items()}
    )
