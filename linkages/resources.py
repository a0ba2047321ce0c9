"""Import of the lists of resources and needs. A row is known by its home, its unit and its name.

What a list brings is published at once; a row that was withdrawn is not brought back by a list.
"""

from django.core.exceptions import ValidationError
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import cached_property

from imports import sql
from imports.resources import Batch, Column, Stored, register
from imports.widgets import ChoiceWidget, DateWidget, IntegerWidget, LookupWidget, TextWidget, normalise
from linkages import words
from linkages.models import ItemKind, Need, NeedTerm, Partner, Resource, ResourceTerm
from linkages.validators import refuse_personal_numbers
from orgs import access
from orgs.models import Enterprise, Organisation
from orgs.periods import id_chunks
from orgs.resources.base import CreditCodeWidget, OrgsResource
from orgs.tree import STEP

KIND_SYNONYMS = {
    "场地": ItemKind.VENUE,
    "检测": ItemKind.TESTING,
    "技术": ItemKind.RESEARCH,
    "金融": ItemKind.FINANCE,
    "法律服务": ItemKind.LEGAL,
    "招聘": ItemKind.HIRING,
    "医疗": ItemKind.HEALTH,
    "市场": ItemKind.MARKET,
    "教育": ItemKind.SCHOOLING,
}
TEXTS = ("title", "description", "contact_office")


def organisation_column():
    return Column(
        "organisation",
        "登记党组织代码",
        export_attribute="organisation__code",
        synonyms=("党组织代码",),
        required=True,
        missing_code="organisation_unknown",
    )


def partner_column(label, *synonyms):
    return Column("partner", label, export_attribute="partner__name", synonyms=synonyms)


def kind_column():
    return Column(
        "kind",
        "类别",
        ChoiceWidget(ItemKind, KIND_SYNONYMS),
        synonyms=("类型",),
        required=True,
        choices=lambda: ItemKind.labels,
        example="检验检测",
    )


def title_column(example):
    return Column(
        "title", "名称", TextWidget(120), synonyms=("事项",), required=True, missing_code="name_missing",
        example=example,
    )  # fmt: skip


def until_column():
    return Column(
        "valid_until",
        "有效期止",
        DateWidget(future=True),
        synonyms=("有效期至", "截止日期"),
        required=True,
        example="2027-06-30",
    )


