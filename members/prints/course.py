"""Lists of the whole course of a case: the steps taken, and what is on file."""

from members.models import StepOutcome
from members.prints.dossier import Dossier
from members.recruiting.steps import PERSON, STEPS
from orgs.paper import Paper, Row, Table, chinese_date, form, row


def course(dossier: Dossier) -> Paper:
    """All 25 steps; those to come stay empty, what was taken back is said to be."""
    case = dossier.case
    about = [
        *dossier.particulars(),
        row("当前阶段", case.get_stage_display(), "下一步", _progress(dossier)),
    ]
    if case.stopped_on:
        about.append(row("终止", f"{chinese_date(case.stopped_on)} {case.stopped_reason}"))
    rows = [line for step in STEPS.values() for line in _lines(dossier, step)]
    heads = ("步骤", "内容", "日期", "办理", "结果", "文号", "经办")
    return Paper(
        title="发展党员工作进程表",
        body=(form(*about), Table(tuple(rows), (13, 34, 24, 29, 28, 18, 14), heads)),
        signature=(f"{case.organisation}（盖章）",),
    )


def _progress(dossier):
    step = STEPS.get(dossier.now.next_step) if dossier.case.is_open else None
    return f"{step.number} {step}" if step else "已办结"


def _lines(dossier, step) -> list[Row]:
    records = [record for record in dossier.records if record.number == step.number]
    if not records:
        return [row(step.number, step, "", "", "", "", "")]
    return [_line(step, record) for record in records]


def _line(step, record) -> Row:
    who = "本人" if step.actor == PERSON and not record.reverses_id else record.organisation.name
    by = record.recorded_by
    return row(
        step.number, step, record.on, who, _result(record), record.document_no, str(by) if by else "系统"
    )


def _result(record) -> str:
    """In words, with all that is unusual about it."""
    said = [record.get_outcome_display()]
    if record.reverses_id:
        said.append(record.note)
    elif hasattr(record, "reversal"):
        said.append("已退回更正，作废")
    if record.late:
        said.append("逾期办理")
    if record.confirm_reason:
        said.append(f"经批准办理：{record.approval_no}")
    return "；".join(said)


def archive(dossier: Dossier) -> Paper:
    """What each step should have left on file; pages are counted by hand."""
    rows, taken_over = [], dossier.last(20) and dossier.last(20).outcome == StepOutcome.TAKEN_OVER
    for step in STEPS.values():
        records = dossier.of(step.number) or [None]
        for record in records:
            rows += [
                _document(len(rows) + place, step, name, record)
                for place, name in enumerate(step.documents, 1)
            ]
    kept_at = dossier.now.data.get(25, {}).get("kept_at", "")
    about = form(
        row("姓名", dossier.person.name, "所在党支部", dossier.case.organisation.name),
        row("归档日期", dossier.day(25), "保管单位", kept_at),
    )
    told = ("此前的步骤在系统外办理，日期和文号据纸质材料补填。",) if taken_over else ()
    heads = ("序号", "材料名称", "步骤", "日期", "文号", "页数", "备注")
    return Paper(
        title="发展党员材料归档目录",
        body=(about, *told, Table(tuple(rows), (12, 34, 34, 26, 24, 12, 18), heads)),
        signature=("移交人：　　　　　　接收人：　　　　　　",),
    )


def _document(place, step, name, record) -> Row:
    failed = record is not None and record.outcome == StepOutcome.FAILED
    return row(
        place,
        name,
        f"{step.number} {step}",
        record.on if record else "",
        record.document_no if record else "",
        "",
        record.get_outcome_display() if failed else "",
    )
