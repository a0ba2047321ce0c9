"""示例标准: a set of criteria to begin with. Data only: once taken over, an organisation edits them as its own."""

from members.models import Counting

ITEM, ONCE = Counting.PER_ITEM, Counting.ONCE
# (group, name, how counted, points, at most, description)
SAMPLE = (
    ("科技贡献", "主持或参与科研项目", ITEM, 5, 15, "省部级以上每项5分，以立项或验收文件为准。"),
    ("科技贡献", "授权发明专利", ITEM, 4, 16, "第一至第三发明人，以授权公告为准。"),
    ("科技贡献", "制定国家或行业标准", ITEM, 5, 10, "列入起草人名单。"),
    ("产业贡献", "承担关键核心技术攻关", ITEM, 8, 16, "揭榜挂帅、重点攻关任务骨干。"),
    ("产业贡献", "技改、降本增效项目", ITEM, 3, 9, "以单位证明的效益为准。"),
    ("成果转化", "成果转化落地", ITEM, 6, 18, "签订转化合同并到账。"),
    ("成果转化", "新产品、新工艺投产", ITEM, 4, 12, "以投产证明为准。"),
    ("政治表现", "思想汇报和政治学习", ONCE, 10, 10, "党支部按考察情况评定。"),
    ("政治表现", "参加志愿服务和党组织活动", ITEM, 1, 10, "每次1分，以签到为准。"),
    ("政治表现", "获得表彰奖励", ITEM, 5, 10, "区县级以上荣誉。"),
)
