from django.apps import AppConfig


class LinkagesConfig(AppConfig):
    name = "linkages"
    verbose_name = "联建共建"
