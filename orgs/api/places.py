"""园区, 片区, 产业集群, 产业链: read here, kept on the pages."""

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers

from orgs import access
from orgs.api.fields import Scoped
from orgs.api.filters import ParkFilter
from orgs.api.views import SubjectViewSet
from orgs.filters import visible_areas
from orgs.models import Area, Chain, Cluster, Park


class PlaceRef(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()


class AreaSerializer(serializers.ModelSerializer):
    class Meta:
        model = Area
        fields = ["id", "name"]


class ClusterSerializer(serializers.ModelSerializer):
    class Meta:
        model = Cluster
        fields = ["id", "name"]


class ChainSerializer(serializers.ModelSerializer):
    cluster = PlaceRef(allow_null=True)

    class Meta:
        model = Chain
        fields = ["id", "name", "cluster"]


class ParkSerializer(serializers.ModelSerializer):
    """`parent` is the park around a nested one."""

    area = PlaceRef()
    main_cluster = PlaceRef(allow_null=True)
    parent = PlaceRef(allow_null=True)
    aliases = serializers.SlugRelatedField(slug_field="name", many=True, read_only=True)

    class Meta:
        model = Park
        fields = [
            "id",
            "name",
            "aliases",
            "area",
            "main_cluster",
            "parent",
            "address",
            "latitude",
            "longitude",
            "updated_at",
        ]


def _all_of(model):
    """Areas, clusters and chains are categories that everybody knows, not rows of somebody's register."""
    return lambda user: model.objects.all()


def _visible_parks(user):
    return Park.objects.visible_to(user) if user else Park.objects.all()


def area_field(**kwargs):
    return Scoped(rows=_all_of(Area), slug_field="id", **kwargs)


def cluster_field(**kwargs):
    return Scoped(rows=_all_of(Cluster), slug_field="id", **kwargs)


def chain_field(**kwargs):
    return Scoped(rows=_all_of(Chain), slug_field="id", **kwargs)


def park_field(**kwargs):
    return Scoped(rows=_visible_parks, slug_field="id", **kwargs)


class _CategoryViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubjectViewSet):
    @staticmethod
    def may_list(user):
        return access.can_view_enterprises(user) or bool(user.contact_enterprise_ids)

    def rows(self):
        shown = self.may_list(self.request.user)
        return self.model.objects.all() if shown else self.model.objects.none()


@extend_schema_view(list=extend_schema(summary="片区列表"), retrieve=extend_schema(summary="一个片区"))
class AreaViewSet(_CategoryViewSet):
    """Those in which the caller may see an enterprise."""

    model, serializer_class = Area, AreaSerializer

    def rows(self):
        return visible_areas(self.request)


@extend_schema_view(
    list=extend_schema(summary="产业集群列表"), retrieve=extend_schema(summary="一个产业集群")
)
class ClusterViewSet(_CategoryViewSet):
    model, serializer_class = Cluster, ClusterSerializer


@extend_schema_view(list=extend_schema(summary="产业链列表"), retrieve=extend_schema(summary="一条产业链"))
class ChainViewSet(_CategoryViewSet):
    model, serializer_class = Chain, ChainSerializer

    def rows(self):
        return super().rows().select_related("cluster")


@extend_schema_view(list=extend_schema(summary="园区列表"), retrieve=extend_schema(summary="一个园区"))
class ParkViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubjectViewSet):
    model = Park
    serializer_class = ParkSerializer
    filterset_class = ParkFilter
    may_list = staticmethod(access.can_view_organisations)

    def rows(self):
        parks = Park.objects.visible_to(self.request.user)
        return parks.select_related("area", "main_cluster", "parent").prefetch_related("aliases")
