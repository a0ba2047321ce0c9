"""Rows for tests, all invented: credit codes of division 999901, names of nobody."""

import datetime as dt
import io
import itertools
from types import SimpleNamespace

from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from imports import jobs
from imports.jobs import enqueue
from linkages.actions import (
    agreements,
    alliances,
    challenges,
    commitments,
    lists,
    orders,
    partners,
    policies,
    secondments,
)
from linkages.models import (
    Agreement,
    Alliance,
    Candidate,
    Challenge,
    Claim,
    Commitment,
    Need,
    Order,
    OrderGroup,
    Partner,
    PartnerLiaison,
    Policy,
    Resource,
    Secondment,
    SecondmentKind,
)
from linkages.orders.kinds import kinds_for
from members.actions import documents, recruiting
from members.choices import Closing, Membership, Opening, Relation
from members.demo import cases
from members.models import Member, Posting, root_of
from members.standing import approving_committee
from orgs import audit
from orgs.exports import JOB, KEPT
from orgs.identifiers import credit_code_check, identity_check
from orgs.kinds import RULES, OrganisationKind, default_jurisdiction
from orgs.models import (
    Affiliation,
    AffiliationLine,
    Appointment,
    Area,
    AuditAction,
    Cluster,
    Coverage,
    CoverageMethod,
    Enterprise,
    EnterprisePeriod,
    ListExport,
    Organisation,
    Park,
    Role,
    User,
)

LONG_AGO = dt.date(2020, 1, 1)
PASSWORD = "梧桐-Wutong-2026"
FIRST_NUMBER = 10001
_numbers = itertools.count(FIRST_NUMBER)


def restart_numbers() -> None:
    """Each file of tests counts from the same number, so that what it sees does not hang on the files before it."""
    global _numbers
    _numbers = itertools.count(FIRST_NUMBER)


def next_number() -> int:
    """Never the same twice in a file of tests; of five digits, so that no made name begins another."""
    return next(_numbers)


def credit_code(number: int | None = None) -> str:
    """A credit code that passes its check and belongs to nobody."""
    body = f"91999901MA{next_number() if number is None else number:07d}"
    return body + credit_code_check(body)


def make_area(**kw) -> Area:
    return Area.objects.create(**{"name": f"测试片区{next_number()}"} | kw)


def make_cluster(**kw) -> Cluster:
    return Cluster.objects.create(**{"name": f"测试集群{next_number()}"} | kw)


def make_park(**kw) -> Park:
    """In an area of its own unless `area` or `parent` says otherwise."""
    if "area" not in kw:
        kw["area"] = kw["parent"].area if kw.get("parent") else make_area()
    return Park.objects.create(**{"name": f"测试园区{next_number()}"} | kw)


def make_organisation(parent=None, kind=None, **kw) -> Organisation:
    """Below `parent`, or a new top; with the capabilities and jurisdiction its kind has by default."""
    if kind is None:
        kind = OrganisationKind.BRANCH if parent else OrganisationKind.COMPOSITE_COMMITTEE
    number = next_number()
    parent_kind = parent.kind if parent else None
    values = {
        "code": f"ORG-{number:05d}",
        "name": f"测试{OrganisationKind(kind).label}{number}",
        "kind": kind,
        "jurisdiction": default_jurisdiction(kind, parent_kind, has_park=bool(kw.get("park"))),
        "founded_on": LONG_AGO,
        **RULES[kind].capabilities(),
    }
    organisation = Organisation(**values | kw)
    if parent is None:
        return Organisation.objects.add_root(instance=organisation)
    parent.refresh_from_db()
    Organisation.objects.add_child(parent, instance=organisation)
    Affiliation.objects.create(
        organisation=organisation, superior=parent, line=AffiliationLine.FORMAL, since=organisation.founded_on
    )
    return organisation


def make_enterprise(**kw) -> Enterprise:
    """An enterprise with the open period that statistics read; `since` dates the period."""
    since = kw.pop("since", LONG_AGO)
    values = {
        "name": f"测试企业{next_number()}有限公司",
        "credit_code": credit_code(),
        "founded_on": LONG_AGO,
    }
    enterprise = Enterprise.objects.create(**values | kw)
    EnterprisePeriod.objects.create(
        enterprise=enterprise,
        park=enterprise.park,
        cluster=enterprise.cluster,
        status=enterprise.status,
        is_dormant=enterprise.is_dormant,
        since=since,
    )
    return enterprise


def make_user(role=None, organisation=None, **kw) -> User:
    """An account, with an appointment when `role` is given; `enterprise`, `starts_on`, `ends_on` go to that."""
    appointment = {
        "starts_on": LONG_AGO,
        **{key: kw.pop(key) for key in ("enterprise", "starts_on", "ends_on", "delegated_by") if key in kw},
    }
    number = next_number()
    kw.setdefault("password", PASSWORD)
    user = User.objects.create_user(**{"username": f"user{number}", "display_name": f"测试人员{number}"} | kw)
    if role is not None:
        Appointment.objects.create(user=user, role=role, organisation=organisation, **appointment)
    return user


