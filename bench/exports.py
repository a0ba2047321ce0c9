"""The register of members as a file: our writer against django-import-export, the same twenty columns of every row."""

import datetime as dt
import hashlib
import itertools
from operator import attrgetter
from pathlib import Path

from import_export.fields import Field
from import_export.resources import ModelResource
from python_calamine import CalamineWorkbook

from members.models import Member
from orgs.writers import WRITERS, Column

# Identity and mobile numbers are decrypted by both; the branch is named, not numbered.
NAMES = (
    "name", "identity_number", "sex", "ethnicity", "born_on", "education", "title", "position", "employer_code",
    "employer_name", "mobile", "membership", "relation", "joined_on", "joined_precision", "confirmed_on",
    "confirmed_precision", "pinyin", "organisation__code", "organisation__name",
)  # fmt: skip
COLUMNS = [Column(name, attrgetter(name)) for name in NAMES]


class UsualMembers(ModelResource):
    organisation__code = Field("organisation__code")
    organisation__name = Field("organisation__name")

    class Meta:
        model = Member
        fields = NAMES


def members():
    return Member.objects.in_register().order_by("organisation_id", "pinyin", "pk")


def ours(file, file_format: str, times: int) -> None:
    """As the portal's own list of members is read and written; `times` over, for a list longer than the park's."""
    one = members().values_list(*NAMES, named=True)
    rows = itertools.chain.from_iterable(one.iterator(chunk_size=2000) for _ in range(times))
    WRITERS[file_format](file, columns=COLUMNS, rows=rows, title="bench")


def usual(file, *, select_related: bool) -> None:
    found = members().select_related("organisation") if select_related else members()
    file.write(UsualMembers().export(found).export("xlsx"))


def lines_of(path: Path, heads: int) -> list[list[str]]:
    """What the workbook says, sheet after sheet, without its head rows."""
    book = CalamineWorkbook.from_path(path)
    return [
        [cell.isoformat() if isinstance(cell, dt.date) else str(cell) for cell in row]
        for index in range(len(book.sheet_names))
        for row in book.get_sheet_by_index(index).to_python()[heads:]
    ]


def checksum(lines: list[list[str]]) -> str:
    return hashlib.sha256(repr(lines).encode()).hexdigest()[:16]
