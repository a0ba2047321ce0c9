"""What the invented park is called. No person, enterprise or number here belongs to anybody."""

import random
from collections.abc import Iterator

from orgs.identifiers import ALPHABET, VALUE, credit_code_check

# Cluster → its usual trade words, its industry and its chains (21 in all).
CLUSTERS = {
    "集成电路": (
        ("集成电路", "半导体", "微电子"),
        "计算机、通信和其他电子设备制造业",
        ("芯片设计", "芯片制造", "封装测试", "装备与材料"),
    ),
    "生物医药": (
        ("生物医药", "医疗科技", "基因科技"),
        "医药制造业",
        ("创新药", "高端医疗器械", "细胞与基因治疗", "研发外包服务"),
    ),
    "人工智能": (
        ("智能科技", "算法技术", "数据科技"),
        "软件和信息技术服务业",
        ("大模型", "智能芯片", "智能网联汽车", "智慧医疗"),
    ),
    "机器人": (
        ("机器人", "自动化", "智能装备"),
        "专用设备制造业",
        ("工业机器人", "服务机器人", "核心零部件"),
    ),
    "软件和信息服务": (
        ("软件科技", "信息技术", "网络科技"),
        "软件和信息技术服务业",
        ("基础软件", "工业软件", "信息安全"),
    ),
    "新材料": (
        ("新材料", "复合材料", "高分子材料"),
        "科技推广和应用服务业",
        ("电子化学品", "高性能复合材料", "储能材料"),
    ),
}
CLUSTER_WEIGHTS = (13, 19, 17, 16, 12, 23)
OTHER_INDUSTRY = "研究和试验发展"

# Area → its parks. The first has a committee; the last two lie inside the first two.
PARKS = {
    "张江镇": "博瑞中试基地 海纳科创园 蓝湾加速器 新港智谷 集智中试基地 医谷中试基地 海纳智谷 集智科创园 星河创新园 "
    "启明中试基地 智汇科创园 启明加速器 同创产业园 光谱产业园 云帆科创园 集智产业园 集智智谷",
    "康桥": "海纳创新园 未来中试基地 集智中试基地 海纳智谷 同创创新园 长泰中试基地 锦绣中试基地 锦绣科创园 明湖智谷 "
    "蓝湾智谷 创想加速器 芯谷产业园 芯谷创新园 光谱中试基地 新港加速器 新港中试基地",
    "周浦": "海纳产业园 蓝湾智谷 天元中试基地 汇智智谷 星河科创园 新港产业园 同创中试基地 智汇智谷 长泰创新园 "
    "芯谷加速器 芯谷智谷 汇智科创园 智汇产业园 海纳中试基地 博瑞创新园 海纳智谷",
    "唐镇": "长泰中试基地 天元科创园 博瑞加速器 集智科创园 蓝湾加速器 明湖加速器 集智中试基地 海纳创新园 蓝湾科创园 "
    "新港中试基地 芯谷加速器 明湖科创园 启明中试基地 新港科创园 星河创新园 启明智谷",
    "合庆": "博瑞创新园 未来科创园 星河加速器 启明加速器 云帆中试基地 未来智谷 启明中试基地 锦绣中试基地 蓝湾产业园 "
    "创想科创园 天元产业园 未来加速器 芯谷创新园 创想创新园 海纳科创园 启明创新园",
    "川沙": "芯谷中试基地 智汇科创园 芯谷科创园 启明智谷 同创创新园 博瑞中试基地 光谱加速器 海纳智谷 新港科创园 "
    "创想产业园 医谷科创园 汇智智谷 星河创新园 芯谷智谷 集智智谷 集智产业园",
    "金桥": "启明加速器 芯谷科创园 医谷加速器 智汇加速器 未来智谷 汇智中试基地 同创加速器 集智智谷 同创创新园 "
    "医谷创新园 明湖产业园 启明产业园 芯谷加速器 新港中试基地 蓝湾科创园 星河中试基地",
    "曹路": "医谷产业园 锦绣创新园 未来科创园 智汇智谷 启明创新园 锦绣中试基地 锦绣智谷 蓝湾加速器 星河创新园 "
    "云帆科创园 明湖中试基地 明湖产业园 医谷创新园 蓝湾产业园 创想智谷 汇智产业园",
    "北蔡": "锦绣产业园 未来产业园 启明中试基地 智汇加速器 芯谷加速器 锦绣科创园 集智智谷 天元创新园 天元智谷 "
    "云帆产业园 芯谷创新园 光谱加速器 芯谷中试基地 创想创新园 医谷创新园 光谱产业园",
}

