"""What pages with attachments share."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse

from orgs.forms.actions import call
from orgs.forms.uploads import FilesForm
from orgs.views.responses import say_faults


def add_each(request, action, **owner) -> None:
    """Each file is kept or refused by itself, so that one bad photo does not cost the nine good ones."""
    form = FilesForm(request.POST, request.FILES)
    if not form.is_valid():
        say_faults(request, form)
        return
    kept = 0
    for upload in form.cleaned_data["files"]:
        try:
            call(action, **owner, upload=upload, by=request.user, request=request)
        except ValidationError as error:
            messages.error(request, "".join(error.messages))
        else:
            kept += 1
    if kept:
        messages.success(request, f"已上传{kept}个附件。")


def read_or_say(request, action, file) -> HttpResponse | None:
    """The file; None where it is refused, and the page one returns to says why."""
    try:
        return action(file=file, by=request.user, request=request)
    except ValidationError as error:
        messages.error(request, "".join(error.messages))
        return None
