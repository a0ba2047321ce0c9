"""The audit trail, for auditors."""

import datetime as dt

from django.utils import timezone
from django.views.decorators.http import require_safe

from imports.resources import KINDS
from orgs import access
from orgs.forms.accounts import AuditFilterForm
from orgs.models import AuditEvent, Enterprise, Organisation
from orgs.paging import keyset_page
from orgs.views.pages import render_list

# How the keys of an event's detail read on the page; others show as they are.
DETAIL_LABELS = {
    "act": "事项",
    "active": "在用",
    "alias_added": "增加的别名",
    "alias_removed": "删除的别名",
    "approval_no": "批复文号",
    "basis": "依据",
    "changed": "变更",
    "changes": "修改",
    "code": "代码",
    "cleared": "取消的设定",
    "counts": "计数",
    "coverage": "覆盖",
    "coverage_ended": "终止的覆盖",
    "days": "日期",
    "delegated_by": "授权人",
    "delivery": "推送编号",
    "disbanded": "解散原因",
    "dissolved_on": "撤销日期",
    "document_no": "文号",
    "due_on": "期限",
    "effective_on": "生效日期",
    "elected_on": "选举日期",
    "effect": "影响",
    "ends_on": "结束日期",
    "enterprise": "企业",
    "events": "事件",
    "evidence": "依据",
    "expires_on": "到期日期",
    "extended_to": "延期至",
    "field": "查看的内容",
    "fields": "修改的字段",
    "file": "文件",
    "filter": "筛选条件",
    "format": "格式",
    "from": "原上级",
    "full_members": "正式党员",
    "functional_superior": "功能上级",
    "instructor_name": "指导员",
    "invitation": "邀请链接",
    "jurisdiction": "负责企业范围",
    "kept": "保留",
    "kind": "类型",
    "list": "名单",
    "locked": "账号已锁定",
    "masked": "号码已遮盖",
    "method": "请求方式",
    "missing": "缺失",
    "new": "新增",
    "note": "说明",
    "on": "日期",
    "organisation": "党组织",
    "overridden": "原有的设定",
    "owner": "责任党组织",
    "page": "页面",
    "parent": "上级党组织",
    "password": "密码",
    "people": "人数",
    "person": "姓名",
    "phone_reason": "导出电话的理由",
    "phones": "含完整电话",
    "post": "职务",
    "purpose": "用途",
    "reason": "理由",
    "rejected": "错误",
    "removed": "移除",
    "replaced": "代替的覆盖",
    "restored": "恢复",
    "role": "角色",
    "rows": "行数",
    "run": "批次",
    "scale": "规模",
    "seats": "委员名额",
    "seed": "种子",
    "sessions_ended": "结束的登录",
    "setting": "项目",
    "sha256": "SHA-256",
    "since": "起始日期",
    "skipped": "跳过",
    "source": "依据文件",
    "starts_on": "开始日期",
    "survey": "摸排",
    "task_ended_on": "任务结束日期",
    "tasks_done": "办结的走访任务",
    "tasks_freed": "退回的走访任务",
    "team": "服务队",
    "term_ends_on": "届满日期",
    "to": "新上级",
    "token": "令牌",
    "two_factor": "两步验证",
    "type": "方式",
    "unchanged": "未变",
    "until": "截止日期",
    "username": "用户名",
    "value": "值",
    "visit": "走访",
    "visit_task": "走访任务",
    "visited_on": "走访日期",
    "what": "内容",
}
FIELD_LABELS = {
    field.name: str(field.verbose_name)
    for model in (Organisation, Enterprise)
    for field in model._meta.concrete_fields
}
VALUE_LABELS = {"demo_park": "演示园区", "GET": "打开", "POST": "提交"}


@require_safe
def audit_list(request):
    access.require(access.can_view_audit(request.user))
    form = AuditFilterForm(request.GET)
    form.is_valid()  # what does not make sense is no filter
    rows = _filtered(AuditEvent.objects.visible_to(request.user), getattr(form, "cleaned_data", {}))
    page = keyset_page(rows.select_related("actor"), request.GET, sorts={"at": "id"}, default="-at")
    for event in page:
        event.detail_rows = _detail_rows(event.detail)
    return render_list(request, "orgs/audit_list.html", {"section": "audit", "page": page, "form": form})


def _filtered(rows, chosen):
    if chosen.get("action"):
        rows = rows.filter(action=chosen["action"])
    if chosen.get("person"):
        rows = rows.filter(actor_name__icontains=chosen["person"])
    if chosen.get("q"):
        rows = rows.filter(object_label__icontains=chosen["q"])
    if chosen.get("since"):
        rows = rows.filter(at__gte=_midnight(chosen["since"]))
    if chosen.get("until"):
        rows = rows.filter(at__lt=_midnight(chosen["until"] + dt.timedelta(days=1)))
    return rows


def _midnight(day):
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))


def _detail_rows(detail):
    return [(_label(key), _words(value)) for key, value in detail.items() if value not in ("", None)]


def _label(key):
    return DETAIL_LABELS.get(key) or FIELD_LABELS.get(key, key)


def _words(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(map(_words, value))
    if isinstance(value, dict):
        return "；".join(f"{_label(key)}：{_change(item)}" for key, item in value.items())
    if value in KINDS:
        return KINDS[value].title
    return VALUE_LABELS.get(value) or str(value)


def _change(value):
    """Old and new, or a single value."""
    if isinstance(value, list) and len(value) == 2:
        return " → ".join(_words(item) or "（空）" for item in value)
    return _words(value)
