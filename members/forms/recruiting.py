"""Forms of recruiting. They read and scope input; the guards are in `members.recruiting.guards`."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout
from django import forms
from django.utils import timezone

from members.actions.register import SENSITIVE
from members.forms.register import PLAIN, MemberForm
from members.models import Member, RecruitmentCase, StepOutcome
from members.recruiting.steps import ASSESSMENT, REPORTS, STEPS
from orgs.forms.enterprises import group
from orgs.forms.fields import DayField
from orgs.forms.lookups import organisation_field
from orgs.identifiers import normalise_identity_number
from orgs.kinds import BRANCHES
from orgs.models import Organisation

RECOMMENDED = [("党员推荐", "党员推荐"), ("群团组织推优", "群团组织推优")]
PERSON_GROUPS = (
    group("身份", "name", "identity_type", "identity_number", "sex", "ethnicity", "born_on", "mobile"),
    group("学历与工作", "education", "title", "is_research", "occupation", "employer", "position"),
)


def count(label, **kwargs):
    return forms.IntegerField(label=label, min_value=0, max_value=100_000, required=False, **kwargs)


class CaseForm(MemberForm):
    """An application for membership: the person, the branch, the day."""

    joined_on = confirmed_on = clear_mobile = seen_at = None
    organisation = organisation_field(label="接收申请的党支部")
    on = DayField(label="申请书落款日期", initial=timezone.localdate)
    confirm_reason = forms.CharField(
        label="确需办理的原因", max_length=200, required=False, help_text="临时党支部接收申请时填写。"
    )
    approval_no = forms.CharField(label="上级批准文号", max_length=60, required=False)

    class Meta:
        model = RecruitmentCase
        fields = list(PLAIN)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, user=user, **kwargs)
        self.fields["identity_number"].required = True
        self.fields["born_on"].required = True
        if "organisation" in self.fields:
            self.fields["organisation"].queryset = branches(user)

    @property
    def layout_helper(self):
        self.helper.layout = Layout(
            group("申请", "organisation", "on"),
            group(
                "身份", "name", "identity_type", "identity_number", "sex", "ethnicity", "born_on", "mobile"
            ),
            group("学历与工作", "education", "title", "is_research", "occupation", "employer", "position"),
            group("需上级批准的", "confirm_reason", "approval_no"),
        )
        return self.helper

    def clean_identity_number(self):
        return normalise_identity_number(self.cleaned_data["identity_number"])

    @property
    def values(self) -> dict:
        data = self.cleaned_data
        code, name = data["employer"]
        return {name: data[name] for name in PLAIN} | {
            "identity_number": data["identity_number"],
            "mobile": data["mobile"],
            "employer_code": code,
            "employer_name": name,
        }

    @property
    def entry(self) -> dict:
        """How the case begins, as `open_case` takes it."""
        names = ("organisation", "on", "confirm_reason", "approval_no")
        return {name: self.cleaned_data[name] for name in names}


class CaseEditForm(CaseForm):
    """Particulars only; as in `MemberForm`, stored numbers are never sent to the browser."""

    organisation = on = confirm_reason = approval_no = None
    seen_at = forms.DateTimeField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["identity_number"].required = False

    def _show_stored(self):
        case = self.instance
        self.initial |= {"seen_at": case.updated_at.isoformat(), "employer": self.employer_text()}
        self.mask_stored()

    @property
    def layout_helper(self):
        self.helper.layout = Layout(*PERSON_GROUPS, "seen_at")
        return self.helper

    @property
    def values(self) -> dict:
        """Numbers only where new ones were typed."""
        values = super().values
        return {name: values[name] for name in values if name not in SENSITIVE or values[name]}


def branches(user):
    found = Organisation.objects.permitted_to(user, "members.change").active()
    return found.filter(kind__in=BRANCHES)


class MembersField(forms.ModelMultipleChoiceField):
    """People of the branch as boxes to tick; cleans to their keys."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, member):
        return f"{member.name}（{member.get_membership_display()}）"

    def clean(self, value):
        return [member.pk for member in super().clean(value)]


