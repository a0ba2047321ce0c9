"""Import of the park list. It creates the areas and clusters it names, and says so beforehand."""

import datetime as dt
from decimal import Decimal, InvalidOperation

from django.core.exceptions import ValidationError

from imports import sql
from imports.resources import Batch, Column, Kept, Stored, Write, binding_relations, register
from imports.widgets import CellProblem, StagedWidget, TextWidget
from orgs.models import Area, Cluster, Park, ParkAlias
from orgs.resources.base import OrgsResource, names_for

PLACE = ("latitude", "longitude")


class DegreesWidget(StagedWidget):
    """Decimal degrees; a degree sign and the letter of the hemisphere (N, E) are dropped, six digits are kept."""

    def __init__(self, limit: int, example: str):
        self.limit = limit
        self.example = example

    def parse(self, text, cell):
        bare = text.upper().removeprefix("北纬").removeprefix("东经").strip("°NE ")
        try:
            value = Decimal(bare) if bare.isascii() else Decimal("NaN")
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite():
            raise CellProblem("place_invalid", f"不是以度为单位的小数，请填写如 {self.example}。")
        if abs(value) > self.limit:
            raise CellProblem(
                "place_invalid",
                f"超出范围，应在 -{self.limit} 至 {self.limit} 之间，请核对经度和纬度是否填反。",
            )
        return value.quantize(Decimal("0.000001"))

    def dump(self, value):
        return None if value is None else str(value)

    def load(self, dumped):
        return None if dumped is None else Decimal(dumped)


