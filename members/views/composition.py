"""The composition of the register: page and workbook."""

import datetime as dt
import io
from dataclasses import dataclass
from urllib.parse import urlencode

import xlsxwriter
from django.http import FileResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from members import access, composition
from members.forms.register import CompositionForm
from orgs.access import require
from orgs.exports import CONTENT_TYPES
from orgs.forms.lookups import option_text
from orgs.models import Organisation

RECRUITS = (
    composition.SEX,
    composition.ETHNICITY,
    composition.AGE,
    composition.EDUCATION,
    composition.OCCUPATION,
    composition.TITLE,
    composition.RESEARCH,
)


@dataclass(frozen=True)
class Report:
    """Everything the page and the workbook show about `organisation` on `on`, and since `since`."""

    organisation: Organisation
    on: dt.date
    since: dt.date
    tables: list[composition.Table]
    movement: composition.Movement
    recruits: list[composition.Table]

    @property
    def total(self) -> int:
        return self.tables[0].total

    @property
    def recruited(self) -> int:
        return self.recruits[0].total

    @property
    def is_today(self) -> bool:
        return self.on == timezone.localdate()


def report_on(organisation, on: dt.date, since: dt.date) -> Report:
    recruits = composition.admitted_between(organisation, since, on)
    return Report(
        organisation=organisation,
        on=on,
        since=since,
        tables=composition.tables(composition.counted_on(organisation, on), on),
        movement=composition.movement(organisation, since, on),
        recruits=composition.tables(recruits, on, RECRUITS),
    )


def _asked(request) -> tuple[CompositionForm, Report | None]:
    """The form, and the report when the form holds; without an organisation the first of the person's own.

    None as well while there is no organisation at all.
    """
    form = CompositionForm(request.GET or None, user=request.user)
    if form.is_bound and not form.is_valid():
        return form, None
    data = form.cleaned_data if form.is_bound else {}
    on = data.get("on") or timezone.localdate()
    since = data.get("since") or dt.date(on.year - 1, 12, 31)
    organisation = data.get("organisation") or own_organisation(request.user)
    if organisation is None:
        return form, None
    if not form.is_bound:
        form.initial = {
            "organisation": option_text(organisation.name, organisation.code),
            "on": on,
            "since": since,
        }
    return form, report_on(organisation, on, since)


def own_organisation(user):
    return Organisation.objects.permitted_to(user, "members.view").order_by("depth", "path").first()


@require_GET
def composition_page(request):
    require(access.can_view_members(request.user))
    form, report = _asked(request)
    context = {"section": "members", "form": form, "report": report}
    if report and report.is_today:
        context["list_query"] = urlencode({"organisation": report.organisation.code})
    return render(request, "members/composition.html", context)


@require_GET
def composition_file(request):
    """The same figures as a workbook; it names nobody."""
    require(access.can_view_members(request.user))
    _form, report = _asked(request)
    if report is None:
        return redirect(f"{reverse('members:composition')}?{request.GET.urlencode()}")
    file = io.BytesIO()
    write_workbook(file, report)
    file.seek(0)
    name = f"党员构成统计-{report.organisation.code}-{report.on:%Y%m%d}.xlsx"
    return FileResponse(file, as_attachment=True, filename=name, content_type=CONTENT_TYPES["xlsx"])


def write_workbook(file, report: Report) -> None:
    with xlsxwriter.Workbook(file, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        bold = book.add_format({"bold": True})
        share = book.add_format({"num_format": "0.0%"})
        grey = book.add_format({"font_color": "#62666D"})
        head = f"{report.organisation.name}　截至{report.on}　按组织关系统计"
        sheet = _sheet(book, "构成", f"{head}　党员{report.total}名", bold)
        _tables(sheet, report.tables, bold, share, grey)
        sheet = _sheet(book, "增减", f"{report.organisation.name}　{report.since}至{report.on}", bold)
        _movement(sheet, report.movement, bold)
        sheet = _sheet(book, "发展", f"{report.since}后至{report.on}接收预备党员{report.recruited}名", bold)
        _tables(sheet, report.recruits, bold, share, grey)


def _sheet(book, name, title, bold):
    sheet = book.add_worksheet(name)
    sheet.set_column(0, 0, 44)
    sheet.set_column(1, 2, 12)
    sheet.write_string(0, 0, title, bold)
    return sheet


def _tables(sheet, tables, bold, share, grey):
    line = 2
    for table in tables:
        for column, words in enumerate((table.dimension.title, "人数", "占比")):
            sheet.write_string(line, column, words, bold)
        for row in (*table.rows, *table.extra):
            line += 1
            is_extra = row in table.extra
            sheet.write_string(
                line, 0, f"其中：{row.label}" if is_extra else row.label, grey if is_extra else None
            )
            sheet.write_number(line, 1, row.count)
            if row.share is not None:
                sheet.write_number(line, 2, row.share, share)
        line += 1
        sheet.write_string(line, 0, "合计", bold)
        sheet.write_number(line, 1, table.total, bold)
        line += 2


def _movement(sheet, movement, bold):
    rows = [
        (f"{movement.since}党员数", movement.start),
        *((f"增加：{label}", count) for label, count in movement.arrivals),
        *((f"减少：{label}", count) for label, count in movement.departures),
        (f"{movement.until}党员数", movement.end),
    ]
    for line, (label, count) in enumerate(rows, start=2):
        sheet.write_string(line, 0, label, bold if line in (2, len(rows) + 1) else None)
        sheet.write_number(line, 1, count)
