"""Forty pairs with the reason that must be given; the order of reasons; the same answer as comparing each with each."""

import datetime as dt
import random
from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from linkages import matching
from linkages.actions import agreements, lists
from linkages.models import Need, Resource
from linkages.ranking import BEST, Entry, Pact, Pacts, Pool
from linkages.words import shared_words, terms_of
from orgs.models import Chain, User
from tests import builders
from tests.linkages.reference_matching import naive

# (kind of the need, its text, kind of the resource, its text, what must be given as the reason; "" for no match).
PAIRS = [
    ("testing", "光刻胶样品缺陷检测，每月一批", "testing", "材料缺陷检测平台，扫描电镜对外", "缺陷检测"),
    ("testing", "芯片封装可靠性测试", "testing", "集成电路封装可靠性测试，高低温循环", "封装可靠性测试"),
    ("testing", "植入器械生物相容性检测", "testing", "医疗器械生物相容性检测", "生物相容性检测"),
    ("testing", "电磁兼容摸底测试", "testing", "电磁兼容暗室，整机摸底", "电磁兼容"),
    ("research", "关节减速器噪声大", "research", "机器人关节减速器设计", "关节减速器"),
    ("research", "大模型推理成本高，想压缩模型", "research", "大模型推理加速和压缩", "大模型推理"),
    ("research", "激光雷达标定算法", "research", "激光雷达标定实验室", "激光雷达标定"),
    ("research", "细胞培养基国产替代", "research", "无血清细胞培养基配方", "细胞培养基"),
    (
        "intellectual_property",
        "发明专利快速预审",
        "intellectual_property",
        "专利快速预审辅导",
        "专利快速预审",
    ),
    ("intellectual_property", "海外商标被抢注", "intellectual_property", "涉外商标纠纷应对", "商标"),
    (
        "intellectual_property",
        "专利侵权预警",
        "intellectual_property",
        "出口产品专利侵权预警分析",
        "专利侵权预警",
    ),
    ("finance", "流动资金信用贷款", "finance", "科技人才信用贷款", "信用贷款"),
    ("finance", "专利质押融资扩产", "finance", "知识产权质押融资", "质押融资"),
    ("finance", "想对接天使投资", "finance", "种子期天使投资基金", "天使投资"),
    ("legal", "劳动合同合规审查", "legal", "劳动用工法律体检，审劳动合同", "劳动合同"),
    ("legal", "数据出境合规咨询", "legal", "数据出境安全评估讲解", "数据出境"),
    ("policy", "研发费用加计扣除怎么归集", "policy", "研发费用加计扣除辅导", "研发费用加计扣除"),
    ("policy", "高新技术认定申报", "policy", "高新技术认定条件讲解", "高新技术认定"),
    ("policy", "外国专家来华许可", "policy", "外国专家来华许可窗口", "外国专家来华许可"),
    ("hiring", "招聘模拟电路设计毕业生", "hiring", "校园专场招聘，机械类毕业生", "毕业生"),
    ("hiring", "联合招收博士后", "hiring", "博士后工作站联合招收", "联合招收"),
    ("hiring", "急招数控技师", "hiring", "职业学院数控技师订单班", "数控技师"),
    ("training", "安全员取证培训", "training", "安全员取证考前辅导", "安全员取证"),
    ("training", "知识产权管理员培训", "training", "知识产权管理员培训班", "知识产权管理员"),
    ("health", "骨科医师来楼宇义诊", "health", "心内科、骨科医师进楼宇", "骨科医师"),
    ("health", "车间急救员心肺复苏培训", "health", "心肺复苏和急救员取证", "心肺复苏"),
    ("market", "巡检机器人首台套应用场景", "market", "轨道交通首台套应用场景", "首台套应用场景"),
    ("market", "想进海外展会", "market", "组团参加海外展会", "海外展会"),
    ("labour", "春节后普工紧缺", "labour", "劳务基地输送普工", "普工"),
    ("schooling", "双职工暑期子女托管", "schooling", "暑期子女托管班", "暑期子女托管"),
    ("housing", "青年人才公寓", "housing", "人才公寓房源", "人才公寓"),
    ("venue", "借百人路演厅", "venue", "百人路演厅，工作日可借", "百人路演厅"),
    # Another kind, and the words say that it fits all the same.
    ("other", "心肺复苏急救员取证", "health", "心肺复苏和急救员取证", "心肺复苏"),
    ("training", "电镜操作上机实习", "testing", "扫描电镜操作上机", "电镜操作上机"),
    ("research", "AI质检相机选型", "testing", "AI质检相机试验台", "质检相机"),
    # No match: another kind and no telling word in common, whatever else they share.
    ("finance", "流动资金信用贷款", "health", "健康义诊进楼宇，面向园区企业职工", ""),
    ("venue", "企业需要园区提供场地服务", "policy", "提供园区企业服务", ""),
    ("other", "随便看看", "other", "其他合作", ""),
    ("legal", "合同纠纷", "research", "合成生物中试", ""),
    ("hiring", "招聘会计", "finance", "会后贷款", ""),
]


