"""The import in the browser: upload, columns, preview, writing, result, undo; and the history.

The web request never reads a workbook: it keeps the file and queues a job, which the page then watches.
"""

import datetime as dt
import io
import tempfile

from django.contrib import messages
from django.core.cache import cache
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import FileResponse, Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from imports import actions, preview, workbooks
from imports.forms import ColumnsForm, RowForm, UploadForm
from imports.models import ImportRun, JobState, Outcome, RunState
from imports.paging import keyset_page
from imports.resources import KINDS, StagedResource, visible_runs

BUSY = {RunState.STAGING: "stage", RunState.APPLYING: "apply", RunState.UNDOING: "undo"}
SILENT_AFTER = dt.timedelta(seconds=20)
STEPS = ("上传", "识别列", "比对预览", "写入", "结果")
STEP_OF = {
    RunState.UPLOADED: 2,
    RunState.STAGING: 2,
    RunState.FAILED: 2,
    RunState.STAGED: 3,
    RunState.DISCARDED: 3,
    RunState.APPLYING: 4,
    RunState.APPLIED: 5,
    RunState.UNDOING: 5,
    RunState.UNDONE: 5,
}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TOKEN_SECONDS = 3600


# --- Who and what --------------------------------------------------------------------------------------


def _kinds(user) -> dict[str, type[StagedResource]]:
    """The kinds this person may import, in the order in which an empty register is filled."""
    ordered = sorted(KINDS.items(), key=lambda item: (item[1].sequence or 99, item[0]))
    kinds = {code: resource for code, resource in ordered if resource.may_run(user)}
    if not kinds:
        raise PermissionDenied("您没有导入权限，请联系上级党组织的系统管理员。")
    return kinds


def _run(request, pk) -> tuple[ImportRun, StagedResource]:
    """Not visible → 404; visible, but of a kind that the person may not import (any more) → 403."""
    runs = visible_runs(request.user).select_related("created_by", "applied_by", "undone_by", "job")
    run = get_object_or_404(runs.filter(kind__in=KINDS), pk=pk)
    resource = KINDS[run.kind]
    if not resource.may_run(request.user):
        raise PermissionDenied("您没有导入此类名单的权限。")
    return run, resource(user=run.created_by)


def _to(run, query: str = "") -> HttpResponseRedirect:
    """Back to the run's page; `query` is its own query string, so it can lead nowhere else."""
    address = reverse("imports:run", args=[run.pk])
    safe = QueryDict(query[:500]).urlencode() if query else ""
    return HttpResponseRedirect(f"{address}?{safe}" if safe else address)


def _sent(request) -> tuple:
    """What a form is bound to; a post without a single field is one all the same."""
    return (request.POST, request.FILES) if request.method == "POST" else ()


def _say(request, error: ValidationError) -> None:
    for sentence in error.messages:
        messages.error(request, sentence)


def _context(run, resource, **more) -> dict:
    return {
        "section": "imports",
        "run": run,
        "resource": resource,
        "steps": list(enumerate(STEPS, 1)),
        "step": STEP_OF[run.state],
        **more,
    }


# --- History -------------------------------------------------------------------------------------------


@require_GET
def run_list(request):
    kinds = _kinds(request.user)
    kind, state = request.GET.get("kind", ""), request.GET.get("state", "")
    runs = visible_runs(request.user).filter(kind__in=kinds).select_related("created_by")
    if kind in kinds:
        runs = runs.filter(kind=kind)
    if state in RunState.values:
        runs = runs.filter(state=state)
    page = keyset_page(runs, request.GET, sorts={"number": "pk"}, default="-number", per_page=30)
    for item in page:
        item.title = kinds[item.kind].title
    return render(
        request,
        "imports/run_list.html",
        {
            "section": "imports",
            "page": page,
            "kinds": [(code, resource.title) for code, resource in kinds.items()],
            "states": RunState.choices,
            "kind": kind,
            "state": state,
        },
    )


