"""The page between an uploaded list of names and the roll: what was found, and what the person makes of it."""

from dataclasses import dataclass, field
from itertools import count

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_datetime

from activities import roll_call, roll_lists
from activities.models import HERE
from activities.models import AttendanceState as S
from activities.models.attendance import LONGEST_REASON
from activities.roll_lists import Fault, Sorted
from imports.reader import UnusableFile
from members.names import in_short
from orgs.numbers import is_key

NOT_NOTED = ""
AWAY = (S.LEAVE, S.ABSENT)
ANYONE = "anyone"


class ListForm(forms.Form):
    """Cleans the file to (lines, faults)."""

    file = forms.FileField(
        label="名单文件",
        error_messages={"required": "请选择名单文件。", "empty": "文件是空的，请重新保存后再上传。"},
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.xlsb,.ods,.csv,.txt", "class": "form-control"}),
        help_text="第一行写列名，必须有“姓名”；可以有“手机后四位”“工作单位”“到会情况”“原因”。",
    )

    def clean_file(self):
        upload = self.cleaned_data["file"]
        limit = roll_lists.LIMITS.max_file
        if upload.size > limit:
            raise ValidationError(f"文件超过{limit // 1024 // 1024}MB，一次活动的名单不会这么大，请核对。")
        try:
            lines, faults = roll_lists.read_list(upload)
        except UnusableFile as refusal:
            raise ValidationError(str(refusal)) from refusal
        if not lines and not faults:
            raise ValidationError("表头下面没有姓名，请填写后再上传。")
        if len(lines) > roll_lists.MOST_NAMES:
            raise ValidationError(
                f"名单有{len(lines)}人，一次最多{roll_lists.MOST_NAMES}人，请只保留本次活动的人员。"
            )
        return lines, faults


@dataclass
class Entry:
    """A member who is expected, or whom the list names. `row` is the row of the list, 0 where it does not name them."""

    pk: int
    name: str
    state: str = NOT_NOTED
    reason: str = ""
    row: int = 0
    signed: bool = False
    expected: bool = True

    @property
    def choices(self):
        found = [(state.value, state.label) for state in (S.PRESENT, S.LEAVE, S.ABSENT, S.OBSERVER)]
        return found if self.expected else [*found, (NOT_NOTED, "不登记")]


@dataclass
class Unsure:
    """A row that may mean several members, or not quite the one of that name."""

    index: int
    row: int
    name: str
    state: str
    reason: str
    why: str
    options: list[tuple[int, str]]
    chosen: int = 0

    @property
    def state_label(self):
        return S(self.state).label


@dataclass
class Unknown:
    index: int
    row: int
    name: str
    unit: str
    taken: bool = False


@dataclass
class Draft:
    """`entries` in the order of the page: first whom the list does not name."""

    entries: list[Entry] = field(default_factory=list)
    unsure: list[Unsure] = field(default_factory=list)
    unknown: list[Unknown] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    seen_at: str = ""

    @property
    def named(self) -> list[Entry]:
        return [one for one in self.entries if one.row or one.signed]

    @property
    def not_named(self) -> list[Entry]:
        return [one for one in self.entries if not one.row and not one.signed]


