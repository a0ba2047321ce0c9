"""Notices of recruiting: posted for everybody to read, or handed to the person. No findings, no numbers of people."""

from django.utils import timezone

from members.models import StepOutcome
from members.prints.dossier import Dossier, day_of
from members.recruiting.state import PROBATION_YEARS
from orgs.paper import BLANK, BLANK_DAY, Paper, chinese_date, form, row
from orgs.regulations import value_on
from orgs.terms import add_years
from orgs.workdays import workdays_between

OBJECTIONS = (
    "公示期间，对公示对象有异议的，请以来电、来信、来访等形式向党组织反映。反映情况应当实事求是，提倡实名反映，"
    "党组织对反映人和反映内容严格保密。"
)
BLANK_NUMBER = "＿＿＿〔＿＿＿＿〕＿＿号"


def candidate_notice(dossier: Dossier) -> Paper:
    """公示 before somebody becomes a candidate (step 7)."""
    data = dossier.now.data.get(7, {})
    heard = "在听取培养联系人、党员和群众意见的基础上，" if data.get("heard") else ""
    rows = [
        *dossier.public_rows(),
        row("申请入党时间", dossier.day(1), "确定为积极分子时间", dossier.day(3)),
        row("培养联系人", dossier.names(5, "contacts")),
    ]
    return _public_notice(dossier, 7, f"{heard}拟将{dossier.person.name}同志列为发展对象", rows)


def conversion_public_notice(dossier: Dossier) -> Paper:
    """公示 before a probationary member becomes a full one (step 23)."""
    rows = [
        *dossier.public_rows(),
        row(
            "接收为预备党员时间", dossier.day(15), "预备期满时间", chinese_date(dossier.now.probation_ends_on)
        ),
        row("入党介绍人", dossier.names(9, "introducers")),
    ]
    return _public_notice(dossier, 23, f"拟将预备党员{dossier.person.name}同志转为中共正式党员", rows)


def _public_notice(dossier, number, intention, rows):
    record = dossier.standing(number)
    branch = record.organisation if record else dossier.case.organisation
    data = record.data if record else {}
    first, last = day_of(data, "notice_from"), day_of(data, "notice_until")
    return Paper(
        title="公示",
        body=(
            f"按照《中国共产党发展党员工作细则》有关规定，{intention}，现予公示。",
            form(*rows),
            f"公示时间：{chinese_date(first)}至{chinese_date(last)}，{_length(first, last)}。",
            OBJECTIONS,
            f"受理党组织：{branch}　联系人：{BLANK}　联系电话：{BLANK}",
            f"通信地址：{BLANK}{BLANK}{BLANK}",
        ),
        signature=(f"{branch}（盖章）", chinese_date(first)),
    )


def _length(first, last) -> str:
    if first and last:
        return f"共{workdays_between(first, last)}个工作日"
    least = value_on("recruit_notice_workdays", timezone.localdate())
    return f"不少于{least}个工作日" if least else f"共{BLANK}个工作日"


def admission_notice(dossier: Dossier) -> Paper:
    """To the person, once the superior has approved (step 17); probation counts from the meeting."""
    record, meeting = dossier.standing(17), dossier.now.days[15]
    ends_on = add_years(meeting, PROBATION_YEARS)
    return _to_person(
        dossier,
        record,
        "批准入党通知书",
        f"经{chinese_date(meeting)}支部大会讨论通过，{record.organisation}于{chinese_date(record.on)}审批，"
        "批准你为中共预备党员。",
        f"预备期{PROBATION_YEARS}年，自支部大会通过之日{chinese_date(meeting)}起算，至{chinese_date(ends_on)}届满。",
        "请按时参加党的组织生活，履行党员义务，接受党组织的教育和考察，预备期满前主动提出书面转正申请。",
    )


def converted_notice(dossier: Dossier) -> Paper:
    meeting, record = dossier.decision(StepOutcome.ON_TIME)
    after = "延长预备期期满，同意你" if dossier.now.extended else "同意你按期"
    return _to_person(
        dossier,
        record,
        "预备党员转正通知书",
        f"{_resolved(meeting, record)}{after}转为中共正式党员。",
        f"党龄从预备期满转为正式党员之日{chinese_date(dossier.now.probation_ends_on)}起算。",
    )


def extended_notice(dossier: Dossier) -> Paper:
    meeting, record = dossier.decision(StepOutcome.EXTENDED)
    until = chinese_date(day_of(meeting.data, "extended_until"))
    return _to_person(
        dossier,
        record,
        "延长预备期通知书",
        f"{_resolved(meeting, record)}延长你的预备期，至{until}届满。预备期只能延长一次。",
        "请继续接受党组织的教育和考察，延长的预备期满前主动提出书面转正申请。",
    )


def cancelled_notice(dossier: Dossier) -> Paper:
    meeting, record = dossier.decision(StepOutcome.CANCELLED)
    return _to_person(
        dossier, record, "取消预备党员资格通知书", f"{_resolved(meeting, record)}取消你的预备党员资格。"
    )


def _resolved(meeting, record) -> str:
    return f"经{chinese_date(meeting.on)}支部大会讨论决定，{record.organisation}于{chinese_date(record.on)}审批，"


def _to_person(dossier, record, title, *body):
    return Paper(
        title=title,
        number=record.document_no or BLANK_NUMBER,
        address=f"{dossier.person.name}同志：",
        body=(*body, "特此通知。"),
        signature=(
            f"{record.organisation}（盖章）",
            chinese_date(record.on),
            f"本人签收：{BLANK}　{BLANK_DAY}",
        ),
    )
