"""The one table of what each role may do. Pages never read it: they ask `orgs/access.py`."""

VIEW = frozenset({"organisations.view", "enterprises.view"})
WORK = VIEW | {"coverage.change", "surveys.change", "enterprises.change", "export"}
# Administrators keep accounts and settings and see no member and no record of who was where (三员分立).
MEMBERS = frozenset(
    {
        "members.view",
        "members.change",
        "activities.view",
        "activities.change",
        "linkages.view",
        "linkages.change",
    }
)

ROLE_PERMISSIONS: dict[str, frozenset[str]] = {
    "administrator": VIEW
    | {
        "accounts.manage",
        "organisations.change",
        "enterprises.change",
        "imports.run",
        "settings.change",
        "export",
    },
    "auditor": frozenset({"audit.view"}),
    "officer": WORK
    | {"organisations.change", "imports.run", "statistics.view", "delegate", "sensitive.reveal"}
    | MEMBERS
    | {"members.export"},
    "secretary": VIEW
    | {"coverage.change", "surveys.change", "statistics.view", "delegate", "sensitive.reveal"}
    | MEMBERS,
    "leader": VIEW | {"statistics.view", "members.view", "activities.view", "linkages.view"},
    "contact": frozenset({"enterprises.own"}),
    "member": frozenset({"self.view"}),
    "partner": frozenset({"linkages.partner"}),
    # Hangs on a wall, signed in all day: sums alone.
    "screen": frozenset({"statistics.view"}),
}

# What a borrowed appointment never carries.
NEVER_DELEGATED = frozenset({"export", "members.export", "delegate"})

# 三员分立: whoever holds one of these may hold none of the others; nor do people of other units do any of it.
EXCLUSIVE_DUTIES = {
    "accounts.manage": "系统管理",
    "audit.view": "安全审计",
    "sensitive.reveal": "党务办理",
    "linkages.partner": "外单位联络",
}


def duty_of(role: str) -> str:
    """The exclusive duty a role carries, in words; "" when it carries none."""
    found = (label for permission, label in EXCLUSIVE_DUTIES.items() if permission in ROLE_PERMISSIONS[role])
    return next(found, "")


PERMISSION_LABELS = {
    "organisations.view": "查看党组织",
    "organisations.change": "维护党组织",
    "enterprises.view": "查看企业",
    "enterprises.change": "维护企业信息",
    "enterprises.own": "查看本企业",
    "coverage.change": "维护覆盖台账",
    "surveys.change": "办理摸排任务",
    "imports.run": "导入名单",
    "statistics.view": "查看统计",
    "accounts.manage": "管理账号",
    "settings.change": "维护系统设置",
    "audit.view": "查看审计日志",
    "export": "导出",
    "delegate": "授权他人代办",
    "sensitive.reveal": "查看完整的证件号码和电话",
    "members.view": "查看党员",
    "members.change": "维护党员信息、发展党员和党费",
    "members.export": "导出党员名册",
    "activities.view": "查看活动和到会情况",
    "activities.change": "登记活动和组织生活",
    "linkages.view": "查看共建协议",
    "linkages.change": "起草、签署和办理共建协议",
    "linkages.partner": "查看本单位参与的共建协议",
    "self.view": "查看本人信息",
}
