"""Rows for tests, all invented: credit codes of division 999901, names of nobody."""

import datetime as dt
import io
import itertools

from django.core.files.base import ContentFile
from PIL import Image

from members.actions import documents, recruiting
from members.choices import Closing, Membership, Opening, Relation
from members.demo import cases
from members.models import Member, Posting, root_of
from members.standing import approving_committee
from orgs.identifiers import credit_code_check, identity_check
from orgs.kinds import RULES, OrganisationKind, default_jurisdiction
from orgs.models import (
    Affiliation,
    AffiliationLine,
    Appointment,
    Area,
    Cluster,
    Coverage,
    CoverageMethod,
    Enterprise,
    EnterprisePeriod,
    Organisation,
    Park,
    User,
)

LONG_AGO = dt.date(2020, 1, 1)
PASSWORD = "梧桐-Wutong-2026"
_numbers = itertools.count(1)


def next_number() -> int:
    """Never the same twice in a test process."""
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
