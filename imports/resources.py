"""How a register is declared for import: columns, natural key, checks, and what is written.

One `StagedResource` per kind. It is a django-import-export resource, so exports and the staged import read the same
declaration; the engine (`imports.engine`) drives it a column at a time.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from django.db import models
from django.utils import timezone
from import_export.fields import Field
from import_export.resources import ModelResource

from imports import sql
from imports.find import FieldSpec
from imports.models import ImportRun
from imports.widgets import CellProblem, StagedWidget, TextWidget, normalise


class Column(Field):
    """A column of the workbook. `attribute` is the model's attribute that holds the cleaned value.

    `required` rows must have a value (`missing_code` is the reason otherwise); `mandatory` columns must be in the
    file. `on_model` is False for columns that `StagedResource.write_…` puts elsewhere; `computed` ones are not in
    the file: `StagedResource.check` fills them.
    """

    def __init__(
        self,
        attribute: str,
        label: str,
        widget: StagedWidget | None = None,
        *,
        synonyms: tuple[str, ...] = (),
        required: bool = False,
        missing_code: str = "required_missing",
        mandatory: bool | None = None,
        sensitive: bool = False,
        on_model: bool = True,
        computed: bool = False,
        choices: Callable[[], Sequence[str]] | None = None,
        example: str = "",
        export_attribute: str | None = None,
    ):
        super().__init__(
            attribute=export_attribute or attribute, column_name=label, widget=widget or TextWidget()
        )
        self.name = attribute
        self.label = label
        self.synonyms = synonyms
        self.required = required
        self.missing_code = missing_code
        self.mandatory = required if mandatory is None else mandatory
        self.sensitive = sensitive
        self.on_model = on_model
        self.computed = computed
        self.choices = choices
        self.example = example

    def spec(self) -> FieldSpec:
        return FieldSpec(self.name, self.label, self.synonyms, self.mandatory)


@dataclass
class Problem:
    """One fault of one row. `text` is what people read: row, column, value and cure."""

    column: str
    label: str
    value: str
    code: str
    message: str

    def text(self, row_number: int) -> str:
        shown = f"“{self.value}”" if self.value else ""
        return f"第{row_number}行“{self.label}”{shown}{self.message}"

    def as_json(self, row_number: int) -> dict:
        return {
            "column": self.column,
            "label": self.label,
            "value": self.value,
            "code": self.code,
            "text": self.text(row_number),
        }


@dataclass
class Batch:
    """Rows of one file as columns: `values[attribute][i]` belongs to Excel row `rows[i]`."""

    rows: list[int]
    cells: list[list]
    columns: dict[str, int]
    values: dict[str, list] = field(default_factory=dict)
    problems: dict[int, list[Problem]] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)
    skipped: dict[int, str] = field(default_factory=dict)
    others: list[dict] = field(default_factory=list)  # values of further rows of the file, judged before
    unit_line: str = ""
    header_units: dict[str, str] = field(default_factory=dict)

    def __len__(self):
        return len(self.rows)

    def reject(self, index: int, column: Column, code: str, message: str, value: object = None):
        cell = value if value is not None else self.cell(index, column.name)
        shown = column.widget.mask(normalise(cell))[:60]
        self.problems.setdefault(index, []).append(Problem(column.name, column.label, shown, code, message))

    def cell(self, index: int, name: str):
        position = self.columns.get(name)
        return self.cells[index][position] if position is not None else ""

    def has(self, name: str) -> bool:
        return name in self.values


@dataclass(frozen=True)
class Stored:
    """A row of the register as the engine compares it: `values` by attribute, `stamp` its last change."""

    pk: int
    values: dict
    stamp: dt.datetime | None = None


@dataclass
class Write:
    """One row to write: values of the file and, for a change, what is stored."""

    row_number: int
    key: str
    label: str
    values: dict
    stored: Stored | None = None
    changed: tuple[str, ...] = ()
    pk: int | None = None
    before: dict = field(default_factory=dict)


@dataclass
class Kept:
    """A row that an undo left alone, and why."""

    label: str
    reason: str

    def as_json(self):
        return {"label": self.label, "reason": self.reason}


REASONS = {
    "required_missing": "必填项为空",
    "too_long": "文字过长",
    "precision_lost": "数字失真",
    "integer_invalid": "不是整数",
    "amount_invalid": "金额无效",
    "date_invalid": "日期无效",
    "date_future": "日期晚于今天",
    "choice_unknown": "不在可选范围",
    "duplicate_conflict": "重复而内容不同",
}


class StagedResource(ModelResource):
    """Declare `code`, `label`, `key_columns`, `label_column` and the columns; override hooks as needed.

    `user` is the person importing; look-ups must go through `visible_to(user)`.
    """

    code = ""
    title = ""
    full_list_allowed = False
    key_columns: tuple[str, ...] = ()
    label_column = "name"
    stamp_field = "updated_at"
    followers: tuple[str, ...] = ()  # fields of a new row that follow from its columns, see `follow`
    derived: tuple[type[models.Model], ...] = ()  # written and taken back together with the rows themselves
    looks_across = False  # whether `check` compares rows with each other
    sequence = 0  # place in the order in which an empty register is filled; 0 is not shown there
    hint = ""  # what people should know before they choose a file
    missing_note = ""  # what becomes of a row that the full list does not name, e.g. 转为摸排任务
    preview_columns: tuple[str, ...] = ()  # shown for every row of a preview; others only where they matter
    seals_files = False  # whether an uploaded file is kept encrypted; see `seal_file`
    reasons: dict[str, str] = REASONS  # reason code → words of the filter

    def __init__(self, *, user=None, **kwargs):
        super().__init__(**kwargs)
        self.user = user
        self.today = timezone.localdate()
        self.notes: list[str] = []

    # --- declaration ---------------------------------------------------------------------------------------

    @property
    def columns(self) -> list[Column]:
        """In the order of `Meta.fields`, which is the order of the workbook."""
        return [self.fields[name] for name in self._meta.fields]

    @property
    def file_columns(self) -> list[Column]:
        return [column for column in self.columns if not column.computed]

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def dumps(self) -> dict[str, Callable]:
        """How values go into the staging table, by attribute; only where they are not stored as they are."""
        return self._own("dump")

    @property
    def loads(self) -> dict[str, Callable]:
        """The way back."""
        return self._own("load")

    def _own(self, method: str) -> dict[str, Callable]:
        plain = getattr(StagedWidget, method)
        found = {column.name: getattr(column.widget, method) for column in self.columns}
        return {name: bound for name, bound in found.items() if bound.__func__ is not plain}

    @property
    def is_about_people(self) -> bool:
        """Rows are known by a personal number: its key is no business of people, and numbers in other cells are cut."""
        return any(self.column(name).sensitive for name in self.key_columns)

    def specs(self) -> list[FieldSpec]:
        return [column.spec() for column in self.file_columns]

    @property
    def model(self) -> type[models.Model]:
        return self._meta.model

    @classmethod
    def may_run(cls, user) -> bool:
        """Whether `user` may import this kind."""
        raise NotImplementedError

    @classmethod
    def sees_all_runs(cls, user) -> bool:
        """Whether `user` may look at everybody's runs of this kind, not only at their own."""
        raise NotImplementedError

    @classmethod
    def in_register(cls, user) -> int:
        """How many rows of this kind the person finds in the register by now."""
        return cls._meta.model._default_manager.count()

    @classmethod
    def result_links(cls, run: ImportRun) -> list[tuple[str, str]]:
        """(words, address) of the pages where what was written can be looked at."""
        return []

    @classmethod
    def seal_file(cls, content: bytes) -> bytes:
        """What is kept of an uploaded file on the disk, where `seals_files`."""
        raise NotImplementedError

    @classmethod
    def unseal_file(cls, sealed: bytes) -> bytes:
        """The file again. Raises UnusableFile when its key is gone."""
        raise NotImplementedError

    # --- staging -------------------------------------------------------------------------------------------

    def check(self, batch: Batch) -> None:
        """Checks across columns; call `batch.reject`. With `looks_across`, `batch.others` are further rows."""

    def make_keys(self, batch: Batch) -> list[str]:
        """The key of each row as text; "" where it cannot be told."""
        parts = [batch.values[name] for name in self.key_columns]
        return ["|".join(map(str, key)) if all(key) else "" for key in zip(*parts, strict=True)]

    def stored(self, keys: Iterable[str]) -> dict[str, Stored]:
        """What the register holds for these keys. Default: one query over the model by its single key column."""
        names = [column.name for column in self.columns if column.on_model]
        key_name = self.key_columns[0]
        queryset = self.model._default_manager.order_by()
        found = {}
        for chunk in _chunks(list(keys)):
            fields = ["pk", self.stamp_field, *names]
            for pk, stamp, *values in queryset.filter(**{f"{key_name}__in": chunk}).values_list(*fields):
                row = dict(zip(names, values, strict=True))
                found[str(row[key_name])] = Stored(pk, row, stamp)
        return found

    def check_stored(self, batch: Batch, stored: dict[str, Stored]) -> None:
        """Checks that need what the register holds; call `batch.reject`."""

    def missing(self, keys: set[str]) -> list[tuple[str, int, str]]:
        """(key, pk, label) of register rows that a full list should name and does not."""
        return []

    def same(self, name: str, old, new) -> bool:
        """Whether two unequal values mean the same. A form keeps full-width signs that a cell is read without."""
        return isinstance(old, str) and isinstance(new, str) and normalise(old) == new

    def note_preview(self, batch: Batch) -> None:
        """Add sentences to `self.notes`, shown above the preview."""

    # --- writing -------------------------------------------------------------------------------------------

    def defaults(self) -> dict:
        """Values of model fields that no column fills, for new rows."""
        return {}

    def follow(self, values: dict) -> tuple:
        """The values of `followers` for a new row with these values."""
        return ()

    def write_new(self, writes: list[Write], run: ImportRun, at: dt.datetime) -> None:
        """Insert; sets `pk` of each write."""
        names = [column.name for column in self.columns if column.on_model]
        defaults = self.defaults() | {self.stamp_field: at}
        blank = {name: blank_value(self.model, name) for name in names}
        ids = sql.allocate_ids(self.model, len(writes))
        for write, pk in zip(writes, ids, strict=True):
            write.pk = pk
        fields = ["id", *names, *defaults, *self.followers]
        extra = list(defaults.values())

        def row(write):
            values = write.values
            return [
                write.pk,
                *(blank[n] if (v := values.get(n)) is None else v for n in names),
                *extra,
                *self.follow(values),
            ]

        sql.insert_rows(self.model, _attnames(self.model, fields), (row(w) for w in writes))

    def write_changed(self, writes: list[Write], run: ImportRun, at: dt.datetime) -> None:
        """Update what differs; `before` of each write gets the old values and the old stamp."""
        names = [
            column.name
            for column in self.columns
            if column.on_model and any(column.name in write.changed for write in writes)
        ]
        if not names:
            return
        blank = {name: blank_value(self.model, name) for name in names}

        def row(write):
            for name in names:
                if name in write.changed:
                    value = write.values[name]
                    yield blank[name] if value is None else value
                else:
                    yield write.stored.values[name]

        sql.update_rows(
            self.model,
            _attnames(self.model, [*names, self.stamp_field]),
            ([w.pk, *row(w), at] for w in writes),
        )

    def after_write(self, new: list[Write], changed: list[Write], missing: list[int], run: ImportRun) -> None:
        """Derived rows, in the same transaction."""

    # --- undoing -------------------------------------------------------------------------------------------

    def in_use(self, pks: list[int], run: ImportRun) -> dict[int, str]:
        """Which of the created rows something refers to by now, and what; `derived` relations do not count."""
        used: dict[int, str] = {}
        for relation in binding_relations(self.model):
            if relation.related_model in self.derived:
                continue
            name = relation.field.name
            what = relation.related_model._meta.verbose_name
            for chunk in _chunks(pks):
                rows = relation.related_model._base_manager.filter(**{f"{name}__in": chunk}).order_by()
                for pk in rows.values_list(name, flat=True).distinct():
                    used.setdefault(pk, f"已有{what}，予以保留。")
        return used

    def before_revert(self, created: list[int], changed: list[int], run: ImportRun) -> list[Kept]:
        """Take back derived rows, in the same transaction, before the register is put back."""
        return []

    def delete_created(self, pks: list[int], run: ImportRun) -> None:
        sql.delete_rows(self.model, "pk", pks)

    def restore(self, rows: list[tuple[int, dict]], run: ImportRun) -> None:
        """Write old values back: (pk, {attribute: value}); the stamp is among them."""
        names = sorted({name for _, before in rows for name in before})
        current = {
            pk: dict(zip(names, values, strict=True))
            for chunk in _chunks([pk for pk, _ in rows])
            for pk, *values in self.model._default_manager.filter(pk__in=chunk).values_list("pk", *names)
        }
        sql.update_rows(
            self.model,
            _attnames(self.model, names),
            ([pk, *((current[pk] | before)[name] for name in names)] for pk, before in rows),
        )

    # --- record --------------------------------------------------------------------------------------------

    @classmethod
    def record(cls, *, action: str, run: ImportRun, user, detail: dict, request=None) -> None:
        """Write the audit entry; `action` is `import`, `undo` or `download`."""
        raise NotImplementedError


