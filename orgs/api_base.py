"""What every API view shares: denial by default and keyset pages."""

from rest_framework import pagination
from rest_framework.permissions import BasePermission


class DenyUnlessDeclared(BasePermission):
    """A view that forgot its `permission_classes` answers nobody."""

    def has_permission(self, request, view):
        return False


class KeysetPagination(pagination.CursorPagination):
    """Pages by key, not by offset: the last page costs what the first does. `page_size` up to 500."""

    ordering = "pk"
    page_size_query_param = "page_size"
    max_page_size = 500
