"""What the imports of this app share: identifiers as widgets, scope of look-ups, the audit entry."""

from django.db.models import F

from imports.resources import StagedResource
from imports.widgets import CellProblem, CodeWidget, StagedWidget
from orgs import access, audit
from orgs.fields import mask_phone, seal, unseal
from orgs.identifiers import (
    credit_code_check,
    credit_code_fault,
    credit_code_suggestion,
    is_phone,
    normalise_phone,
)
from orgs.models import Area, AuditAction, Cluster, Organisation, Park, ParkAlias


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


class PhoneWidget(StagedWidget):
    """A telephone number; encrypted while it waits, masked when shown."""

    CONTEXT = "imports.stagedrow.values"

    def parse(self, text, cell):
        numbers = [normalise_phone(part) for part in text.replace("、", "/").replace(",", "/").split("/")]
        if not all(is_phone(number) for number in numbers):
            raise CellProblem("phone_invalid", "不是电话号码，请填写手机号或带区号的固定电话。")
        return "/".join(numbers)

    def dump(self, value):
        return seal(value or "", self.CONTEXT)

    def load(self, dumped):
        return unseal(dumped, self.CONTEXT) if dumped else None

    def show(self, value):
        return mask_phone(value) if value else ""

    def mask(self, text):
        return mask_phone(text)


class OrgsResource(StagedResource):
    """Who may import, and the entry in the audit trail."""

    @classmethod
    def may_run(cls, user):
        return access.can_run_imports(user, cls.code)

    @classmethod
    def sees_all_runs(cls, user):
        return access.has_at_top(user, "imports.run")

    @classmethod
    def record(cls, *, action, run, user, detail):
        root = Organisation.objects.filter(depth=1).order_by("path").values_list("path", flat=True).first()
        audit.record(
            actor=user,
            action=AuditAction.IMPORT if action == "import" else AuditAction.UNDO,
            obj=run,
            path=root or "",
            detail={"kind": cls.code, "sha256": run.sha256, **detail},
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