KINDS: dict[str, type[StagedResource]] = {}


def register(resource: type[StagedResource]) -> type[StagedResource]:
    """Class decorator: makes a kind known to pages, command line and tasks."""
    KINDS[resource.code] = resource
    return resource


def visible_runs(user):
    """The runs a person may open: their own, and all of the kinds whose whole register they keep."""
    kinds = [code for code, resource in KINDS.items() if resource.sees_all_runs(user)]
    return ImportRun.objects.filter(models.Q(created_by=user) | models.Q(kind__in=kinds))


def blank_value(model, name):
    """What a blank cell becomes in a new row: the field's default, "" for text, else NULL."""
    field = model._meta.get_field(name)
    if field.has_default():
        return field.get_default()
    return "" if isinstance(field, models.CharField | models.TextField) and not field.null else None


def _attnames(model, names):
    return [model._meta.get_field(name).attname if name != "id" else "id" for name in names]


def binding_relations(model) -> list:
    """Those by which rows of other tables hold on to rows of `model`: the database would refuse to delete them.

    Hidden ones (`related_name="+"`) too; not those without a constraint, as of figures that are kept of a register.
    """
    return [
        relation
        for relation in model._meta.get_fields(include_hidden=True)
        if relation.auto_created and not relation.concrete and getattr(relation.field, "db_constraint", True)
    ]


def _chunks(items: list, size: int = 5000):
    for start in range(0, len(items), size):
        yield items[start : start + size]


__all__ = [
    "KINDS",
    "Batch",
    "CellProblem",
    "Column",
    "Kept",
    "Problem",
    "StagedResource",
    "Stored",
    "Write",
    "blank_value",
    "register",
    "visible_runs",
]
