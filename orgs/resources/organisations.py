"""Import of the organisation register: the tree, its affiliations and its secretaries."""

from collections import defaultdict

from django.core.exceptions import ValidationError

from imports import sql
from imports.resources import Batch, Column, Kept, Write, register
from imports.widgets import ChoiceWidget, CodeWidget, DateWidget, LookupWidget, TextWidget
from orgs.kinds import CAPABILITIES, RULES, OrganisationKind, default_jurisdiction, parent_fault
from orgs.models import (
    Affiliation,
    AffiliationLine,
    Area,
    Cluster,
    Organisation,
    Park,
    Post,
    PostTitle,
)
from orgs.models.organisations import organisation_pairs
from orgs.resources.base import (
    OrgsResource,
    PhoneWidget,
    area_names,
    cluster_names,
    names_for,
    park_names,
)
from orgs.tree import STEP, parent_path, step_text

KIND_SYNONYMS = {
    "基层党委": OrganisationKind.COMMITTEE,
    "党总支部": OrganisationKind.GENERAL_BRANCH,
    "总支部": OrganisationKind.GENERAL_BRANCH,
    "支部": OrganisationKind.BRANCH,
    "联合支部": OrganisationKind.JOINT_BRANCH,
    "临时支部": OrganisationKind.TEMP_BRANCH,
    "集群党委": OrganisationKind.CLUSTER_COMMITTEE,
    "平台党委": OrganisationKind.PLATFORM_COMMITTEE,
}
KNOWN = ("code", "kind", "parent")
ELSEWHERE = ("parent", "secretary")  # kept in the tree and in posts, not in a column of the organisation


