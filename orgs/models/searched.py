"""Rows that searches find by parts of their names, see `orgs.search_words`."""

from django.db import models

from imports import sql


class Searched(models.Model):
    """Keeps `search_pairs` with the `SEARCHED` fields, and the rows `SEARCHED_WITH` it, that they are made of."""

    SEARCHED: frozenset[str] = frozenset()
    SEARCHED_WITH: tuple[str, ...] = ()

    search_pairs = models.TextField("检索词", default="", editable=False)

    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        fields = kwargs.get("update_fields")
        if fields is None or self.SEARCHED & set(fields):
            self.search_pairs = self.made_pairs()
            if fields is not None:
                kwargs["update_fields"] = {*fields, "search_pairs"}
        super().save(*args, **kwargs)

    def made_pairs(self) -> str:
        raise NotImplementedError

    @classmethod
    def refresh_pairs(cls, pks: list[int]) -> None:
        """After writes past `save()` to what searches find these rows by."""
        for start in range(0, len(pks), sql.CHUNK):
            rows = cls._base_manager.filter(pk__in=pks[start : start + sql.CHUNK]).only(*cls.SEARCHED)
            rows = rows.prefetch_related(*cls.SEARCHED_WITH)
            sql.update_rows(cls, ["search_pairs"], [(row.pk, row.made_pairs()) for row in rows])
