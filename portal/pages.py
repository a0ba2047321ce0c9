"""Names of the portal's own pages (home, search, saved filters, health)."""

from django.urls import path

from portal import dashboard_views, health, views, wall_views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("dashboard/", dashboard_views.dashboard, name="dashboard"),
    path("dashboard/figures/", dashboard_views.work_figures, name="work-figures"),
    path("dashboard/parts/<slug:name>/", dashboard_views.dashboard_part, name="dashboard-part"),
    path("dashboard/export/", dashboard_views.dashboard_export, name="dashboard-export"),
    path("dashboard/wall/", wall_views.wall, name="wall"),
    path("measures/", dashboard_views.measure_list, name="measure-list"),
    path("me/", views.my_account, name="my-account"),
    path("search/", views.search, name="search"),
    path("saved-filters/", views.save_filter, name="saved-filter-save"),
    path("saved-filters/<int:pk>/delete/", views.delete_filter, name="saved-filter-delete"),
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("robots.txt", health.robots, name="robots"),
]
