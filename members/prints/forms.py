"""Record forms of recruiting, kept in the file of the person. Findings stand here and in no notice."""

from members.models import StepOutcome
from members.prints.dossier import Dossier, day_of
from members.prints.notices import BLANK_NUMBER
from members.recruiting.state import PROBATION_YEARS
from members.recruiting.steps import THOUGHT
from members.standing import deciding_body
from orgs.paper import BLANK, BLANK_DAY, Paper, Table, chinese_date, form, row
from orgs.terms import add_years

ASSESSMENTS = 4  # lines of an assessment form, written or to be written
SIGNED = f"支部书记签字：{BLANK}"


def activist_register(dossier: Dossier) -> Paper:
    """入党积极分子培养教育考察登记表, with the half-yearly assessments (step 6)."""
    rows = [
        *dossier.particulars(),
        row("申请入党时间", dossier.day(1), "确定为积极分子时间", dossier.day(3)),
        row("推荐方式", dossier.now.data[3].get("recommended", ""), "备案时间", dossier.day(4)),
        row("培养联系人", dossier.names(5, "contacts")),
    ]
    return Paper(
        title="入党积极分子培养教育考察登记表",
        body=(
            form(*rows),
            _assessments([r for r in dossier.of(6) if r.data.get("report") != THOUGHT]),
            _opinion("支部意见"),
        ),
    )


def probation_form(dossier: Dossier) -> Paper:
    """预备党员考察表, with the assessments of the probation (step 21)."""
    rows = [
        *dossier.particulars(),
        row("支部大会通过时间", dossier.day(15), "批准时间", dossier.day(17)),
        row("预备期满时间", chinese_date(dossier.now.probation_ends_on), "编入党小组", _group(dossier)),
        row("入党介绍人", dossier.names(9, "introducers")),
    ]
    return Paper(
        title="预备党员考察表",
        body=(form(*rows), _assessments(dossier.of(21)), _opinion("支部意见")),
    )


def _group(dossier):
    return dossier.now.data.get(19, {}).get("group", "")


def _assessments(records):
    rows = [row(chinese_date(record.on), record.note, "", lines=3) for record in records]
    rows += [row("", "", "", lines=3)] * (ASSESSMENTS - len(rows))
    return Table(tuple(rows), (30, 100, 30), ("考察时间", "考察情况", "考察人签字"))


def _opinion(label, text=""):
    return form(row(label, text, lines=3), row("签字盖章", f"{SIGNED}　{BLANK_DAY}"), widths=(28, 132))


def application_talk(dossier: Dossier) -> Paper:
    return _talk(dossier, 2, "入党申请人谈话记录", "党支部派人")


def admission_talk(dossier: Dossier) -> Paper:
    return _talk(dossier, 16, "发展对象审批前谈话记录", "上级党委派人")


def _talk(dossier, number, title, sent_by):
    record = dossier.standing(number)
    rows = [
        row("谈话对象", dossier.person.name, "所在党支部", dossier.case.organisation.name),
        row("谈话人", record.data.get("who", "") if record else "", "谈话人来源", sent_by),
        row("谈话时间", chinese_date(record.on if record else None), "谈话地点", ""),
        row("谈话内容", record.note if record else "", lines=10),
        row("谈话人意见", "", lines=3),
    ]
    return Paper(
        title=title, body=(form(*rows),), signature=(f"谈话人签字：{BLANK}　谈话对象签字：{BLANK}", BLANK_DAY)
    )


def introducers(dossier: Dossier) -> Paper:
    record = dossier.standing(9)
    named = [person["name"] for person in record.data["introducers"]]
    rows = [row(name, "", "", "", "", lines=3) for name in named]
    consent = "已征得入党介绍人同意。" if record.data.get("consented") else ""
    return Paper(
        title="入党介绍人登记表",
        body=(
            form(
                row("发展对象", dossier.person.name, "所在党支部", record.organisation.name),
                row("列为发展对象时间", dossier.day(7), "确定介绍人时间", chinese_date(record.on)),
            ),
            Table(
                tuple(rows), (26, 18, 30, 50, 36), ("介绍人", "性别", "入党时间", "单位及职务", "本人签字")
            ),
            f"{consent}{record.note}",
        ),
        signature=(f"{record.organisation}（盖章）", chinese_date(record.on)),
    )


def review(dossier: Dossier) -> Paper:
    """政治审查综合报告: the frame, with what was found."""
    record = dossier.last(10)
    rows = [
        *dossier.particulars(),
        row("列为发展对象时间", dossier.day(7), "审查时间", chinese_date(record.on if record else None)),
        row("本人政治历史和政治表现", "", lines=3),
        row("直系亲属和主要社会关系", "", lines=3),
        row("遵纪守法和遵守社会公德", "", lines=3),
        row("审查方式和证明材料", "", lines=3),
        row("审查情况", record.note if record else "", lines=3),
        row("审查结论", record.get_outcome_display() if record else "", lines=3),
    ]
    branch = record.organisation if record else dossier.case.organisation
    return Paper(
        title="关于发展对象的政治审查综合报告",
        body=(form(*rows),),
        signature=(f"{branch}（盖章）", chinese_date(record.on if record else None)),
    )


# --- Pre-review, meeting, approval ----------------------------------------------------------------------


