"""A list of names as the roll of one activity: read from a file, each name looked for among the members of the hosts."""

import tempfile
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field

from activities import roll_call, roster
from activities.models import AttendanceState as S
from activities.models.attendance import LONGEST_REASON
from imports.find import SPACES, FieldSpec, find_table, snippet
from imports.reader import Limits, read_open_workbook
from members.models import Member
from orgs.access import has_at

MOST_NAMES = 1500
LONGEST_NAME, LONGEST_UNIT = 50, 120
LIMITS = Limits(max_file=5 * 1024 * 1024, max_rows=5000, max_columns=60, cpu=15, timeout=20)
FIELDS = (
    FieldSpec("name", "姓名", ("党员姓名", "人员姓名", "参会人员", "与会人员", "签到人", "参加人员"), True),
    FieldSpec(
        "digits",
        "手机后四位",
        (
            "手机号后四位", "后四位", "手机尾号", "手机号", "手机号码", "联系电话", "电话", "身份证后四位", "身份证号",
            "身份证号码", "证件号码", "公民身份号码",
        ),
        False,
    ),
    FieldSpec("unit", "工作单位", ("单位", "所在单位", "单位名称", "公司", "单位职务", "单位及职务"), False),
    FieldSpec(
        "state",
        "到会情况",
        ("状态", "签到情况", "签到状态", "到会", "是否到会", "出席情况", "参会情况", "考勤"),
        False,
    ),
    FieldSpec("reason", "原因", ("请假原因", "缺席原因", "未到原因", "备注", "说明"), False),
)  # fmt: skip
LABELS = {one.name: one.label for one in FIELDS}
STATES = {
    S.PRESENT: ("", "到会", "到", "已到", "已到会", "出席", "参加", "已签到", "签到", "是", "√", "✓", "1"),
    S.LEAVE: ("请假", "已请假", "事假", "病假", "公假", "出差"),
    S.ABSENT: ("缺席", "未到", "未到会", "未签到", "缺勤", "无故缺席", "旷会", "否", "×", "✗", "0"),
    S.OBSERVER: ("列席",),
}
STATE_OF = {word: state for state, words in STATES.items() for word in words}
REASON_IN_STATE = ("事假", "病假", "公假", "出差")


@dataclass(frozen=True)
class Fault:
    """What is wrong with a row, where, and what to do about it."""

    row: int
    column: str
    value: str
    message: str


@dataclass(frozen=True)
class Line:
    row: int
    name: str
    digits: str
    unit: str
    state: str
    reason: str


@dataclass
class Sorted:
    """Lines by what was found for each. `unsure` come with the members they may mean and why that is not clear."""

    matched: dict[int, Line] = field(default_factory=dict)
    unsure: list[tuple[Line, list[Member], str]] = field(default_factory=list)
    unknown: list[Line] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


# --- The file ------------------------------------------------------------------------------------------


def read_list(upload) -> tuple[list[Line], list[Fault]]:
    """Raises `imports.guard.UnusableFile` with a sentence. Nothing of the file is kept."""
    with tempfile.TemporaryFile() as copy:
        for chunk in upload.chunks():
            copy.write(chunk)
        copy.seek(0)
        found = find_table(read_open_workbook(copy, limits=LIMITS), FIELDS)
    lines, faults = [], []
    for number, cells in found.data:
        texts = {name: _text(cells[place]) for name, place in found.columns.items()}
        wrong = list(_faults(number, texts))
        faults += wrong
        if not wrong:
            lines.append(_line(number, texts))
    return lines, faults


def _text(cell) -> str:
    return unicodedata.normalize("NFKC", str(cell)).strip()


def plain_name(text: str) -> str:
    """As names are compared: 李 明 is 李明, and the dot of a long name has one form."""
    return SPACES.sub("", text).translate(dict.fromkeys(map(ord, "•∙・‧●."), "·"))


