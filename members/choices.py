"""What members and their postings can be. Importable from anywhere without a circle."""

from django.db import models


class IdentityType(models.TextChoices):
    RESIDENT = "resident", "居民身份证"
    PASSPORT = "passport", "护照"
    HONG_KONG_MACAO = "hk_macao", "港澳居民通行证"
    TAIWAN = "taiwan", "台湾居民通行证"


class Sex(models.TextChoices):
    MALE = "male", "男"
    FEMALE = "female", "女"


class Precision(models.TextChoices):
    """How exactly a date is known; with `month` the stored day is the first and means nothing."""

    DAY = "day", "日"
    MONTH = "month", "月"


class Education(models.TextChoices):
    """学历, from the highest down. Source of the bands: annual statistics (domain table §8)."""

    DOCTOR = "doctor", "博士研究生"
    MASTER = "master", "硕士研究生"
    BACHELOR = "bachelor", "大学本科"
    COLLEGE = "college", "大学专科"
    SECONDARY = "secondary", "中专"
    HIGH_SCHOOL = "high_school", "高中"
    LOWER = "lower", "初中及以下"


MASTER_OR_HIGHER = (Education.DOCTOR, Education.MASTER)
BACHELOR_OR_HIGHER = (*MASTER_OR_HIGHER, Education.BACHELOR)


class Title(models.TextChoices):
    SENIOR = "senior", "正高级"
    ASSOCIATE = "associate", "副高级"
    INTERMEDIATE = "intermediate", "中级"
    JUNIOR = "junior", "初级"


class Occupation(models.TextChoices):
    """职业, as the annual statistics divide it."""

    WORKER = "worker", "工人（工勤技能人员）"
    FARMER = "farmer", "农牧渔民"
    SPECIALIST = "specialist", "企事业单位、社会组织专业技术人员"
    MANAGER = "manager", "企事业单位、社会组织管理人员"
    OFFICIAL = "official", "党政机关工作人员"
    STUDENT = "student", "学生"
    OTHER = "other", "其他职业人员"
    RETIRED = "retired", "离退休人员"


class Membership(models.TextChoices):
    """The first axis: the standing as a member. Discipline and disposal are dated events, not values of it."""

    PROBATIONARY = "probationary", "预备党员"
    FULL = "full", "正式党员"
    STOPPED = "stopped", "停止党籍"
    ENDED = "ended", "已出党"


COUNTED = (Membership.PROBATIONARY, Membership.FULL)


class Relation(models.TextChoices):
    """The second axis: where the organisational relation stands (组织关系)."""

    REGISTERED = "registered", "在册"
    MOVING_OUT = "moving_out", "转出在途"
    FLOATING_OUT = "floating_out", "流出"
    RESERVED = "reserved", "保留（出国、毕业生）"
    LEFT = "left", "已离册"


class Opening(models.TextChoices):
    """How a posting began. All but MOVED add to the number of members of the whole register."""

    REGISTER = "register", "建账登记"
    ADMITTED = "admitted", "接收预备党员"
    TRANSFERRED_IN = "transferred_in", "组织关系转入"
    RESTORED = "restored", "恢复党籍"
    MOVED = "moved", "内部转接"


class Closing(models.TextChoices):
    """How a posting ended. All but MOVED take from the number of members of the whole register."""

    MOVED = "moved", "内部转接"
    TRANSFERRED_OUT = "transferred_out", "组织关系转出"
    DIED = "died", "去世"
    CANCELLED = "cancelled", "取消预备党员资格"
    STOPPED = "stopped", "停止党籍"
    WITHDREW = "withdrew", "退党"
    DISMISSED = "dismissed", "劝退"
    REMOVED = "removed", "除名"
    EXPELLED = "expelled", "开除党籍"
    MISTAKE = "mistake", "登记有误"


ENDS_MEMBERSHIP = (
    Closing.CANCELLED,
    Closing.WITHDREW,
    Closing.DISMISSED,
    Closing.REMOVED,
    Closing.EXPELLED,
)


class EventKind(models.TextChoices):
    """Dated facts about a member beside the postings. `until_on` limits those that last."""

    CONFIRMED = "confirmed", "转为正式党员"
    EXTENDED = "extended", "延长预备期"
    WARNING = "warning", "警告"
    SERIOUS_WARNING = "serious_warning", "严重警告"
    POSTS_REVOKED = "posts_revoked", "撤销党内职务"
    ON_TRIAL = "on_trial", "留党察看"
    RIGHTS_RESTORED = "rights_restored", "恢复党员权利"
    CORRECTION = "correction", "限期改正"
    CORRECTED = "corrected", "改正期满合格"
    REMOVED = "removed", "停止党籍后除名"
    COMMENDED = "commended", "表彰"
    NOTE = "note", "其他"


DISCIPLINE = (EventKind.WARNING, EventKind.SERIOUS_WARNING, EventKind.POSTS_REVOKED, EventKind.ON_TRIAL)
DISPOSAL = (EventKind.CORRECTION, EventKind.CORRECTED)
