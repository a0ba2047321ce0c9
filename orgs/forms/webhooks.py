from itertools import groupby

from django import forms

from orgs.actions.webhooks import LONGEST_ADDRESS, LONGEST_NAME
from orgs.forms.lookups import organisation_field
from orgs.models import DeliveryState, Organisation
from orgs.models.webhooks import MANAGE
from orgs.webhooks.events import EVENTS

STATES = [(state.value, state.label) for state in DeliveryState if state != DeliveryState.EMPTY]


def event_choices():
    return [
        (group, [(event.code, event.label) for event in events])
        for group, events in groupby(EVENTS.values(), key=lambda event: event.group)
    ]


class WebhookForm(forms.Form):
    organisation = organisation_field(label="党组织", help_text="推送该党组织及其下级的事件。")
    name = forms.CharField(label="名称", max_length=LONGEST_NAME, help_text="如“市服务平台”。")
    address = forms.CharField(
        label="接收地址",
        max_length=LONGEST_ADDRESS,
        help_text="以https://开头；域名须由运维人员列入许可名单。",
    )
    events = forms.MultipleChoiceField(
        label="事件", choices=event_choices, widget=forms.CheckboxSelectMultiple
    )
    seen_at = forms.DateTimeField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, user, subscription=None, **kwargs):
        if subscription is not None:
            values = {name: getattr(subscription, name) for name in ("name", "address", "events")}
            kwargs["initial"] = values | {"seen_at": subscription.updated_at.isoformat()}
        super().__init__(*args, **kwargs)
        if subscription is not None:
            del self.fields["organisation"]
            return
        del self.fields["seen_at"]
        self.fields["organisation"].queryset = Organisation.objects.active().permitted_to(user, MANAGE)


class DeliveryFilterForm(forms.Form):
    state = forms.ChoiceField(
        label="状态", required=False, choices=[("", "全部状态"), *STATES],
        widget=forms.Select(attrs={"class": "form-select", "aria-label": "状态"}),
    )  # fmt: skip
