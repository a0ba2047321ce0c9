"""Import of the roll of members: people at home in a branch, with their history as it is.

What the procedures of today demand (recruiting, confirmation, transfer) is not asked of history: it is stored and
marked (历史数据待核). Standing and home of somebody who is in the register already do not change by a list.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator

from django.conf import settings
from django.core.exceptions import ValidationError
from django.urls import NoReverseMatch, reverse
from django.utils.functional import cached_property

from imports import sql
from imports.resources import Batch, Column, Stored, Write, register
from imports.widgets import (
    BooleanWidget,
    CellProblem,
    ChoiceWidget,
    CodeWidget,
    DateWidget,
    LookupWidget,
    MonthDate,
    StagedWidget,
    TextWidget,
)
from members import validators
from members.actions.register import can_be_home
from members.choices import (
    COUNTED,
    Education,
    IdentityType,
    Membership,
    Occupation,
    Opening,
    Precision,
    Relation,
    Sex,
    Title,
)
from members.employers import refresh_full_members
from members.models import Absence, AbsenceKind, Member, NameKey, Posting
from members.names import search_keys, sort_key
from orgs import access
from orgs.fields import blind_index, blind_indexes, index_keys, mask_identity
from orgs.identifiers import (
    MOBILE,
    identity_birthday,
    identity_is_male,
    normalise_identity_number,
    normalise_phone,
)
from orgs.models import Enterprise, Organisation
from orgs.periods import id_chunks
from orgs.resources.base import CreditCodeWidget, OrgsResource, PhoneWidget, SealedWidget
from orgs.terms import add_years, month_end
from orgs.tree import STEP

EARLIEST_BIRTH = 1900
HASH_OF_IDENTITY = Member._meta.get_field("identity_hash").context
HASH_OF_MOBILE = Member._meta.get_field("mobile_hash").context

SEX_SYNONYMS = {"男性": Sex.MALE, "女性": Sex.FEMALE}
EDUCATION_SYNONYMS = {
    "博士": Education.DOCTOR,
    "硕士": Education.MASTER,
    "本科": Education.BACHELOR,
    "大学": Education.BACHELOR,
    "专科": Education.COLLEGE,
    "大专": Education.COLLEGE,
    "高中/中技": Education.HIGH_SCHOOL,
    "初中": Education.LOWER,
    "小学": Education.LOWER,
}
TITLE_SYNONYMS = {
    "正高": Title.SENIOR,
    "副高": Title.ASSOCIATE,
    "中级职称": Title.INTERMEDIATE,
    "初级职称": Title.JUNIOR,
    "助理级": Title.JUNIOR,
    "无": "",
    "无职称": "",
}
MEMBERSHIP_SYNONYMS = {"正式": Membership.FULL, "预备": Membership.PROBATIONARY}
# Field of a refusal → reason code.
IDENTITY_CODES = {
    "identity_number": "id_number_check",
    "born_on": "id_number_birthday",
    "sex": "id_number_sex",
}
# What is written beside the columns of the file; an undo writes it back.
LEGACY_CAUSES = {"joined_on", "confirmed_on"}


class IdentityWidget(SealedWidget, CodeWidget):
    """An identity number, without blanks and dashes; whether it is right, `validators.validate_identity` tells."""

    def parse(self, text, cell):
        return normalise_identity_number(super().parse(text, cell))

    def show(self, value):
        return mask_identity(value) if value else ""

    def mask(self, text):
        return mask_identity(text)


class MobileWidget(PhoneWidget):
    """One mobile number."""

    def parse(self, text, cell):
        number = normalise_phone(text)
        if not MOBILE.fullmatch(number):
            raise CellProblem("phone_invalid", "不是手机号码，请填写11位手机号码。")
        return number


class FloatingWidget(BooleanWidget):
    """是否流动党员: yes means that the relation stands here and the member lives elsewhere."""

    def parse(self, text, cell):
        return Relation.FLOATING_OUT if super().parse(text, cell) else Relation.REGISTERED

    def show(self, value):
        return "" if value is None else super().show(value == Relation.FLOATING_OUT)


@register
class MemberResource(OrgsResource):
    code = "members"
    title = "党员名册"
    key_columns = ("identity_number",)
    derived = (Posting, NameKey)
    seals_files = True
    sequence = 5
    hint = "党支部须已登记。名册用于建账和更正信息；党支部变更请办理组织关系转接，转正请在发展党员中办理。"
    preview_columns = ("organisation", "membership")
    reasons = OrgsResource.reasons | {
        "id_number_check": "证件号码不正确",
        "id_number_birthday": "出生日期与证件号码不符",
        "id_number_sex": "性别与证件号码不符",
        "membership_unknown": "党员类别无法识别",
        "membership_differs": "党员类别与登记册不同",
        "dates_order": "日期先后不符",
        "organisation_dissolved": "党组织已撤销",
        "member_elsewhere": "已在其他党组织",
        "member_left": "已有离册记录",
        "relation_busy": "组织关系正在办理",
    }

    name = Column(
        "name", "姓名", TextWidget(50), synonyms=("党员姓名",), required=True, missing_code="name_missing"
    )
    identity_number = Column(
        "identity_number",
        "公民身份号码",
        IdentityWidget(30),
        synonyms=("身份证号", "身份证号码", "居民身份证号码", "证件号码", "身份号码"),
        required=True,
        sensitive=True,
        example="999901199001010018",
    )
    identity_type = Column(
        "identity_type",
        "证件类型",
        ChoiceWidget(IdentityType, {"身份证": IdentityType.RESIDENT}),
        synonyms=("证件种类",),
        choices=lambda: IdentityType.labels,
    )
    sex = Column("sex", "性别", ChoiceWidget(Sex, SEX_SYNONYMS), choices=lambda: Sex.labels, example="男")
    ethnicity = Column("ethnicity", "民族", TextWidget(20), example="汉族")
    born_on = Column(
        "born_on",
        "出生日期",
        DateWidget(earliest=EARLIEST_BIRTH),
        synonyms=("出生年月日", "生日"),
        example="1990-01-01",
    )
    education = Column(
        "education",
        "学历",
        ChoiceWidget(Education, EDUCATION_SYNONYMS),
        synonyms=("文化程度", "最高学历"),
        choices=lambda: Education.labels,
        example="大学本科",
    )
    joined_on = Column(
        "joined_on",
        "入党日期",
        DateWidget(month=True, earliest=validators.FOUNDED),
        synonyms=("入党时间", "加入中共组织日期", "加入党组织日期"),
        example="2021-10-06，只知年月的写 2021.10",
    )
    confirmed_on = Column(
        "confirmed_on",
        "转正日期",
        DateWidget(month=True, earliest=validators.FOUNDED),
        synonyms=("转正时间", "转为正式党员日期"),
        example="2022-10-06",
    )
    membership = Column(
        "membership",
        "党员类别",
        ChoiceWidget(Membership, MEMBERSHIP_SYNONYMS, "membership_unknown", only=COUNTED),
        synonyms=("人员类别", "党员类型"),
        required=True,
        choices=lambda: [Membership(value).label for value in COUNTED],
        example="正式党员",
    )
    organisation = Column(
        "organisation",
        "所在党支部代码",
        export_attribute="organisation__code",
        synonyms=("党支部代码", "党组织代码", "所在党组织代码"),
        required=True,
        missing_code="organisation_unknown",
    )
    employer_code = Column(
        "employer_code",
        "工作单位信用代码",
        CreditCodeWidget(18),
        synonyms=("工作单位统一社会信用代码", "统一社会信用代码", "单位信用代码"),
    )
    employer_name = Column(
        "employer_name", "工作单位", TextWidget(200), synonyms=("工作单位名称", "单位名称")
    )
    position = Column("position", "职务", TextWidget(50), synonyms=("岗位", "行政职务", "工作岗位"))
    title_of_work = Column(
        "title",
        "专业技术职称",
        ChoiceWidget(Title, TITLE_SYNONYMS),
        synonyms=("职称", "专业技术职务"),
        choices=lambda: Title.labels,
    )
    occupation = Column(
        "occupation",
        "职业",
        ChoiceWidget(Occupation),
        synonyms=("从事职业",),
        choices=lambda: Occupation.labels,
    )
    is_research = Column(
        "is_research", "是否研发人员", BooleanWidget(), synonyms=("研发人员",), choices=lambda: ["是", "否"]
    )
    mobile = Column(
        "mobile",
        "手机号码",
        MobileWidget(),
        synonyms=("手机", "手机号", "联系电话", "移动电话"),
        sensitive=True,
    )
    relation = Column(
        "relation",
        "是否流动党员",
        FloatingWidget(),
        synonyms=("流动党员",),
        choices=lambda: ["是", "否"],
        example="否",
    )
    joined_precision = Column("joined_precision", "入党日期精度", computed=True)
    confirmed_precision = Column("confirmed_precision", "转正日期精度", computed=True)
    probation_ends_on = Column("probation_ends_on", "预备期满日期", DateWidget(future=True), computed=True)
    legacy_unverified = Column("legacy_unverified", "历史数据待核", StagedWidget(), computed=True)
    legacy_reason = Column("legacy_reason", "待核原因", computed=True)

    class Meta:
        model = Member
        fields = (
            "name", "identity_number", "identity_type", "sex", "ethnicity", "born_on", "education", "joined_on",
            "confirmed_on", "membership", "organisation", "employer_code", "employer_name", "position",
            "title_of_work", "occupation", "is_research", "mobile", "relation", "joined_precision",
            "confirmed_precision", "probation_ends_on", "legacy_unverified", "legacy_reason",
        )  # fmt: skip

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.known: set[str] = set()  # keys of the file that the register holds
        # Look-ups hold what they read, so every import gets its own.
        self.fields["organisation"].widget = LookupWidget(
            lambda: ((home.code, home.pk) for home in self.homes.values()),
            code="organisation_unknown",
            what="党支部",
        )

    # --- Who and where -------------------------------------------------------------------------------------

    @classmethod
    def sees_all_runs(cls, user):
        return access.has_at_top(user, "imports.run") and access.has_at_top(user, "members.change")

    @classmethod
    def in_register(cls, user):
        return Member.objects.in_register().visible_to(user).count()

    @classmethod
    def result_links(cls, run):
        try:
            return [("党员名册", reverse("members:member-list"))]
        except NoReverseMatch:
            return []

    @cached_property
    def homes(self) -> dict[int, Organisation]:
        """Whom a list may name: the organisations whose members the person maintains."""
        rows = Organisation.objects.permitted_to(self.user, "members.change").order_by("path")
        return rows.only("code", "name", "kind", "path", "keeps_membership", "dissolved_on").in_bulk()

    # --- Judging -------------------------------------------------------------------------------------------

    def check(self, batch: Batch) -> None:
        for name in ("sex", "born_on"):
            batch.values.setdefault(name, [None] * len(batch))
        for index in range(len(batch)):
            self._check_identity(batch, index)
            self._check_dates(batch, index, self._row(batch, index, DATES))
            home = self.homes.get(batch.values["organisation"][index])
            if home and home.dissolved_on:
                self._reject(batch, index, "organisation", "organisation_dissolved", "已撤销，不能接收党员。")
        batch.values["joined_precision"] = _exact_days(batch.values.get("joined_on"), len(batch))
        batch.values["confirmed_precision"] = _exact_days(batch.values.get("confirmed_on"), len(batch))

    def _row(self, batch, index, names) -> dict:
        return {name: batch.values[name][index] if batch.has(name) else None for name in names}

    def _reject(self, batch, index, name, code, message):
        column = self.column(name)
        batch.reject(index, column, code, message.removeprefix(column.label))

    def _check_identity(self, batch, index):
        """The number against itself, sex and birthday; where the file leaves those out, the number tells them."""
        number = batch.values["identity_number"][index]
        if not number:
            return
        of = self._row(batch, index, ("identity_type", "sex", "born_on"))
        kind = of["identity_type"] or IdentityType.RESIDENT
        try:
            validators.validate_identity(kind, number, sex=of["sex"], born_on=of["born_on"], today=self.today)
        except ValidationError as error:
            for name, sentences in error.message_dict.items():
                self._reject(batch, index, name, IDENTITY_CODES[name], sentences[0])
            return
        if kind == IdentityType.RESIDENT:
            if of["born_on"] is None and not self._is_faulty(batch, index, "born_on"):
                batch.values["born_on"][index] = identity_birthday(number)
            if of["sex"] is None and not self._is_faulty(batch, index, "sex"):
                batch.values["sex"][index] = (Sex.MALE if identity_is_male(number) else Sex.FEMALE).value
        elif of["sex"] is None and not self._is_faulty(batch, index, "sex"):
            self._reject(batch, index, "sex", "required_missing", "为空，请补填。")

    @staticmethod
    def _is_faulty(batch, index, name):
        return any(problem.column == name for problem in batch.problems.get(index, ()))

    def _check_dates(self, batch, index, of: dict):
        """`of` holds values by name of `DATES`. Of a month the day that fits best counts."""
        joined, confirmed = of["joined_on"], of["confirmed_on"]
        if isinstance(joined, MonthDate):
            last = month_end(joined)
            joined = min(last, self.today, *([confirmed] if confirmed and confirmed >= joined else []))
        try:
            validators.validate_dates(
                born_on=of["born_on"],
                joined_on=joined,
                confirmed_on=confirmed,
                membership=of["membership"],
                today=self.today,
            )
        except ValidationError as error:
            for name, sentences in error.message_dict.items():
                self._reject(batch, index, name, "dates_order", sentences[0])

    def make_keys(self, batch: Batch) -> list[str]:
        """The hashes under every key of the ring, the present one first."""
        return [
            " ".join(blind_indexes(number, HASH_OF_IDENTITY)) if number else ""
            for number in batch.values["identity_number"]
        ]

    def stored(self, keys: Iterable[str]) -> dict[str, Stored]:
        by_hash = {part: key for key in keys for part in key.split()}
        hashes, found = list(by_hash), {}
        for start in range(0, len(hashes), sql.CHUNK):
            rows = Member.objects.filter(identity_hash__in=hashes[start : start + sql.CHUNK]).order_by()
            for pk, stamp, identity_hash, *values in rows.values_list(
                "pk", "updated_at", "identity_hash", *STORED
            ):
                row = dict(zip(STORED, values, strict=True))
                for name in ("joined_on", "confirmed_on"):
                    if row[name] and row[f"{name.removesuffix('_on')}_precision"] == Precision.MONTH:
                        row[name] = MonthDate(row[name].year, row[name].month, 1)
                found[by_hash[identity_hash]] = Stored(pk, row, stamp)
        return found

    def same(self, name, old, new):
        if name == "identity_number":  # the key says so, under whichever letters
            return True
        if name in ("joined_on", "confirmed_on") and isinstance(new, MonthDate) and old:
            return (old.year, old.month) == (new.year, new.month)
        if name == "relation":  # a transfer under way or a kept relation is not what the column speaks of
            away = (Relation.FLOATING_OUT, Relation.LEFT)
            return new is None or (new != Relation.FLOATING_OUT and old not in away)
        if new is None and name in ("identity_type", *PRECISIONS):
            return True  # a list that leaves these out says nothing about them
        return super().same(name, old, new)

    def check_stored(self, batch: Batch, stored: dict[str, Stored]) -> None:
        self.known = set(stored)
        clashes: dict[int, Stored] = {}
        comings: dict[int, Stored] = {}  # a list says that they went or came back
        for index, key in enumerate(batch.keys):
            if key not in stored or index in batch.problems or index in batch.skipped:
                continue
            row = stored[key]
            left = row.values["membership"] not in COUNTED or row.values["relation"] == Relation.LEFT
            if left or row.values["organisation"] != batch.values["organisation"][index]:
                clashes[index] = row
                continue
            self._check_membership(batch, index, row)
            relation = batch.values["relation"][index] if batch.has("relation") else None
            if relation and relation != row.values["relation"]:
                comings[index] = row
            of = self._row(batch, index, DATES)
            if None in of.values():
                self._check_dates(batch, index, {n: row.values[n] if v is None else v for n, v in of.items()})
        self._refuse_clashes(batch, clashes)
        self._check_comings(batch, comings)

    def _check_membership(self, batch, index, row: Stored):
        if batch.values["membership"][index] != row.values["membership"]:
            label = Membership(row.values["membership"]).label
            self._reject(
                batch,
                index,
                "membership",
                "membership_differs",
                f"与登记册不同（登记册为{label}），转正等变更请在登记册中办理。",
            )

    def _check_comings(self, batch, comings: dict[int, Stored]):
        """What a procedure holds (a transfer under way, an absence) ends by that procedure and not by a list."""
        absences: dict[int, str] = {}
        for chunk in id_chunks(row.pk for row in comings.values()):
            absences.update(Absence.objects.open().filter(member__in=chunk).values_list("member", "kind"))
        for index, row in comings.items():
            old, new = row.values["relation"], batch.values["relation"][index]
            if self.same("relation", old, new):
                continue
            if row.pk in absences:
                held = AbsenceKind(absences[row.pk]).label
            elif old in (Relation.MOVING_OUT, Relation.RESERVED):
                held = Relation(old).label
            else:
                continue
            self._reject(
                batch,
                index,
                "relation",
                "relation_busy",
                f"与登记册不同（已登记“{held}”），请先在登记册中办结。",
            )

    def _refuse_clashes(self, batch, clashes: dict[int, Stored]):
        """Row 41 for many at once: the other place is named only where the importer sees its members."""
        places: dict[int, str] = {}
        for chunk in id_chunks(row.pk for row in clashes.values()):
            seen = Member.objects.visible_to(self.user).filter(pk__in=chunk).order_by()
            places.update(seen.values_list("pk", "organisation__name"))
        for index, row in clashes.items():
            counted = row.values["membership"] in COUNTED and row.values["relation"] != Relation.LEFT
            sentence = validators.registered_sentence(
                is_counted=counted, is_here=False, place=places.get(row.pk, "")
            )
            code = "member_elsewhere" if counted else "member_left"
            self._reject(batch, index, "organisation", code, sentence)

    def note_preview(self, batch: Batch) -> None:
        good = [i for i in range(len(batch)) if i not in batch.problems and i not in batch.skipped]
        standings = Counter(batch.values["membership"][i] for i in good)
        floating = sum(
            batch.values["relation"][i] == Relation.FLOATING_OUT for i in good if batch.has("relation")
        )
        if good:
            self.notes.append(
                f"可导入{len(good)}名：正式党员{standings[Membership.FULL]}名，"
                f"预备党员{standings[Membership.PROBATIONARY]}名，其中流动党员{floating}名。"
            )
        new = [i for i in good if batch.keys[i] not in self.known]
        self._note_legacy(Counter(self._legacy(self._row(batch, i, LEGACY)) for i in new))
        if batch.has("employer_code"):
            codes = Counter(code for i in good if (code := batch.values["employer_code"][i]))
            unknown = sum(codes.values()) - sum(codes[code] for code in self._employers(codes))
            if unknown:
                self.notes.append(f"{unknown}名的工作单位不在您可见的企业名录中，保留信用代码，不影响导入。")

    def _note_legacy(self, reasons: Counter):
        faults: Counter = Counter()
        for reason, count in reasons.items():
            faults.update(dict.fromkeys(reason.split("；"), count) if reason else {})
        if faults:
            marked = sum(count for reason, count in reasons.items() if reason)
            words = "，".join(f"{fault}（{count}名）" for fault, count in faults.most_common())
            self.notes.append(f"{marked}名写入后标为“历史数据待核”：{words}。")

    def _legacy(self, of: dict) -> str:
        home = self.homes.get(of["organisation"])
        return validators.legacy_fault(
            can_be_home=home is not None and can_be_home(home),
            membership=of["membership"],
            joined_on=of["joined_on"],
            joined_is_month=isinstance(of["joined_on"], MonthDate),
            confirmed_on=of["confirmed_on"],
        )

    def _employers(self, codes: Iterable[str]) -> dict[str, str]:
        """Credit code → name of the enterprises that the person sees."""
        found: dict[str, str] = {}
        for chunk in id_chunks(code for code in codes if code):
            rows = Enterprise.objects.visible_to(self.user).filter(credit_code__in=chunk).order_by()
            found.update(rows.values_list("credit_code", "name"))
        return found

    # --- Writing -------------------------------------------------------------------------------------------

    def write_new(self, writes, run, at):
        self._check_keys(writes)
        self._check_homes(writes)
        employers = self._employers({write.values.get("employer_code") for write in writes})
        for write, pk in zip(writes, sql.allocate_ids(Member, len(writes)), strict=True):
            write.pk = pk
        fields = {f.attname: f.get_default() for f in Member._meta.concrete_fields}
        fields |= {"created_at": at, "updated_at": at}
        roots = dict(Organisation.objects.filter(depth=1).values_list("path", "pk"))
        rows = (list((fields | self._member(write, employers, roots)).values()) for write in writes)
        sql.insert_rows(Member, list(fields), rows)
        sql.insert_rows(NameKey, ("member_id", "key"), _name_keys(writes))
        sql.insert_rows(
            Posting,
            ("member_id", "organisation_id", "since", "until", "opened_how", "closed_how", "run_id"),
            (
                (write.pk, write.values["organisation"], None, None, Opening.REGISTER.value, "", run.pk)
                for write in writes
            ),
        )

    @staticmethod
    def _check_keys(writes):
        """A ring that changed since the preview would put members under a key that nobody asks for any more."""
        ring = list(index_keys(settings.INDEX_KEYS))
        if any([part.partition(":")[0] for part in write.key.split()] != ring for write in writes):
            raise ValidationError("检索用的密钥在预览之后已更换，未写入任何数据，请重新比对。")

    def _check_homes(self, writes):
        """Organisations may have been dissolved, or rights lost, since the preview."""
        lost = {w.values["organisation"] for w in writes if w.values["organisation"] not in self.homes}
        lost |= {pk for pk, home in self.homes.items() if home.dissolved_on} & {
            write.values["organisation"] for write in writes
        }
        if lost:
            raise ValidationError(
                "名册中有党组织在预览之后被撤销，或已不在您的权限内，未写入任何数据，请重新比对。"
            )

    def _member(self, write: Write, employers, roots) -> dict:
        """Column → value of a new row; blank cells take the default of the field."""
        values = write.values
        given = {name: values[name] for name in PLAIN if values.get(name) is not None}
        of = {name: values.get(name) for name in LEGACY}
        reason, mobile = self._legacy(of), values.get("mobile") or ""
        return given | {
            "id": write.pk,
            "pinyin": sort_key(values["name"]),
            "identity_hash": write.key.split()[0],
            "mobile": mobile,
            "mobile_hash": blind_index(mobile, HASH_OF_MOBILE),
            "organisation_id": values["organisation"],
            "root_id": roots[self.homes[values["organisation"]].path[:STEP]],
            "employer_name": values.get("employer_name") or employers.get(values.get("employer_code"), ""),
            "joined_precision": _precision(of["joined_on"]),
            "confirmed_precision": _precision(of["confirmed_on"]),
            "probation_ends_on": _end_of_probation(of["membership"], of["joined_on"]),
            "legacy_unverified": bool(reason),
            "legacy_reason": reason,
        }

    def write_changed(self, writes, run, at):
        self._check_keys(writes)
        self._lock(writes)
        employers = self._employers(
            {write.values["employer_code"] for write in writes if "employer_code" in write.changed}
        )
        rows = []
        for write in writes:
            new = {name: write.values[name] for name in write.changed}
            new = {name: _blank(name) if value is None else value for name, value in new.items()}
            self._follow(write, new, employers)
            rows.append((write, write.stored.values | new))
        names = [name for name in STORED if name not in ("identity_number", "organisation")]
        sql.update_rows(
            Member,
            (*names, "pinyin", "identity_hash", "mobile_hash", "updated_at"),
            (
                (
                    write.pk,
                    *(row[name] for name in names),
                    sort_key(row["name"]),
                    write.key.split()[0],
                    blind_index(row["mobile"], HASH_OF_MOBILE),
                    at,
                )
                for write, row in rows
            ),
        )
        _rewrite_name_keys({write.pk: row["name"] for write, row in rows if "name" in write.changed})

    @staticmethod
    def _lock(writes):
        """Nobody changes these rows until the end; who did so since they were compared must not be overwritten."""
        stamps = {write.pk: write.stored.stamp for write in writes}
        for chunk in id_chunks(stamps):
            rows = Member.objects.select_for_update().filter(pk__in=chunk).order_by("pk")
            if any(stamps[pk] != stamp for pk, stamp in rows.values_list("pk", "updated_at")):
                raise ValidationError("写入时有党员信息正被他人修改，未写入任何数据，请再次写入。")

    def _follow(self, write: Write, new: dict, employers) -> None:
        """Put what depends on the changed values into `new`, and its old values where an undo finds them."""
        old, derived = write.stored.values, {}
        if "employer_code" in new and "employer_name" not in new:
            derived["employer_name"] = employers.get(new["employer_code"], "")
        for name in ("joined_on", "confirmed_on"):
            if name in new:
                derived[f"{name.removesuffix('_on')}_precision"] = _precision(new[name])
        if LEGACY_CAUSES & set(new):
            now = old | new
            if old["probation_ends_on"] == _end_of_probation(old["membership"], old["joined_on"]):
                # Not one that was extended.
                derived["probation_ends_on"] = _end_of_probation(now["membership"], now["joined_on"])
            derived["legacy_reason"] = self._legacy(now)
            derived["legacy_unverified"] = bool(derived["legacy_reason"])
        for name, value in derived.items():
            if old[name] != value:
                new[name] = value
                write.before.setdefault(name, self.column(name).widget.dump(old[name]))

    def after_write(self, new, changed, missing, run):
        codes = {write.values.get("employer_code") for write in new}
        for write in changed:
            codes |= {write.stored.values["employer_code"], write.values.get("employer_code")}
        refresh_full_members(codes)

    # --- Taking back ---------------------------------------------------------------------------------------

    def in_use(self, pks, run):
        used = super().in_use(pks, run)
        for chunk in id_chunks(pks):
            linked = Member.objects.filter(pk__in=chunk, account__isnull=False).order_by()
            for pk in linked.values_list("pk", flat=True):
                used.setdefault(pk, "已关联本人账号，予以保留。")
        return used

    def delete_created(self, pks, run):
        codes = set(_employer_codes(pks))
        for model in self.derived:
            sql.delete_rows(model, "member_id", pks)
        sql.delete_rows(Member, "pk", pks)
        refresh_full_members(codes)

    def restore(self, rows, run):
        pks = [pk for pk, _ in rows]
        codes = set(_employer_codes(pks))
        for _, before in rows:
            if "name" in before:
                before["pinyin"] = sort_key(before["name"])
            if "mobile" in before:
                before["mobile_hash"] = blind_index(before["mobile"], HASH_OF_MOBILE)
        super().restore(rows, run)
        _rewrite_name_keys({pk: before["name"] for pk, before in rows if "name" in before})
        refresh_full_members(codes | set(_employer_codes(pks)))


DATES = ("born_on", "joined_on", "confirmed_on", "membership")
LEGACY = ("organisation", "membership", "joined_on", "confirmed_on")
PRECISIONS = ("joined_precision", "confirmed_precision")
# Attributes of a member that a list may fill as they stand in it.
PLAIN = (
    "name", "identity_type", "identity_number", "sex", "ethnicity", "born_on", "education", "title", "occupation",
    "position", "is_research", "employer_code", "membership", "relation", "joined_on", "confirmed_on",
)  # fmt: skip
STORED = (
    *PLAIN,
    "mobile",
    "organisation",
    "employer_name",
    *PRECISIONS,
    "probation_ends_on",
    "legacy_unverified",
    "legacy_reason",
)


def _exact_days(days: list | None, size: int) -> list:
    """`day` for each exact day, None for a month: what a list knows less exactly than the register stays."""
    if days is None:
        return [None] * size
    return [None if day is None or isinstance(day, MonthDate) else Precision.DAY.value for day in days]


def _precision(day: dt.date | None) -> str:
    return (Precision.MONTH if isinstance(day, MonthDate) else Precision.DAY).value


def _end_of_probation(membership: str, joined_on: dt.date | None) -> dt.date | None:
    if membership != Membership.PROBATIONARY or joined_on is None:
        return None
    return add_years(joined_on, validators.PROBATION_YEARS)


def _blank(name: str):
    """What a cell that clears leaves behind."""
    field = Member._meta.get_field(name)
    return field.get_default()


def _name_keys(writes: Iterable[Write]) -> Iterator[tuple[int, str]]:
    for write in writes:
        for key in search_keys(write.values["name"]):
            yield write.pk, key


def _rewrite_name_keys(names: dict[int, str]) -> None:
    """The search keys of these members, by their present names."""
    sql.delete_rows(NameKey, "member_id", list(names))
    keys = ((pk, key) for pk, name in names.items() for key in search_keys(name))
    sql.insert_rows(NameKey, ("member_id", "key"), keys)


def _employer_codes(pks: Iterable[int]) -> Iterator[str]:
    for chunk in id_chunks(pks):
        rows = Member.objects.filter(pk__in=chunk).exclude(employer_code="").order_by()
        yield from rows.values_list("employer_code", flat=True).distinct()


__all__ = ["MemberResource"]
