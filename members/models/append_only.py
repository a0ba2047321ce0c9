"""Rows that are written once: timelines, logs and steps of procedures."""

from django.db import models


class AppendOnlyQuerySet(models.QuerySet):
    def update(self, **values):
        raise TypeError(f"{self.model._meta.verbose_name}只能追加，不能修改。")

    def delete(self):
        raise TypeError(f"{self.model._meta.verbose_name}只能追加，不能删除。")


class AppendOnly(models.Model):
    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        if not self._state.adding:
            raise TypeError(f"{self._meta.verbose_name}只能追加，不能修改。")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError(f"{self._meta.verbose_name}只能追加，不能删除。")