@register
class ParkResource(OrgsResource):
    code = "parks"
    title = "园区名录"
    key_columns = ("name",)
    derived = (ParkAlias, Park)
    looks_across = True
    sequence = 1
    hint = "名录中写到的片区和产业集群会一并建立，预览时列出。"
    preview_columns = ("area", "main_cluster", "parent")

    name = Column(
        "name",
        "园区名称",
        TextWidget(80),
        synonyms=("园区", "小园区名称", "名称"),
        required=True,
        missing_code="name_missing",
        example="张江镇博瑞中试基地",
    )
    area = Column(
        "area",
        "所属片区",
        TextWidget(50),
        synonyms=("片区", "所在片区", "街镇"),
        required=True,
        on_model=False,
        export_attribute="area__name",
        choices=names_for(Area),
        example="张江镇",
    )
    main_cluster = Column(
        "main_cluster",
        "主导产业集群",
        TextWidget(50),
        synonyms=("产业集群", "主导产业"),
        on_model=False,
        export_attribute="main_cluster__name",
        choices=names_for(Cluster),
        example="机器人",
    )
    parent = Column(
        "parent",
        "上级园区",
        TextWidget(80),
        synonyms=("所在园区", "母园区"),
        on_model=False,
        export_attribute="parent__name",
    )
    address = Column("address", "地址", TextWidget(200), synonyms=("园区地址", "详细地址"))
    longitude = Column(
        "longitude",
        "经度",
        DegreesWidget(180, "121.594300"),
        synonyms=("东经", "园区经度", "中心点经度"),
        example="121.594300",
    )
    latitude = Column(
        "latitude",
        "纬度",
        DegreesWidget(90, "31.203700"),
        synonyms=("北纬", "园区纬度", "中心点纬度"),
        example="31.203700",
    )

    class Meta:
        model = Park
        fields = ("name", "area", "main_cluster", "parent", "address", "longitude", "latitude")

    def check(self, batch: Batch) -> None:
        self._check_place(batch)
        self._check_parents(batch)

    def _check_place(self, batch):
        """Both degrees or none, as the constraint of the model wants it."""
        unknown = [None] * len(batch)
        pairs = zip(*(batch.values.get(name, unknown) for name in PLACE), strict=True)
        for index, pair in enumerate(pairs):
            faulty = {problem.column for problem in batch.problems.get(index, ())}
            if pair.count(None) == 1 and not faulty & set(PLACE):
                missing = self.column(PLACE[pair.index(None)])
                batch.reject(index, missing, "place_half", "为空，经度和纬度须同时填写。")

    def _check_parents(self, batch):
        """A park inside a park names one that stands in the file or the register and lies in none itself."""
        if not batch.has("parent"):
            return
        parents = dict(Park.objects.values_list("name", "parent__name"))
        parents |= {row["name"]: row.get("parent") for row in batch.others}
        parents |= dict(zip(batch.values["name"], batch.values["parent"], strict=True))
        column = self.column("parent")
        for index, parent in enumerate(batch.values["parent"]):
            if parent is None:
                continue
            if parent not in parents:
                batch.reject(index, column, "parent_unknown", "不在园区名录中，也不在本文件中，请核对名称。")
            elif parent == batch.values["name"][index] or parents[parent]:
                batch.reject(
                    index,
                    column,
                    "parent_invalid",
                    "本身是园中园，园中园只能设在一级园区之内，请改填一级园区。",
                )

    def stored(self, keys):
        names = ("name", "area__name", "main_cluster__name", "parent__name", "address", *PLACE)
        rows = Park.objects.filter(name__in=list(keys)).values_list("pk", "updated_at", *names)
        return {
            row[2]: Stored(
                row[0],
                dict(
                    zip(("name", "area", "main_cluster", "parent", "address", *PLACE), row[2:], strict=True)
                ),
                row[1],
            )
            for row in rows
        }

    def note_preview(self, batch: Batch) -> None:
        for column, model in (("area", Area), ("main_cluster", Cluster)):
            names = {name for name in batch.values.get(column, ()) if name}
            new = sorted(names - set(model.objects.filter(name__in=names).values_list("name", flat=True)))
            if new:
                label = model._meta.verbose_name
                self.notes.append(f"写入时将新建{label}{len(new)}个：{'、'.join(new)}。")

    def write_new(self, writes: list[Write], run, at):
        places = self._places(writes)
        parks = [
            Park(
                name=write.values["name"],
                area_id=places["area"][write.values["area"]],
                main_cluster_id=places["main_cluster"].get(write.values.get("main_cluster")),
                address=write.values.get("address") or "",
                **{name: write.values.get(name) for name in PLACE},
            )
            for write in writes
        ]
        Park.objects.bulk_create(parks)
        self._link_parents(writes)
        Park.objects.filter(pk__in=[park.pk for park in parks]).update(updated_at=at)
        for write, park in zip(writes, parks, strict=True):
            write.pk = park.pk

    def write_changed(self, writes: list[Write], run, at):
        places = self._places(writes)
        rows = []
        for write in writes:
            merged = write.stored.values | {name: write.values[name] for name in write.changed}
            cluster = places["main_cluster"].get(merged["main_cluster"])
            place = [merged[name] for name in PLACE]
            area = places["area"][merged["area"]]
            rows.append((write.pk, area, cluster, merged["address"] or "", *place, at))
        sql.update_rows(Park, ("area_id", "main_cluster_id", "address", *PLACE, "updated_at"), rows)
        self._link_parents([write for write in writes if "parent" in write.changed])

    @staticmethod
    def _places(writes) -> dict[str, dict[str, int]]:
        """Name → id of areas and clusters; those not yet known are created, in the order of the file."""
        found = {}
        for column, model in (("area", Area), ("main_cluster", Cluster)):
            names = [w.values.get(column) or (w.stored and w.stored.values.get(column)) for w in writes]
            names = list(dict.fromkeys(name for name in names if name))
            known = set(model.objects.filter(name__in=names).values_list("name", flat=True))
            model.objects.bulk_create([model(name=name) for name in names if name not in known])
            found[column] = dict(model.objects.filter(name__in=names).values_list("name", "pk"))
        return found

    @staticmethod
    def _link_parents(writes):
        named = {write.values["name"]: write.values.get("parent") for write in writes}
        keys = dict(
            Park.objects.filter(name__in=[*named, *filter(None, named.values())]).values_list("name", "pk")
        )
        for write in writes:
            if (parent := write.values.get("parent")) and parent not in keys:
                raise ValidationError(
                    f"第{write.row_number}行“{write.label or write.key}”的上级园区“{parent}”没有勾选或有错误，"
                    "未写入任何数据。请一并勾选或先改正上级园区，或取消勾选该行。"
                )
        sql.update_rows(
            Park, ("parent_id",), [(keys[name], keys.get(parent)) for name, parent in named.items()]
        )

    def restore(self, rows, run):
        """Old values are names here, because a place may have been created by the very run."""
        areas, clusters = (
            dict(Area.objects.values_list("name", "pk")),
            dict(Cluster.objects.values_list("name", "pk")),
        )
        parks = dict(Park.objects.values_list("name", "pk"))
        for pk, before in rows:
            values: dict[str, int | str | Decimal | dt.datetime | None] = {"updated_at": before["updated_at"]}
            for name, keys in (("area", areas), ("main_cluster", clusters), ("parent", parks)):
                if name in before:
                    values[f"{name}_id"] = keys.get(before[name])
            values |= {name: before[name] for name in ("address", *PLACE) if name in before}
            Park.objects.filter(pk=pk).update(**values)

    def delete_created(self, pks, run):
        Park.objects.filter(pk__in=pks).update(parent=None)
        sql.delete_rows(ParkAlias, "park_id", pks)
        sql.delete_rows(Park, "pk", pks)
        for model in (Area, Cluster):
            unused = [pk for pk in self._named_by(run, model) if not _is_used(model, pk)]
            model.objects.filter(pk__in=unused).delete()

    @staticmethod
    def _named_by(run, model):
        """Places that this very run created: it says so in its notes."""
        label = model._meta.verbose_name
        for note in run.notes:
            if note.startswith(f"写入时将新建{label}"):
                names = note.split("：", 1)[1].rstrip("。").split("、")
                return model.objects.filter(name__in=names).values_list("pk", flat=True)
        return []

    def in_use(self, pks, run):
        """Also used: a park around one that stays."""
        used = super().in_use(pks, run)
        staying = Park.objects.filter(parent__in=pks).exclude(pk__in=[pk for pk in pks if pk not in used])
        for parent in staying.values_list("parent", flat=True):
            used.setdefault(parent, "已有园中园，予以保留。")
        return used

    def before_revert(self, created, changed, run) -> list[Kept]:
        return []


def _is_used(model, pk) -> bool:
    return any(
        relation.related_model._base_manager.filter(**{relation.field.name: pk}).exists()
        for relation in binding_relations(model)
    )