class OfferedResource(OrgsResource):
    label_column = "title"
    hint = "党组织和共建单位须已登记。按登记党组织、单位和名称比对；导入的条目随即发布。"
    reasons = OrgsResource.reasons | {
        "partner_unknown": "共建单位不存在",
        "dates_order": "时间先后不符",
        "personal_number": "含手机号码或证件号码",
        "row_withdrawn": "条目已撤回",
        "two_units": "企业和共建单位都填了",
    }
    terms: type

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.fields["organisation"].widget = LookupWidget(
            lambda: ((home.code, home.pk) for home in self.homes.values()),
            code="organisation_unknown",
            what="党组织",
        )
        self.fields["partner"].widget = LookupWidget(
            lambda: ((partner.name, partner.pk) for partner in self.partners.values()),
            code="partner_unknown",
            what="共建单位",
        )
        self.withdrawn: set[int] = set()

    # --- Who and where -------------------------------------------------------------------------------------

    @classmethod
    def sees_all_runs(cls, user):
        return access.has_at_top(user, "imports.run") and access.has_at_top(user, "linkages.change")

    @classmethod
    def result_links(cls, run):
        name = cls._meta.model._meta.model_name
        try:
            return [(cls.title, reverse(f"linkages:{name}-list"))]
        except NoReverseMatch:
            return []

    @cached_property
    def homes(self) -> dict[int, Organisation]:
        """Whom a list may name: the organisations whose lists the person keeps."""
        rows = Organisation.objects.permitted_to(self.user, "linkages.change").active().order_by("path")
        return rows.only("code", "name", "path").in_bulk()

    @cached_property
    def partners(self) -> dict[int, Partner]:
        rows = Partner.objects.visible_to(self.user).current().select_related("organisation")
        return rows.only("name", "organisation__path").order_by("pk").in_bulk()

    @cached_property
    def roots(self) -> dict[str, int]:
        paths = {home.path[:STEP] for home in self.homes.values()}
        return dict(Organisation.objects.filter(path__in=paths).values_list("path", "pk"))

    # --- Judging -------------------------------------------------------------------------------------------

    def check(self, batch: Batch) -> None:
        for name in ("partner", "valid_from", "description", "contact_office"):
            batch.values.setdefault(name, [None] * len(batch))
        values = batch.values
        values["root_id"] = [
            home and self.roots[self.homes[home].path[:STEP]] for home in values["organisation"]
        ]
        for index in range(len(batch)):
            self._check_row(batch, index)

    def _check_row(self, batch, index):
        row = {name: values[index] for name, values in batch.values.items()}
        if row["valid_from"] and row["valid_until"] and row["valid_until"] < row["valid_from"]:
            batch.reject(index, self.column("valid_until"), "dates_order", "早于有效期起，请核对。")
        if row["partner"] and row["organisation"]:
            partner, home = self.partners[row["partner"]], self.homes[row["organisation"]]
            if partner.organisation.path != home.path[:STEP]:
                message = "不在登记党组织的顶层组织的共建单位名录中，请核对。"
                batch.reject(index, self.column("partner"), "partner_unknown", message)
        for name in TEXTS:
            try:
                refuse_personal_numbers(row[name] or "")
            except ValidationError:
                message = "含手机号码或证件号码，联系请填写部门。"
                batch.reject(index, self.column(name), "personal_number", message, value="（已隐去）")

    def make_keys(self, batch: Batch) -> list[str]:
        units = self.units(batch)
        rows = zip(batch.values["organisation"], units, batch.values["title"], strict=True)
        return [f"{home}|{unit}|{normalise(title)}" if home and title else "" for home, unit, title in rows]

    def units(self, batch) -> list[str]:
        return [f"p{partner}" if partner else "" for partner in batch.values["partner"]]

    def unit_of(self, row: dict) -> str:
        return f"p{row['partner']}" if row["partner"] else ""

    def stored(self, keys):
        homes = {int(key.split("|", 1)[0]) for key in keys}
        names = [column.name for column in self.columns if column.on_model]
        found = {}
        for chunk in id_chunks(homes):
            rows = self.model.objects.filter(organisation__in=chunk).order_by("pk")
            rows = rows.values_list("pk", self.stamp_field, "withdrawn_at", *names)
            # What stands comes last and wins.
            rows = sorted(rows, key=lambda row: row[2] is None)
            for pk, stamp, withdrawn_at, *values in rows:
                row = dict(zip(names, values, strict=True))
                if withdrawn_at:
                    self.withdrawn.add(pk)
                key = f"{row['organisation']}|{self.unit_of(row)}|{normalise(row['title'])}"
                found[key] = Stored(pk, row, stamp)
        asked = set(keys)
        return {key: row for key, row in found.items() if key in asked}

    def check_stored(self, batch: Batch, stored) -> None:
        for index, key in enumerate(batch.keys):
            record = stored.get(key)
            if record is None or index in batch.problems:
                continue
            row = {name: values[index] for name, values in batch.values.items()}
            changed = any(new is not None and new != record.values.get(name) for name, new in row.items())
            if changed and record.pk in self.withdrawn:
                message = "对应的条目已撤回，不能由名单修改；仍然有效的请另行登记。"
                batch.reject(index, self.column("title"), "row_withdrawn", message)

    # --- Writing -------------------------------------------------------------------------------------------

    def defaults(self):
        now = timezone.now()
        return {"published_at": now, "created_at": now, "withdrawn_reason": ""}

    def write_new(self, writes, run, at):
        for write in writes:
            write.values["valid_from"] = write.values.get("valid_from") or self.today
        super().write_new(writes, run, at)
        rows = ((write.pk, run.created_by_id) for write in writes)
        sql.update_rows(self.model, ("created_by_id",), rows)

    def after_write(self, new, changed, missing, run):
        self._index([write.pk for write in (*new, *changed)])

    def _index(self, keys):
        for chunk in id_chunks(keys):
            words.index(list(self.model.objects.filter(pk__in=chunk).only("title", "description")))

    # --- Undoing -------------------------------------------------------------------------------------------

    def delete_created(self, pks, run):
        sql.delete_rows(self.terms, f"{self.model._meta.model_name}_id", pks)
        super().delete_created(pks, run)

    def restore(self, rows, run):
        super().restore(rows, run)
        self._index([pk for pk, _ in rows])


