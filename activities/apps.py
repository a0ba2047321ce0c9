from django.apps import AppConfig


class ActivitiesConfig(AppConfig):
    name = "activities"
    verbose_name = "组织生活与活动"

    def ready(self):
        # Registering needs the models.
        from activities import audit_registry, resources  # noqa: F401, PLC0415
        from activities.own import own_services, own_training  # noqa: PLC0415
        from members.own import SECTIONS  # noqa: PLC0415

        for section in (own_training, own_services):
            if section not in SECTIONS:
                SECTIONS.append(section)