@register
class OrganisationResource(OrgsResource):
    code = "organisations"
    title = "党组织名册"
    key_columns = ("code",)
    derived = (Affiliation, Post)
    looks_across = True
    sequence = 2
    hint = "上级党组织可以在同一文件中，也可以已在名册中，先后顺序不限。"
    preview_columns = ("kind", "parent", "area")

    code_ = Column(
        "code", "党组织代码", CodeWidget(40), synonyms=("组织代码", "代码"), required=True, example="ZJ-0001"
    )
    name = Column(
        "name",
        "党组织名称",
        TextWidget(120),
        synonyms=("组织名称", "名称"),
        required=True,
        missing_code="name_missing",
        example="科学城综合党委",
    )
    kind = Column(
        "kind",
        "党组织类别",
        ChoiceWidget(OrganisationKind, KIND_SYNONYMS, code="kind_unknown"),
        synonyms=("组织类别", "类别"),
        required=True,
        choices=lambda: OrganisationKind.labels,
        example="党支部",
    )
    parent = Column(
        "parent",
        "上级党组织代码",
        CodeWidget(40),
        synonyms=("上级代码", "上级组织代码"),
        on_model=False,
        mandatory=True,
    )
    area = Column(
        "area", "所属片区", export_attribute="area__name", synonyms=("片区",), choices=names_for(Area)
    )
    cluster = Column(
        "cluster",
        "产业集群",
        export_attribute="cluster__name",
        synonyms=("所属产业集群",),
        choices=names_for(Cluster),
    )
    park = Column(
        "park",
        "所在园区",
        export_attribute="park__name",
        synonyms=("所属园区", "园区"),
        choices=names_for(Park),
    )
    carrier = Column("carrier", "依托载体", TextWidget(40), synonyms=("载体",))
    founded_on = Column("founded_on", "成立日期", DateWidget(), synonyms=("设立日期",), example="2020-01-01")
    term_ends_on = Column(
        "term_ends_on", "届满日期", DateWidget(future=True), synonyms=("任期届满日期", "换届日期")
    )
    secretary = Column(
        "secretary", "书记", TextWidget(50), synonyms=("书记姓名", "党组织书记"), on_model=False
    )
    contact_phone = Column(
        "contact_phone", "联系电话", PhoneWidget(), synonyms=("电话", "手机"), sensitive=True
    )

    class Meta:
        model = Organisation
        fields = (
            "code_", "name", "kind", "parent", "area", "cluster", "park", "carrier", "founded_on", "term_ends_on",
            "secretary", "contact_phone",
        )  # fmt: skip

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.fields["area"].widget = LookupWidget(area_names, code="area_unknown", what="片区")
        self.fields["cluster"].widget = LookupWidget(cluster_names, code="cluster_unknown", what="产业集群")
        self.fields["park"].widget = LookupWidget(park_names, code="park_unknown", what="园区")

    # --- staging -------------------------------------------------------------------------------------------

    def check(self, batch: Batch) -> None:
        """Every superior exists in the file or the register, may have such a subordinate, and no circle closes."""
        kinds, parents = self._known(batch)
        for index, code in enumerate(batch.values["code"]):
            kind, parent = batch.values["kind"][index], batch.values["parent"][index]
            if code is None or kind is None:
                continue
            if parent is not None and parent not in kinds:
                batch.reject(
                    index,
                    self.column("parent"),
                    "parent_unknown",
                    "不在党组织名册中，也不在本文件中，请核对代码。",
                )
            elif _runs_in_circle(code, parents):
                batch.reject(index, self.column("parent"), "parent_invalid", "与下级互为上级，请核对。")
            elif fault := parent_fault(kind, kinds[parent] if parent else None):
                batch.reject(index, self.column("parent"), "parent_invalid", f"不合适：{fault}请核对。")

    @staticmethod
    def _known(batch):
        """Code → kind and code → superior's code, of the register overlaid by the file."""
        rows = list(Organisation.objects.order_by().values_list("path", "code", "kind"))
        codes = {path: code for path, code, _ in rows}
        kinds = {code: kind for _, code, kind in rows}
        parents = {code: codes.get(parent_path(path)) for path, code, _ in rows}
        others = [[row[n] for n in KNOWN] for row in batch.others]
        for code, kind, parent in (*others, *zip(*(batch.values[n] for n in KNOWN), strict=True)):
            if code and kind:
                kinds[code], parents[code] = kind, parent
        return kinds, parents

    def stored(self, keys):
        found = super().stored(keys)
        paths = dict(Organisation.objects.order_by().values_list("path", "code"))
        by_code = {code: path for path, code in paths.items()}
        secretaries = dict(
            Post.objects.filter(title=PostTitle.SECRETARY, until__isnull=True).values_list(
                "organisation", "person_name"
            )
        )
        for code, row in found.items():
            row.values["parent"] = paths.get(parent_path(by_code[code]))
            row.values["secretary"] = secretaries.get(row.pk)
        return found

    # --- writing -------------------------------------------------------------------------------------------

    def write_new(self, writes, run, at):
        """New nodes are appended below their superiors, in the order of the file."""
        self._refuse_orphans(writes)
        Organisation.objects.select_for_update().filter(depth=1).first()
        for write, pk in zip(writes, sql.allocate_ids(Organisation, len(writes)), strict=True):
            write.pk = pk
        tree = _Tree()
        ordered = _superiors_first(writes)
        rows = [self._row(write, tree, at) for write in ordered]
        names = [column.name for column in self.columns if column.on_model]
        fields = [Organisation._meta.get_field(name).attname for name in names]
        sql.insert_rows(Organisation, ["id", *fields, *NEW_FIELDS], (row for row in rows))
        self._count_children(tree)
        affiliations = (
            (
                write.pk,
                tree.pks[write.values["parent"]],
                AffiliationLine.FORMAL.value,
                write.values.get("founded_on"),
                run.pk,
                "",
            )
            for write in ordered
            if write.values.get("parent")
        )
        sql.insert_rows(
            Affiliation,
            ("organisation_id", "superior_id", "line", "since", "run_id", "evidence"),
            affiliations,
        )
        self._appoint([w for w in writes if w.values.get("secretary")], run)

    @staticmethod
    def _refuse_orphans(writes):
        """Whoever unticks a superior, or leaves its row faulty, cannot write what stands below it."""
        known = set(Organisation.objects.order_by().values_list("code", flat=True))
        known.update(write.values["code"] for write in writes)
        for write in writes:
            if (parent := write.values.get("parent")) and parent not in known:
                raise ValidationError(
                    f"第{write.row_number}行“{write.label or write.key}”的上级党组织“{parent}”没有勾选或有错误，"
                    "未写入任何数据。请一并勾选或先改正上级，或取消勾选该行。"
                )

    def _row(self, write: Write, tree: "_Tree", at):
        values = write.values
        path, parent_kind = tree.append(values["code"], values.get("parent"), values["kind"], write.pk)
        jurisdiction = default_jurisdiction(
            values["kind"], parent_kind, has_park=values.get("park") is not None
        )
        capabilities = RULES[OrganisationKind(values["kind"])].capabilities()
        text = {"carrier", "contact_phone"}
        columns = [
            "" if name in text and values.get(name) is None else values.get(name)
            for name in (column.name for column in self.columns if column.on_model)
        ]
        return [
            write.pk,
            *columns,
            path,
            len(path) // STEP,
            0,
            str(jurisdiction),
            *(capabilities[name] for name in CAPABILITIES),
            "",
            "",
            organisation_pairs(values["name"], values["code"]),
            at,
            at,
        ]

    @staticmethod
    def _count_children(tree):
        pks = {path: tree.pks[code] for code, path in tree.paths.items()}
        sql.update_rows(Organisation, ("numchild",), [(pks[path], n) for path, n in tree.grown.items()])

    def _appoint(self, writes, run):
        sql.insert_rows(
            Post,
            ("organisation_id", "title", "person_name", "run_id", "approval_no"),
            ((w.pk, PostTitle.SECRETARY.value, w.values["secretary"], run.pk, "") for w in writes),
        )

    def write_changed(self, writes, run, at):
        super().write_changed(writes, run, at)
        on = run.as_of or self.today
        sql.update_rows(Organisation, (self.stamp_field,), [(write.pk, at) for write in writes])
        Organisation.refresh_pairs([write.pk for write in writes if "name" in write.changed])
        replaced = [write for write in writes if "secretary" in write.changed]
        posts = Post.objects.filter(title=PostTitle.SECRETARY, until__isnull=True)
        for post in posts.filter(organisation__in=[write.pk for write in replaced]):
            post.until = max(on, post.since or on)
            post.save(update_fields=["until"])
        self._appoint([w for w in replaced if w.values["secretary"]], run)
        for write in writes:
            if "parent" in write.changed:
                self._move(write.pk, write.values["parent"], on, run)

    @staticmethod
    def _move(pk, code, on, run):
        organisation = Organisation.objects.get(pk=pk)
        superior = Organisation.objects.get(code=code)
        Organisation.objects.move(organisation, superior, "last-child")
        formal = Affiliation.objects.filter(organisation=pk, line=AffiliationLine.FORMAL, until__isnull=True)
        for link in formal:
            link.until = max(on, link.since or on)
            link.save(update_fields=["until"])
        Affiliation.objects.create(
            organisation_id=pk, superior=superior, line=AffiliationLine.FORMAL, since=on, run=run
        )

    # --- undoing -------------------------------------------------------------------------------------------

    def in_use(self, pks, run):
        """Also used: an organisation with one below it that stays."""
        used = super().in_use(pks, run)
        rows = dict(Organisation.objects.filter(pk__in=pks).order_by().values_list("path", "pk"))
        others = Organisation.objects.exclude(pk__in=pks).filter(depth__gt=1).values_list("path", flat=True)
        staying = [path for path, pk in rows.items() if pk in used] + list(others)
        for path in staying:
            for end in range(STEP, len(path), STEP):
                if path[:end] in rows:
                    used.setdefault(rows[path[:end]], "已有下级党组织，予以保留。")
        return used

    def before_revert(self, created, changed, run) -> list[Kept]:
        for model in (Post, Affiliation):
            sql.delete_rows(model, "organisation_id", created)
        return []

    def restore(self, rows, run):
        super().restore(
            [(pk, {k: v for k, v in before.items() if k not in ELSEWHERE}) for pk, before in rows], run
        )
        Organisation.refresh_pairs([pk for pk, before in rows if "name" in before])
        for pk, before in rows:
            if "secretary" in before:
                Post.objects.filter(organisation=pk, run=run).delete()
                last = Post.objects.filter(organisation=pk, title=PostTitle.SECRETARY).order_by(
                    "-until", "-pk"
                )
                if before["secretary"] and (post := last.filter(person_name=before["secretary"]).first()):
                    Post.objects.filter(pk=post.pk).update(until=None)
            if "parent" in before:
                self._move_back(pk, before["parent"], run)

    @staticmethod
    def _move_back(pk, code, run):
        organisation, superior = Organisation.objects.get(pk=pk), Organisation.objects.get(code=code)
        Organisation.objects.move(organisation, superior, "last-child")
        Affiliation.objects.filter(
            organisation=pk, line=AffiliationLine.FORMAL, run=run, until__isnull=True
        ).delete()
        old = Affiliation.objects.filter(organisation=pk, superior=superior, line=AffiliationLine.FORMAL)
        last = old.order_by("-until", "-pk").first()
        if last:
            Affiliation.objects.filter(pk=last.pk).update(until=None)

    def delete_created(self, pks, run):
        gone = set(pks)
        rows = Organisation.objects.order_by().values_list("path", "pk", "depth")
        paths = {path: pk for path, pk, _ in rows}
        lost = defaultdict(int)
        for path, pk in paths.items():
            if pk in gone and paths.get(parent_path(path)) not in (None, *gone):
                lost[paths[parent_path(path)]] += 1
        numchild = dict(Organisation.objects.filter(pk__in=lost).values_list("pk", "numchild"))
        sql.delete_rows(Organisation, "pk", pks)
        sql.update_rows(Organisation, ("numchild",), [(pk, numchild[pk] - n) for pk, n in lost.items()])


