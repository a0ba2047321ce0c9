"""A small park in which anything may happen, written past the actions: by single rows, in bulk and by bare updates."""

import datetime as dt
import random
from decimal import Decimal

from django.db.models import F
from django.utils import timezone

from activities.models import Activity, ActivityKind, Attendance, Booking, JointHost, TrainingCredit, Venue
from linkages.models import Agreement, Order, Party
from members.choices import Membership, Relation
from members.models import CaseStage, DuesCharge, Member, RecruitmentCase
from orgs.actions.organisations import move_organisation
from orgs.kinds import OrganisationKind
from orgs.models import (
    Coverage,
    CoverageMethod,
    DatedSetting,
    Enterprise,
    Organisation,
    Park,
    Post,
    SurveyRound,
    SurveyTask,
    User,
)
from orgs.statistics import COUNTS, CoverageFigures, Register
from orgs.terms import add_months
from portal import snapshots
from portal.home import coverage_figures
from portal.measures import values as unit_values
from portal.models import Mark, Snapshot
from portal.models.snapshots import SCOPES, UNITS
from portal.work import TRAINING, Behind, Scope, values
from tests import builders

METHODS = [method for method in CoverageMethod if method != CoverageMethod.INSTRUCTOR]


class World:
    def __init__(self, seed: int):
        self.rng = random.Random(seed)  # noqa: S311 - must repeat
        self.today, self.system = timezone.localdate(), User.objects.system()
        areas, self.clusters = (
            [builders.make_area() for _ in range(2)],
            [builders.make_cluster() for _ in range(2)],
        )
        outer = builders.make_park(area=areas[0])
        self.parks = [outer, builders.make_park(parent=outer), builders.make_park(area=areas[1]), None]
        self.areas = areas
        self.root = builders.make_organisation()
        area = self._below(self.root, OrganisationKind.AREA_COMMITTEE, area=areas[0])
        self._below(self.root, OrganisationKind.AREA_COMMITTEE, area=areas[1])
        cluster = self._below(self.root, OrganisationKind.CLUSTER_COMMITTEE, cluster=self.clusters[0])
        park = self._below(area, OrganisationKind.COMMITTEE, area=areas[0], park=outer)
        self.committees = [area, cluster, park]
        self.branches = [
            builders.make_organisation(above) for above in (self.root, area, cluster, park, park)
        ]
        self.elsewhere = builders.make_organisation()
        self.abroad = builders.make_organisation(self.elsewhere)
        self.group = builders.make_organisation(self.branches[1], OrganisationKind.PARTY_GROUP)
        self.partner = builders.make_partner(self.root)
        self.contact_enterprise = builders.make_enterprise(park=outer)
        self.venues = [
            Venue.objects.create(organisation=home, root_id=self.root.pk, name=f"服务站{home.pk}")
            for home in (self.root, park, self.branches[4])
        ]
        self.round = SurveyRound.objects.create(name="名单", as_of=self.today, due_on=self.today)
        self.users = {
            "officer": (builders.make_user("officer", self.root), self.root),
            "leader": (builders.make_user("leader", area), area),
            "cluster": (builders.make_user("officer", cluster), cluster),
            "secretary": (builders.make_user("secretary", self.branches[3]), self.branches[3]),
        }
        for _ in range(12):
            self.add_member()

    @staticmethod
    def _below(above, kind, **kw):
        return builders.make_organisation(above, kind, **kw)

    # --- Chances -----------------------------------------------------------------------------------------

    def one(self, rows):
        return self.rng.choice(list(rows))

    def any(self, model, **where):
        rows = list(model.objects.filter(**where).order_by("pk"))
        return self.rng.choice(rows) if rows else None

    def day(self) -> dt.date:
        return self.today - dt.timedelta(days=self.rng.choice((0, 1, 5, 40, 200, 400)))

    # --- What may happen ---------------------------------------------------------------------------------

    def happen(self, times: int = 1) -> list[str]:
        done = [self.rng.choice(HAPPENINGS) for _ in range(times)]
        for name in done:
            getattr(self, name)()
        return done

    def add_member(self):
        probationary = self.rng.random() < 0.3
        joined = {"joined_on": self.day(), "confirmed_on": None} if probationary else {}
        builders.make_member(
            self.one((*self.branches, self.abroad)),
            membership=Membership.PROBATIONARY if probationary else Membership.FULL,
            **joined,
        )

    def move_member(self):
        if member := self.any(Member):
            member.organisation = self.one(self.branches)
            member.root_id = self.root.pk
            member.save()

    def lose_member(self):
        if member := self.any(Member, relation=Relation.REGISTERED):
            Member.objects.filter(pk=member.pk).update(relation=Relation.LEFT, left_on=self.today)

    def confirm_member(self):
        if member := self.any(Member, membership=Membership.PROBATIONARY):
            Member.objects.filter(pk=member.pk).update(
                membership=Membership.FULL, confirmed_on=self.one((member.joined_on, self.today))
            )

    def rename_member(self):
        """To the name of another, who may hold a post."""
        if member := self.any(Member):
            member.name = self.one((self.any(Member).name, f"新名{member.pk}"))
            member.save()

    def apply(self):
        RecruitmentCase.objects.create(
            organisation=self.one((*self.branches, self.abroad)), name="申请人", sex="male",
            identity_number=builders.identity_number(), born_on=dt.date(1990, 5, 17),
        )  # fmt: skip

    def advance_case(self):
        if case := self.any(RecruitmentCase):
            stage = self.one(CaseStage)
            RecruitmentCase.objects.filter(pk=case.pk).update(
                stage=stage,
                due_on=self.one((None, self.day(), self.today + dt.timedelta(days=20))),
                closed_on=self.one((None, self.today))
                if stage in (CaseStage.FULL, CaseStage.STOPPED)
                else None,
            )

    def move_case(self):
        if case := self.any(RecruitmentCase):
            RecruitmentCase.objects.filter(pk=case.pk).update(organisation=self.one(self.branches))

    def charge(self):
        """What a member owes for some of the last months, to the branch of now or to another."""
        if member := self.any(Member):
            home = self.one((member.organisation, self.one(self.branches)))
            months = [add_months(self.today.replace(day=1), -back) for back in (0, 1, 2, 3, 4)]
            DuesCharge.objects.bulk_create(
                (
                    DuesCharge(
                        member=member,
                        organisation=home,
                        root_id=self.root.pk,
                        month=month,
                        amount_due=self.one((Decimal(0), Decimal(10))),
                    )
                    for month in months
                ),
                ignore_conflicts=True,
            )

    def pay(self):
        """Somebody pays for what is open, or it is taken back."""
        if charge := self.any(DuesCharge):
            rows = self.one(({"pk": charge.pk}, {"member": charge.member_id}))
            paid = self.one((0, F("amount_due")))
            DuesCharge.objects.filter(**rows).update(amount_paid=paid)

    def teach(self):
        """Days of training, for so many hours that somebody may reach what is required."""
        members = list(Member.objects.order_by("pk"))
        starts_at = timezone.make_aware(dt.datetime.combine(self.day(), dt.time(9)))
        ends_at = starts_at + dt.timedelta(days=self.one((1, 3, 6)), hours=8)
        activity = Activity.objects.create(
            organisation=self.one(self.branches),
            title="培训班",
            starts_at=starts_at,
            ends_at=ends_at,
            state="held",
        )
        Attendance.objects.bulk_create(
            Attendance(activity=activity, member=member, state=self.one(("present", "absent", "observer")))
            for member in self.rng.sample(members, min(len(members), 6))
        )
        ActivityKind.objects.create(activity=activity, kind="training")

    def relabel(self):
        """What was a training is none, or the other way round."""
        if kind := self.any(ActivityKind):
            ActivityKind.objects.filter(pk=kind.pk).update(kind=self.one(("training", "members_meeting")))

    def study(self):
        if member := self.any(Member):
            TrainingCredit.objects.create(
                member=member,
                title=f"培训{builders.next_number()}",
                on=self.day(),
                hours=self.one((8, 32, 60)),
            )

    def withdraw_study(self):
        if credit := self.any(TrainingCredit):
            TrainingCredit.objects.filter(pk=credit.pk).update(
                withdrawn_at=self.one((None, timezone.now())), hours=self.one((16, 40))
            )

    def require_hours(self):
        values = {"training_hours_member": (0, 16, 32, 60), "training_hours_leader": (32, 56)}
        code = self.one(values)
        DatedSetting.objects.update_or_create(
            code=code,
            effective_on=dt.date(self.today.year, 1, 1),
            defaults={"value": self.one(values[code])},
        )

    def elect_somebody(self):
        """By name, where this member may be found or anywhere else."""
        if member := self.any(Member):
            Post.objects.create(
                organisation=self.one(
                    (member.organisation, *self.committees, *self.branches, self.elsewhere)
                ),
                title=self.one(("deputy_secretary", "discipline_member", "group_leader")),
                person_name=member.name,
                since=self.day(),
            )

    def book(self):
        starts_at = timezone.make_aware(dt.datetime.combine(self.day(), dt.time(9)))
        starts_at += dt.timedelta(days=self.one((0, 0, 30)))
        Booking.objects.create(
            venue=self.one(self.venues), organisation=self.one(self.branches), title="学习", persons=9,
            starts_at=starts_at, ends_at=starts_at + dt.timedelta(hours=2), state=self.one(("confirmed", "pending")),
        )  # fmt: skip

    def decide_booking(self):
        if booking := self.any(Booking):
            Booking.objects.filter(pk=booking.pk).update(state=self.one(("confirmed", "cancelled")))

    def hand_over_venue(self):
        Venue.objects.filter(pk=self.venues[1].pk).update(organisation=self.one(self.branches))

    def hold(self):
        host, *others = self.rng.sample([*self.branches, self.abroad], self.rng.choice((1, 1, 2, 3)))
        members = list(Member.objects.order_by("pk"))
        there = self.rng.sample(members, min(len(members), 4))
        starts_at = timezone.make_aware(dt.datetime.combine(self.day(), dt.time(9)))
        activity = Activity.objects.create(
            organisation=host, title="主题党日", starts_at=starts_at, state=self.one(("planned", "held", "archived")),
            has_roster=True, expected=len(there) + 1, present=len(there), absent=1, guests=self.rng.randrange(3),
        )  # fmt: skip
        ActivityKind.objects.create(
            activity=activity, kind=self.one(("members_meeting", "committee_meeting", "party_lecture"))
        )
        JointHost.objects.bulk_create(JointHost(activity=activity, organisation=other) for other in others)
        Attendance.objects.bulk_create(
            Attendance(activity=activity, member=member, state=self.one(("present", "absent", "observer")))
            for member in there
        )

    def change_activity(self):
        if activity := self.any(Activity):
            activity.state = self.one(("planned", "held", "cancelled"))
            lasts = activity.ends_at and activity.ends_at - activity.starts_at
            activity.starts_at = timezone.make_aware(dt.datetime.combine(self.day(), dt.time(9)))
            activity.ends_at = lasts and activity.starts_at + lasts
            activity.save()

    def count_again(self):
        if activity := self.any(Activity):
            Activity.objects.filter(pk=activity.pk).update(
                expected=9, present=7, on_leave=0, absent=2, guests=5
            )

    def change_hosts(self):
        if activity := self.any(Activity):
            JointHost.objects.filter(activity=activity).delete()
            other = self.one(branch for branch in self.branches if branch.pk != activity.organisation_id)
            JointHost.objects.create(activity=activity, organisation=other)

    def correct_roll(self):
        if row := self.any(Attendance):
            Attendance.objects.filter(pk=row.pk).update(state=self.one(("present", "absent")))

    def strike_off(self):
        if row := self.any(Attendance):
            row.delete()

    def elect(self):
        Post.objects.create(
            organisation=self.one(self.branches),
            title="discipline_member",
            person_name="委员",
            since=self.day(),
        )

    def leave_post(self):
        if post := self.any(Post, until=None):
            Post.objects.filter(pk=post.pk).update(until=self.today)

    def add_enterprises(self):
        for _ in range(2):
            enterprise = builders.make_enterprise(
                park=self.one(self.parks), cluster=self.one((*self.clusters, None)),
                reported_members=self.one((None, 0, 5)), is_dormant=self.rng.random() < 0.2,
            )  # fmt: skip
            if self.rng.random() < 0.7:
                builders.cover(enterprise, self.one((*self.branches, *self.committees)), self.one(METHODS))
            if self.rng.random() < 0.4:
                home = self.one((None, *self.branches))
                builders.cover(enterprise, home, CoverageMethod.INSTRUCTOR, instructor_name="甲")

    def change_enterprise(self):
        if enterprise := self.any(Enterprise):
            values = {"park": self.one(self.parks), "status": self.one(("existing", "revoked"))}
            Enterprise.objects.filter(pk=enterprise.pk).update(**values)

    def end_coverage(self):
        if coverage := self.any(Coverage, until=None):
            Coverage.objects.filter(pk=coverage.pk).update(until=self.today)

    def survey(self):
        if enterprise := self.any(Enterprise, survey_tasks=None):
            SurveyTask.objects.create(round=self.round, enterprise=enterprise, reason="new")

    def answer_survey(self):
        if task := self.any(SurveyTask, state="open"):
            SurveyTask.objects.filter(pk=task.pk).update(state="done", done_on=self.today)

    def agree(self):
        one, other = self.rng.sample(self.branches, 2)
        units = self.one(((other,), (self.partner,), (other, self.partner)))
        ends_on = self.today + dt.timedelta(days=self.one((20, 59, 60, 61, 300)))
        builders.make_agreement(
            one, *units, signed_on=self.today, starts_on=self.today - dt.timedelta(days=300), ends_on=ends_on
        )

    def end_agreement(self):
        if agreement := self.any(Agreement, ended_on=None):
            Agreement.objects.filter(pk=agreement.pk).update(ended_on=self.today, end_reason="完成")

    def leave_agreement(self):
        if party := self.any(Party, organisation__isnull=False):
            party.delete()

    def order(self):
        order = builders.make_order(self.contact_enterprise)
        raised_at = timezone.now() - dt.timedelta(days=self.one((1, 10, 100, 380)), hours=3)
        Order.objects.filter(pk=order.pk).update(raised_at=raised_at)

    def work_on_order(self):
        if order := self.any(Order):
            state, rating = self.one(
                (("working", None), ("done", None), ("rated", 2), ("rated", 5), ("cancelled", None))
            )
            finished = timezone.now() if state in ("done", "rated") else None
            Order.objects.filter(pk=order.pk).update(
                handler=self.one(self.branches),
                state=state,
                due_at=timezone.now(),
                finished_at=finished,
                rating=rating,
            )

    def found_branch(self):
        self.branches.append(builders.make_organisation(self.one((self.root, *self.committees))))

    def move_branch(self):
        branch = Organisation.objects.get(pk=self.branches[0].pk)
        superior = Organisation.objects.get(pk=self.one(self.committees).pk)
        if Organisation.objects.get_parent(branch) != superior:
            move_organisation(
                organisation=branch, new_parent=superior, on=self.today, evidence="批复", by=self.system
            )

    def answer_for_cluster(self):
        Organisation.objects.filter(pk=self.committees[1].pk).update(cluster=self.one(self.clusters))

    def lay_park(self):
        Park.objects.filter(pk=self.parks[2].pk).update(area=self.one(self.areas))

    def lay_out_park(self):
        self.parks.append(builders.make_park(parent=self.one((None, self.parks[0]))))

    def change_rule(self):
        DatedSetting.objects.update_or_create(
            code="should_found_members", effective_on=self.today, defaults={"value": self.one((3, 5, 6))}
        )