# --- Upload --------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def upload(request):
    kinds = _kinds(request.user)
    counts = {code: resource.in_register(request.user) for code, resource in kinds.items()}
    kind = request.GET.get("kind", "")
    if kind not in kinds:
        kind = _suggested_kind(request.user, counts)
    resource = kinds[kind]
    form = UploadForm(*_sent(request), resource=resource)
    if request.method == "POST" and form.is_valid():
        response = _take_up(request, kind, form)
        if response:
            return response
    context = {
        "section": "imports",
        "form": form,
        "resource": resource(),  # an instance: templates call classes
        "kinds": [(code, item.title, counts[code]) for code, item in kinds.items()],
        "steps": list(enumerate(STEPS, 1)),
        "step": 1,
    }
    return render(request, "imports/upload.html", context, status=422 if form.errors else 200)


def _suggested_kind(user, counts) -> str:
    """The first that is still empty, else what the person imported last, else the list that comes every month."""
    empty = next((code for code, count in counts.items() if not count), None)
    if empty:
        return empty
    last = user.import_runs.filter(kind__in=counts).order_by("-pk").values_list("kind", flat=True).first()
    recurring = (code for code in counts if KINDS[code].full_list_allowed)
    return last or next(recurring, next(iter(counts)))


def _take_up(request, kind, form) -> HttpResponse | None:
    """Keep the file and start; the same form sent twice starts once."""
    data = form.cleaned_data
    key = f"imports-upload:{request.user.pk}:{data['token']}"
    if data["token"] and not cache.add(key, 0, TOKEN_SECONDS):
        known = cache.get(key)
        return redirect("imports:run", known) if known else redirect("imports:run-list")
    try:
        run = actions.create_run(
            kind=kind,
            upload=data["file"],
            by=request.user,
            full_list=data.get("full_list", False),
            blank_clears=data["blank_clears"],
            as_of=data["as_of"],
        )
    except ValidationError as error:
        cache.delete(key)
        form.add_error("file", error)
        return None
    cache.set(key, run.pk, TOKEN_SECONDS)
    return redirect("imports:run", run.pk)


@require_GET
def template(request, kind):
    kinds = _kinds(request.user)
    if kind not in KINDS:
        raise Http404
    if kind not in kinds:
        raise PermissionDenied("您没有导入此类名单的权限。")
    resource = kinds[kind](user=request.user)
    stream = io.BytesIO(workbooks.template(resource))
    return FileResponse(stream, as_attachment=True, filename=f"{resource.title}模板.xlsx", content_type=XLSX)


# --- The page of a run ---------------------------------------------------------------------------------


@require_GET
def run(request, pk):
    run, resource = _run(request, pk)
    if run.state in BUSY:
        return render(request, "imports/run_busy.html", _context(run, resource, **_progress(run)))
    if run.state == RunState.UPLOADED:
        return redirect("imports:run-columns", run.pk)
    if run.state in (RunState.FAILED, RunState.DISCARDED):
        return render(request, "imports/run_ended.html", _context(run, resource))
    return _table_page(request, run, resource)


