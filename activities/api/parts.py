"""What the API of activities shows and takes in."""

from django.core.exceptions import ValidationError
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from activities.actions.activities import COUNTS, FIELDS
from activities.kinds import Kind
from activities.models import (
    Activity,
    ActivityEntry,
    Attendance,
    AttendanceState,
    Guest,
    Resolution,
    Series,
    Vote,
)
from activities.roll_call import hidden_reasons
from members.models import Member
from orgs.api.fields import Flag, Scoped, Text, WholeNumber
from orgs.api.organisations import OrganisationRef, organisation_code
from orgs.models import Organisation

MOST_PEOPLE = 5000


# --- What is shown -----------------------------------------------------------------------------------


class SeriesSerializer(serializers.ModelSerializer):
    organisation = OrganisationRef()

    class Meta:
        model = Series
        fields = ["id", "name", "about", "organisation", "started_on", "ended_on"]


class AttendanceSerializer(serializers.ModelSerializer):
    name = serializers.CharField(source="member.name")

    class Meta:
        model = Attendance
        fields = ["member", "name", "state", "reason", "how", "signed_at"]


class GuestSerializer(serializers.ModelSerializer):
    class Meta:
        model = Guest
        fields = ["name", "unit"]


class VoteSerializer(serializers.ModelSerializer):
    class Meta:
        model = Vote
        fields = [
            "id", "matter", "expected", "present", "yes", "no", "abstained", "written", "passed", "note",
            "withdrawn_at", "withdrawn_reason",
        ]  # fmt: skip


class ResolutionSerializer(serializers.ModelSerializer):
    class Meta:
        model = Resolution
        fields = ["id", "text", "owner_name", "due_on", "done_on", "result"]


class ResolutionRowSerializer(ResolutionSerializer):
    organisation = OrganisationRef(source="activity.organisation")

    class Meta(ResolutionSerializer.Meta):
        fields = [*ResolutionSerializer.Meta.fields, "activity", "organisation"]


class EntrySerializer(serializers.ModelSerializer):
    by = serializers.CharField(allow_null=True)

    class Meta:
        model = ActivityEntry
        fields = ["act", "at", "by", "reason"]


class ActivitySerializer(serializers.ModelSerializer):
    """`present`, `on_leave` and `absent` add up to `expected`; `guests` are all others who came."""

    organisation = OrganisationRef()
    joint_hosts = serializers.SerializerMethodField()
    kinds = serializers.SerializerMethodField()
    late = serializers.BooleanField(source="is_late", help_text="补录。")

    class Meta:
        model = Activity
        fields = [
            "id", "number", "title", "kinds", "organisation", "joint_hosts", "series", "held_on", "starts_at",
            "ends_at", "place", "is_online", "chair_name", "recorder_name", "lecturer_name", "belongs_to_year",
            "state", "has_roster", "expected", "present", "on_leave", "absent", "guests", "late", "recorded_at",
            "archived_at", "updated_at",
        ]  # fmt: skip

    def get_kinds(self, activity) -> list[str]:
        return [kind.kind for kind in activity.kinds.all()]

    def get_joint_hosts(self, activity) -> list[str]:
        """Codes."""
        return [host.organisation.code for host in activity.joint_hosts.all()]


class ActivityDetailSerializer(ActivitySerializer):
    """Why members of joint hosts elsewhere were away is not said."""

    attendances = serializers.SerializerMethodField()
    guest_list = GuestSerializer(many=True)
    votes = VoteSerializer(many=True)
    resolutions = ResolutionSerializer(many=True)
    entries = EntrySerializer(many=True)

    class Meta(ActivitySerializer.Meta):
        fields = [
            *ActivitySerializer.Meta.fields, "agenda", "gist", "attendances", "guest_list", "votes", "resolutions",
            "entries",
        ]  # fmt: skip

    @extend_schema_field(AttendanceSerializer(many=True))
    def get_attendances(self, activity):
        rows = list(activity.attendances.all())
        hidden = hidden_reasons(self.context["request"].user, [activity])
        for row in rows:
            if row.member_id in hidden:
                row.reason = ""
        return AttendanceSerializer(rows, many=True).data


# --- What is taken in --------------------------------------------------------------------------------


def series_field():
    return Scoped(
        rows=lambda user: Series.objects.visible_to(user) if user else Series.objects.all(),
        slug_field="id",
        required=False,
        allow_null=True,
    )


class HostCode(Scoped):
    """Any active organisation, by its whole code."""

    def __init__(self, **kwargs):
        super().__init__(rows=lambda user: Organisation.objects.active(), slug_field="code", **kwargs)


class MemberKey(serializers.PrimaryKeyRelatedField):
    """A member in the register whose activities the caller keeps."""

    def __init__(self, **kwargs):
        super().__init__(queryset=Member.objects.none(), **kwargs)

    def get_queryset(self):
        mine = Member.objects.permitted_to(self.context["request"].user, "activities.change")
        return mine.in_register().select_related("organisation")