@pytest.mark.parametrize(("kind", "text", "other_kind", "other_text", "reason"), PAIRS)
def test_a_pair_fits_for_the_reason_that_people_would_give(kind, text, other_kind, other_text, reason):
    need = Entry(1, kind, terms_of(text))
    pool = Pool([Entry(2, other_kind, terms_of(other_text))], Pacts())
    found = pool.best(need)
    assert bool(found) == bool(reason)
    if reason:
        words = shared_words(text, need.terms & terms_of(other_text))
        assert any(reason in word for word in words), words


def test_there_are_forty_pairs():
    assert len(PAIRS) == 40


def test_words_inside_longer_ones_are_not_told_again():
    text = "高新技术认定申报，高新技术认定"
    assert shared_words(text, terms_of(text)) == ["高新技术认定申报"]


# --- Order -----------------------------------------------------------------------------------------------


def test_each_reason_stands_before_all_that_follow():
    """Agreement, park, cluster or chain, kind, words."""
    need = Entry(
        1, "testing", terms_of("缺陷检测、电镜能谱、失效分析"), ("00010001",), None, "00010001", park=5, cluster=6,
        chain=7,
    )  # fmt: skip
    base = Entry(0, "testing", frozenset(), ("00010002",), None, "00010002")
    rows = [
        replace(base, pk=10, partner=3, paths=(), unit=3),
        replace(base, pk=11, park=5),
        replace(base, pk=12, cluster=6, terms=need.terms),
        replace(base, pk=13, chain=7),
        replace(base, pk=14, terms=need.terms),
        replace(base, pk=15),
        replace(base, pk=16, kind="venue", terms=need.terms),
        replace(base, pk=17, kind="venue", park=5),
        replace(need, pk=18),
    ]
    pool = Pool(rows, Pacts([Pact(1, "协议", ("0001", 3))]))
    assert [found.pk for found in pool.best(need, 20)] == [10, 11, 12, 13, 14, 15, 16]
    assert [found.pk for found in pool.best(need, 2, without=frozenset({10, 12}))] == [11, 13]


def entries(rng, count, *, partners):
    """Random rows that often share places, units and words."""
    paths = [
        "0001",
        *(f"0001000{i}" for i in range(4)),
        *(f"0001000{i}000{j}" for i in range(4) for j in range(3)),
    ]
    words = [chr(0x4E00 + i) + chr(0x5E00 + i) for i in range(40)]
    for pk in range(1, count + 1):
        partner = rng.randrange(1, 6) if rng.random() < partners else None
        path = rng.choice(paths)
        yield Entry(
            pk,
            rng.choice(("testing", "finance", "health", "other")),
            terms_of("，".join(rng.sample(words, rng.randrange(6)))),
            () if partner else (path,),
            partner,
            partner or path,
            None if partner else rng.choice((None, 1, 2, 3)),
            None if partner else rng.choice((None, 1, 2)),
            None if partner else rng.choice((None, None, 1, 2)),
        )


