"""Keyset paging under the name that pages use; it lives in `imports`, whose own pages need it too."""

from imports.paging import PER_PAGE, KeysetPage, keyset_page

__all__ = ["PER_PAGE", "KeysetPage", "keyset_page"]