class StepForm(forms.Form):
    """One step: its day, its own fields (`Step.fields`), and what a CONFIRM rule may ask for."""

    on = DayField(label="日期", initial=timezone.localdate)
    outcome = forms.ChoiceField(label="结果", choices=StepOutcome.choices)
    who = forms.CharField(label="谈话人", max_length=50)
    recommended = forms.ChoiceField(label="推荐方式", choices=RECOMMENDED)
    report = forms.ChoiceField(
        label="登记内容",
        choices=list(REPORTS.items()),
        initial=ASSESSMENT,
        required=False,
        help_text="党支部每半年考察一次；思想汇报另行登记，不代替考察。",
    )
    contacts = MembersField(
        label="培养联系人（1至2名正式党员）", queryset=Member.objects.none(), required=False
    )
    heard = forms.BooleanField(label="已听取培养联系人、党员和群众的意见", required=False)
    introducers = MembersField(
        label="入党介绍人（2名正式党员）", queryset=Member.objects.none(), required=False
    )
    consented = forms.BooleanField(label="介绍人已同意", required=False)
    training_days = count("培训天数")
    training_hours = count("培训学时")
    approver = forms.ModelChoiceField(
        label="审批党组织", queryset=Organisation.objects.none(), required=False
    )
    leaving_on = DayField(label="预计离开现单位日期", required=False, help_text="没有调动打算的不填。")
    form_no = forms.CharField(label="入党志愿书编号", max_length=40, required=False)
    notice_from = DayField(label="公示开始", required=False)
    notice_until = DayField(label="公示结束", required=False)
    persons = forms.CharField(label="表决对象", max_length=120, required=False)
    ballot_no = count("本次大会第几项表决")
    secret_ballot = forms.BooleanField(label="采取无记名投票", required=False)
    attended = forms.BooleanField(label="本人和入党介绍人到会", required=False)
    expected = count("应到会有表决权党员")
    present = count("实到会有表决权党员")
    yes = count("赞成")
    expected_reason = forms.CharField(label="与名册人数不一致的原因", max_length=200, required=False)
    extended_until = DayField(label="预备期延长至", required=False, help_text="只有延长预备期时填写。")
    collective = forms.BooleanField(label="经党委会集体讨论、表决决定", required=False)
    group = forms.CharField(label="编入的党小组", max_length=50, required=False)
    kept_at = forms.CharField(label="档案保管单位", max_length=100)
    document_no = forms.CharField(label="文号", max_length=60, required=False)
    note = forms.CharField(
        label="情况", max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    confirm_reason = forms.CharField(
        label="确需办理的原因",
        max_length=200,
        required=False,
        help_text="超出一般规定、经上级批准的填写，其他不填。",
    )
    approval_no = forms.CharField(label="上级批准文号", max_length=60, required=False)
    COMMON = ("on", "document_no", "note")
    CONFIRM = ("confirm_reason", "approval_no")

    def __init__(self, *args, case, number, user, voters=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.step, self.case = STEPS[number], case
        wanted = {*self.COMMON, *self.step.fields} | ({"outcome"} if self.step.outcomes else set())
        wanted |= set(self.CONFIRM) if self.step.may_confirm else set()
        for name in set(self.fields) - wanted:
            del self.fields[name]
        self._offer(user)
        if voters is not None and "expected" in self.fields:
            self.initial |= {"persons": case.name, "expected": voters, "present": voters}
        self.helper = FormHelper()
        self.helper.form_tag = False

    def _offer(self, user):
        if "outcome" in self.fields:
            self.fields["outcome"].choices = [
                (value, StepOutcome(value).label) for value in self.step.outcomes
            ]
        for name in {"contacts", "introducers"} & set(self.fields):
            there = Member.objects.permitted_to(user, "members.view").in_register()
            self.fields[name].queryset = there.filter(organisation=self.case.organisation_id).order_by(
                "pinyin"
            )
        if "approver" in self.fields:
            above = Organisation.objects.permitted_to(user, "members.change").active()
            above = above.filter(path__in=self.case.organisation.ancestor_paths).order_by("-depth")
            self.fields["approver"].queryset = above
            able = [o for o in above if o.can_approve_members]
            self.initial["approver"] = able[0].pk if able else None

    def clean_report(self):
        return self.cleaned_data["report"] or ASSESSMENT

    @property
    def entry(self) -> dict:
        return {"number": self.step.number, **self.cleaned_data}


class CaseReasonForm(forms.Form):
    reason = forms.CharField(label="原因", max_length=200, widget=forms.Textarea(attrs={"rows": 2}))


class StopForm(CaseReasonForm):
    on = DayField(label="日期", initial=timezone.localdate)


class CaseMoveForm(forms.Form):
    organisation = organisation_field(label="转到党支部")

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = branches(user)
