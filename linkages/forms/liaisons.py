from django import forms

from linkages.actions.liaisons import accounts_of
from linkages.models import PartnerLiaison
from orgs.forms.accounts import PersonForm
from orgs.forms.styled import StyledForm


class LiaisonForm(PersonForm):
    """A new account, or one that already speaks or spoke for a unit of the register."""

    account = forms.ModelChoiceField(
        label="已有的联络员账号", queryset=None, required=False, empty_label="不选用，新建账号",
        help_text="同一人联络几个单位，或重新任用的，选用原账号。",
    )  # fmt: skip
    field_order = ("account", "username", "display_name", "email")

    def __init__(self, *args, partner, **kwargs):
        super().__init__(*args, **kwargs)
        known = accounts_of(partner.organisation).exclude(
            pk__in=partner.liaisons.current().order_by().values("user")
        )
        field = self.fields["account"]
        field.queryset = known.order_by("display_name", "pk")
        field.label_from_instance = lambda user: f"{user}（{user.username}）"
        for name in ("username", "display_name"):
            self.fields[name].required = False
        if not field.queryset:
            del self.fields["account"]

    def clean_username(self):
        return super().clean_username() if self.cleaned_data["username"].strip() else ""

    def clean(self):
        data = super().clean()
        if not data.get("account"):
            for name in ("username", "display_name"):
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, "新建账号请填写。")
        return data


class EndLiaisonForm(StyledForm):
    reason = forms.CharField(label="结束原因", max_length=200)


class NameLiaisonForm(StyledForm):
    """On the page of an agreement: the account of one of its partner units."""

    liaison = forms.ModelChoiceField(queryset=None, label="联络员账号", empty_label="请选择")

    def __init__(self, *args, agreement, **kwargs):
        super().__init__(*args, **kwargs)
        units = [party.partner_id for party in agreement.parties.all() if party.partner_id]
        rows = PartnerLiaison.objects.current().filter(partner__in=units)
        self.fields["liaison"].queryset = rows.select_related("user", "partner")
