"""Forms of organisations and parks. They read and scope input; the rules are in the actions."""

from django import forms
from django.utils import timezone

from orgs import access
from orgs.forms.fields import DayField, PhoneField
from orgs.forms.lookups import enterprise_field, option_text, organisation_field
from orgs.forms.styled import StyledForm
from orgs.kinds import CAPABILITIES, OrganisationKind, default_jurisdiction, parent_fault
from orgs.models import Area, Chain, Cluster, Enterprise, Organisation, Park, PostTitle
from orgs.terms import TermState

PLACES = ("area", "cluster", "park", "jurisdiction")


class ActionForm(forms.Form):
    """The form of one act upon `organisation` by `user`."""

    def __init__(self, *args, user, organisation=None, **kwargs):
        self.user, self.organisation = user, organisation
        super().__init__(*args, **kwargs)

    def values(self):
        return self.cleaned_data


def changeable_by(user):
    """The organisations that the person may change."""
    return Organisation.objects.permitted_to(user, "organisations.change").active()


class OrganisationForm(forms.ModelForm):
    """What founding and editing have in common. Places and jurisdiction decide which enterprises an organisation's
    people see: only whoever holds the right at the top may set them freely.
    """

    host_unit = enterprise_field(required=False, help_text="单独组建时填写单位的统一社会信用代码或全称。")
    founded_on = DayField(label="成立日期", required=False)
    contact_phone = PhoneField(label="联系电话")

    class Meta:
        model = Organisation
        fields = [
            "kind",
            "code",
            "name",
            "founded_on",
            "approval_no",
            *PLACES,
            "carrier",
            "host_unit",
            "contact_phone",
        ]
        help_texts = {
            "carrier": "如实验室、产业链、楼宇。",
            "jurisdiction": "决定该组织及其工作人员可以看到哪些企业。",
        }

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["host_unit"].label = "所在单位"
        self.fields["host_unit"].queryset = Enterprise.objects.visible_to(user)
        self.at_top = access.has_at_top(user, "organisations.change")
        if self.at_top:
            self.fields["park"].queryset = Park.objects.order_by("name")
            self.fields["jurisdiction"].required = False
        for name in ("area", "cluster", "park"):
            self.fields[name].empty_label = "无"

    def drop(self, *names):
        for name in names:
            del self.fields[name]

    def values(self):
        return {name: self.cleaned_data[name] for name in self.fields}


class FoundForm(OrganisationForm):
    """成立党组织. The capabilities follow the kind; they can be changed afterwards."""

    elected_on = DayField(label="选举日期", required=False, help_text="填写后按任期自动算出届满日期。")
    full_members = forms.IntegerField(
        label="正式党员人数", required=False, min_value=0, max_value=10000, help_text="成立党支部时必填。"
    )
    field_order = ["kind", "code", "name", "founded_on", "approval_no", "full_members", "elected_on"]

    def __init__(self, *args, parent, **kwargs):
        super().__init__(*args, **kwargs)
        self.parent = parent
        self.fields["approval_no"].required = self.fields["founded_on"].required = True
        self.fields["founded_on"].initial = timezone.localdate()
        self.fields["kind"].choices = [
            ("", "请选择"),
            *(choice for choice in OrganisationKind.choices if not parent_fault(choice[0], parent.kind)),
        ]
        if self.at_top:
            choices = self.fields["jurisdiction"].choices
            self.fields["jurisdiction"].choices = [("", "按类别确定"), *[c for c in choices if c[0]]]
            self.initial |= {"jurisdiction": "", "area": parent.area_id, "cluster": parent.cluster_id}
        else:
            self.drop("area", "cluster", "jurisdiction")
            mine = Organisation.objects.filter(pk__in=changeable_by(self.user).order_by().values("pk"))
            self.fields["park"].queryset = Park.objects.answered_by(mine).order_by("name")

    def clean(self):
        data = super().clean()
        if data.get("kind") == OrganisationKind.BRANCH and data.get("full_members") is None:
            self.add_error("full_members", "请填写正式党员人数。")
        return data

    def values(self):
        values = super().values()
        if self.at_top:
            if not values["jurisdiction"]:
                del values["jurisdiction"]
            return values
        park = values["park"]
        values["area"] = park.area if park else self.parent.area
        values["cluster"] = self.parent.cluster
        kind = default_jurisdiction(values["kind"], self.parent.kind, has_park=park is not None)
        return values | {"jurisdiction": kind if kind == "park" else "none"}


class EditForm(OrganisationForm):
    """修改资料. Kind and capabilities are granted from above, places from the top."""

    contact_phone = PhoneField(label="联系电话", help_text="留空表示不改动。")
    confirmation_no = forms.CharField(
        label="调整批复文号",
        required=False,
        max_length=60,
        help_text="改变类别，或给临时党支部增加职能时填写。",
    )

    class Meta(OrganisationForm.Meta):
        fields = [*OrganisationForm.Meta.fields, *CAPABILITIES]

    def __init__(self, *args, instance, **kwargs):
        super().__init__(*args, instance=instance, **kwargs)
        self.initial["contact_phone"] = ""
        self._keep_host_unit(instance.host_unit)
        if not self.at_top:
            self.drop(*PLACES)
        if not access.can_restructure_organisation(self.user, instance):
            self.drop("kind", *CAPABILITIES, "confirmation_no")

    def _keep_host_unit(self, unit):
        """It may lie outside the person's own enterprises."""
        if unit is not None:
            self.initial["host_unit"] = option_text(unit.name, unit.credit_code)
            self.fields["host_unit"].queryset |= Enterprise.objects.filter(pk=unit.pk)

    def values(self):
        values = super().values()
        if not values["contact_phone"]:
            del values["contact_phone"]
        return values