def make_list_export(user, *, written=True, name="企业名单", **kw) -> ListExport:
    """A long export of enterprises that `user` asked for, and its file; otherwise nobody has taken it up yet."""
    event = audit.record(actor=user, action=AuditAction.EXPORT, detail={"list": name, "purpose": "季度核对"})
    job = enqueue(kind=JOB, payload={"number": event.pk}, key=f"{JOB}:{event.pk}", owner=user)
    values = {
        "rows": 6000,
        "file_format": "csv",
        "path": reverse("orgs:enterprise-export"),
        "answers": "file_format=csv&purpose=季度核对",
        "expires_on": timezone.localdate() + KEPT,
    }
    export = ListExport.objects.create(user=user, name=name, number=event.pk, job=job, **values | kw)
    if written:
        jobs.run(job.pk)
    return export


def identity_number(number: int | None = None, *, born_on=dt.date(1990, 5, 17), male=True) -> str:
    """An identity number of division 999902 that passes its check and belongs to nobody."""
    number = next_number() if number is None else number
    # The last three digits before the check are a serial number, the last of them odd for men.
    division, serial = 999902 + number // 500, number % 500 * 2 + male
    body = f"{division}{born_on:%Y%m%d}{serial:03d}"
    return body + identity_check(body)


def make_member(organisation, *, since=LONG_AGO, **kw) -> Member:
    """A full member with an open posting, or, with `relation="left"`, one that has left (`closed_how`, `left_on`)."""
    closed_how = kw.pop("closed_how", Closing.TRANSFERRED_OUT)
    born_on, sex = kw.setdefault("born_on", dt.date(1990, 5, 17)), kw.setdefault("sex", "male")
    values = {
        "name": f"测试党员{next_number()}",
        "identity_number": identity_number(born_on=born_on or dt.date(1990, 5, 17), male=sex == "male"),
        "mobile": f"1990000{next_number() % 10000:04d}",
        "membership": Membership.FULL,
        "joined_on": dt.date(2015, 7, 1),
        "root_id": root_of(organisation),
    } | kw
    if values["membership"] == Membership.FULL and values["joined_on"]:
        values.setdefault("confirmed_on", values["joined_on"].replace(year=values["joined_on"].year + 1))
    if values.get("relation") == Relation.LEFT:
        values.setdefault("left_on", dt.date(2024, 1, 1))
    member = Member.objects.create(organisation=organisation, **values)
    Posting.objects.create(
        member=member,
        organisation=organisation,
        since=since,
        opened_how=Opening.REGISTER,
        until=values.get("left_on"),
        closed_how=closed_how if values.get("left_on") else "",
    )
    return member


def cover(enterprise, organisation, method=CoverageMethod.JOINT, **kw) -> Coverage:
    return Coverage.objects.create(
        enterprise=enterprise, organisation=organisation, method=method, **{"since": LONG_AGO} | kw
    )


def make_case(organisation, *, upto=1, applied_on=None, by=None, **kw):
    """A recruitment case that went lawfully through the steps up to `upto` (as far as today allows).

    The branch gets two full members and needs a committee with authority above it.
    """
    by = by or User.objects.system()
    full = list(Member.objects.full().filter(organisation=organisation).values_list("pk", flat=True))
    while len(full) < 2:
        full.append(make_member(organisation).pk)
    born_on = kw.setdefault("born_on", dt.date(1990, 5, 17))
    values = {
        "name": f"测试申请人{next_number()}",
        "identity_number": identity_number(born_on=born_on),
        "mobile": f"1990000{next_number() % 10000:04d}",
        "sex": "male",
    } | kw
    case = recruiting.open_case(
        organisation=organisation, values=values, on=applied_on or dt.date(2021, 3, 1), by=by
    )
    cases.walk(case, upto=upto, full=full, approver=approving_committee(organisation), by=by)
    case.refresh_from_db()
    return case


def png(text: str = "") -> bytes:
    """A small picture; another text makes another picture."""
    image, out = Image.new("RGB", (40, 20), "white"), io.BytesIO()
    for x, value in enumerate(text.encode()[:40]):
        image.putpixel((x, 0), (value, value, value))
    image.save(out, "PNG")
    return out.getvalue()


def add_document(case, *, number=1, kind="入党申请书", name="申请书.png", content=None, by=None):
    """One document on file; without `content` a picture nobody else has."""
    content = png(str(next_number())) if content is None else content
    return documents.add_document(
        case=case, number=number, kind=kind, upload=ContentFile(content, name), by=by or User.objects.system()
    )


