from django.apps import AppConfig


class MembersConfig(AppConfig):
    name = "members"
    verbose_name = "党员"

    def ready(self):
        from members import audit_registry, resources  # noqa: F401, PLC0415 - registering needs the models