class PatchInput(serializers.Serializer):
    """What is not sent stays."""

    kinds = serializers.ListField(
        child=serializers.ChoiceField(choices=Kind.choices),
        required=False,
        min_length=1,
        max_length=len(Kind),
    )
    title = Text(max_length=120, required=False)
    starts_at = serializers.DateTimeField(required=False)
    ends_at = serializers.DateTimeField(required=False, allow_null=True)
    place = Text(max_length=120, required=False, allow_blank=True)
    is_online = Flag(required=False)
    chair_name = Text(max_length=50, required=False, allow_blank=True)
    recorder_name = Text(max_length=50, required=False, allow_blank=True)
    lecturer_name = Text(max_length=50, required=False, allow_blank=True)
    agenda = Text(max_length=2000, required=False, allow_blank=True)
    gist = Text(max_length=20_000, required=False, allow_blank=True)
    series = series_field()
    belongs_to_year = WholeNumber(min_value=2000, max_value=2100, required=False, allow_null=True)
    joint_hosts = serializers.ListField(child=HostCode(), required=False, max_length=20)
    seen_at = serializers.DateTimeField(
        required=False, help_text="所见的updated_at；此后已被他人修改的，不予覆盖。"
    )


class ActivityInput(PatchInput):
    organisation = organisation_code("activities.change", help_text="主办党组织代码。")
    kinds = serializers.ListField(
        child=serializers.ChoiceField(choices=Kind.choices), min_length=1, max_length=len(Kind)
    )
    title = Text(max_length=120)
    starts_at = serializers.DateTimeField()
    seen_at = None


class AttendanceInput(serializers.Serializer):
    member = WholeNumber(min_value=1, max_value=2**53, help_text="党员编号。")
    state = serializers.ChoiceField(choices=AttendanceState.choices)
    reason = Text(max_length=100, required=False, allow_blank=True, default="")


class AttendingGuestInput(serializers.Serializer):
    name = Text(max_length=50)
    unit = Text(max_length=120, required=False, allow_blank=True, default="")


class CountsInput(serializers.Serializer):
    """For where nobody calls the roll."""

    expected = WholeNumber(default=0)
    present = WholeNumber(default=0)
    on_leave = WholeNumber(default=0)
    absent = WholeNumber(default=0)
    guests = WholeNumber(default=0)


class RollInput(serializers.Serializer):
    roll = serializers.ListField(
        child=AttendanceInput(), required=False, max_length=MOST_PEOPLE, help_text="逐人到会。"
    )
    counts = CountsInput(required=False, help_text="只登记人数的，与roll二选一。")
    guests = serializers.ListField(child=AttendingGuestInput(), required=False, max_length=500)
    signed_seen = serializers.ListField(
        child=WholeNumber(min_value=1, max_value=2**53),
        required=False,
        max_length=MOST_PEOPLE,
        help_text="已知其扫码签到、仍要登记为请假或缺席的党员编号。",
    )
    seen_at = serializers.DateTimeField(
        required=False, help_text="所见的updated_at；此后已被他人修改的，不予覆盖。"
    )

    def validate_roll(self, rows):
        """Each member once, all of them ones whom the caller sees."""
        keys = [row["member"] for row in rows]
        if len(set(keys)) < len(keys):
            raise serializers.ValidationError("名单中有人重复。")
        seen = Member.objects.visible_to(self.context["request"].user).filter(pk__in=keys)
        if seen.order_by().count() < len(keys):
            raise serializers.ValidationError("名单中有在您的范围内找不到的党员编号。")
        return rows


class RecordInput(ActivityInput, RollInput):
    signed_seen = seen_at = None
    entry_key = serializers.UUIDField(
        required=False, help_text="由调用方生成；网络中断后用同一标识重发，只登记一次。"
    )


class VoteInput(serializers.Serializer):
    matter = Text(max_length=120)
    expected = WholeNumber()
    present = WholeNumber()
    yes = WholeNumber()
    no = WholeNumber(default=0)
    abstained = WholeNumber(default=0)
    written = WholeNumber(default=0)
    passed = Flag()
    note = Text(max_length=200, required=False, allow_blank=True, default="")


class ResolutionInput(serializers.Serializer):
    text = Text(max_length=300)
    owner_name = Text(max_length=50, required=False, allow_blank=True)
    due_on = serializers.DateField(required=False, allow_null=True)


class CloseInput(serializers.Serializer):
    on = serializers.DateField(default=timezone.localdate, help_text="默认今天。")
    result = Text(max_length=300)


class ReasonInput(serializers.Serializer):
    reason = Text(max_length=300)


class NothingInput(serializers.Serializer):
    """An act that asks for nothing."""


# --- As the actions take it --------------------------------------------------------------------------


def plan_of(data) -> dict:
    values = {name: data[name] for name in FIELDS if name in data}
    return {"kinds": data.get("kinds"), "joint_hosts": data.get("joint_hosts", ()), "values": values}


def attendance_of(data) -> dict:
    if "roll" in data and "counts" in data:
        raise ValidationError({"counts": "逐人登记到会的，人数由名单得出，不另填写。"})
    found = {"guests": [(guest["name"], guest["unit"]) for guest in data.get("guests", ())]}
    if "roll" in data:
        found["roll"] = {row["member"]: (row["state"], row["reason"].strip()) for row in data["roll"]}
    found |= {name: data[name] for name in ("signed_seen", "seen_at") if name in data}
    if "counts" in data:
        found["counts"] = {name: data["counts"][name] for name in COUNTS}
    return found


def unseen_of(user, activity) -> dict:
    """Those on the roll whom the caller does not see, members of joint hosts elsewhere: they stay as they are."""
    rows = activity.attendances.exclude(member__in=Member.objects.visible_to(user).order_by().values("pk"))
    return {row.member_id: (row.state, row.reason) for row in rows}
