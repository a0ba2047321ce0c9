"""The signed contract: put on file, withdraw, read."""

from django.core.exceptions import ValidationError
from django.http import HttpResponse

from linkages.actions.secondments import row
from linkages.models import APPOINTED, SecondmentFile
from orgs.actions.files import Folder


def _signed(secondment):
    stored = row(secondment)
    if stored.state not in APPOINTED:
        raise ValidationError("尚未登记签约，请先登记签约。")
    return stored


FOLDER = Folder(SecondmentFile, owner="secondment", lock=_signed, most=20, whole="一份聘任")


def add_file(*, secondment, upload, by, request=None) -> SecondmentFile:
    return FOLDER.add(secondment, upload, by=by, request=request)


def withdraw_file(*, file, reason: str, by, request=None) -> SecondmentFile:
    return FOLDER.withdraw(file, reason, by=by, request=request)


def read_file(*, file, by, request=None) -> HttpResponse:
    return FOLDER.read(file, by=by, request=request)