def make_partner(top, **kw) -> Partner:
    """A unit outside the tree, in the register of the top organisation above `top`."""
    values = {"name": f"测试共建单位{next_number()}", "kind": "hospital"} | kw
    return partners.add_partner(organisation=top, values=values, by=User.objects.system())


def make_liaison(partner, **kw) -> PartnerLiaison:
    """A new account that speaks for `partner`."""
    user = make_user(Role.PARTNER, partner.organisation, **kw)
    return PartnerLiaison.objects.create(partner=partner, user=user)


def make_agreement(organisation, *units, signed_on=None, by=None, **kw) -> Agreement:
    """Between `organisation` and `units` (organisations or partners; without any a new partner); two years from 2026."""
    by = by or User.objects.system()
    sides = [organisation, *(units or [make_partner(organisation)])]
    promised = {name: kw.pop(name) for name in ("items_per_year", "resources_per_year") if name in kw}
    names = {"leader_name": kw.pop("leader_name", "负责人"), "liaison_name": kw.pop("liaison_name", "联络员")}
    parties = [
        {"organisation" if isinstance(unit, Organisation) else "partner": unit, **names, **promised}
        for unit in sides
    ]
    contents = kw.pop("contents", ("activities",))
    values = {
        "title": f"测试共建协议{next_number()}",
        "starts_on": dt.date(2026, 1, 1),
        "ends_on": dt.date(2027, 12, 31),
    } | kw
    agreement = agreements.draft_agreement(
        organisation=organisation, values=values, parties=parties, contents=contents, by=by
    )
    if signed_on:
        agreements.sign_agreement(agreement=agreement, on=signed_on, by=by)
    return agreement


def make_resource(organisation, *, publish=True, by=None, **kw) -> Resource:
    return _listed(Resource, organisation, publish, by, {"title": f"测试资源{next_number()}"} | kw)


def make_need(organisation, *, publish=True, by=None, **kw) -> Need:
    return _listed(Need, organisation, publish, by, {"title": f"测试需求{next_number()}"} | kw)


def _listed(model, organisation, publish, by, values):
    """Valid for half a year from today."""
    today = timezone.localdate()
    dates = {"valid_from": today, "valid_until": today + dt.timedelta(days=180)}
    return lists.add_item(
        model=model, organisation=organisation, values={"kind": "testing"} | dates | values, publish=publish,
        by=by or User.objects.system(),
    )  # fmt: skip


def make_order(enterprise=None, *, member=None, private=False, by=None, kind=None, **kw) -> Order:
    """Raised by a contact of the enterprise (a new one), or by the member; of a private kind where `private`."""
    overseer = orders.overseer_of(enterprise=enterprise, member=member)
    if kind is None:
        group = OrderGroup.TALENT if member else OrderGroup.ENTERPRISE
        kinds = kinds_for(root_of(overseer), group)
        kind = kinds.filter(is_private=private).first() or kinds.first()
        if kind.is_private != private:
            kind.is_private = private
            kind.save()
    if by is None:
        by = member.account if member else make_user("contact", overseer, enterprise=enterprise)
    values = {"text": "需要融资对接"} | kw
    return orders.raise_order(kind=kind, enterprise=enterprise, member=member, by=by, **values)


def make_challenge(organisation, *, publish=True, by=None, **kw) -> Challenge:
    """Claims are open for a month, the work for a year."""
    by, today = by or User.objects.system(), timezone.localdate()
    values = {
        "kind": "choke", "title": f"测试难题{next_number()}", "problem": "难题描述", "goal": "攻关目标", "reward": 30,
        "claims_until": today + dt.timedelta(days=30), "work_until": today + dt.timedelta(days=365),
        "secrecy_notice": "", "secret_detail": "", "enterprise": None,
    } | kw  # fmt: skip
    challenge = challenges.draft_challenge(organisation=organisation, values=values, by=by)
    return challenges.publish_challenge(challenge=challenge, by=by) if publish else challenge


def make_claim(challenge, *units, by, **kw) -> Claim:
    values = {
        "leader_name": "领衔人",
        "is_member_led": False,
        "plan": "攻关方案",
        "secrecy_confirmed": True,
    } | kw
    return challenges.claim_challenge(challenge=challenge, units=units, by=by, **values)


def make_challenge_place() -> SimpleNamespace:
    """Who meets in open bidding: the home, a rival branch, a partner unit, and their people."""
    top = make_organisation()
    home, rival = make_organisation(top), make_organisation(top)
    unit = make_partner(top)
    return SimpleNamespace(
        top=top,
        home=home,
        rival=rival,
        unit=unit,
        officer=make_user("officer", top),
        secretary=make_user("secretary", home),
        rival_secretary=make_user("secretary", rival),
        liaison=make_liaison(unit),
        member=make_member(rival),
    )


