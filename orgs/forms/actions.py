"""Between a form and an action: what the action refuses is shown at the field it speaks of."""

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError


def succeeded(form, action, /, **kwargs) -> bool:
    """Call `action`; a refusal becomes errors of `form`."""
    try:
        form.outcome = action(**kwargs)
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
