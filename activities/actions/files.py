"""Photos and documents of a gathering: put on file, withdraw, read. `orgs.uploads` strips what a camera noted down."""

from django.http import HttpResponse

from activities.actions.activities import locked
from activities.models import ActivityFile
from orgs import uploads
from orgs.actions.files import Folder

FOLDER = Folder(
    ActivityFile,
    owner="activity",
    lock=locked,
    most=50,
    whole="一次活动",
    told=lambda file: {"kind": file.kind_label},
)


def add_file(*, activity, upload, by, request=None) -> ActivityFile:
    """Until the record goes to review."""
    return FOLDER.add(activity, upload, by=by, request=request)


def withdraw_file(*, file, reason: str, by, request=None) -> ActivityFile:
    """The row and the file stay, for the body above to look into."""
    return FOLDER.withdraw(file, reason, by=by, request=request)


def read_file(*, file, by, request=None) -> HttpResponse:
    """Photos show with the page, and are not counted."""
    return uploads.download(file) if file.is_photo else FOLDER.read(file, by=by, request=request)
