"""Import of the ledger of activities (活动台账): what was held, by whom, and how many came.

A ledger is history: rules about kinds and hosts are not asked of it. A record whose roll was called keeps its figures.
"""

import datetime as dt
from decimal import Decimal

from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import cached_property

from activities.kinds import Kind
from activities.models import (
    COMING,
    Act,
    Activity,
    ActivityEntry,
    ActivityKind,
    ActivityState,
    Series,
)
from activities.models.activity import activity_pairs, hours_between
from imports import sql
from imports.engine import differences
from imports.resources import Batch, Column, Stored, register
from imports.widgets import (
    CellProblem,
    CodeWidget,
    IntegerWidget,
    LookupWidget,
    MomentWidget,
    StagedWidget,
    TextWidget,
    normalise,
)
from orgs import access
from orgs.models import Organisation
from orgs.periods import CHUNK, id_chunks
from orgs.resources.base import OrgsResource
from orgs.tree import STEP

ONLINE = "线上"
KIND_SYNONYMS = {
    "党员大会": Kind.MEMBERS_MEETING,
    "支部委员会": Kind.BRANCH_COMMITTEE,
    "支部委员会会议": Kind.BRANCH_COMMITTEE,
    "党日活动": Kind.THEME_DAY,
    "民主评议": Kind.APPRAISAL,
    "培训": Kind.TRAINING,
    "共建活动": Kind.LINKAGE,
    "其他": Kind.OTHER,
}
CLOSED = (ActivityState.ARCHIVED, ActivityState.REVIEW, ActivityState.CANCELLED)
FIGURES = ("present", "guests")


class KindsWidget(StagedWidget):
    """One kind or several, with 、 between them; the value is their codes in the order of the list."""

    def __init__(self):
        self.values = {label: value for value, label in Kind.choices} | KIND_SYNONYMS

    def parse(self, text, cell):
        found = set()
        for word in text.replace("，", "、").replace(",", "、").replace("/", "、").split("、"):
            kind = self.values.get(word.replace(" ", ""))
            if kind is None:
                allowed = "、".join(Kind.labels)
                raise CellProblem("kind_unknown", f"含有不认识的类型“{word}”，请改为：{allowed}。")
            found.add(kind)
        return ",".join(kind for kind in Kind.values if kind in found)

    def show(self, value):
        return "、".join(Kind(kind).label for kind in value.split(",")) if value else ""


class HoursWidget(StagedWidget):
    """Training hours, which follow from beginning and end."""

    def dump(self, value):
        return None if value is None else str(value)

    def load(self, dumped):
        return None if dumped is None else Decimal(dumped)