HAPPENINGS = [
    name
    for name, value in vars(World).items()
    if not name.startswith("_") and callable(value) and name not in ("one", "any", "day", "happen")
]


# --- What must hold -----------------------------------------------------------------------------------------


def assert_counts_as_lists_do(world) -> None:
    """Of every organisation and place, whoever looks: what is kept is what the lists behind the figures count."""
    looks = [(world.system, organisation) for organisation in Organisation.objects.order_by("path")]
    looks += [
        (user, organisation)
        for user, above in world.users.values()
        for organisation in Organisation.objects.within(Organisation.objects.get(pk=above.pk))
    ]
    register = Register()
    for user, organisation in looks:
        row = snapshots.current(organisation)
        scope = Scope(user, organisation, world.today)
        live = values(scope)
        # Counted otherwise than its list filters, for speed.
        reached = Behind(TRAINING, scope, {"year": world.today.year, "reached": "yes"}).rows.count()
        assert live["training_rate"]["numerator"] == reached, organisation
        live |= unit_values(register.figures(register.of_organisation(organisation))[0])
        kept = snapshots.values(row)
        differing = {
            code: (numbers, live[code]) for code, numbers in kept.items() if numbers != live.get(code)
        }
        assert differing == {}, (organisation, differing)
        unknown = {code for code in live if code not in kept}
        assert all(live[code]["value"] is None for code in unknown), unknown
    for user, _ in world.users.values():
        shown, _ = coverage_figures(user)
        if shown:
            counted = register.figures(Enterprise.objects.visible_to(user))[0]
            assert [getattr(shown, name) for name in COUNTS] == [getattr(counted, name) for name in COUNTS], (
                user
            )
    for scope in SCOPES[1:]:
        counted = {
            figures.key: figures for figures in register.figures(register.rows(), by=scope) if figures.key
        }
        for row in Snapshot.objects.filter(**{f"{scope}__isnull": False}, until=None):
            found = counted.pop(getattr(row, f"{scope}_id"), CoverageFigures())
            assert [getattr(row, UNITS + name) for name in COUNTS] == [
                getattr(found, name) for name in COUNTS
            ]
        assert counted == {}, scope


def standing() -> dict:
    """What is kept of today, to compare with what a rebuild makes of it."""
    rows = Snapshot.objects.filter(until=None)
    return {
        tuple(getattr(row, f"{scope}_id") for scope in SCOPES): [
            getattr(row, name) for name in snapshots.VALUES
        ]
        for row in rows
    }


def assert_as_rebuilt() -> None:
    before = standing()
    snapshots.rebuild()
    assert before == standing()
    assert not Mark.objects.exists()
