"""The kinds of orders below a top organisation; the usual ones stand there from the first use on. Source: S27, S32."""

from linkages.models import ItemKind, OrderGroup, OrderKind

E, T = OrderGroup.ENTERPRISE, OrderGroup.TALENT
DAY = 7.5  # working hours
# (group, name, days to finish, private, whose resources fit).
USUAL = (
    (E, "政策咨询与申报", 5, False, ItemKind.POLICY),
    (E, "融资对接", 15, False, ItemKind.FINANCE),
    (E, "技术攻关", 30, False, ItemKind.RESEARCH),
    (E, "检验检测", 10, False, ItemKind.TESTING),
    (E, "知识产权", 10, False, ItemKind.INTELLECTUAL_PROPERTY),
    (E, "法律服务", 5, False, ItemKind.LEGAL),
    (E, "人才招聘", 15, False, ItemKind.HIRING),
    (E, "场地设施", 10, False, ItemKind.VENUE),
    (E, "市场对接", 20, False, ItemKind.MARKET),
    (E, "证照办理", 5, False, ""),
    (E, "人才安居与子女教育", 15, False, ItemKind.HOUSING),
    (E, "党建指导", 5, False, ""),
    (E, "其他诉求", 10, False, ""),
    (T, "落户", 10, False, ""),
    (T, "子女入学", 15, False, ItemKind.SCHOOLING),
    (T, "住房", 15, False, ItemKind.HOUSING),
    (T, "职称评定", 10, False, ""),
    (T, "社保公积金", 5, False, ""),
    (T, "出入境和居留", 10, False, ""),
    (T, "创业扶持", 15, False, ""),
    (T, "医疗健康", 5, True, ItemKind.HEALTH),
    (T, "心理咨询", 2, True, ItemKind.HEALTH),
    (T, "家庭事务", 5, True, ""),
    (T, "其他服务", 10, False, ""),
)


def ensure_kinds(root_id: int) -> None:
    """The usual kinds where the top organisation has none yet; two at once write them once."""
    if OrderKind.objects.filter(organisation=root_id).exists():
        return
    OrderKind.objects.bulk_create(
        (
            OrderKind(
                organisation_id=root_id,
                group=group,
                name=name,
                position=position,
                finish_hours=round(days * DAY),
                is_private=private,
                topic=topic,
            )
            for position, (group, name, days, private, topic) in enumerate(USUAL, 1)
        ),
        ignore_conflicts=True,
    )


def kinds_for(root_id: int, group: str):
    """What may be chosen there."""
    ensure_kinds(root_id)
    return OrderKind.objects.open().filter(organisation=root_id, group=group)