@pytest.mark.parametrize("seed", range(12))
def test_the_answer_is_that_of_comparing_each_with_each(seed):
    rng = random.Random(seed)  # noqa: S311
    needs, resources = (list(entries(rng, 150, partners=share)) for share in (0.1, 0.5))
    sides = ["0001", "00010000", "00010001", "000100020001", 1, 2, 3]
    pacts = [Pact(i, str(i), tuple(rng.sample(sides, 2))) for i in range(5)]
    for left, right in ((needs, resources), (resources, needs)):
        pool = Pool(right, Pacts(pacts))
        for entry in left:
            found = [(row.pk, row.score) for row in pool.best(entry)]
            assert found == naive(entry, right, pacts)[:BEST]


# --- From the database -----------------------------------------------------------------------------------


@pytest.fixture
def world(db):
    top = builders.make_organisation()
    committee = builders.make_organisation(top, kind="committee")
    branch, other = builders.make_organisation(committee), builders.make_organisation(top)
    return top, committee, branch, other


def test_the_database_gives_the_same_as_the_memory(world):
    top, committee, branch, other = world
    park, partner = builders.make_park(), builders.make_partner(top)
    for organisation in (branch, other):
        organisation.park = park
        organisation.save()
    builders.make_agreement(committee, partner, signed_on=dt.date(2026, 1, 5))
    rng = random.Random(4)  # noqa: S311
    words = ["缺陷检测", "信用贷款", "义诊", "路演厅", "电镜", "招聘会", "专利预审", "毕业生"]
    kinds = ("testing", "finance", "other")
    for number in range(40):
        text = "、".join([*rng.sample(words, rng.randrange(1, 4)), f"第{number}批"])
        unit = {"partner": partner} if rng.random() < 0.3 else {}
        home = rng.choice((branch, other, top))
        builders.make_resource(home, kind=rng.choice(kinds), title=text, **unit)
        builders.make_need(rng.choice((branch, other)), kind=rng.choice(kinds), title=text)
    user, today = builders.make_user("officer", top), timezone.localdate()
    for model, other_model in ((Need, Resource), (Resource, Need)):
        rows = matching.open_rows(other_model)
        pool = Pool(
            matching.entries_of(rows, matching.terms_by_row(other_model)),
            Pacts(matching.all_pacts(top.pk, today)),
        )
        for item in model.objects.all():
            (entry,) = matching.entries_of(model.objects.filter(pk=item.pk), matching.terms_by_row(model))
            expected = [(row.pk, row.score) for row in pool.best(entry)]
            assert [(row.other.pk, row.score) for row in matching.suggestions(item, user)] == expected


def test_an_agreement_is_named_to_whom_it_concerns(world):
    top, committee, branch, other = world
    partner = builders.make_partner(top)
    agreement = builders.make_agreement(committee, partner, signed_on=dt.date(2026, 1, 5), title="检测共建")
    need = builders.make_need(branch)
    builders.make_resource(other, partner=partner)
    for organisation, words in ((committee, "有共建协议：检测共建"), (branch, "双方单位有共建协议")):
        (found,) = matching.suggestions(need, builders.make_user("officer", organisation))
        assert found.reasons[0] == words
    agreements.end_agreement(
        agreement=agreement, on=timezone.localdate(), reason="搬迁", by=User.objects.system()
    )
    (found,) = matching.suggestions(need, builders.make_user("officer", committee))
    assert found.reasons[0] == "类别相同：检验检测"


