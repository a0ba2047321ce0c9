"""The signed paper: put on file, withdraw, read."""

from django.http import HttpResponse

from linkages.actions.agreements import row
from linkages.models import AgreementFile
from orgs.actions.files import Folder

FOLDER = Folder(AgreementFile, owner="agreement", lock=row, most=20, whole="一份协议")


def add_file(*, agreement, upload, by, request=None) -> AgreementFile:
    return FOLDER.add(agreement, upload, by=by, request=request)


def withdraw_file(*, file, reason: str, by, request=None) -> AgreementFile:
    return FOLDER.withdraw(file, reason, by=by, request=request)


def read_file(*, file, by, request=None) -> HttpResponse:
    return FOLDER.read(file, by=by, request=request)
