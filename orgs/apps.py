from django.apps import AppConfig


class OrgsConfig(AppConfig):
    name = "orgs"
    verbose_name = "组织、企业与覆盖"

    def ready(self):
        from orgs import audit_registry, lookups, resources, signals  # noqa: F401, PLC0415 - registering needs the models