@register
class ActivityResource(OrgsResource):
    code = "activities"
    title = "活动台账"
    key_columns = ("number", "organisation", "starts_at", "title")
    label_column = "title"
    followers = ("search_pairs",)
    derived = (ActivityKind, ActivityEntry)
    sequence = 6
    hint = "主办党组织须已登记。有活动编号的按编号比对，没有的按主办党组织、开始时间和活动名称比对。"
    preview_columns = ("kinds", "organisation", "starts_at", "present", "guests")
    reasons = OrgsResource.reasons | {
        "kind_unknown": "活动类型无法识别",
        "dates_order": "时间先后不符",
        "record_closed": "记录已归档或正在审核",
        "record_planned": "活动只有计划，尚未登记召开",
        "roll_called": "已逐人登记到会",
        "series_unknown": "活动品牌不存在",
        "number_taken": "活动编号不在您的范围",
    }

    number = Column("number", "活动编号", CodeWidget(40), synonyms=("编号",), example="2026-001")
    title_of = Column(
        "title",
        "活动名称",
        TextWidget(120),
        synonyms=("活动主题", "主题", "名称"),
        required=True,
        missing_code="name_missing",
        example="走进中试平台",
    )
    kinds = Column(
        "kinds",
        "活动类型",
        KindsWidget(),
        synonyms=("类型", "活动类别"),
        required=True,
        missing_code="kind_unknown",
        on_model=False,
        choices=lambda: Kind.labels,
        example="主题党日",
    )
    organisation = Column(
        "organisation",
        "主办党组织代码",
        export_attribute="organisation__code",
        synonyms=("党组织代码", "主办单位代码", "党支部代码"),
        required=True,
        missing_code="organisation_unknown",
    )
    starts_at = Column(
        "starts_at",
        "开始时间",
        MomentWidget(),
        synonyms=("活动时间", "时间", "活动日期", "日期"),
        required=True,
        missing_code="date_invalid",
        example="2026-05-19 15:00",
    )
    ends_at = Column("ends_at", "结束时间", MomentWidget())
    place = Column("place", "地点", TextWidget(120), synonyms=("活动地点",), example="党群服务站")
    present = Column(
        "present",
        "参加党员数",
        IntegerWidget(),
        synonyms=("党员人数", "到会党员数", "参加党员人数"),
        example="18",
    )
    guests = Column(
        "guests", "参加群众数", IntegerWidget(), synonyms=("群众人数", "参加群众人数"), example="5"
    )
    series = Column("series", "活动品牌", export_attribute="series__name", synonyms=("品牌",))
    chair_name = Column("chair_name", "主持人", TextWidget(50))
    held_on = Column("held_on", "日期", StagedWidget(), computed=True)
    hours = Column("hours", "学时", HoursWidget(), computed=True)
    is_online = Column("is_online", "线上", StagedWidget(), computed=True)
    expected = Column("expected", "应到", IntegerWidget(), computed=True)
    root_id = Column("root_id", "顶层组织", IntegerWidget(), computed=True)

    class Meta:
        model = Activity
        fields = (
            "number", "title_of", "kinds", "organisation", "starts_at", "ends_at", "place", "present", "guests",
            "series", "chair_name", "hours", "held_on", "is_online", "expected", "root_id",
        )  # fmt: skip

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.rolls: set[int] = set()  # keys of stored records whose roll was called
        self.away: dict[
            int, int
        ] = {}  # key of a record with typed figures → how many were on leave or absent
        self.plans: set[int] = set()
        self.closed: set[int] = set()
        self.fields["organisation"].widget = LookupWidget(
            lambda: ((host.code, host.pk) for host in self.hosts.values()),
            code="organisation_unknown",
            what="党组织",
        )
        self.fields["series"].widget = LookupWidget(self._series, code="series_unknown", what="活动品牌")
        self.fields["held_on"].widget = _DayWidget()

    def _series(self):
        return Series.objects.visible_to(self.user).values_list("name", "pk")

    # --- Who and where -------------------------------------------------------------------------------------

    @classmethod
    def sees_all_runs(cls, user):
        return access.has_at_top(user, "imports.run") and access.has_at_top(user, "activities.change")

    @classmethod
    def result_links(cls, run):
        try:
            return [("活动", reverse("activities:activity-list"))]
        except NoReverseMatch:
            return []

    @cached_property
    def hosts(self) -> dict[int, Organisation]:
        """Whom a ledger may name: the organisations whose activities the person keeps."""
        rows = Organisation.objects.permitted_to(self.user, "activities.change").order_by("path")
        return rows.only("code", "name", "path", "founded_on", "dissolved_on").in_bulk()

    @cached_property
    def roots(self) -> dict[str, int]:
        paths = {host.path[:STEP] for host in self.hosts.values()}
        return dict(Organisation.objects.filter(path__in=paths).values_list("path", "pk"))

    # --- Judging -------------------------------------------------------------------------------------------

    def check(self, batch: Batch) -> None:
        for name in ("number", "present", "guests", "place"):
            batch.values.setdefault(name, [None] * len(batch))
        starts, hosts = batch.values["starts_at"], batch.values["organisation"]
        ends = batch.values.get("ends_at") or [None] * len(batch)
        batch.values["hours"] = [
            start and hours_between(start, end) for start, end in zip(starts, ends, strict=True)
        ]
        batch.values["held_on"] = [moment and timezone.localtime(moment).date() for moment in starts]
        batch.values["is_online"] = [place and place == ONLINE for place in batch.values["place"]]
        batch.values["expected"] = list(batch.values["present"])
        batch.values["root_id"] = [host and self.roots[self.hosts[host].path[:STEP]] for host in hosts]
        for index in range(len(batch)):
            self._check_row(batch, index)

    def _check_row(self, batch, index):
        day, host = batch.values["held_on"][index], self.hosts.get(batch.values["organisation"][index])
        if day and host and host.founded_on and day < host.founded_on:
            message = f"于{host.founded_on}成立，早于成立日期的活动请核对主办党组织或时间。"
            batch.reject(index, self.column("organisation"), "dates_order", message)
        if day and host and host.dissolved_on and day >= host.dissolved_on:
            message = f"已于{host.dissolved_on}撤销，请核对主办党组织或时间。"
            batch.reject(index, self.column("organisation"), "dates_order", message)
        ends = batch.values["ends_at"][index] if batch.has("ends_at") else None
        if ends and batch.values["starts_at"][index] and ends <= batch.values["starts_at"][index]:
            batch.reject(index, self.column("ends_at"), "dates_order", "不晚于开始时间，请核对。")

    def make_keys(self, batch: Batch) -> list[str]:
        names = ("root_id", "number", "organisation", "starts_at", "title")
        return [_key(*row) for row in zip(*(batch.values[name] for name in names), strict=True)]

    def stored(self, keys):
        found = {}
        names = [column.name for column in self.columns if column.on_model]
        fields = ("pk", self.stamp_field, "state", "has_roster", "on_leave", "absent", *names)
        for pk, stamp, state, roll, on_leave, absent, *values in self._rows(keys, fields):
            row = dict(zip(names, values, strict=True))
            if roll:
                self.rolls.add(pk)
                # Of those expected the ledger says nothing: nothing to compare.
                row["expected"] = row["present"]
            else:
                self.away[pk] = on_leave + absent
            if state in CLOSED:
                self.closed.add(pk)
            elif state in COMING:
                self.plans.add(pk)
            key = _key(*(row[name] for name in ("root_id", "number", "organisation", "starts_at", "title")))
            found[key] = Stored(pk, row, stamp)
        kinds = {}
        for chunk in id_chunks(stored.pk for stored in found.values()):
            for pk, kind in ActivityKind.objects.filter(activity__in=chunk).values_list("activity", "kind"):
                kinds.setdefault(pk, set()).add(kind)
        for stored in found.values():
            stored.values["kinds"] = ",".join(
                kind for kind in Kind.values if kind in kinds.get(stored.pk, ())
            )
        return found

    def _rows(self, keys, names):
        """Activities that bear one of `keys`: by number below the tops, or of those without one by host and day."""
        rows = Activity.objects.filter(root_id__in=self.roots.values()).order_by()
        numbers = sorted(key.split("|", 2)[1] for key in keys if key.startswith("n|"))
        for start in range(0, len(numbers), CHUNK):
            yield from rows.filter(number__in=numbers[start : start + CHUNK]).values_list(*names)
        unnumbered = [key.split("|", 3) for key in keys if key.startswith("d|")]
        days = [dt.datetime.strptime(when[:8], "%Y%m%d").date() for _, _, when, _ in unnumbered]  # noqa: DTZ007
        for chunk in id_chunks(int(host) for _, host, _, _ in unnumbered):
            found = rows.filter(number="", organisation__in=chunk, held_on__range=(min(days), max(days)))
            yield from found.values_list(*names)

    def check_stored(self, batch: Batch, stored) -> None:
        for index, key in enumerate(batch.keys):
            record = stored.get(key)
            if record is None or index in batch.problems:
                continue
            if record.values["organisation"] not in self.hosts:
                message = "已由其他党组织使用，请核对编号。"
                batch.reject(index, self.column("number"), "number_taken", message)
                continue
            if record.pk in self.plans:
                message = "对应的活动只有计划，请先在活动页面登记召开，再导入台账。"
                batch.reject(index, self.column("title"), "record_planned", message)
                continue
            if batch.values["present"][index] is not None:
                batch.values["expected"][index] = batch.values["present"][index] + self.away.get(record.pk, 0)
            self._check_change(batch, index, record)

    def _check_change(self, batch, index, record):
        changed = differences(self, record, {name: batch.values[name][index] for name in batch.values})
        if changed and record.pk in self.closed:
            message = "对应的记录已归档或正在审核，内容不同的不能由台账修改；请由上级退回后更正。"
            batch.reject(index, self.column("title"), "record_closed", message)
        elif record.pk in self.rolls and set(changed) & set(FIGURES):
            message = "与逐人登记的到会人数不同，请在活动页面更正到会名单。"
            batch.reject(index, self.column("present"), "roll_called", message)

    # --- Writing -------------------------------------------------------------------------------------------

    def defaults(self):
        now = timezone.now()
        texts = ("recorder_name", "lecturer_name", "agenda", "gist")
        return dict.fromkeys(texts, "") | {
            "state": str(ActivityState.HELD),
            "has_roster": False,
            "on_leave": 0,
            "absent": 0,
            "recorded_at": now,
            "created_at": now,
        }

    def write_new(self, writes, run, at):
        super().write_new(writes, run, at)
        sql.update_rows(
            Activity, ("run_id", "created_by_id"), ((w.pk, run.pk, run.created_by_id) for w in writes)
        )

    def follow(self, values):
        texts = [values.get(name) or "" for name in ("title", "number", "place")]
        return (activity_pairs(*texts),)

    def after_write(self, new, changed, missing, run):
        Activity.refresh_pairs([write.pk for write in changed if Activity.SEARCHED & set(write.changed)])
        self._write_kinds(new)
        rekinded = [write for write in changed if "kinds" in write.changed]
        sql.delete_rows(ActivityKind, "activity_id", [write.pk for write in rekinded])
        self._write_kinds(rekinded)
        acts = [(write.pk, Act.HELD) for write in new] + [(write.pk, Act.CHANGED) for write in changed]
        self._write_entries(acts, f"导入“{run.file_name}”", run.created_by_id)

    @staticmethod
    def _write_entries(acts, words, by_id):
        sql.insert_rows(
            ActivityEntry,
            ("activity_id", "act", "reason", "at", "by_id"),
            ((pk, str(act), words[:300], timezone.now(), by_id) for pk, act in acts),
        )

    def _write_kinds(self, writes):
        sql.insert_rows(
            ActivityKind,
            ("activity_id", "kind"),
            ((write.pk, kind) for write in writes for kind in write.values["kinds"].split(",")),
        )

    # --- Undoing -------------------------------------------------------------------------------------------

    def delete_created(self, pks, run):
        for model in (ActivityKind, ActivityEntry):
            sql.delete_rows(model, "activity_id", pks)
        super().delete_created(pks, run)

    def restore(self, rows, run):
        kinds = [(pk, before.pop("kinds")) for pk, before in rows if "kinds" in before]
        sql.delete_rows(ActivityKind, "activity_id", [pk for pk, _ in kinds])
        sql.insert_rows(
            ActivityKind,
            ("activity_id", "kind"),
            ((pk, kind) for pk, text in kinds for kind in text.split(",")),
        )
        super().restore(rows, run)
        Activity.refresh_pairs([pk for pk, before in rows if Activity.SEARCHED & set(before)])
        words = f"撤销导入“{run.file_name}”"
        self._write_entries([(pk, Act.CHANGED) for pk, _ in rows], words, run.undone_by_id)


class _DayWidget(StagedWidget):
    """The local day of the beginning, which follows from it."""

    def dump(self, value):
        return None if value is None else value.isoformat()

    def load(self, dumped):
        return None if dumped is None else dt.date.fromisoformat(dumped)

    def show(self, value):
        return "" if value is None else value.isoformat()


def _key(root, number, organisation, starts_at, title) -> str:
    """By its number below the top organisation; without one by who held what when. "" where neither is known."""
    if number and root:
        return f"n|{number}|{root}"
    if organisation and starts_at and title:
        return f"d|{organisation}|{timezone.localtime(starts_at):%Y%m%d%H%M}|{normalise(title)}"
    return ""
