from django.apps import AppConfig


class MembersConfig(AppConfig):
    name = "members"
    verbose_name = "党员"

    def ready(self):
        # Registering needs the models.
        from members import audit_registry, resources  # noqa: F401, PLC0415
        from members.obstacles import members_at, units_at  # noqa: PLC0415
        from orgs.actions.organisations import OBSTACLES  # noqa: PLC0415

        OBSTACLES.extend(find for find in (members_at, units_at) if find not in OBSTACLES)