def make_commitment(organisation, *, evidence=False, by=None, year=None, **kw) -> Commitment:
    """Of this year, due in two months; with a file of evidence where `evidence`."""
    by, today = by or User.objects.system(), timezone.localdate()
    values = {
        "title": f"测试领办项目{next_number()}", "leader_name": "领办人", "aim": "办成实事", "measure": "",
        "due_on": today + dt.timedelta(days=60),
    } | kw  # fmt: skip
    commitment = commitments.add_commitment(
        organisation=organisation, year=year or today.year, values=values, by=by
    )
    if evidence:
        upload = ContentFile(png(commitment.title), "佐证.png")
        commitments.add_file(commitment=commitment, upload=upload, by=by)
    return commitment


def make_secondment(organisation, unit=None, *, by=None, **kw) -> Secondment:
    """Asked for by `unit`: a deputy of an enterprise (a new one), or a professor of a partner unit."""
    unit = unit or make_enterprise()
    kind = SecondmentKind.PROFESSOR if isinstance(unit, Partner) else SecondmentKind.DEPUTY
    values = {
        "post": f"测试岗位{next_number()}",
        "field": "微电子",
        "tasks": "解决封装散热",
        "months": 24,
    } | kw
    return secondments.draft_secondment(
        organisation=organisation, kind=kind, unit=unit, values=values, by=by or User.objects.system()
    )


def make_secondment_place() -> SimpleNamespace:
    """A branch that keeps, a firm with a contact, two institutes with liaisons, and people beside and above."""
    top = make_organisation()
    home, sibling = make_organisation(top), make_organisation(top)
    firm = make_enterprise()
    cover(firm, home)
    institute, rival = (make_partner(top, kind="academic") for _ in range(2))
    return SimpleNamespace(
        top=top,
        home=home,
        firm=firm,
        institute=institute,
        rival=rival,
        officer=make_user("officer", top),
        secretary=make_user("secretary", home),
        sibling=make_user("secretary", sibling),
        contact=make_user("contact", home, enterprise=firm),
        liaison=make_liaison(institute).user,
        rival_liaison=make_liaison(rival).user,
    )


def make_candidate(secondment, unit=None, *, by=None, **kw) -> Candidate:
    """Of `unit`, or a new one of the side that sends."""
    if unit is None:
        is_partner = secondment.sent_from == "partner"
        unit = make_partner(secondment.organisation, kind="academic") if is_partner else make_enterprise()
    values = {"name": f"测试专家{next_number()}", "title": "教授", "field": "热管理"} | kw
    return secondments.nominate_candidate(
        secondment=secondment, unit=unit, by=by or User.objects.system(), **values
    )


def make_appointment(
    organisation, unit=None, sender=None, *, starts_on=None, ends_on=None, **kw
) -> Secondment:
    """A secondment whose contract is signed; serving since a year ago, for two years."""
    by, today = User.objects.system(), timezone.localdate()
    secondment = make_secondment(organisation, unit, **kw)
    candidate = make_candidate(secondment, sender)
    secondments.select_candidate(
        secondment=secondment, candidate=candidate, running=True, independent=True, contract=True, by=by
    )
    starts_on = starts_on or today - dt.timedelta(days=365)
    return secondments.sign_secondment(
        secondment=secondment, on=starts_on, starts_on=starts_on,
        ends_on=ends_on or starts_on + dt.timedelta(days=730), by=by,
    )  # fmt: skip


def make_policy(organisation, *, publish=True, by=None, **kw) -> Policy:
    """For every enterprise in operation that the organisation answers for, unless a target says otherwise."""
    by, today = by or User.objects.system(), timezone.localdate()
    values = {
        "kind": "funds", "title": f"测试政策{next_number()}", "issuer": "科技和经济委员会", "number": "", "gist": "给予补贴",
        "link": "", "applies_from": today, "applies_until": None, "apply_by": today + dt.timedelta(days=30),
        "areas": [], "parks": [], "clusters": [], "chains": [], "status": "", "min_employees": None,
        "max_employees": None, "is_high_tech": None, "is_key": None,
    } | kw  # fmt: skip
    policy = policies.draft_policy(organisation=organisation, values=values, by=by)
    return policies.publish_policy(policy=policy, by=by) if publish else policy


def make_alliance(organisation, *units, by=None, **kw) -> Alliance:
    """Kept by `organisation`; `units` are organisations or partners (without any a new partner)."""
    values = {"name": f"测试党建联盟{next_number()}", "founded_on": dt.date(2026, 1, 1)} | kw
    return alliances.found_alliance(
        organisation=organisation,
        values=values,
        units=units or [make_partner(organisation)],
        by=by or User.objects.system(),
    )
