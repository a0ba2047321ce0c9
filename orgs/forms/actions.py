"""Between a form and an action: what the action refuses is shown at the field it speaks of."""

import logging

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError

OVERTAKEN = "刚有人办理了同一件事，请核对最新情况后重新提交。"
logger = logging.getLogger(__name__)


def call(action, /, **kwargs):
    """`action`, which is one transaction; what the database alone noticed (two people at once) in a sentence."""
    try:
        return action(**kwargs)
    except IntegrityError as error:
        logger.warning("A constraint of the database refused %s.", action.__qualname__)
        raise ValidationError(OVERTAKEN) from error


def succeeded(form, action, /, **kwargs) -> bool:
    """Call `action`; a refusal becomes errors of `form`."""
    try:
        form.outcome = call(action, **kwargs)
    except ValidationError as error:
        add_errors(form, error)
        return False
    return True


def add_errors(form, error: ValidationError) -> None:
    """Errors of fields that the form does not show are shown above it."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, errors in error.error_dict.items():
        form.add_error(name if name in form.fields and name != NON_FIELD_ERRORS else None, errors)