def _faults(number, texts):
    name, state, reason = plain_name(texts.get("name", "")), _state(texts), texts.get("reason", "")
    if not name:
        yield Fault(number, LABELS["name"], "", "没有姓名。请补上姓名，或删除这一行。")
    elif len(name) > LONGEST_NAME:
        yield Fault(number, LABELS["name"], snippet(name), f"姓名超过{LONGEST_NAME}字。请每行只写一人。")
    if state is None:
        yield Fault(
            number,
            LABELS["state"],
            snippet(texts["state"]),
            "无法识别。请填写到会、请假、缺席或列席，到会的可留空。",
        )
    if len(reason) > LONGEST_REASON:
        yield Fault(number, LABELS["reason"], snippet(reason), f"原因超过{LONGEST_REASON}字。请缩短。")
    if len(texts.get("unit", "")) > LONGEST_UNIT:
        yield Fault(number, LABELS["unit"], snippet(texts["unit"]), f"工作单位超过{LONGEST_UNIT}字。请缩短。")


def _state(texts) -> str | None:
    return STATE_OF.get(SPACES.sub("", texts.get("state", "")))


def _line(number, texts) -> Line:
    word, state = SPACES.sub("", texts.get("state", "")), _state(texts)
    reason = texts.get("reason", "") or (word if word in REASON_IN_STATE else "")
    digits = SPACES.sub("", texts.get("digits", "")).upper()
    # A number in a cell loses the noughts it begins with.
    last = digits.zfill(4)[-4:] if digits else ""
    away = state in (S.LEAVE, S.ABSENT)
    return Line(
        number,
        plain_name(texts["name"]),
        last,
        texts.get("unit", ""),
        str(state),
        reason if away else "",
    )


# --- The members -----------------------------------------------------------------------------------------


def candidates(user, activity) -> list[Member]:
    """Members at home at the hosts on the day, of hosts that the person sees."""
    seen = [one for one in activity.hosts if roster.has_roster(one) and has_at(user, "activities.view", one)]
    if not seen:
        return []
    rows = roster.members_on(seen, activity.held_on)
    return list(rows.only("name", "employer_name", "born_on"))


def expected_keys(user, activity) -> set[int]:
    kinds = [kind.kind for kind in activity.kinds.all()]
    return {one.pk for one in roll_call.people(user, activity.hosts, kinds, activity.held_on)}


def label_of(member) -> str:
    """Tells namesakes apart without any of their numbers."""
    marks = [member.employer_name, f"{member.born_on.year}年生" if member.born_on else ""]
    words = "，".join(filter(None, marks))
    return f"{member.name}（{words}）" if words else member.name


def sort_lines(lines: list[Line], faults: list[Fault], members: list[Member]) -> Sorted:
    """Each line to the member it means: by name, among namesakes by the last four digits or the place of work."""
    by_name = defaultdict(list)
    for member in members:
        by_name[plain_name(member.name)].append(member)
    marked = {one.pk for line in lines if line.digits for one in by_name.get(line.name, ())}
    endings, found = _endings(marked), Sorted(faults=list(faults))
    for line in lines:
        known = by_name.get(line.name, [])
        fits, why = _fitting(line, known, endings)
        if not known:
            found.unknown.append(line)
        elif len(fits) != 1:
            found.unsure.append((line, fits or known, why))
        else:
            _take(found, fits[0].pk, line)
    return found


def _endings(keys) -> dict[int, set[str]]:
    """The last four characters of the numbers of each; they never leave this module."""
    rows = Member.objects.filter(pk__in=keys).only("mobile", "identity_number")
    return {one.pk: {text[-4:].upper() for text in (one.mobile, one.identity_number) if text} for one in rows}


def _fitting(line, known, endings):
    """(those whom the line may mean, why it is not clear)."""
    if line.digits:
        fits = [one for one in known if line.digits in endings[one.pk]]
        return fits, "有同名党员，后四位也相同" if fits else "姓名相同，但后四位与登记的不一致"
    if len(known) > 1 and line.unit:
        fits = [one for one in known if one.employer_name and one.employer_name in line.unit]
        return fits or known, "有同名党员，工作单位不能确定是哪一位"
    return known, "有同名党员，名单中没有手机后四位"


def _take(found: Sorted, key: int, line: Line):
    before = found.matched.get(key)
    if before is None:
        found.matched[key] = line
    elif before.state != line.state:
        state = S(line.state).label
        found.faults.append(
            Fault(
                line.row,
                LABELS["state"],
                state,
                f"{line.name}在第{before.row}行登记为{S(before.state).label}。请只保留一行。",
            )
        )
