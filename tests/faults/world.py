"""The small park that people work in, and who they are. Needs Django, set up on the estate's database."""

import datetime as dt
from dataclasses import dataclass, field

from django.core.management import call_command
from django.utils import timezone
from knox.models import AuthToken

from linkages.models import OrderGroup
from linkages.orders.events import EVENTS
from linkages.orders.kinds import kinds_for
from orgs.actions.webhooks import add_subscription
from orgs.kinds import OrganisationKind
from orgs.models import Role, User
from portal import snapshots
from tests import builders

RECORDERS, ORDERERS, IMPORTERS, SIGNERS = 2, 2, 4, 2
MEMBERS = 5


@dataclass
class Person:
    pk: int
    username: str
    token: str


@dataclass
class Place:
    """A branch whose secretary records and handles; an enterprise whose contact asks."""

    branch: str
    members: list[int]
    secretary: Person
    contact: Person
    enterprise: int


@dataclass
class World:
    park: str
    kind: int
    overseer: Person
    places: list[Place] = field(default_factory=list)
    importers: list[Person] = field(default_factory=list)
    signers: list[Person] = field(default_factory=list)


def prepare() -> None:
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)


def build(receiver: str) -> World:
    """`receiver` is told of every step of every order."""
    top = builders.make_organisation()
    park = builders.make_park()
    area = builders.make_organisation(top, OrganisationKind.AREA_COMMITTEE, area=park.area)
    overseer = _person(Role.OFFICER, area)
    world = World(
        park.name, kinds_for(top.pk, OrderGroup.ENTERPRISE).filter(is_private=False)[0].pk, overseer
    )
    for _ in range(max(RECORDERS, ORDERERS)):
        branch = builders.make_organisation(area)
        enterprise = builders.make_enterprise(park=park)
        world.places.append(
            Place(
                branch.code,
                [builders.make_member(branch).pk for _ in range(MEMBERS)],
                _person(Role.SECRETARY, branch),
                _person(Role.CONTACT, area, enterprise=enterprise),
                enterprise.pk,
            )
        )
        world.signers.append(_person(Role.SECRETARY, branch))
    world.importers = [_person(Role.OFFICER, top) for _ in range(IMPORTERS)]
    add_subscription(
        organisation=top, name="平台", address=receiver, events=list(EVENTS), by=User.objects.system()
    )
    snapshots.rebuild()
    return world


def _person(role, organisation, **kw) -> Person:
    user = builders.make_user(role, organisation, **kw)
    _, token = AuthToken.objects.create(user, expiry=dt.timedelta(days=1))
    return Person(user.pk, user.username, token)


def an_hour_ago() -> str:
    return (timezone.now() - dt.timedelta(hours=1)).isoformat()