class RollListReview:
    """Draws the draft from a file (`from_list`) or from what was posted (`from_post`), and makes the roll of it."""

    def __init__(self, user, activity):
        self.user, self.activity = user, activity
        self.members = roll_lists.candidates(user, activity)
        self.by_key = {member.pk: member for member in self.members}
        kinds = [kind.kind for kind in activity.kinds.all()]
        self.circle = roll_call.circle_of(kinds)
        self.expected = roll_lists.expected_keys(user, activity)
        self.stored = {row.member_id: row for row in activity.attendances.all()}

    @property
    def is_too_large(self) -> bool:
        return len(self.expected) > roll_lists.MOST_NAMES

    # --- From the file ---------------------------------------------------------------------------------

    def from_list(self, lines, faults) -> Draft:
        found = roll_lists.sort_lines(lines, faults, self.members)
        draft = Draft(faults=found.faults, seen_at=self.activity.updated_at.isoformat())
        draft.entries = self._entries(found)
        number = count()
        draft.unsure = [
            Unsure(next(number), line.row, line.name, line.state, line.reason, why, self._options(members))
            for line, members, why in found.unsure
        ]
        draft.unknown = [Unknown(next(number), line.row, line.name, line.unit) for line in found.unknown]
        return draft

    def _options(self, members):
        return [(member.pk, roll_lists.label_of(member)) for member in members]

    def _entries(self, found: Sorted) -> list[Entry]:
        entries = []
        for member in self.members:
            line = found.matched.get(member.pk)
            if line is None and member.pk not in self.expected:
                continue
            entry = self._entry(member)
            if line is not None:
                entry.row, entry.state, entry.reason = line.row, line.state, line.reason
                if not self._is_expected(member.pk):
                    entry.state, entry.reason = self._state_of_others(line.state), ""
            self._keep_signed(entry)
            entries.append(entry)
        return sorted(entries, key=lambda one: bool(one.row or one.signed))

    def _entry(self, member) -> Entry:
        """As it is proposed for whom the list does not name: excused or absent as on record, otherwise absent."""
        entry = Entry(member.pk, member.name, expected=self._is_expected(member.pk))
        row = self.stored.get(member.pk)
        if row is not None and row.state in AWAY:
            entry.state, entry.reason = row.state, row.reason
        elif entry.expected:
            entry.state = S.ABSENT.value
        return entry

    def _is_expected(self, key) -> bool:
        return self.circle != ANYONE and key in self.expected

    def _state_of_others(self, state) -> str:
        """Of members of the branch at a meeting of its committee it can be said that they sat in."""
        if self.circle == ANYONE:
            return state
        return S.OBSERVER.value if state in HERE else NOT_NOTED

    def _keep_signed(self, entry):
        row = self.stored.get(entry.pk)
        if row is not None and row.signed_at:
            entry.signed, entry.state, entry.reason = True, row.state, row.reason

    # --- From the page -----------------------------------------------------------------------------------

    def from_post(self, data) -> Draft:
        draft = Draft(seen_at=data.get("seen_at", ""))
        shown = set(filter(is_key, data.getlist("person")))
        for member in self.members:
            key = str(member.pk)
            if key not in shown:
                continue
            entry = self._entry(member)
            entry.row = _number(data.get(f"row-{key}"))
            entry.state = self._posted_state(entry, data.get(f"state-{key}"))
            entry.reason = data.get(f"reason-{key}", "").strip()
            self._keep_signed(entry)
            draft.entries.append(entry)
        draft.entries.sort(key=lambda one: bool(one.row or one.signed))
        for index in data.getlist("unsure")[: roll_lists.MOST_NAMES]:
            draft.unsure.append(self._posted_unsure(data, _number(index)))
        for index in data.getlist("unknown")[: roll_lists.MOST_NAMES]:
            number = _number(index)
            draft.unknown.append(
                Unknown(
                    number,
                    _number(data.get(f"row-{number}u")),
                    data.get(f"name-{number}", "")[: roll_lists.LONGEST_NAME],
                    data.get(f"unit-{number}", "")[: roll_lists.LONGEST_UNIT],
                    taken=f"guest-{number}" in data,
                )
            )
        return draft

    def _posted_state(self, entry, text) -> str:
        """As proposed where the answer is none of those that the page offers."""
        return text if text in dict(entry.choices) else entry.state

    def _posted_unsure(self, data, number) -> Unsure:
        name = data.get(f"name-{number}", "")
        same = [one for one in self.members if roll_lists.plain_name(one.name) == name]
        chosen = _number(data.get(f"member-{number}"))
        return Unsure(
            number,
            _number(data.get(f"row-{number}u")),
            name,
            _state(data.get(f"of-{number}", "")) or S.PRESENT.value,
            data.get(f"because-{number}", "").strip(),
            data.get(f"why-{number}", "")[:60],
            self._options(same),
            chosen if chosen in {one.pk for one in same} else 0,
        )

    # --- The roll ------------------------------------------------------------------------------------------

    def values(self, draft: Draft) -> dict:
        """For `take_roll_list`. Raises where it cannot be one."""
        roll = {one.pk: (one.state, self._reason(one)) for one in draft.entries if one.state}
        listed = {one.pk for one in draft.entries if one.row}
        for one in draft.unsure:
            if not one.chosen:
                continue
            if one.chosen in listed:
                name = self.by_key[one.chosen].name
                raise ValidationError(f"{name}被选了不止一次，请核对“需要确认”的各行。")
            state = one.state if self._is_expected(one.chosen) else self._state_of_others(one.state)
            if state:
                roll[one.chosen] = self._chosen(one, state)
            listed.add(one.chosen)
        self._refuse_silent(roll)
        guests = [(one.name, one.unit) for one in draft.unknown if one.taken and one.name]
        seen_at = _moment(draft.seen_at)
        return {
            "roll": self._kept({one.pk for one in draft.entries}) | roll,
            "listed": listed,
            "guests": guests,
            "seen_at": seen_at,
        }

    def _chosen(self, one, state):
        row = self.stored.get(one.chosen)
        if row is not None and row.signed_at:
            return row.state, row.reason
        return state, one.reason if state in AWAY else ""

    def _reason(self, entry) -> str:
        return entry.reason if entry.state in AWAY else ""

    def _refuse_silent(self, roll):
        def names(keys):
            return in_short([self.by_key[key].name for key in keys])

        if silent := [key for key, (state, reason) in roll.items() if state == S.LEAVE and not reason]:
            raise ValidationError(f"请填写{names(silent)}的请假原因。")
        if long := [key for key, (_, reason) in roll.items() if len(reason) > LONGEST_REASON]:
            raise ValidationError(f"{names(long)}的原因超过{LONGEST_REASON}字。")

    def _kept(self, shown) -> dict:
        """Those on record whom the page does not show: observers, and members of joint hosts elsewhere."""
        return {key: (row.state, row.reason) for key, row in self.stored.items() if key not in shown}


def _state(text: str) -> str:
    return text if text in S.values else NOT_NOTED


def _number(text) -> int:
    return int(text) if text and is_key(text) else 0


def _moment(text):
    try:
        return parse_datetime(text)
    except ValueError:
        return None