class MoveForm(ActionForm):
    new_parent = organisation_field(label="新的上级党组织")
    on = DayField(label="调整日期", initial=timezone.localdate)
    evidence = forms.CharField(label="依据（批复文号）", max_length=120)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["new_parent"].queryset = changeable_by(self.user)


class DissolveForm(ActionForm):
    on = DayField(label="撤销日期", initial=timezone.localdate)
    reason = forms.CharField(label="撤销原因", max_length=200)
    approval_no = forms.CharField(label="批复文号", max_length=60)


class TaskEndForm(ActionForm):
    on = DayField(label="任务或项目结束日期", initial=timezone.localdate)


class ElectionForm(ActionForm):
    on = DayField(label="选举日期", initial=timezone.localdate)
    committee_seats = forms.IntegerField(
        label="委员会委员人数",
        required=False,
        min_value=0,
        max_value=30,
        help_text="含书记、副书记；不设委员会的填0或留空。",
    )
    full_members = forms.IntegerField(label="正式党员人数", required=False, min_value=0, max_value=10000)
    approval_no = forms.CharField(
        label="批复文号", required=False, max_length=60, help_text="临时党支部换届、不足7人设委员会时必填。"
    )


class ExtensionForm(ActionForm):
    extended_to = DayField(label="批准延期至", help_text="不晚于届满日期后1年。")
    approval_no = forms.CharField(label="延期批复文号", max_length=60)


class PostForm(ActionForm):
    title = forms.ChoiceField(label="职务", choices=PostTitle.choices)
    person_name = forms.CharField(label="姓名", max_length=50)
    since = DayField(label="任职日期", initial=timezone.localdate)
    approval_no = forms.CharField(label="批复文号", max_length=60, required=False)
    probationary = forms.BooleanField(label="该同志是预备党员", required=False)


class FunctionalForm(ActionForm):
    superior = organisation_field(label="功能上级党组织", help_text="如科技平台党委、产业链党委。")
    since = DayField(label="起始日期", initial=timezone.localdate)
    evidence = forms.CharField(label="依据", max_length=120, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["superior"].queryset = Organisation.objects.visible_to(self.user).active()


class EndForm(ActionForm):
    until = DayField(label="结束日期", initial=timezone.localdate)


class OrganisationFilterForm(StyledForm):
    """The query of the flat list: text, kind, dissolved ones too."""

    q = forms.CharField(label="名称或代码", required=False, max_length=60)
    kind = forms.ChoiceField(
        label="类别", required=False, choices=[("", "全部类别"), *OrganisationKind.choices]
    )
    dissolved = forms.BooleanField(label="含已撤销", required=False)


class TermFilterForm(StyledForm):
    STATES = [("", "需要关注的"), *[c for c in TermState.choices if c[0] != TermState.NONE]]
    state = forms.ChoiceField(label="任期情况", required=False, choices=STATES)
    kind = forms.ChoiceField(
        label="类别", required=False, choices=[("", "全部类别"), *OrganisationKind.choices]
    )
    below = organisation_field(label="上级党组织", required=False, help_text="")

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["below"].queryset = Organisation.objects.visible_to(user)


class ParkFilterForm(StyledForm):
    q = forms.CharField(label="园区名称或别名", required=False, max_length=60)
    area = forms.ModelChoiceField(
        label="片区", required=False, queryset=Area.objects.none(), empty_label="全部片区"
    )
    cluster = forms.ModelChoiceField(
        label="主导产业集群", required=False, queryset=Cluster.objects.all(), empty_label="全部集群"
    )

    def __init__(self, *args, parks, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["area"].queryset = Area.objects.filter(pk__in=parks.order_by().values("area"))


class ParkForm(forms.ModelForm):
    class Meta:
        model = Park
        fields = ["name", "area", "main_cluster", "parent", "address", "latitude", "longitude"]
        help_texts = {
            "latitude": "如 31.203700。填写经纬度后，园区内企业计入阵地步行覆盖。",
            "longitude": "如 121.594300。",
            "name": "改名后，原名称自动保留为别名，名单仍可识别。",
            "parent": "园中园填写所在园区。",
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        outer = Park.objects.filter(parent=None).exclude(pk=self.instance.pk)
        self.fields["parent"].queryset = outer.order_by("name")

    def values(self):
        return {name: self.cleaned_data[name] for name in self.fields}


class AliasForm(forms.Form):
    name = forms.CharField(
        label="别名", max_length=80, widget=forms.TextInput(attrs={"class": "form-control"})
    )


class AreaForm(forms.ModelForm):
    class Meta:
        model = Area
        fields = ["name"]


class ClusterForm(forms.ModelForm):
    class Meta:
        model = Cluster
        fields = ["name"]


class ChainForm(forms.ModelForm):
    class Meta:
        model = Chain
        fields = ["name", "cluster"]
