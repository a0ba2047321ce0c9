"""Import of the monthly enterprise list. Each applied list is a survey round."""

import datetime as dt
import re

from django.urls import reverse

from imports import sql
from imports.resources import Batch, Column, Kept, Stored, Write, blank_value, register
from imports.widgets import (
    AmountWidget,
    BooleanWidget,
    ChoiceWidget,
    DateWidget,
    IntegerWidget,
    LookupWidget,
    MonthDate,
    TextWidget,
    normalise,
)
from orgs.arrivals import open_arrivals
from orgs.models import (
    ACTIVE_STATUSES,
    Chain,
    Cluster,
    Coverage,
    Enterprise,
    EnterpriseName,
    EnterprisePeriod,
    EnterpriseStatus,
    Park,
    SurveyReason,
    SurveyRound,
    SurveyTask,
    TaskState,
    UnitKind,
    VisitTask,
    VisitTaskState,
)
from orgs.models.enterprises import enterprise_pairs
from orgs.ownership import owners_for
from orgs.periods import begin_periods, refresh_periods
from orgs.regulations import value_on
from orgs.resources.base import (
    CreditCodeWidget,
    OrgsResource,
    PhoneWidget,
    cluster_names,
    names_for,
    park_names,
)

STATUS_SYNONYMS = {
    "正常": EnterpriseStatus.EXISTING,
    "在营": EnterpriseStatus.EXISTING,
    "在营(开业)企业": EnterpriseStatus.OPEN,
    "存续(在营、开业、在册)": EnterpriseStatus.EXISTING,
    "吊销未注销": EnterpriseStatus.REVOKED,
    "吊销,未注销": EnterpriseStatus.REVOKED,
    "已注销": EnterpriseStatus.DEREGISTERED,
    "已吊销": EnterpriseStatus.REVOKED,
    "歇业": EnterpriseStatus.SUSPENDED,
}
BARE_NUMBER = re.compile(r"[\d,.]+")
PERIOD_COLUMNS = {"park", "cluster", "status"}


