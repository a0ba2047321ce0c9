"""Papers of organisation life: the minutes of one gathering, the sheet to sign on, the record book of a year.

Source of what minutes must hold: the table of organisation life in docs/regulations.md (支部工作条例 art. 11–17).
"""

from collections.abc import Collection, Iterable

from django.db.models import Prefetch
from django.utils import timezone

from activities.models import Activity, Attendance, AttendanceState
from orgs.paper import BLANK, Paper, Table, chinese_date, form, row

S = AttendanceState
SHEET_SPARE = 10  # empty lines at the end of a sheet, for guests
MOST_IN_BOOK = 400
SHEET_HEADS = ("序号", "姓名", "签名", "序号", "姓名", "签名")
BOOK_HEADS = ("序号", "日期", "类型", "活动名称", "应到", "实到", "状态")


def with_contents(activities):
    """Everything that minutes show, in a fixed number of queries."""
    names = Attendance.objects.select_related("member").defer("member__identity_number", "member__mobile")
    return activities.select_related("organisation").prefetch_related(
        "kinds", "joint_hosts", Prefetch("attendances", names), "guest_list", "votes", "resolutions"
    )


def minutes(activity: Activity, *, hidden: Collection[int] = ()) -> Paper:
    """会议（活动）记录. What is not on record stays blank, to be filled in by hand.

    `hidden` are the members whose reasons the reader does not see.
    """
    about = form(
        row("类型", "、".join(activity.kind_labels), "时间", activity.when_words),
        row("党组织", "、".join(str(host) for host in activity.hosts)),
        row("地点", activity.where_words or BLANK, "主持人", activity.chair_name or BLANK),
        row("记录人", activity.recorder_name or BLANK, "主讲人", activity.lecturer_name),
        row("应到", f"{activity.expected}人", "实到", f"{activity.present}人"),
        row("请假", f"{activity.on_leave}人", "缺席", f"{activity.absent}人"),
        *_people(activity, hidden),
        row("议程", activity.agenda, lines=2),
        row("主要内容", activity.gist, lines=8),
    )
    body = [about]
    if votes := [vote for vote in activity.votes.all() if not vote.withdrawn_at]:
        body.append(_votes(votes))
    if resolutions := list(activity.resolutions.all()):
        body.append(_resolutions(resolutions))
    return Paper(
        title=activity.title,
        body=tuple(body),
        number=f"编号：{activity.number}" if activity.number else "",
        signature=("主持人签名：　　　　　　记录人签名：　　　　　　", _entered(activity)),
    )


def _entered(activity):
    if activity.recorded_at is None:
        return ""
    day = timezone.localtime(activity.recorded_at).date()
    return f"{chinese_date(day)}录入{'（补录）' if activity.is_late else ''}"


def _people(activity, hidden):
    """Who came and who did not, by name; observers with the guests."""
    names = {state: [] for state in S.values}
    for one in activity.attendances.all():
        reason = "" if one.member_id in hidden else one.reason
        names[one.state].append(f"{one.member.name}（{reason}）" if reason else one.member.name)
    guests = [
        *names[S.OBSERVER],
        *(
            f"{guest.name}（{guest.unit}）" if guest.unit else guest.name
            for guest in activity.guest_list.all()
        ),
    ]
    yield row("到会党员", "、".join(names[S.PRESENT]), lines=2)
    yield row("请假及原因", "、".join(names[S.LEAVE]))
    yield row("缺席", "、".join(names[S.ABSENT]))
    yield row("列席", "、".join(guests) or (f"{activity.guests}人" if activity.guests else ""))


def _votes(votes) -> Table:
    rows = [
        row(
            vote.matter, vote.expected, vote.present, vote.yes, vote.no, vote.abstained, vote.written,
            "通过" if vote.passed else "未通过",
        )
        for vote in votes
    ]  # fmt: skip
    heads = ("表决事项", "应到", "实到", "赞成", "反对", "弃权", "书面", "结果")
    return Table(tuple(rows), (56, 14, 14, 14, 14, 14, 14, 20), heads)


def _resolutions(resolutions) -> Table:
    rows = [
        row(
            one.text, one.owner_name, one.due_on or "",
            f"{one.done_on} {one.result}" if one.done_on else "",
        )
        for one in resolutions
    ]  # fmt: skip
    return Table(tuple(rows), (70, 24, 26, 40), ("决议事项", "责任人", "完成期限", "落实情况"))


def sign_in_sheet(activity: Activity, people: Iterable) -> Paper:
    """签到表 with everybody expected, two columns, and some empty lines for guests."""
    names = [member.name for member in people] + [""] * SHEET_SPARE
    half = (len(names) + 1) // 2
    rows = []
    for place in range(half):
        right = place + half
        rows.append(
            row(
                place + 1, names[place], "",
                right + 1 if right < len(names) else "", names[right] if right < len(names) else "", "",
            )
        )  # fmt: skip
    about = form(
        row("活动", activity.title),
        row("党组织", activity.organisation, "时间", activity.when_words),
        row("地点", activity.where_words or BLANK, "主持人", activity.chair_name or BLANK),
    )
    return Paper("签到表", (about, Table(tuple(rows), (12, 30, 38, 12, 30, 38), SHEET_HEADS)))


def record_book(
    organisation, year: int, activities: Collection[Activity], *, hidden: Collection[int], watermark: str
) -> list[Paper]:
    """党支部工作记录本 of a year: what there is, then the minutes of each gathering in the order of their days."""
    rows = [
        row(
            place, one.held_on, "、".join(one.kind_labels), one.title, one.expected, one.present,
            one.get_state_display(),
        )
        for place, one in enumerate(activities, 1)
    ]  # fmt: skip
    told = f"共{len(activities)}次。已取消的活动不列入。"
    index = Paper(
        title=f"{organisation}{year}年度组织生活记录本",
        body=(told, Table(tuple(rows), (12, 24, 32, 48, 12, 12, 20), BOOK_HEADS)),
        signature=("党支部书记签名：　　　　　　", watermark),
    )
    return [index, *(minutes(activity, hidden=hidden) for activity in activities)]