NEW_FIELDS = (
    "path",
    "depth",
    "numchild",
    "jurisdiction",
    *CAPABILITIES,
    "approval_no",
    "extension_no",
    "search_pairs",
    "created_at",
    "updated_at",
)


def _runs_in_circle(code: str, parents: dict[str, str | None]) -> bool:
    seen = {code}
    superior = parents.get(code)
    while superior is not None:
        if superior in seen:
            return True
        seen.add(superior)
        superior = parents.get(superior)
    return False


def _superiors_first(writes: list[Write]) -> list[Write]:
    """In the order of the file, but no organisation before its superior."""
    by_code = {write.values["code"]: write for write in writes}
    ordered: dict[str, Write] = {}
    for write in writes:
        line = [write]
        while (parent := line[-1].values.get("parent")) in by_code and parent not in ordered:
            line.append(by_code[parent])
        for item in reversed(line):
            ordered.setdefault(item.values["code"], item)
    return list(ordered.values())


class _Tree:
    """The tree as it grows: paths by code, and how many children each grown node has by now."""

    def __init__(self):
        rows = list(Organisation.objects.order_by().values_list("path", "code", "kind", "numchild", "pk"))
        self.paths = {code: path for path, code, *_ in rows}
        self.kinds = {code: kind for _, code, kind, *_ in rows}
        self.pks = {code: pk for _, code, _, _, pk in rows}
        self.children = {path: numchild for path, _, _, numchild, _ in rows}
        self.last = defaultdict(int)
        for path, *_ in rows:
            parent = parent_path(path)
            self.last[parent] = max(self.last[parent], int(path[-STEP:], 36))
        self.grown: dict[str, int] = {}

    def append(self, code: str, parent: str | None, kind: str, pk: int) -> tuple[str, str | None]:
        """Place `code` after the last child of `parent`; returns its path and the superior's kind."""
        above = self.paths[parent] if parent else ""
        self.last[above] += 1
        path = above + step_text(self.last[above])
        self.paths[code], self.kinds[code], self.pks[code], self.children[path] = path, kind, pk, 0
        if parent:
            self.children[above] += 1
            self.grown[above] = self.children[above]
        return path, self.kinds[parent] if parent else None