def prereview_request(dossier: Dossier) -> Paper:
    branch, name, training = dossier.case.organisation, dossier.person.name, dossier.now.data.get(11, {})
    held = "、".join(
        f"{training[key]}{unit}"
        for key, unit in (("training_days", "天"), ("training_hours", "学时"))
        if key in training
    )
    return Paper(
        title=f"关于对发展对象{name}同志进行预审的请示",
        number=BLANK_NUMBER,
        address=f"{deciding_body(branch)}：",
        body=(
            f"{name}同志于{dossier.day(1)}提出入党申请，{dossier.day(3)}确定为入党积极分子，培养联系人"
            f"{dossier.names(5, 'contacts')}；{dossier.day(7)}列为发展对象，入党介绍人{dossier.names(9, 'introducers')}。",
            f"政治审查于{dossier.day(10)}合格；短期集中培训于{dossier.day(11)}完成，共{held or BLANK}。",
            f"支部委员会于{dossier.day(12)}审查，认为该同志条件成熟、手续完备，可以提交支部大会讨论。",
            "现将有关材料呈上，请予预审。妥否，请批示。",
        ),
        signature=(f"{branch}（盖章）", BLANK_DAY),
    )


def prereview_opinion(dossier: Dossier) -> Paper:
    record, name = dossier.last(13), dossier.person.name
    passed = "预审合格，同意提交支部大会讨论，发给《中国共产党入党志愿书》"
    verdict = passed if record.outcome == StepOutcome.PASSED else "预审未通过，暂不提交支部大会讨论"
    return _reply(dossier, record, f"关于{name}同志的预审意见", f"经审查，{name}同志{verdict}。", record.note)


def admission_resolution(dossier: Dossier) -> Paper:
    record, name = dossier.last(15), dossier.person.name
    verdict = (
        "同意接收{}同志为中共预备党员"
        if record.outcome == StepOutcome.PASSED
        else "不同意接收{}同志为中共预备党员"
    )
    return _resolution(record, f"接收{name}同志为预备党员", verdict.format(name))


def conversion_resolution(dossier: Dossier) -> Paper:
    record, name = dossier.last(23), dossier.person.name
    until = chinese_date(day_of(record.data, "extended_until"))
    verdict = {
        StepOutcome.ON_TIME: f"同意{name}同志转为中共正式党员",
        StepOutcome.EXTENDED: f"延长{name}同志的预备期，至{until}届满",
        StepOutcome.CANCELLED: f"取消{name}同志的预备党员资格",
        StepOutcome.FAILED: f"未就{name}同志转正问题形成决议",
    }[record.outcome]
    return _resolution(record, f"预备党员{name}同志转正", verdict)


def _resolution(record, subject, verdict):
    data = record.data
    expected, present, yes = (data.get(key, BLANK) for key in ("expected", "present", "yes"))
    rest = 0 if present == yes else BLANK
    how = "无记名投票" if data.get("secret_ballot") else BLANK
    more_than_half = (
        "，赞成人数超过应到会有表决权党员的半数" if 2 * data.get("yes", 0) > data.get("expected", 0) else ""
    )
    reported = "" if record.outcome == StepOutcome.FAILED else "，报上级党委审批"
    return Paper(
        title=f"关于{subject}的支部大会决议",
        body=(
            form(
                row("会议日期", chinese_date(record.on), "党支部", record.organisation.name),
                row("表决方式", how, "本次大会第几项表决", data.get("ballot_no", "")),
                row("应到会有表决权党员", expected, "实到会有表决权党员", present),
                row("赞成", yes, "反对", rest),
                row("弃权", rest, "本人和介绍人到会", "是" if data.get("attended") else ""),
            ),
            f"{record.organisation}于{chinese_date(record.on)}召开支部党员大会，讨论{subject}问题。"
            f"应到会有表决权党员{expected}名，实到{present}名。经{how}表决，赞成{yes}票，反对{rest}票，弃权{rest}票"
            f"{more_than_half}。",
            f"大会决议：{verdict}{reported}。",
            *_said(record),
        ),
        signature=(f"{record.organisation}（盖章）", SIGNED, chinese_date(record.on)),
    )


def _said(record) -> list[str]:
    data = record.data
    found = [f"应到人数与名册不一致的说明：{data['expected_reason']}"] if data.get("expected_reason") else []
    return [*found, record.note] if record.note else found


def admission_reply(dossier: Dossier) -> Paper:
    record, name = dossier.last(17), dossier.person.name
    meeting = dossier.now.days.get(15)
    if record.outcome == StepOutcome.PASSED:
        ends_on = chinese_date(add_years(meeting, PROBATION_YEARS))
        verdict = f"批准{name}同志为中共预备党员，预备期自{chinese_date(meeting)}起算，至{ends_on}届满"
    else:
        verdict = f"不批准{name}同志为中共预备党员"
    return _reply(
        dossier, record, f"关于接收{name}同志为预备党员的批复", _decided(record, verdict), record.note
    )


def conversion_reply(dossier: Dossier) -> Paper:
    record, name = dossier.last(24), dossier.person.name
    meeting = next(r for r in reversed(dossier.effective) if r.number == 23 and r.pk < record.pk)
    until = chinese_date(day_of(meeting.data, "extended_until"))
    verdict = {
        StepOutcome.ON_TIME: f"批准{name}同志转为中共正式党员",
        StepOutcome.EXTENDED: f"同意延长{name}同志的预备期，至{until}届满",
        StepOutcome.CANCELLED: f"同意取消{name}同志的预备党员资格",
    }[meeting.outcome]
    if record.outcome == StepOutcome.FAILED:
        verdict = f"不同意支部大会关于{name}同志转正问题的决议"
    return _reply(dossier, record, f"关于{name}同志转正问题的批复", _decided(record, verdict), record.note)


def _decided(record, verdict):
    together = "经党委会集体讨论、表决决定，" if record.data.get("collective") else "经研究，"
    return f"{together}{verdict}。"


def _reply(dossier, record, title, *body):
    return Paper(
        title=title,
        number=record.document_no or BLANK_NUMBER,
        address=f"{dossier.case.organisation}：",
        body=tuple(filter(None, body)),
        signature=(f"{record.organisation}（盖章）", chinese_date(record.on)),
    )
