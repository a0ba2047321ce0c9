"""The audit trail, for auditors."""

import datetime as dt

from django.utils import timezone
from django.views.decorators.http import require_safe

from orgs import access
from orgs.forms.accounts import AuditFilterForm
from orgs.models import AuditEvent
from orgs.paging import keyset_page
from orgs.views.pages import render_list

# How the keys of an event's detail read on the page; others show as they are.
DETAIL_LABELS = {
    "act": "事项",
    "active": "在用",
    "basis": "依据",
    "code": "代码",
    "counts": "计数",
    "delegated_by": "授权人",
    "effective_on": "生效日期",
    "ends_on": "结束日期",
    "enterprise": "企业",
    "expires_on": "到期日期",
    "fields": "修改的字段",
    "file": "文件",
    "filter": "筛选条件",
    "invitation": "邀请链接",
    "kind": "类型",
    "locked": "账号已锁定",
    "method": "请求方式",
    "organisation": "党组织",
    "page": "页面",
    "password": "密码",
    "purpose": "用途",
    "reason": "理由",
    "role": "角色",
    "rows": "行数",
    "sessions_ended": "结束的登录",
    "setting": "项目",
    "sha256": "SHA-256",
    "starts_on": "开始日期",
    "token": "令牌",
    "two_factor": "两步验证",
    "type": "方式",
    "username": "用户名",
    "value": "值",
}


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
    return [
        (DETAIL_LABELS.get(key, key), _words(value))
        for key, value in detail.items()
        if value not in ("", None)
    ]


def _words(value):
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(str(item) for item in value)
    if isinstance(value, dict):
        return "，".join(f"{key} {item}" for key, item in value.items())
    return str(value)
