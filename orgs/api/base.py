"""What every API view shares: denial by default, keyset pages, limits on writing.

The framework reads this module while it loads its own views, so it must not import them.
"""

import json

from django.conf import settings
from rest_framework import exceptions, pagination, parsers, throttling
from rest_framework.permissions import SAFE_METHODS, BasePermission

from orgs.numbers import is_key


class DenyUnlessDeclared(BasePermission):
    """A view that forgot its `permission_classes` answers nobody."""

    def has_permission(self, request, view):
        return False


class KeysetPagination(pagination.CursorPagination):
    """Pages by key, not by offset: the last page costs what the first does. `page_size` up to 500.

    A view may set `ordering` to another unique whole number, such as `-pk`.
    """

    page_size_query_param = "page_size"
    page_size_query_description = "每页条数，1至500，默认100。"
    cursor_query_description = "上一页结果中next或previous所带的游标。"
    max_page_size = 500

    def get_ordering(self, request, queryset, view):
        return (getattr(view, "ordering", "pk"),)

    def get_page_size(self, request):
        text = request.query_params.get(self.page_size_query_param)
        if text is None:
            return self.page_size
        if not is_key(text) or not 1 <= int(text) <= self.max_page_size:
            raise exceptions.ValidationError({"page_size": f"每页条数应为1至{self.max_page_size}的整数。"})
        return int(text)

    def decode_cursor(self, request):
        try:
            cursor = super().decode_cursor(request)
        except exceptions.NotFound:
            cursor = pagination.Cursor(0, False, "damaged")
        if cursor and cursor.position is not None and not is_key(cursor.position):
            raise exceptions.ValidationError({"cursor": "游标无效，请从第一页重新读取。"})
        return cursor

    def get_schema_operation_parameters(self, view):
        cursor, size = super().get_schema_operation_parameters(view)
        size["schema"] |= {"minimum": 1, "maximum": self.max_page_size, "default": self.page_size}
        return [cursor, size]

    def get_paginated_response_schema(self, schema):
        found = super().get_paginated_response_schema(schema)
        for name in ("next", "previous"):
            found["properties"][name].pop("example")
        return found | {"required": ["next", "previous", "results"]}


class JSONParser(parsers.JSONParser):
    """Refuses what would fill the memory or the stack before any serializer sees it."""

    def parse(self, stream, media_type=None, parser_context=None):
        size = parser_context["request"].META.get("CONTENT_LENGTH") or 0
        if int(size) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise exceptions.ParseError("请求内容过大，请分批提交。")
        try:
            return super().parse(stream, media_type, parser_context)
        except (RecursionError, UnicodeError, json.JSONDecodeError, exceptions.ParseError) as error:
            raise exceptions.ParseError("请求内容不是有效的JSON。") from error


class ActThrottle(throttling.ScopedRateThrottle):
    """Limits what changes or reveals something; reading is free. A view names the kind of act in `throttle_scopes`."""

    def allow_request(self, request, view):
        if request.method in SAFE_METHODS:
            return True
        action = getattr(view, "action", None)
        view.throttle_scope = getattr(view, "throttle_scopes", {}).get(action, "write")
        return super().allow_request(request, view)
