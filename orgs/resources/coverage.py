"""Import of the coverage ledger. A changed coverage ends the old link and begins a new one."""

from imports import sql
from imports.resources import Batch, Column, Kept, Stored, Write, register
from imports.widgets import ChoiceWidget, DateWidget, LookupWidget, TextWidget
from orgs.models import Coverage, CoverageLine, CoverageMethod, Enterprise, Organisation, line_of
from orgs.resources.base import CreditCodeWidget, OrgsResource

METHOD_SYNONYMS = {
    "单建": CoverageMethod.OWN,
    "独立组建": CoverageMethod.OWN,
    "联建": CoverageMethod.JOINT,
    "联合": CoverageMethod.JOINT,
    "指导员": CoverageMethod.INSTRUCTOR,
    "党建指导员": CoverageMethod.INSTRUCTOR,
    "区域": CoverageMethod.AREA,
    "行业": CoverageMethod.TRADE,
}
LINK = ("method", "organisation", "instructor_name")
DETAILS = ("since", "term_ends_on", "evidence")


@register
class CoverageResource(OrgsResource):
    code = "coverage"
    title = "覆盖台账"
    key_columns = ("credit_code", "line")
    sequence = 4
    hint = "企业和党组织须已登记。变更覆盖时，原覆盖关系截止，新关系起算。"
    preview_columns = ("method", "organisation", "instructor_name")

    credit_code = Column(
        "credit_code",
        "统一社会信用代码",
        CreditCodeWidget(18),
        export_attribute="enterprise__credit_code",
        synonyms=("社会信用代码", "信用代码"),
        required=True,
        missing_code="credit_code_length",
        on_model=False,
        example="91999999MAFAKE019F",
    )
    name = Column(
        "name",
        "企业名称",
        TextWidget(200),
        export_attribute="enterprise__name",
        synonyms=("单位名称", "公司名称"),
        on_model=False,
        mandatory=False,
    )
    method = Column(
        "method",
        "覆盖方式",
        ChoiceWidget(CoverageMethod, METHOD_SYNONYMS, code="method_unknown"),
        synonyms=("组建方式", "方式"),
        required=True,
        choices=lambda: CoverageMethod.labels,
        example="联合组建",
    )
    organisation = Column(
        "organisation",
        "覆盖党组织代码",
        export_attribute="organisation__code",
        synonyms=("党组织代码", "所在党组织代码"),
    )
    instructor_name = Column(
        "instructor_name", "党建工作指导员", TextWidget(50), synonyms=("指导员", "指导员姓名", "联络员")
    )
    since = Column("since", "起始日期", DateWidget(), synonyms=("开始日期", "覆盖日期"), example="2026-01-01")
    term_ends_on = Column("term_ends_on", "派驻期满日期", DateWidget(future=True), synonyms=("期满日期",))
    evidence = Column("evidence", "依据", TextWidget(200), synonyms=("批复文号",))
    enterprise = Column("enterprise", "企业", computed=True)
    line = Column("line", "覆盖类别", computed=True)

    class Meta:
        model = Coverage
        fields = (
            "credit_code", "name", "method", "organisation", "instructor_name", "since", "term_ends_on", "evidence",
            "enterprise", "line",
        )  # fmt: skip

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.fields["organisation"].widget = LookupWidget(
            lambda: _organisations(self.user).order_by().values_list("code", "pk"),
            code="organisation_unknown",
            what="党组织",
        )

    def check(self, batch: Batch) -> None:
        codes = {code for code in batch.values["credit_code"] if code}
        enterprises = _enterprises(codes, self.user)
        for name in ("organisation", "instructor_name", "since"):
            batch.values.setdefault(name, [None] * len(batch))
        batch.values["line"] = [method and str(line_of(method)) for method in batch.values["method"]]
        batch.values["enterprise"] = [enterprises.get(code) for code in batch.values["credit_code"]]
        for index, code in enumerate(batch.values["credit_code"]):
            if code and code not in enterprises:
                batch.reject(
                    index,
                    self.column("credit_code"),
                    "enterprise_unknown",
                    "不在您负责的企业名录中，请先导入企业名单。",
                )
            self._check_who(batch, index)

    def _check_who(self, batch, index):
        method = batch.values["method"][index]
        faulty = {problem.column for problem in batch.problems.get(index, ())}
        needed = "instructor_name" if method == CoverageMethod.INSTRUCTOR else "organisation"
        if method and batch.values[needed][index] is None and needed not in faulty:
            label = CoverageMethod(method).label
            batch.reject(
                index, self.column(needed), "required_missing", f"为空，覆盖方式为“{label}”时必须填写。"
            )

    def stored(self, keys):
        codes = {key.split("|")[0] for key in keys}
        found = {}
        for chunk in _chunks(codes):
            rows = Coverage.objects.filter(enterprise__credit_code__in=chunk, until__isnull=True).values_list(
                "pk", "updated_at", "enterprise__credit_code", "line", "enterprise", *LINK, *DETAILS
            )
            for pk, stamp, code, line, enterprise, *values in rows:
                row = dict(zip((*LINK, *DETAILS), values, strict=True))
                row |= {"credit_code": code, "line": line, "enterprise": enterprise}
                found[f"{code}|{line}"] = Stored(pk, row, stamp)
        return found

    def same(self, name, old, new):
        # The name tells people which enterprise is meant; the register's own stays.
        return name == "name" or super().same(name, old, new)

    def defaults(self):
        return {}

    def write_new(self, writes, run, at):
        for write, pk in zip(writes, sql.allocate_ids(Coverage, len(writes)), strict=True):
            write.pk = pk
        self._insert(writes, run, at)

    def _insert(self, writes: list[Write], run, at):
        on = run.as_of or self.today
        sql.insert_rows(
            Coverage,
            (
                "id",
                "enterprise_id",
                "line",
                "method",
                "organisation_id",
                "instructor_name",
                "since",
                "term_ends_on",
                "evidence",
                "run_id",
                "updated_at",
            ),
            (
                (
                    write.pk,
                    write.values["enterprise"],
                    write.values["line"],
                    write.values["method"],
                    write.values.get("organisation"),
                    write.values.get("instructor_name") or "",
                    write.values.get("since") or on,
                    write.values.get("term_ends_on"),
                    write.values.get("evidence") or "",
                    run.pk,
                    at,
                )
                for write in writes
            ),
        )

    def write_changed(self, writes, run, at):
        """Another organisation, method or person: a new link. Only dates or evidence: a correction in place."""
        relinked = [write for write in writes if set(LINK) & set(write.changed)]
        corrected = [write for write in writes if not set(LINK) & set(write.changed)]
        self._relink(relinked, run, at)
        names = [name for name in DETAILS if any(name in write.changed for write in corrected)]
        if names:
            merged = ((w, w.stored.values | {n: w.values[n] for n in w.changed}) for w in corrected)
            sql.update_rows(
                Coverage,
                (*names, "updated_at"),
                (
                    [w.pk, *(values[n] if n != "evidence" else values[n] or "" for n in names), at]
                    for w, values in merged
                ),
            )

    def _relink(self, writes: list[Write], run, at):
        ends = []
        for write, pk in zip(writes, sql.allocate_ids(Coverage, len(writes)), strict=True):
            write.before["replaces"] = write.stored.pk
            since = write.values.get("since") or run.as_of or self.today
            if since <= write.stored.values["since"]:
                since = max(run.as_of or self.today, write.stored.values["since"])
            write.values = {**write.stored.values, **{k: v for k, v in write.values.items() if v is not None}}
            if line_of(write.values["method"]) == CoverageLine.ORGANISATION and "method" in write.changed:
                write.values["term_ends_on"] = None
            write.values["since"] = since
            write.pk = pk
            ends.append((write.stored.pk, since, run.pk, at))
        if ends:
            sql.update_rows(Coverage, ("until", "closed_by_run_id", "updated_at"), ends)
            self._insert(writes, run, at)

    def restore(self, rows, run):
        corrected = []
        for pk, before in rows:
            if "replaces" not in before:
                corrected.append((pk, before))
        replaced = {
            before["replaces"]: (pk, before["updated_at"]) for pk, before in rows if "replaces" in before
        }
        sql.delete_rows(Coverage, "pk", [pk for pk, _ in replaced.values()])
        sql.update_rows(
            Coverage,
            ("until", "closed_by_run_id", "updated_at"),
            [(old, None, None, stamp) for old, (_, stamp) in replaced.items()],
        )
        if corrected:
            super().restore(corrected, run)

    def before_revert(self, created, changed, run) -> list[Kept]:
        return []


def _organisations(user):
    """Whom a list may name: those for which the person may import."""
    return Organisation.objects.permitted_to(user, "imports.run")


def _enterprises(codes, user) -> dict[str, int]:
    """Credit code → id of the enterprises for which the person may import; seeing one is not enough."""
    found: dict[str, int] = {}
    for chunk in _chunks(codes):
        rows = Enterprise.objects.permitted_to(user, "imports.run").filter(credit_code__in=chunk).order_by()
        found.update(rows.values_list("credit_code", "pk"))
    return found


def _chunks(codes, size: int = 5000):
    ordered = sorted(codes)
    for start in range(0, len(ordered), size):
        yield ordered[start : start + size]
