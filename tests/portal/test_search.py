"""The search page: what is found in which register, within the scope, and what is never looked for."""

import pytest
from django.urls import reverse

from portal import search
from portal.search import is_personal, mark
from tests.builders import (
    identity_number,
    make_agreement,
    make_enterprise,
    make_member,
    make_order,
    make_organisation,
    make_park,
    make_partner,
    make_user,
)

pytestmark = pytest.mark.django_db
SEARCH = reverse("portal:search")


@pytest.fixture
def top():
    return make_organisation(name="科学城综合党委")


@pytest.fixture
def officer(top, client):
    user = make_user("officer", top, display_name="江枫")
    client.force_login(user)
    client.get(SEARCH)  # the first request of a session notes the device
    return user


def found(client, text, **headers):
    """Title of the register → names of the hits."""
    answer = client.get(SEARCH, {"q": text}, headers=headers)
    assert answer.status_code == 200
    return {
        register.group.title: ["".join(part.text for part in hit.name) for hit in register.hits]
        for register in answer.context["found"]
    }


def test_it_finds_by_name_old_name_and_initials(client, top, officer):
    enterprise = make_enterprise(name="星河智造有限公司")
    enterprise.old_names.create(name="星河机械厂", until="2024-01-01")
    make_organisation(top, name="星河智造党支部")

    both = {"党组织": ["星河智造党支部"], "企业": ["星河智造有限公司"]}
    assert found(client, "星河智造") == both
    assert found(client, "xhzz") == both
    assert found(client, "机械厂") == {"企业": ["星河智造有限公司"]}
    assert found(client, "xhzzzb") == {"党组织": ["星河智造党支部"]}


def test_it_finds_in_every_register(client, top, officer):
    make_organisation(top, name="云杉党支部")
    company = make_enterprise(name="云杉有限公司")
    make_member(top, name="云杉")
    make_park(name="云杉园")
    make_agreement(top, make_partner(top, name="云杉大学"), by=officer)
    make_order(company, by=officer)

    titles = found(client, "云杉")

    assert list(titles) == ["党组织", "企业", "党员", "共建协议", "订单", "园区"]


def test_it_hides_what_lies_outside_the_scope(client, top):
    ours = make_organisation(top, name="甲支部")
    theirs = make_organisation(top, name="乙支部")  # the rows that could leak
    make_enterprise(name="乙企业")
    make_member(theirs, name="乙党员")
    make_park(name="乙园")
    make_agreement(theirs, make_partner(top, name="乙大学"), by=make_user("officer", theirs))
    client.force_login(make_user("secretary", ours))

    assert found(client, "乙") == {}
    assert found(client, "甲支") == {"党组织": ["甲支部"]}


def test_a_contact_finds_the_own_enterprise_and_is_not_led_to_the_list(client, top):
    own = make_enterprise(name="云杉一有限公司")
    make_enterprise(name="云杉二有限公司")
    client.force_login(make_user("contact", top, enterprise=own))

    answer = client.get(SEARCH, {"q": "云杉"})

    (register,) = answer.context["found"]
    assert [hit.url for hit in register.hits] == [reverse("orgs:enterprise", args=[own.pk])]
    assert register.more_url == ""
    assert "全部结果" not in answer.content.decode()


def test_eight_are_shown_and_all_are_counted_and_linked(client, officer):
    for index in range(12):
        make_enterprise(name=f"云杉{index:02d}有限公司")

    answer = client.get(SEARCH, {"q": "云杉"})

    (register,) = answer.context["found"]
    assert len(register.hits) == 8
    assert register.count_words == "12家"
    listed = client.get(register.more_url)
    assert len(listed.context["page"].items) == 12
    assert "全部结果（12家）" in answer.content.decode()


def test_counting_stops(client, officer, monkeypatch):
    monkeypatch.setattr(search, "COUNTED", 2)
    for index in range(4):
        make_enterprise(name=f"云杉{index}有限公司")

    (register,) = client.get(SEARCH, {"q": "云杉"}).context["found"]

    assert (register.count, register.count_words) == (3, "2家以上")


