from django.apps import AppConfig


class LinkagesConfig(AppConfig):
    name = "linkages"
    verbose_name = "联建共建"

    def ready(self):
        # Registering needs the models.
        from activities.sections import SECTIONS  # noqa: PLC0415
        from linkages import audit_registry, resources  # noqa: F401, PLC0415
        from linkages.heard import need_after_visit, order_after_visit  # noqa: PLC0415
        from linkages.orders.events import EVENTS, GROUP  # noqa: PLC0415
        from linkages.sections import (  # noqa: PLC0415
            agreements_of,
            orders_of,
            policies_of,
            secondments_of,
            taken_down,
        )
        from orgs import sections  # noqa: PLC0415
        from orgs.webhooks.events import register  # noqa: PLC0415

        SECTIONS.extend(section for section in (agreements_of, taken_down) if section not in SECTIONS)
        of_enterprise = (orders_of, policies_of, secondments_of)
        sections.SECTIONS.extend(section for section in of_enterprise if section not in sections.SECTIONS)
        steps = sections.AFTER_VISIT
        steps.extend(step for step in (order_after_visit, need_after_visit) if step not in steps)
        register(GROUP, EVENTS)
