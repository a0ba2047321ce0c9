"""The part of the members in `manage.py demo_park`, city by city."""

import datetime as dt

from imports import sql
from members.demo import sizes
from members.demo.people import invent_members
from members.demo.write import write_members
from members.employers import refresh_full_members
from members.models import Member, MemberEvent, NameKey, Posting
from orgs.demo.dates import month_start
from orgs.demo.shapes import City
from orgs.models import Role, User

LOADED = (Member, NameKey, Posting, MemberEvent)


def load_city(city: City, number: int, *, seed: int, day: dt.date) -> None:
    """The city has been written: its rows have their keys."""
    top = city.orgs[0].parent or city.orgs[0]
    people = invent_members(city, number, seed=seed, day=day)
    write_members(people, root_id=top.pk, start=month_start(day, sizes.MONTHS))


def finish() -> None:
    """After the last city: what is counted over all members, and the person behind the account of a member."""
    sql.analyse(LOADED)
    refresh_full_members()
    for account in User.objects.filter(appointments__role=Role.MEMBER, member__isnull=True):
        branch = account.appointments.get(role=Role.MEMBER).organisation_id
        member = Member.objects.full().filter(organisation=branch).order_by("-pk").first()
        member.account, member.name = account, account.display_name
        member.save(update_fields=["account", "name"])
