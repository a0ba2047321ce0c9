"""Fields of the input: strict about types, and relations limited to what the caller may see."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers


class Text(serializers.CharField):
    """Text only: the framework's own field would take a number and store its digits."""

    def to_internal_value(self, data):
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Flag(serializers.BooleanField):
    """`true` or `false`, not “yes” or 1."""

    def to_internal_value(self, data):
        if not isinstance(data, bool) and not (data is None and self.allow_null):
            self.fail("invalid", input=data)
        return data


class WholeNumber(serializers.IntegerField):
    """From 0 to what the column holds."""

    def __init__(self, **kwargs):
        super().__init__(**{"min_value": 0, "max_value": 10_000_000} | kwargs)

    def to_internal_value(self, data):
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


@extend_schema_field({"oneOf": [{"type": "string", "format": "decimal"}, {"type": "number"}]})
class Amount(serializers.DecimalField):
    """A number, or its digits as text for those who mind the precision."""


class Scoped(serializers.SlugRelatedField):
    """A row named by `slug`, one of those that `rows(user)` returns; others are unknown, whether they exist or not."""

    default_error_messages = {
        "does_not_exist": "在您的范围内找不到“{value}”。",
        "invalid": "在您的范围内找不到所填的值。",
    }

    def __init__(self, rows=None, **kwargs):
        self.rows = rows
        if not kwargs.get("read_only"):
            kwargs.setdefault("queryset", rows(None).none())
        super().__init__(**kwargs)

    def get_queryset(self):
        return self.rows(self.context["request"].user)

    def to_internal_value(self, data):
        expected = int if self.slug_field == "id" else str
        if not isinstance(data, expected) or isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


class Numbers(serializers.ListField):
    """Numbers of rows; one sentence says that some are none."""

    child = WholeNumber(min_value=1, max_value=2**53)

    def run_child_validation(self, data):
        try:
            return super().run_child_validation(data)
        except serializers.ValidationError:
            raise serializers.ValidationError("只能填写编号。") from None
