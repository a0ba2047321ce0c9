from django.urls import path

from members.leading_groups import GROUPS
from members.views import leading, lookups, roles

urlpatterns = [
    path("options/", lookups.member_options, name="member-options"),
    path("pioneers/", leading.overview, name="pioneers"),
    *(
        path(f"pioneers/{group}/", leading.unit_list, {"group": group}, name=f"leading-{group}")
        for group in (*GROUPS, "all")
    ),
    path("pioneers/new/", leading.unit_new, name="leading-new"),
    path("pioneers/export/", leading.unit_export, name="leading-export"),
    path("pioneers/<int:pk>/", leading.unit_page, name="leading-unit"),
    path("pioneers/<int:pk>/edit/", leading.unit_edit, name="leading-edit"),
    path("pioneers/<int:pk>/leader/", leading.unit_leader, name="leading-leader"),
    path("pioneers/<int:pk>/join/", leading.unit_join, name="leading-join"),
    path("pioneers/<int:pk>/result/", leading.result_add, name="leading-result"),
    path("pioneers/<int:pk>/end/", leading.unit_end, name="leading-end"),
    path("pioneers/services/<int:pk>/end/", leading.service_end, name="leading-leave"),
    path("pioneers/results/<int:pk>/void/", leading.result_void, name="leading-void"),
    path("roles/", roles.role_list, name="role-list"),
    path("roles/new/", roles.role_new, name="role-new"),
    path("roles/export/", roles.role_export, name="role-export"),
    path("roles/<int:pk>/end/", roles.role_end, name="role-end"),
]