def test_places_are_named(world):
    _, _, branch, other = world
    park, cluster = builders.make_park(), builders.make_cluster()
    chain = Chain.objects.create(name="光电", cluster=cluster)
    firm = builders.make_enterprise(park=park, cluster=cluster, chain=chain)
    host = builders.make_enterprise(park=park, cluster=cluster, chain=chain)
    other.host_unit = host
    other.save()
    need = builders.make_need(branch, enterprise=firm, title="镀膜")
    builders.make_resource(other, title="镀膜")
    (found,) = matching.suggestions(need, builders.make_user("officer", branch))
    assert found.reasons == [
        f"同在{park.name}", f"同属{cluster.name}集群", "同属光电产业链", "类别相同：检验检测", "都提到：镀膜",
    ]  # fmt: skip


# --- For orders ------------------------------------------------------------------------------------------


def test_proposals_name_units_best_first_each_once(world):
    top, _, _, other = world
    user = builders.make_user("officer", top)
    hospital = builders.make_partner(top, name="东湾仁心医院", kind="hospital")
    bank = builders.make_partner(top, name="海川银行", kind="bank")
    clinic = builders.make_partner(top, name="区中心医院", kind="hospital")
    agreement = builders.make_agreement(top, hospital, bank, clinic, signed_on=dt.date(2026, 1, 5))
    offer = builders.make_resource(top, partner=hospital, kind="health", title="骨科义诊进楼宇")
    builders.make_resource(top, partner=hospital, kind="health", title="急救培训")
    free = builders.make_resource(other, kind="health", title="按摩室")
    draft = builders.make_resource(other, kind="health", title="骨科义诊", publish=False)
    lists.withdraw_item(item=draft, reason="停办", by=User.objects.system())
    firm = builders.make_enterprise()
    for kind in ("health", "医疗健康"):
        found = matching.proposals_for(text="想请骨科来义诊", kind=kind, enterprise=firm, user=user)
        assert [(row.unit, row.resource) for row in found] == [
            (hospital, offer), (other, free), (clinic, None), (bank, None),
        ]  # fmt: skip
        assert [row.agreement for row in found] == [agreement, None, agreement, agreement]
        assert found[0].reasons == [
            f"有共建协议：{agreement.title}", "类别相同：医疗健康", "都提到：骨科、义诊",
        ]  # fmt: skip
        assert found[2].reasons[1] == "单位类别对口：医院"
        assert [row.score for row in found] == sorted((row.score for row in found), reverse=True)


def test_proposals_for_somebody_without_enterprise_and_for_words_of_no_kind(world):
    top, _, _, other = world
    user = builders.make_user("officer", top)
    offer = builders.make_resource(other, kind="housing", title="人才公寓房源")
    found = matching.proposals_for(text="想租人才公寓", kind="住房服务", enterprise=None, user=user)
    assert [row.resource for row in found] == [offer]
    assert matching.proposals_for(text="", kind="", enterprise=None, user=user) == []


def test_nothing_is_proposed_from_below_another_top(world):
    top, *_ = world
    stranger = builders.make_organisation(builders.make_organisation())
    builders.make_resource(stranger, kind="health")
    user = builders.make_user("officer", top)
    firm = builders.make_enterprise()
    found = matching.proposals_for(text="测试资源", kind="health", enterprise=firm, user=user)
    assert found == []


def test_proposals_are_asked_for_with_few_statements(world):
    top, *_ = world
    user, firm, counts = builders.make_user("officer", top), builders.make_enterprise(), []
    user.current_appointments  # noqa: B018
    for _ in range(2):
        for _ in range(3):
            partner = builders.make_partner(top, kind="hospital")
            builders.make_agreement(top, partner, signed_on=dt.date(2026, 1, 5))
            builders.make_resource(top, partner=partner, kind="health", title="骨科义诊")
        with CaptureQueriesContext(connection) as queries:
            matching.proposals_for(text="骨科义诊", kind="health", enterprise=firm, user=user)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 16
