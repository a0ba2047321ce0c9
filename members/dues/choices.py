"""What dues are reckoned by and how they are paid."""

from django.db import models


class DuesCategory(models.TextChoices):
    """Who pays by which rule. Annual pay counts as pay of the month it is for."""

    SALARIED = "salaried", "按月领取工资"
    IRREGULAR = "irregular", "个体经营、收入不固定"
    RETIRED = "retired", "离退休"
    FARMER = "farmer", "农民"
    STUDENT = "student", "学生"
    LAID_OFF = "laid_off", "下岗失业"
    RELIEF = "relief", "领取救济金、低保"


BY_BASE = (DuesCategory.SALARIED, DuesCategory.IRREGULAR, DuesCategory.RETIRED)
FIXED = (DuesCategory.STUDENT, DuesCategory.LAID_OFF, DuesCategory.RELIEF)


class PaymentKind(models.TextChoices):
    DUES = "dues", "党费"
    GIFT = "gift", "自愿多交"


class PaymentMethod(models.TextChoices):
    CASH = "cash", "现金"
    TRANSFER = "transfer", "银行转账"
    ONLINE = "online", "线上支付"
    WITHHELD = "withheld", "代扣"
