"""Where enterprises sit: areas, parks inside parks, industry clusters and chains."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, Q

from orgs.kinds import Jurisdiction
from orgs.tree import STEP, within_paths


class Area(models.Model):
    """片区. An area committee answers for the enterprises of its parks."""

    name = models.CharField("片区名称", max_length=50, unique=True)

    class Meta:
        verbose_name = verbose_name_plural = "片区"
        ordering = ["pk"]

    def __str__(self):
        return self.name


class Cluster(models.Model):
    """产业集群. An enterprise belongs to one at most."""

    name = models.CharField("产业集群", max_length=50, unique=True)

    class Meta:
        verbose_name = verbose_name_plural = "产业集群"
        ordering = ["pk"]

    def __str__(self):
        return self.name


class Chain(models.Model):
    """产业链, inside a cluster (S07)."""

    name = models.CharField("产业链", max_length=50, unique=True)
    cluster = models.ForeignKey(
        Cluster, models.PROTECT, null=True, blank=True, related_name="chains", verbose_name="产业集群"
    )

    class Meta:
        verbose_name = verbose_name_plural = "产业链"
        ordering = ["pk"]

    def __str__(self):
        return self.name


class ParkQuerySet(models.QuerySet):
    def answered_by(self, organisations):
        """The parks that lie in an area or park for which one of `organisations` (a queryset) answers."""
        return self.filter(self._answered_by(organisations.order_by()))

    @staticmethod
    def _answered_by(organisations) -> Q:
        areas = organisations.filter(jurisdiction=Jurisdiction.AREA).values("area")
        parks = organisations.filter(jurisdiction=Jurisdiction.PARK).values("park")
        everything = Exists(organisations.filter(jurisdiction=Jurisdiction.ALL))
        return everything | Q(area__in=areas) | Q(pk__in=parks) | Q(parent__in=parks)

    def visible_to(self, user):
        """All for whoever reads organisations at the top; else the parks their organisations answer for, and those
        where an organisation or an enterprise they may see sits.
        """
        if not user.is_authenticated:
            return self.none()
        if user.sees_everything:
            return self
        paths = user.permission_paths.get("organisations.view", ())
        if not paths:
            return self.none()
        if any(len(path) == STEP for path in paths):
            return self
        organisations = self.model._meta.get_field("organisations").related_model.objects
        enterprises = self.model._meta.get_field("enterprises").related_model.objects
        mine = organisations.filter(within_paths(paths, "path")).order_by()
        return self.filter(
            self._answered_by(mine)
            | Q(pk__in=mine.values("park"))
            | Q(pk__in=enterprises.visible_to(user).values("park"))
        )

    def search(self, text):
        """Name or another name contains `text`."""
        named = ParkAlias.objects.filter(name__icontains=text).values("park")
        return self.filter(Q(name__icontains=text) | Q(pk__in=named))


class Park(models.Model):
    """园区. It may lie inside another park (园中园), which itself lies in none."""

    name = models.CharField("园区名称", max_length=80, unique=True)
    area = models.ForeignKey(Area, models.PROTECT, related_name="parks", verbose_name="所属片区")
    main_cluster = models.ForeignKey(
        Cluster, models.PROTECT, null=True, blank=True, related_name="parks", verbose_name="主导产业集群"
    )
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="上级园区"
    )
    address = models.CharField("地址", max_length=200, blank=True)
    latitude = models.DecimalField(
        "纬度",
        max_digits=8,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(-90), MaxValueValidator(90)],
    )
    longitude = models.DecimalField(
        "经度",
        max_digits=9,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(-180), MaxValueValidator(180)],
    )
    updated_at = models.DateTimeField("更新时间", auto_now=True)

    objects = ParkQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "园区"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="park_place_whole",
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(
                    latitude__isnull=False,
                    longitude__isnull=False,
                    latitude__range=(-90, 90),
                    longitude__range=(-180, 180),
                ),
                violation_error_message="经度和纬度须同时填写，且在有效范围内。",
            )
        ]

    def __str__(self):
        return self.name

    def clean(self):
        if self.parent_id and (self.parent_id == self.pk or self.parent.parent_id):
            raise ValidationError({"parent": "园中园只能设在一级园区之内。"})
        if (self.latitude is None) != (self.longitude is None):
            missing = "latitude" if self.latitude is None else "longitude"
            raise ValidationError({missing: "经度和纬度须同时填写。"})


class ParkAlias(models.Model):
    """Another name under which lists mention a park."""

    park = models.ForeignKey(Park, models.CASCADE, related_name="aliases", verbose_name="园区")
    name = models.CharField("别名", max_length=80, unique=True)

    class Meta:
        verbose_name = verbose_name_plural = "园区别名"

    def __str__(self):
        return self.name