OFFERED = ("kind", "title_of", "description", "contact_office", "valid_from", "valid_until", "root_id")


@register
class ResourceListResource(OfferedResource):
    code = "resources"
    title = "资源清单"
    key_columns = ("organisation", "partner", "title")
    derived = (ResourceTerm,)
    terms = ResourceTerm
    sequence = 7
    preview_columns = ("partner", "kind", "valid_until")

    organisation = organisation_column()
    partner = partner_column("提供单位", "共建单位", "资源单位")
    kind = kind_column()
    title_of = title_column("缺陷检测平台")
    description = Column(
        "description", "说明", TextWidget(1000), synonyms=("内容",), example="扫描电镜每周三对外"
    )
    contact_office = Column("contact_office", "联系部门", TextWidget(80), synonyms=("联系方式",))
    valid_from = Column("valid_from", "有效期起", DateWidget(future=True))
    valid_until = until_column()
    root_id = Column("root_id", "顶层组织", IntegerWidget(), computed=True)

    class Meta:
        model = Resource
        fields = ("organisation", "partner", *OFFERED)


@register
class NeedListResource(OfferedResource):
    code = "needs"
    title = "需求清单"
    key_columns = ("organisation", "credit_code", "partner", "title")
    derived = (NeedTerm,)
    terms = NeedTerm
    sequence = 8
    hint = "党组织、企业和共建单位须已登记。按登记党组织、单位和名称比对；导入的条目随即发布。"
    preview_columns = ("credit_code", "kind", "valid_until")

    organisation = organisation_column()
    credit_code = Column(
        "credit_code",
        "需求企业统一社会信用代码",
        CreditCodeWidget(18),
        export_attribute="enterprise__credit_code",
        synonyms=("统一社会信用代码", "信用代码"),
        on_model=False,
        example="91999999MAFAKE019F",
    )
    partner = partner_column("需求单位", "共建单位")
    kind = kind_column()
    title_of = title_column("样品缺陷检测")
    description = Column("description", "说明", TextWidget(1000), synonyms=("内容",), example="每月一批样品")
    contact_office = Column("contact_office", "联系部门", TextWidget(80), synonyms=("联系方式",))
    valid_from = Column("valid_from", "有效期起", DateWidget(future=True))
    valid_until = until_column()
    enterprise = Column("enterprise", "企业", computed=True)
    root_id = Column("root_id", "顶层组织", IntegerWidget(), computed=True)

    class Meta:
        model = Need
        fields = ("organisation", "credit_code", "partner", *OFFERED, "enterprise")

    def check(self, batch: Batch) -> None:
        codes = batch.values.setdefault("credit_code", [None] * len(batch))
        known = self._enterprises({code for code in codes if code})
        batch.values["enterprise"] = [known.get(code) for code in codes]
        super().check(batch)
        for index, code in enumerate(codes):
            if code and code not in known:
                message = "不在您负责的企业名录中，请先导入企业名单。"
                batch.reject(index, self.column("credit_code"), "enterprise_unknown", message)
            if code and batch.values["partner"][index]:
                message = "已填写需求企业，企业和共建单位只填一项。"
                batch.reject(index, self.column("partner"), "two_units", message)

    def _enterprises(self, codes) -> dict[str, int]:
        found: dict[str, int] = {}
        ordered = sorted(codes)
        for start in range(0, len(ordered), sql.CHUNK):
            rows = Enterprise.objects.visible_to(self.user).order_by()
            rows = rows.filter(credit_code__in=ordered[start : start + sql.CHUNK])
            found.update(rows.values_list("credit_code", "pk"))
        return found

    def units(self, batch):
        rows = zip(batch.values["enterprise"], super().units(batch), strict=True)
        return [f"e{enterprise}" if enterprise else unit for enterprise, unit in rows]

    def unit_of(self, row):
        return f"e{row['enterprise']}" if row["enterprise"] else super().unit_of(row)

    def stored(self, keys):
        found = super().stored(keys)
        keys_of = {row.values["enterprise"] for row in found.values()} - {None}
        codes = {}
        for chunk in id_chunks(keys_of):
            codes.update(Enterprise.objects.filter(pk__in=chunk).values_list("pk", "credit_code"))
        for row in found.values():
            row.values["credit_code"] = codes.get(row.values["enterprise"])
        return found