@pytest.mark.parametrize("count", [1, 3, 20])
def test_the_query_count_does_not_grow(client, officer, top, count, django_assert_num_queries):
    for index in range(count):
        make_enterprise(name=f"同名{index}企业", park=make_park())
        make_member(make_organisation(top, name=f"同名{index}支部"), name="同名")

    with django_assert_num_queries(21):  # four of the frame, two for each register, parks
        client.get(SEARCH, {"q": "同名"})
    with django_assert_num_queries(13):  # while typing nothing is counted and no frame drawn
        client.get(SEARCH, {"q": "同名"}, headers={"HX-Request": "true"})


def test_htmx_gets_the_options_alone(client, officer):
    for index in range(6):
        make_enterprise(name=f"云杉{index}有限公司")

    answer = client.get(SEARCH, {"q": "云杉"}, headers={"HX-Request": "true"})
    page = answer.content.decode()

    assert "<html" not in page
    assert page.count('role="option"') == 5  # four, and the way to all
    assert "HX-Request" in answer["Vary"]


def test_the_match_is_marked_and_names_are_escaped(client, officer):
    make_enterprise(name="<b>云杉</b>公司")

    page = client.get(SEARCH, {"q": "云杉"}).content.decode()

    assert "&lt;b&gt;<mark>云杉</mark>&lt;/b&gt;公司" in page


@pytest.mark.parametrize(
    ("shown", "text", "readings", "marked"),
    [
        ("中共高新党支部", "高新", (), "高新"),
        ("中共高新党支部", "高新支部", (), "高新党支部"),
        ("中共高新党支部", "gxzb", (), "高新党支部"),
        ("中共高新党支部", "gxdz", (), "高新党支"),
        ("长江存储", "cjc", (), "长江存"),
        ("甲（上海）公司", "(上海", (), "（上海"),
        ("甲  乙", "甲乙", (), "甲  乙"),
        ("单立新", "shanli", ("shan", "li", "xin"), "单立"),
        ("单立新", "shanl", ("shan", "li", "xin"), "单立"),
        ("单立新", "lx", ("shan", "li", "xin"), "立新"),
        ("甲公司", "乙", (), ""),
        ("甲公司", "", (), ""),
    ],
)
def test_marks(shown, text, readings, marked):
    parts = mark(shown, text, readings)

    assert "".join(part.text for part in parts) == shown
    assert "".join(part.text for part in parts if part.is_match) == marked


@pytest.mark.parametrize(
    "typed", ["19900001234", "1990 000 1234", "１９９００００１２３４", "张三 19900001234", "199-0000-1234"]
)
def test_numbers_of_people_are_refused_and_leave_the_address(client, officer, top, typed):
    make_member(top, name="张三", mobile="19900001234")

    answer = client.get(SEARCH, {"q": typed}, follow=True)
    page = answer.content.decode()

    assert answer.redirect_chain == [(f"{SEARCH}?number=1", 302)]
    assert typed not in page
    assert "张三" not in page
    assert reverse("members:member-lookup") in page


def test_who_may_not_look_up_members_is_not_sent_there(client, top):
    client.force_login(make_user("contact", top, enterprise=make_enterprise()))

    page = client.get(SEARCH, {"q": identity_number()}, follow=True).content.decode()

    assert "证件号码、手机号码不能用来查找" in page
    assert reverse("members:member-lookup") not in page


def test_a_credit_code_of_digits_is_no_number_of_a_person():
    assert is_personal(identity_number())
    assert not is_personal("91999901761234567X")
    assert not is_personal("91999901MA0018LWXW")
    assert not is_personal("科委组〔2024〕12号")


@pytest.mark.parametrize("text", ["", " ", "%", "_", "'", "\x00", "\\", "a" * 500, "·", "😀"])
def test_it_survives_odd_text(client, officer, text):
    assert found(client, text) == {}


def test_nothing_found_says_what_to_try(client, officer):
    assert "拼音首字母" in client.get(SEARCH, {"q": "没有这样的名称"}).content.decode()
    assert "请输入要找的内容" in client.get(SEARCH).content.decode()
