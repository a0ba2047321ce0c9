from django.apps import AppConfig


class ActivitiesConfig(AppConfig):
    name = "activities"
    verbose_name = "组织生活与活动"

    def ready(self):
        # Registering needs the models.
        from activities import audit_registry, resources  # noqa: F401, PLC0415
