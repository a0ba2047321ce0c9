"""Paging of pages. By keys it lives in `imports`, whose own pages need it too; groups are paged by number here."""

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import QueryDict

from imports.paging import PER_PAGE, KeysetPage, keyset_page

__all__ = ["PER_PAGE", "KeysetPage", "keyset_page", "numbered_page"]


def numbered_page(rows: QuerySet, query: QueryDict, *, per_page: int = PER_PAGE) -> tuple[KeysetPage, int]:
    """Of ordered groups, and how many there are: groups have no key to page by; all are counted for any page anyway."""
    page = Paginator(rows, per_page).get_page(query.get("page"))

    def address(number):
        copy = query.copy()
        copy["page"] = number
        return copy.urlencode()

    numbered = KeysetPage(
        list(page),
        address(page.next_page_number()) if page.has_next() else "",
        address(page.previous_page_number()) if page.has_previous() else "",
        "name",
    )
    return numbered, page.paginator.count
