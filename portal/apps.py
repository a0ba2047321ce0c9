from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = "门户"

    def ready(self):
        from portal import marks  # noqa: PLC0415 - the tables it watches are known once all models are

        pre_migrate.connect(marks.before_migrations, sender=self)
        post_migrate.connect(marks.after_migrations, sender=self)