@register
class EnterpriseResource(OrgsResource):
    code = "enterprises"
    title = "企业名单"
    full_list_allowed = True
    key_columns = ("credit_code",)
    followers = ("search_pairs",)
    derived = (EnterprisePeriod, SurveyTask, VisitTask)
    sequence = 3
    hint = "每月的市场主体名单。每写入一份名单即形成一轮摸排，新增和缺失的企业转为摸排任务，新登记、新迁入的企业同时转为走访任务。"
    missing_note = "转为摸排任务"
    preview_columns = ("cluster", "park", "employees")

    name = Column(
        "name",
        "企业名称",
        TextWidget(200),
        synonyms=("单位名称", "公司名称", "市场主体名称", "名称"),
        required=True,
        missing_code="name_missing",
        example="上海某某科技有限公司",
    )
    credit_code = Column(
        "credit_code",
        "统一社会信用代码",
        CreditCodeWidget(18),
        synonyms=("社会信用代码", "信用代码", "统一代码"),
        required=True,
        missing_code="credit_code_length",
        example="91999999MAFAKE019F",
    )
    legal_representative = Column(
        "legal_representative", "法定代表人", TextWidget(50), synonyms=("负责人", "法人代表", "法人")
    )
    capital = Column(
        "capital", "注册资本", AmountWidget(), synonyms=("注册资金", "注册资本(万元)"), example="500"
    )
    founded_on = Column(
        "founded_on",
        "成立日期",
        DateWidget(month=True),
        synonyms=("注册日期", "设立时间", "成立时间"),
        example="2023-05-01",
    )
    status = Column(
        "status",
        "登记状态",
        ChoiceWidget(EnterpriseStatus, STATUS_SYNONYMS, code="status_unknown"),
        synonyms=("经营状态", "企业状态", "状态"),
        choices=lambda: EnterpriseStatus.labels,
        example="存续",
    )
    industry = Column("industry", "所属行业", TextWidget(60), synonyms=("行业门类", "行业", "行业代码"))
    cluster = Column(
        "cluster",
        "产业集群",
        export_attribute="cluster__name",
        synonyms=("所属产业集群", "所属集群", "集群"),
        choices=names_for(Cluster),
        example="生物医药",
    )
    chain = Column(
        "chain", "产业链", export_attribute="chain__name", synonyms=("所属产业链",), choices=names_for(Chain)
    )
    park = Column(
        "park",
        "所属园区",
        export_attribute="park__name",
        synonyms=("园区名称", "所在园区", "园区"),
        choices=names_for(Park),
    )
    address = Column("address", "经营地址", TextWidget(200), synonyms=("办公地址", "实际经营地址", "地址"))
    registered_address = Column("registered_address", "注册地址", TextWidget(200), synonyms=("住所",))
    employees = Column(
        "employees",
        "从业人数",
        IntegerWidget("employees_invalid"),
        synonyms=("员工人数", "参保人数", "职工人数"),
        example="50",
    )
    reported_members = Column(
        "reported_members", "党员人数", IntegerWidget("members_invalid"), synonyms=("党员数",), example="3"
    )
    contact_name = Column("contact_name", "联系人", TextWidget(50), synonyms=("联系人姓名",))
    contact_phone = Column(
        "contact_phone", "联系电话", PhoneWidget(), synonyms=("手机", "电话", "联系方式"), sensitive=True
    )
    is_high_tech = Column(
        "is_high_tech",
        "高新技术企业",
        BooleanWidget(),
        synonyms=("是否高新技术企业", "高企"),
        choices=lambda: ["是", "否"],
    )
    capital_text = Column("capital_text", "注册资本原文", TextWidget(60), computed=True)
    founded_precision = Column("founded_precision", "成立日期精度", computed=True)

    class Meta:
        model = Enterprise
        fields = (
            "name", "credit_code", "legal_representative", "capital", "founded_on", "status", "industry", "cluster",
            "chain", "park", "address", "registered_address", "employees", "reported_members", "contact_name",
            "contact_phone", "is_high_tech", "capital_text", "founded_precision",
        )  # fmt: skip

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        # Look-ups hold what they read, so every import gets its own.
        self.fields["park"].widget = LookupWidget(park_names, code="park_unknown", what="园区")
        self.fields["cluster"].widget = LookupWidget(cluster_names, code="cluster_unknown", what="产业集群")
        self.fields["chain"].widget = LookupWidget(
            lambda: Chain.objects.values_list("name", "pk"), code="chain_unknown", what="产业链"
        )

    def check(self, batch: Batch) -> None:
        if batch.has("capital"):
            self._keep_foreign_capital(batch)
        if batch.has("founded_on"):
            batch.values["founded_precision"] = [
                None if value is None else "month" if isinstance(value, MonthDate) else "day"
                for value in batch.values["founded_on"]
            ]
        if batch.has("employees") and batch.has("reported_members"):
            pairs = zip(batch.values["employees"], batch.values["reported_members"], strict=True)
            for index, (employees, members) in enumerate(pairs):
                self._check_members(batch, index, employees, members)

    def _check_members(self, batch, index, employees, members):
        if employees is not None and members is not None and members > employees:
            batch.reject(
                index,
                self.column("reported_members"),
                "members_over_employees",
                f"多于从业人数{employees}人，请核对。",
            )

    @staticmethod
    def _keep_foreign_capital(batch):
        """The text is kept where no amount in yuan could be read from it; a header in 元 converts bare numbers."""
        texts = []
        in_yuan = "元" in (unit := batch.header_units.get("capital", "")) and "万" not in unit
        for index, value in enumerate(batch.values["capital"]):
            cell = batch.cell(index, "capital")
            if value is not None and in_yuan and BARE_NUMBER.fullmatch(normalise(cell)):
                batch.values["capital"][index] = value / 10000
            texts.append(
                normalise(cell)[:60] if value is None and cell != "" else None if value is None else ""
            )
        batch.values["capital_text"] = texts

    def check_stored(self, batch: Batch, stored: dict[str, Stored]) -> None:
        """A file with only one of the two head counts must still fit the other one in the register."""
        if (
            batch.has("employees")
            and batch.has("reported_members")
            and not any(
                None in (e, m)
                for e, m in zip(batch.values["employees"], batch.values["reported_members"], strict=True)
            )
        ):
            return
        for index, key in enumerate(batch.keys):
            if key in stored and index not in batch.problems:
                values = stored[key].values
                new = {
                    n: batch.values[n][index] if batch.has(n) else None
                    for n in ("employees", "reported_members")
                }
                if any(v is not None for v in new.values()):
                    merged = [values[n] if v is None else v for n, v in new.items()]
                    self._check_members(batch, index, *merged)

    def missing(self, keys):
        rows = Enterprise.objects.filter(kind=UnitKind.ENTERPRISE, credit_code__isnull=False)
        rows = rows.exclude(status__in=(EnterpriseStatus.DEREGISTERED, EnterpriseStatus.MOVED_OUT))
        found = rows.order_by("pk").values_list("credit_code", "pk", "name")
        return [row for row in found if row[0] not in keys]

    def defaults(self):
        return {
            "kind": UnitKind.ENTERPRISE,
            "is_dormant": False,
            "is_chain_lead": False,
            "is_key": False,
            "registered_members": 0,
            "building_stage": "unsurveyed",
            "not_founded_reason": "",
            "created_at": dt.datetime.now(dt.UTC),
        }

    def follow(self, values):
        return (enterprise_pairs(values["name"], values["credit_code"]),)

    @classmethod
    def result_links(cls, run):
        rounds = SurveyRound.objects.filter(run=run).values_list("pk", "name")
        links = [(f"摸排轮次：{name}", reverse("orgs:survey-round", args=[pk])) for pk, name in rounds]
        if visits := VisitTask.objects.filter(run=run).count():
            links.append((f"走访任务：{visits}项", f"{reverse('orgs:visit-task-list')}?state=&run={run.pk}"))
        return links

    # --- derived rows --------------------------------------------------------------------------------------

    def after_write(self, new, changed, missing, run):
        on = run.as_of or self.today
        status = blank_value(Enterprise, "status")
        states = (
            (w.pk, w.values.get("park"), w.values.get("cluster"), w.values.get("status") or status, False)
            for w in new
        )
        begin_periods(states, on=on, run=run)
        moved = [write.pk for write in changed if PERIOD_COLUMNS & set(write.changed)]
        refresh_periods(moved, on=on, run=run)
        renamed = [write for write in changed if "name" in write.changed]
        EnterpriseName.objects.bulk_create(
            EnterpriseName(enterprise_id=write.pk, name=write.stored.values["name"], until=on, run=run)
            for write in renamed
        )
        Enterprise.refresh_pairs([write.pk for write in renamed])
        self._open_round(new, changed, missing, run, on)

    def _open_round(self, new, changed, missing, run, on):
        """The list becomes a survey round. The very first one only founds the register: nothing to compare with."""
        due = self.today + dt.timedelta(days=value_on("survey_days"))
        name = f"{on:%Y年%m月}企业名单比对"
        survey = SurveyRound.objects.create(name=name, as_of=on, run=run, due_on=due)
        if not Enterprise.objects.exclude(
            pk__in=EnterprisePeriod.objects.filter(opened_by=run).values("enterprise")
        ).exists():
            return
        reasons = dict.fromkeys(missing, SurveyReason.MISSING)
        reasons |= dict.fromkeys(self._closed(changed), SurveyReason.CLOSED)
        reasons |= dict.fromkeys((write.pk for write in new), SurveyReason.NEW)
        owners = owners_for(reasons)
        sql.insert_rows(
            SurveyTask,
            ("round_id", "enterprise_id", "reason", "owner_id", "state", "result", "note"),
            (
                (survey.pk, pk, str(why), owners.get(pk), TaskState.OPEN.value, "", "")
                for pk, why in reasons.items()
            ),
        )
        moved_in = [w.pk for w in changed if w.values.get("status") == EnterpriseStatus.MOVED_IN]
        open_arrivals([*(write.pk for write in new), *moved_in], run=run)

    @staticmethod
    def _closed(changed: list[Write]) -> list[int]:
        """Enterprises that ceased to operate while an organisation still covers them (reminder 49)."""
        closed = [
            write.pk
            for write in changed
            if "status" in write.changed
            and write.values["status"] not in ACTIVE_STATUSES
            and write.stored.values["status"] in ACTIVE_STATUSES
        ]
        covered = Coverage.objects.current().filter(enterprise__in=closed)
        return list(covered.values_list("enterprise", flat=True).distinct())

    def before_revert(self, created, changed, run) -> list[Kept]:
        kept = [*self._drop_round(created, run), *self._drop_visits(run)]
        for start in range(0, len(changed), sql.CHUNK):
            chunk = changed[start : start + sql.CHUNK]
            EnterpriseName.objects.filter(run=run, enterprise__in=chunk).delete()
            EnterprisePeriod.objects.filter(opened_by=run, enterprise__in=chunk).delete()
            EnterprisePeriod.objects.filter(closed_by=run, enterprise__in=chunk).update(
                until=None, closed_by=None
            )
        return kept

    @staticmethod
    def _drop_round(created, run) -> list[Kept]:
        """Open tasks go with the round; those somebody worked on stay, and so does the round then."""
        tasks = SurveyTask.objects.filter(round__run=run)
        worked = list(tasks.exclude(state=TaskState.OPEN).values_list("enterprise__name", flat=True))
        # Not `delete()`: the change log would take two statements for each of them.
        sql.delete_rows(
            SurveyTask, "pk", list(tasks.filter(state=TaskState.OPEN).values_list("pk", flat=True))
        )
        if not worked:
            SurveyRound.objects.filter(run=run).delete()
        return [Kept(name, "已办理的摸排任务予以保留。") for name in worked]

    @staticmethod
    def _drop_visits(run) -> list[Kept]:
        """As the tasks of the round: nobody needs to go to an enterprise that did not arrive."""
        tasks = VisitTask.objects.filter(run=run)
        worked = tasks.exclude(state=VisitTaskState.OPEN).values_list("enterprise__name", flat=True)
        kept = [Kept(name, "已办理的走访任务予以保留。") for name in worked]
        sql.delete_rows(VisitTask, "pk", list(tasks.open().values_list("pk", flat=True)))
        return kept

    def in_use(self, pks, run):
        used = super().in_use(pks, run)
        records = (
            (SurveyTask.objects.exclude(round__run=run, state=TaskState.OPEN), "已有摸排记录，予以保留。"),
            (VisitTask.objects.exclude(run=run, state=VisitTaskState.OPEN), "已有走访任务，予以保留。"),
        )
        for tasks, words in records:
            for start in range(0, len(pks), sql.CHUNK):
                chunk = pks[start : start + sql.CHUNK]
                for pk in tasks.filter(enterprise__in=chunk).values_list("enterprise", flat=True):
                    used.setdefault(pk, words)
        return used

    def restore(self, rows, run):
        super().restore(rows, run)
        Enterprise.refresh_pairs([pk for pk, before in rows if "name" in before])

    def delete_created(self, pks, run):
        sql.delete_rows(EnterprisePeriod, "enterprise_id", pks)
        sql.delete_rows(Enterprise, "pk", pks)
