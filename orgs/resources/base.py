"""What the imports of this app share: identifiers as widgets, scope of look-ups, the audit entry."""

from cryptography.exceptions import InvalidTag
from django.db.models import F

from imports.guard import UnusableFile
from imports.resources import REASONS, StagedResource
from imports.widgets import CellProblem, CodeWidget, StagedWidget
from orgs import access, audit
from orgs.fields import mask_phone, seal, seal_bytes, unseal, unseal_bytes
from orgs.identifiers import (
    credit_code_check,
    credit_code_fault,
    credit_code_suggestion,
    is_phone,
    normalise_phone,
)
from orgs.models import Area, AuditAction, Cluster, Organisation, Park, ParkAlias

FILE_CONTEXT = "imports.importrun.file"
AUDIT_ACTIONS = {"import": AuditAction.IMPORT, "undo": AuditAction.UNDO, "download": AuditAction.EXPORT}
ORGS_REASONS = {
    "name_missing": "名称为空",
    "credit_code_length": "信用代码位数不对",
    "credit_code_check": "信用代码校验位不对",
    "phone_invalid": "电话号码无效",
    "park_unknown": "园区不存在",
    "area_unknown": "片区不存在",
    "cluster_unknown": "产业集群不存在",
    "chain_unknown": "产业链不存在",
    "status_unknown": "登记状态无法识别",
    "kind_unknown": "党组织类别无法识别",
    "method_unknown": "覆盖方式无法识别",
    "employees_invalid": "从业人数无效",
    "members_invalid": "党员人数无效",
    "members_over_employees": "党员多于从业人数",
    "organisation_unknown": "党组织不存在",
    "enterprise_unknown": "企业不存在",
    "parent_unknown": "上级不存在",
    "parent_invalid": "上级不合适",
    "place_invalid": "经纬度无效",
    "place_half": "经纬度不成对",
}


class CreditCodeWidget(CodeWidget):
    """统一社会信用代码: 18 characters, right check character; never corrected, only suggested."""

    def parse(self, text, cell):
        code = super().parse(text, cell).replace("-", "").upper()
        fault = credit_code_fault(code)
        if not fault:
            return code
        if fault == "length":
            raise CellProblem("credit_code_length", f"应为18位，现为{len(code)}位，请对照营业执照补全。")
        if suggestion := credit_code_suggestion(code):
            raise CellProblem(
                "credit_code_check", f"含有代码中不使用的字母，是否“{suggestion}”？请对照营业执照核对。"
            )
        if fault == "characters":
            raise CellProblem("credit_code_check", "含有代码中不使用的字符，请对照营业执照核对。")
        right = credit_code_check(code)
        raise CellProblem("credit_code_check", f"校验位不正确，按前17位应为“{right}”，请对照营业执照核对。")


class SealedWidget(StagedWidget):
    """Personal data, encrypted while it waits; subclasses mask it when shown."""

    CONTEXT = "imports.stagedrow.values"

    def dump(self, value):
        return None if value is None else seal(value, self.CONTEXT)

    def load(self, dumped):
        # An empty number in the register is "" and must come back as that, after an undo too.
        return None if dumped is None else unseal(dumped, self.CONTEXT)


class PhoneWidget(SealedWidget):
    """A telephone number; masked when shown."""

    def parse(self, text, cell):
        numbers = [normalise_phone(part) for part in text.replace("、", "/").replace(",", "/").split("/")]
        if not all(is_phone(number) for number in numbers):
            raise CellProblem("phone_invalid", "不是电话号码，请填写手机号或带区号的固定电话。")
        return "/".join(numbers)

    def show(self, value):
        return mask_phone(value) if value else ""

    def mask(self, text):
        return mask_phone(text)


class OrgsResource(StagedResource):
    """Who may import, the entry in the audit trail, and how files with personal data are kept."""

    reasons = REASONS | ORGS_REASONS

    @classmethod
    def seal_file(cls, content):
        return seal_bytes(content, FILE_CONTEXT)

    @classmethod
    def unseal_file(cls, sealed):
        try:
            return unseal_bytes(sealed, FILE_CONTEXT)
        except (InvalidTag, KeyError, ValueError) as error:
            raise UnusableFile("sealed", "文件保存时所用的密钥已停用，无法读取，请重新上传。") from error

    @classmethod
    def may_run(cls, user):
        return access.can_run_imports(user, cls.code)

    @classmethod
    def sees_all_runs(cls, user):
        return access.has_at_top(user, "imports.run")

    @classmethod
    def in_register(cls, user):
        return cls._meta.model.objects.visible_to(user).count()

    @classmethod
    def record(cls, *, action, run, user, detail, request=None):
        root = Organisation.objects.filter(depth=1).order_by("path").values_list("path", flat=True).first()
        audit.record(
            actor=user,
            action=AUDIT_ACTIONS[action],
            obj=run,
            path=root or "",
            detail={"kind": cls.code, "sha256": run.sha256, **detail},
            request=request,
        )


def area_names():
    return Area.objects.values_list("name", "pk")


def cluster_names():
    return Cluster.objects.values_list("name", "pk")


def park_names():
    """Names and aliases; a name wins over an equal alias."""
    yield from ParkAlias.objects.values_list("name", "park_id")
    yield from Park.objects.values_list("name", "pk")


def names_for(model, field="name"):
    """For the drop-downs of a template: the names in the order of the list pages."""
    return lambda: list(model.objects.order_by("pk").values_list(F(field), flat=True)[:2000])
