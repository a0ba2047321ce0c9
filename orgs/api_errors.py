"""Errors of the API as sentences. Apart from `api_base`, which the framework reads while it loads its views."""

from django.core.exceptions import PermissionDenied, ValidationError
from rest_framework import exceptions
from rest_framework.views import exception_handler as rest_exception_handler


def exception_handler(exc, context):
    """Django's ValidationError from a rule becomes a 400, like the serializer's own."""
    if isinstance(exc, ValidationError):
        exc = exceptions.ValidationError(getattr(exc, "message_dict", None) or exc.messages)
    if isinstance(exc, PermissionDenied):
        exc = exceptions.PermissionDenied(str(exc) or None)
    return rest_exception_handler(exc, context)
