from django import forms

from orgs.clock import clock_words
from orgs.forms.lookups import organisation_field
from orgs.models import Organisation, ReminderSetting, Robot, RobotKind
from orgs.models.webhooks import MANAGE
from portal.reminders.actions import (
    FOR_PERSONS,
    FOR_ROBOTS,
    LONGEST_ADDRESS,
    LONGEST_NAME,
    LONGEST_SECRET,
)
from portal.reminders.summary import TOPICS

HOURS = [(hour, clock_words(hour * 60)) for hour in range(24)]
TIMES = ("frequency", "hour", "quiet_from", "quiet_to")


def hour_field(label, **kwargs):
    return forms.TypedChoiceField(label=label, choices=HOURS, coerce=int, **kwargs)


def frequency_field(allowed):
    return forms.ChoiceField(label="频率", choices=[(one, one.label) for one in allowed])


class ScheduleForm(forms.Form):
    hour = hour_field("发送时间")
    quiet_from = hour_field("免打扰从")
    quiet_to = hour_field("免打扰到", help_text="未能按时发出的，这段时间内不补发；起止相同表示不设。")


class ReminderForm(ScheduleForm):
    frequency = frequency_field(FOR_PERSONS)

    field_order = TIMES

    def __init__(self, *args, user, **kwargs):
        row = ReminderSetting.objects.filter(user=user).first() or ReminderSetting(frequency=FOR_PERSONS[0])
        super().__init__(*args, initial={name: getattr(row, name) for name in TIMES}, **kwargs)


class RobotForm(ScheduleForm):
    organisation = organisation_field(label="党组织", help_text="统计该党组织及其下级。")
    kind = forms.ChoiceField(label="平台", choices=RobotKind.choices)
    name = forms.CharField(label="名称", max_length=LONGEST_NAME, help_text="如“南片区书记群”。")
    address = forms.CharField(
        label="机器人地址",
        max_length=LONGEST_ADDRESS,
        help_text="在群设置中添加机器人后复制。加密保存，不再显示。",
    )
    secret = forms.CharField(
        label="签名密钥",
        max_length=LONGEST_SECRET,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="钉钉“加签”、飞书“签名校验”的密钥；没有开启就不填。加密保存，不再显示。",
    )
    topics = forms.MultipleChoiceField(
        label="内容",
        choices=[(code, topic.label) for code, topic in TOPICS.items()],
        widget=forms.CheckboxSelectMultiple,
        initial=list(TOPICS),
    )
    frequency = frequency_field(FOR_ROBOTS)
    seen_at = forms.DateTimeField(widget=forms.HiddenInput, required=False)

    field_order = ("organisation", "kind", "name", "address", "secret", "topics", *TIMES)

    def __init__(self, *args, user, robot=None, **kwargs):
        row = robot or Robot()
        initial = {name: getattr(row, name) for name in TIMES}
        if robot:
            initial |= {name: getattr(robot, name) for name in ("kind", "name", "topics")}
            initial["seen_at"] = robot.updated_at.isoformat()
        super().__init__(*args, initial=initial, **kwargs)
        if robot:
            del self.fields["organisation"]
            self.fields["address"].required = False
            for name in ("address", "secret"):
                self.fields[name].help_text = "不改就留空。"
            return
        del self.fields["seen_at"]
        self.fields["organisation"].queryset = Organisation.objects.active().permitted_to(user, MANAGE)
