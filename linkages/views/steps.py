"""What a page shows of a step that somebody may take: `linkages/_step.html` draws it."""


def step(act, url: str, form, *, is_main: bool, confirm: str = "") -> dict | None:
    """`act` is a member of the choices of steps; None where its form has nothing to choose from."""
    choices = [field for field in form.fields.values() if hasattr(field, "queryset")]
    if any(not field.queryset.exists() for field in choices):
        return None
    return {
        "act": act,
        "label": act.label,
        "url": url,
        "form": form,
        "is_main": is_main,
        "confirm": confirm,
    }