PLATFORMS = (
    "公共技术服务平台", "中试服务平台", "检验检测平台", "算力服务平台", "技术转移平台", "知识产权运营平台",
    "概念验证平台", "开放创新平台", "临床研究服务平台", "大型仪器共享平台", "标准与计量平台",
)  # fmt: skip
INSTITUTES = (
    "先进技术研究院",
    "交叉科学研究院",
    "工程应用研究所",
    "创新药物研究所",
    "材料研究所",
    "智能系统研究院",
)
LABORATORIES = (
    "微纳加工", "光电器件", "精准医学", "类脑计算", "量子材料", "低碳能源", "柔性电子", "智能感知", "合成化学",
    "先进封装", "机器视觉", "蛋白工程",
)  # fmt: skip

SURNAMES = (
    "王李张刘陈杨黄赵周吴徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余杜叶程魏苏吕丁任沈姚"
    "卢傅钟姜崔谭廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷黎史龙陶贺顾毛郝龚邵万覃武钱戚严莫孔向常"
)
GIVEN = (
    "明国华建文志伟海波晓军平东辉刚强毅俊峰涛斌宇浩凯泽翔宁安康乐天成思远博雅静怡欣悦琳婷雪梅兰芳燕萍玲娟霞莉"
    "敏洁慧颖岚珊佳瑶蕾晨曦彤茜璐瑞祥荣庆春秋冬夏云帆舟川岩松柏桐枫林森"
)
BRAND = "芯和润拓联嘉凯景安恒晟通微星天博创迅禾源智远锐科赛维立鼎宏泰瀚睿启元聚能光品诺华腾越盛达信捷优益辰"
SUFFIXES = ("有限公司", "有限公司", "有限公司", "有限公司", "股份有限公司", "（上海）有限公司")

VISIT_GISTS = (
    "了解生产经营和党员情况，介绍两个覆盖政策。",
    "与企业负责人沟通组建党组织的条件和步骤。",
    "看望流动党员，核对组织关系。",
    "送政策上门，讲解人才和技术改造补贴。",
    "了解用工和融资困难，转交园区服务部门。",
    "指导开展主题党日，查看学习记录。",
    "与职工座谈，收集意见。",
    "企业搬迁中，约定下月再访。",
    "介绍入党申请的条件，有职工表达入党意愿。",
    "核实从业人数和党员人数，更新联系人。",
)
VISIT_NEEDS = (
    "希望对接科创信贷产品。",
    "需要招聘工艺工程师两名。",
    "申请公共实验平台的使用时段。",
    "咨询高新技术企业认定的材料和时间。",
    "员工子女入学需要政策解答。",
    "寻找中试场地约五百平方米。",
)
NOT_FOUND_NOTES = ("企业名称应更正。", "联系人和地址已变更。", "注册地与经营地不一致。")


class Vocabulary:
    """Names out of one stream of random numbers, so that the same seed gives the same park."""

    def __init__(self, rng: random.Random):
        self.rng = rng
        self._brands: set[str] = set()

    def person(self) -> str:
        given = self.rng.choices(GIVEN, k=1 if self.rng.random() < 0.2 else 2)
        return self.rng.choice(SURNAMES) + "".join(given)

    def people(self, count: int) -> list[str]:
        """Persons of whom no two bear one name."""
        found: dict[str, None] = {}
        while len(found) < count:
            found[self.person()] = None
        return list(found)

    def mobile(self) -> str:
        return f"1990000{self.rng.randrange(10_000):04d}"

    def brand(self) -> str:
        """Three syllables that no other enterprise of this city bears."""
        while (brand := "".join(self.rng.choices(BRAND, k=3))) in self._brands:
            pass
        self._brands.add(brand)
        return brand


ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def credit_codes(city: int) -> Iterator[str]:
    """Codes with both check characters right, of a division (9999xx) that does not exist."""
    head = f"919999{2 + city % 98:02d}"
    number = city // 98 * 1_000_000 + 36_000
    while True:
        number += 1
        body = f"MA{_base31(number):0>6}"
        total = sum(_letter_value(c) * w for c, w in zip(body, ORGANISATION_WEIGHTS, strict=True))
        code = head + body + "0123456789X0"[11 - total % 11]
        yield code + credit_code_check(code)


def _letter_value(character: str) -> int:
    """The value of a character in an organisation code: digits as they are, letters from A = 10 on.

    Source: GB 11714-1997.
    """
    return int(character, 36)


def _base31(number: int) -> str:
    text = ""
    while number:
        number, digit = divmod(number, len(VALUE))
        text = ALPHABET[digit] + text
    return text
