"""Forms of absences, ways out and back, dated facts and disposals."""

from django import forms
from django.utils import timezone

from members.actions.absences import ENDINGS
from members.actions.exits import DECIDED_ABOVE, NOTABLE, OFFERED
from members.choices import Closing, EventKind, Membership
from members.forms.transfers import ReceiverField
from members.models import AbsenceKind, ContactMeans, DisposalKind, DisposalStage
from orgs.forms.fields import DayField, PhoneField
from orgs.forms.lookups import organisation_field
from orgs.kinds import BRANCHES
from orgs.models import Organisation

AWAY_KINDS = [(kind, kind.label) for kind in AbsenceKind if kind != AbsenceKind.FLOATING_IN]


def text_area(label, *, rows=2, **kwargs):
    return forms.CharField(label=label, widget=forms.Textarea(attrs={"rows": rows}), **kwargs)


class AbsenceForm(forms.Form):
    kind = forms.ChoiceField(label="类别", choices=[("", "请选择"), *AWAY_KINDS])
    since = DayField(label="起", initial=timezone.localdate)
    place = forms.CharField(label="去向（地点、单位）", max_length=120, required=False)
    host = ReceiverField(
        label="流入地党组织（系统内）",
        required=False,
        help_text="填写后，对方可在系统内看到并确认报到。",
    )
    host_name = forms.CharField(label="流入地党组织（系统外）", max_length=120, required=False)
    contact_person = forms.CharField(
        label="联系人", max_length=50, required=False, help_text="本支部负责与其联系的同志。"
    )
    expected_return_on = DayField(label="预计返回日期", required=False)
    note = text_area("说明", max_length=300, required=False)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["host"].queryset = Organisation.objects.visible_to(user).active()


class GuestForm(forms.Form):
    host = organisation_field(label="参加组织生活的党组织")
    guest_name = forms.CharField(label="姓名", max_length=50)
    home_name = forms.CharField(label="组织关系所在党组织", max_length=120)
    guest_mobile = PhoneField(label="联系电话")
    since = DayField(label="起", initial=timezone.localdate)
    place = forms.CharField(label="现工作单位", max_length=120, required=False)
    contact_person = forms.CharField(label="联系人", max_length=50, required=False)
    expected_return_on = DayField(label="预计离开日期", required=False)
    note = text_area("说明", max_length=300, required=False)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["host"].queryset = Organisation.objects.permitted_to(user, "members.change").active()


class AbsenceEndForm(forms.Form):
    how = forms.ChoiceField(
        label="结束方式",
        choices=[(how, how.label) for how in ENDINGS],
    )
    on = DayField(label="结束日期", initial=timezone.localdate)
    note = forms.CharField(label="说明", max_length=200, required=False)


class ReportForm(forms.Form):
    on = DayField(label="报到日期", initial=timezone.localdate)


class ContactForm(forms.Form):
    on = DayField(label="日期", initial=timezone.localdate)
    means = forms.ChoiceField(label="方式", choices=ContactMeans)
    person = forms.CharField(label="联系人", max_length=50)
    reached = forms.BooleanField(label="已联系上本人", required=False)
    result = text_area("情况", max_length=200)


class LeaveForm(forms.Form):
    how = forms.ChoiceField(label="去向", choices=[])
    on = DayField(label="日期", initial=timezone.localdate)
    document_no = forms.CharField(
        label="批复或决定文号", max_length=60, required=False, help_text="去世、登记有误可不填。"
    )
    note = text_area("说明", max_length=300, required=False)

    def __init__(self, *args, member, may_decide, **kwargs):
        super().__init__(*args, **kwargs)
        ways = [
            (how, how.label)
            for how in OFFERED
            if (how != Closing.CANCELLED or member.membership == Membership.PROBATIONARY)
            and (how not in DECIDED_ABOVE or may_decide)
        ]
        self.fields["how"].choices = [("", "请选择"), *ways]


class RemoveForm(forms.Form):
    on = DayField(label="除名日期", initial=timezone.localdate)
    document_no = forms.CharField(label="批复文号", max_length=60)


class ReturnForm(forms.Form):
    organisation = organisation_field(label="恢复到党支部")
    on = DayField(label="恢复日期", initial=timezone.localdate)
    document_no = forms.CharField(label="批复文号", max_length=60)
    note = text_area("说明", max_length=300, required=False)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        found = Organisation.objects.permitted_to(user, "members.change").active()
        self.fields["organisation"].queryset = found.filter(keeps_membership=True, kind__in=BRANCHES)


class EventForm(forms.Form):
    kind = forms.ChoiceField(
        label="事项", choices=[("", "请选择"), *((kind, EventKind(kind).label) for kind in NOTABLE)]
    )
    on = DayField(label="日期", initial=timezone.localdate)
    until_on = DayField(
        label="截止日期", required=False, help_text="留党察看必填，最长2年；其他处分按影响期填写。"
    )
    document_no = forms.CharField(label="文号", max_length=60, required=False)
    note = text_area("说明", max_length=300, required=False)
    is_other_fact = forms.BooleanField(label="与正在办理的组织处置不是同一事实", required=False)


class DisposalForm(forms.Form):
    kind = forms.ChoiceField(label="处置方式", choices=[("", "请选择"), *DisposalKind.choices])
    ground = text_area("事由", max_length=1000, rows=3)
    on = DayField(label="立案日期", initial=timezone.localdate)
    is_other_fact = forms.BooleanField(label="与现有党纪处分不是同一事实", required=False)


class StepForm(forms.Form):
    """The due step; only the meeting asks for votes, only approval for a time limit."""

    stage = forms.ChoiceField(choices=DisposalStage, widget=forms.HiddenInput)
    on = DayField(label="日期", initial=timezone.localdate)
    document_no = forms.CharField(label="文号", max_length=60, required=False)
    expected_votes = forms.IntegerField(
        label="应到会有表决权党员", min_value=0, max_value=100_000, required=False
    )
    present_votes = forms.IntegerField(
        label="实到会有表决权党员", min_value=0, max_value=100_000, required=False
    )
    yes_votes = forms.IntegerField(label="赞成", min_value=0, max_value=100_000, required=False)
    correct_until = DayField(label="改正期限至", required=False, help_text="不填为6个月，最长1年。")
    note = text_area("情况", max_length=1000, required=False)

    def __init__(self, *args, disposal, stage, **kwargs):
        super().__init__(*args, **kwargs, initial={"stage": stage})
        if stage != DisposalStage.MEETING:
            for name in ("expected_votes", "present_votes", "yes_votes"):
                del self.fields[name]
        if stage != DisposalStage.APPROVED or disposal.kind != DisposalKind.CORRECTION:
            del self.fields["correct_until"]
