"""What people fill in on the way of a workbook into the register."""

import uuid

from django import forms
from django.conf import settings
from django.utils import timezone

from imports.models import ImportRun
from imports.preview import raw_text
from imports.resources import StagedResource


class UploadForm(forms.Form):
    """The workbook of one kind, with what the comparison shall do."""

    file = forms.FileField(
        label="名单文件",
        error_messages={"required": "请选择要导入的文件。", "empty": "文件是空的，请重新导出后再上传。"},
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.xlsb,.ods,.csv,.txt"}),
    )
    full_list = forms.BooleanField(
        label="这是全量名单",
        required=False,
        help_text="登记册中有而名单中没有的，列为“缺失”，不会删除。只导入一部分时请勿勾选。",
    )
    blank_clears = forms.BooleanField(
        label="空白单元格清除原值",
        required=False,
        help_text="不勾选时，空白单元格保留登记册中的原值。",
    )
    as_of = forms.DateField(
        label="数据日期",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="名单反映哪一天的情况。留空时取标题中的日期（如“截至2026年10月”），没有则为今天。",
    )
    token = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, resource: type[StagedResource], **kwargs):
        super().__init__(*args, **kwargs)
        self.initial.setdefault("token", uuid.uuid4())
        if resource.full_list_allowed:
            self.initial.setdefault("full_list", False)
        else:
            del self.fields["full_list"]

    def clean_file(self):
        """Said here, before the file is kept; `actions.create_run` refuses it too."""
        upload = self.cleaned_data["file"]
        if upload.size > settings.IMPORT_MAX_BYTES:
            limit = settings.IMPORT_MAX_BYTES // 1024 // 1024
            raise forms.ValidationError(f"文件超过{limit}MB，请拆分后分批上传。")
        return upload

    def clean_as_of(self):
        day = self.cleaned_data["as_of"]
        if day and day > timezone.localdate():
            raise forms.ValidationError("数据日期晚于今天，请核对。")
        return day


class ColumnsForm(forms.Form):
    """Which field each column of the file fills: a select per column, `column-<position>`."""

    def __init__(self, *args, run: ImportRun, resource: StagedResource, **kwargs):
        super().__init__(*args, **kwargs)
        choices = [("", "（不导入）")]
        choices += [
            (column.name, f"{column.label}（必需）" if column.mandatory else column.label)
            for column in resource.file_columns
        ]
        fields = {position: name for name, position in run.mapping.items()}
        for position, header in enumerate(run.headers):
            self.fields[f"column-{position}"] = forms.ChoiceField(
                label=f"“{header or f'第{position + 1}列'}”对应",
                choices=choices,
                required=False,
                initial=fields.get(position, ""),
                widget=forms.Select(attrs={"class": "form-select form-select-sm"}),
            )
        self.labels = {column.name: column.label for column in resource.file_columns}

    def clean(self):
        chosen = [name for name in self.cleaned_data.values() if name]
        twice = {name for name in chosen if chosen.count(name) > 1}
        if twice:
            labels = "、".join(self.labels[name] for name in sorted(twice))
            raise forms.ValidationError(f"“{labels}”对应了不止一列，请只保留一列。")
        return self.cleaned_data

    def columns(self) -> dict[str, int]:
        return {name: int(key.removeprefix("column-")) for key, name in self.cleaned_data.items() if name}


class RowForm(forms.Form):
    """The cells of a rejected row, the faulty ones first. Sensitive ones are shown to who uploaded the file only.

    For anybody else an empty sensitive cell means: leave it as it is.
    """

    def __init__(self, *args, run: ImportRun, resource: StagedResource, row, own: bool, **kwargs):
        super().__init__(*args, **kwargs)
        faults = {}
        for problem in row.problems:
            faults.setdefault(problem.get("column"), []).append(problem["text"])
        columns = [column for column in resource.file_columns if column.name in run.mapping]
        self.hidden_names = [c.name for c in columns if c.sensitive and not own]
        self.other_faults = [
            text for name, texts in faults.items() if name not in run.mapping for text in texts
        ]
        for column in sorted(columns, key=lambda column: column.name not in faults):
            hidden = column.name in self.hidden_names
            self.fields[column.name] = self._field(
                column,
                initial="" if hidden else raw_text(run, row, column, masked=False),
                faults=faults.get(column.name, []),
                help_text="已遮盖；留空则不改。" if hidden else "",
            )

    @staticmethod
    def _field(column, *, initial, faults, help_text):
        options = list(column.choices()) if column.choices and faults else []
        attrs = {"class": "form-control form-control-sm", "autocomplete": "off"}
        if options:
            attrs["list"] = f"options-{column.name}"
        if faults:
            attrs |= {"class": "form-control form-control-sm is-invalid", "aria-invalid": "true"}
        field = forms.CharField(
            label=column.label,
            required=False,
            initial=initial,
            strip=True,
            max_length=500,
            help_text=help_text,
            widget=forms.TextInput(attrs=attrs),
        )
        field.faults, field.options = faults, options
        return field

    def cells(self) -> dict[str, str]:
        """What was typed, without sensitive cells that were left as they are."""
        return {
            name: text for name, text in self.cleaned_data.items() if text or name not in self.hidden_names
        }