def _table_page(request, run, resource):
    """Preview or result: both stand above the table of rows; htmx fetches the table alone."""
    context = _context(run, resource, preview=preview.preview(run, resource, request.GET))
    context["query"] = request.GET.urlencode()
    context["may_select"] = run.state == RunState.STAGED
    if request.htmx and not request.htmx.history_restore_request:
        response = render(request, "imports/_rows.html", context)
    elif run.state == RunState.STAGED:
        context |= {"plan": preview.plan(run), "twin": _applied_twin(request.user, run)}
        response = render(request, "imports/run_preview.html", context)
    else:
        context |= {"links": resource.result_links(run), "has_errors": _has_errors(run)}
        response = render(request, "imports/run_result.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _applied_twin(user, run) -> ImportRun | None:
    """The same file, written before."""
    twins = visible_runs(user).filter(kind=run.kind, sha256=run.sha256, state=RunState.APPLIED)
    return twins.exclude(pk=run.pk).select_related("applied_by").order_by("-applied_at").first()


def _has_errors(run) -> bool:
    """The rejected rows are kept as long as the file is."""
    return bool(run.counts.get("rejected")) and bool(run.file)


@require_GET
def run_progress(request, pk):
    """What the page asks for while it waits; when the job has ended the page is told to load anew."""
    run, resource = _run(request, pk)
    progress = _progress(run)
    if run.state in BUSY and not progress["failed"]:
        return render(request, "imports/_progress.html", _context(run, resource, **progress))
    if not request.htmx:
        return _to(run)
    return HttpResponse(status=200, headers={"HX-Refresh": "true"})


def _progress(run) -> dict:
    """The job in words: `failed` it may be tried again, `silent` its worker gives no sign of life."""
    job = run.job
    words = BUSY_WORDS.get(run.state, "")
    if job is None:
        return {"job": None, "failed": False, "silent": False, "words": words}
    sign = (job.heartbeat_at if job.state == JobState.RUNNING else job.sent_at) or job.created_at
    return {
        "job": job,
        "failed": job.state == JobState.FAILED,
        "silent": not job.is_finished and timezone.now() - sign > SILENT_AFTER,
        "words": words,
    }


BUSY_WORDS = {
    RunState.STAGING: "正在读取文件并与登记册比对",
    RunState.APPLYING: "正在写入登记册",
    RunState.UNDOING: "正在撤销本次导入",
}


# --- Deciding ------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def run_columns(request, pk):
    run, resource = _run(request, pk)
    if run.state not in (RunState.UPLOADED, RunState.STAGED):
        return _to(run)
    form = ColumnsForm(*_sent(request), run=run, resource=resource)
    if request.method == "POST" and form.is_valid():
        try:
            actions.remap(run=run, columns=form.columns(), by=request.user)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return _to(run)
    samples = run.job.result.get("samples", []) if run.job else []
    lines = [(line, form[f"column-{line.position}"]) for line in preview.header_lines(run, samples)]
    lacking = [c.label for c in resource.file_columns if c.mandatory and c.name not in run.mapping]
    context = _context(run, resource, form=form, lines=lines, lacking=lacking) | {"step": 2}
    return render(request, "imports/run_columns.html", context, status=422 if form.errors else 200)


@require_POST
def run_options(request, pk):
    run, _ = _run(request, pk)
    try:
        actions.set_options(
            run=run,
            by=request.user,
            full_list="full_list" in request.POST,
            blank_clears="blank_clears" in request.POST,
        )
    except ValidationError as error:
        _say(request, error)
    return _to(run)


@require_POST
def run_select(request, pk):
    """Tick or untick: a whole outcome (`all` or `none`), or the rows of a page (`shown`, of which `ticked`)."""
    run, resource = _run(request, pk)
    try:
        said = _select(run, request.POST)
    except ValidationError as error:
        _say(request, error)
        said = ""
    if request.htmx:
        run.refresh_from_db()
        context = _context(run, resource, plan=preview.plan(run))
        return render(request, "imports/_decide.html", context)
    if said:
        messages.success(request, said)
    return _to(run, request.POST.get("back", ""))


def _select(run, data) -> str:
    outcome = data.get("outcome", "")
    if outcome in (Outcome.NEW, Outcome.CHANGED):
        ticked = data.get("tick") == "all"
        count = actions.select_rows(run=run, selected=ticked, outcome=outcome)
        return f"{'已勾选' if ticked else '已取消勾选'}全部{Outcome(outcome).label}{count}行。"
    shown = _keys(data, "shown")
    ticked = _keys(data, "ticked") & shown
    actions.select_rows(run=run, selected=True, ids=ticked)
    actions.select_rows(run=run, selected=False, ids=shown - ticked)
    return "本页的勾选已保存。"


def _keys(data, name) -> set[int]:
    """Keys that fit the column; a database refuses larger ones."""
    return {int(value) for value in data.getlist(name) if value.isdecimal() and len(value) < 19}


def _rejected_row(run, row_pk):
    return get_object_or_404(run.staged.filter(outcome=Outcome.REJECTED), pk=row_pk)


@require_http_methods(["GET", "POST"])
def run_row(request, pk, row_pk):
    """Mend a rejected row: a page of its own, or opened within the table."""
    run, resource = _run(request, pk)
    if run.state != RunState.STAGED:
        return _to(run)
    row = _rejected_row(run, row_pk)
    own = run.created_by_id == request.user.pk
    form = RowForm(*_sent(request), run=run, resource=resource, row=row, own=own)
    if request.method == "POST" and form.is_valid():
        return _mend(request, run, row, form)
    context = _context(run, resource, row=row, form=form, twins=_twins(run, resource, row))
    context["back"] = request.GET.get("back", "") or request.POST.get("back", "")
    name = "imports/_row_form.html" if request.htmx else "imports/run_row.html"
    response = render(request, name, context, status=422 if form.errors else 200)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _mend(request, run, row, form):
    back = request.POST.get("back", "")
    try:
        row = actions.mend_row(run=run, row=row, cells=form.cells())
    except ValidationError as error:
        _say(request, error)
        return _to(run, back)
    if row.outcome == Outcome.REJECTED:
        messages.error(request, "".join(problem["text"] for problem in row.problems))
        address = reverse("imports:run-row", args=[run.pk, row.pk])
        return HttpResponseRedirect(_with(address, back) if back else address)
    messages.success(request, f"第{row.row_number}行已改正，归入“{row.get_outcome_display()}”。")
    return _to(run, back)


def _with(address, back):
    query = QueryDict(mutable=True)
    query["back"] = back[:500]
    return f"{address}?{query.urlencode()}"


def _twins(run, resource, row) -> dict | None:
    """The rows of the file with the same key, side by side."""
    if not any(problem.get("code") == "duplicate_conflict" for problem in row.problems):
        return None
    rows = list(run.staged.filter(key=row.key).exclude(outcome=Outcome.MISSING).order_by("row_number")[:6])
    columns = [column for column in resource.file_columns if column.name in run.mapping]
    return {"rows": rows, "lines": preview.side_by_side(run, columns, rows)}


@require_POST
def run_row_keep(request, pk, row_pk):
    run, _ = _run(request, pk)
    row = get_object_or_404(run.staged, pk=row_pk)
    try:
        row = actions.keep_duplicate(run=run, row=row)
    except ValidationError as error:
        _say(request, error)
    else:
        messages.success(request, f"已保留第{row.row_number}行，重复的其他行已跳过。")
    return _to(run, request.POST.get("back", ""))


# --- Writing and taking back ---------------------------------------------------------------------------


def _act(request, run, action, **values) -> HttpResponseRedirect:
    """A step of the run's life; who comes second, or too late, is told so and sees the run as it is."""
    try:
        action(run=run, **values)
    except ValidationError as error:
        _say(request, error)
    return _to(run)


@require_POST
def run_apply(request, pk):
    run, _ = _run(request, pk)
    if run.state in (RunState.APPLYING, RunState.APPLIED):
        return _to(run)  # sent twice
    all_or_nothing = request.POST.get("mode") == "all"
    return _act(request, run, actions.request_apply, by=request.user, all_or_nothing=all_or_nothing)


@require_POST
def run_retry(request, pk):
    """What failed once more: reading, writing or taking back."""
    run, _ = _run(request, pk)
    again = {"apply": actions.request_apply, "undo": actions.request_undo}
    return _act(request, run, again.get(BUSY.get(run.state, ""), actions.restage), by=request.user)


@require_POST
def run_discard(request, pk):
    run, _ = _run(request, pk)
    try:
        actions.discard(run=run)
    except ValidationError as error:
        _say(request, error)
        return _to(run)
    messages.success(request, f"已放弃“{run.file_name}”，登记册没有改动。")
    return redirect("imports:run-list")


@require_http_methods(["GET", "POST"])
def run_undo(request, pk):
    run, resource = _run(request, pk)
    if request.method == "POST":
        if run.state in (RunState.UNDOING, RunState.UNDONE):
            return _to(run)  # sent twice
        return _act(request, run, actions.request_undo, by=request.user)
    if not run.is_undoable:
        return _to(run)
    outlook = preview.undo_outlook(run, resource)
    return render(request, "imports/run_undo.html", _context(run, resource, outlook=outlook))


@require_GET
def run_errors(request, pk):
    """The rejected rows as a workbook. Only who uploaded the file gets its telephone numbers back in full."""
    run, resource = _run(request, pk)
    if not _has_errors(run):
        raise Http404
    masked = run.created_by_id != request.user.pk
    # Larger than memory should hold at once; the response closes it.
    target = tempfile.SpooledTemporaryFile(max_size=2_000_000)  # noqa: SIM115
    count = workbooks.error_workbook(run, resource, target, masked=masked)
    resource.record(
        action="download",
        run=run,
        user=request.user,
        detail={"what": "错误行", "rows": count, "masked": masked},
        request=request,
    )
    target.seek(0)
    name = f"{run.file_name.rsplit('.', 1)[0]}-错误行.xlsx"
    return FileResponse(target, as_attachment=True, filename=name, content_type=XLSX)
