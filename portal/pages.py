"""Names of the portal's own pages (home, search, saved filters, health)."""

from django.urls import path

from portal import assessment_views, dashboard_views, health, leaderboard_views, views, wall_views
from portal.reminders import views as reminders
from portal.reports import views as reports
from portal.reports.kinds import KINDS

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("todos/", views.todo_list, name="todo-list"),
    path("dashboard/", dashboard_views.dashboard, name="dashboard"),
    path("dashboard/figures/", dashboard_views.work_figures, name="work-figures"),
    path("leaderboards/", leaderboard_views.leaderboards, name="leaderboards"),
    path("leaderboards/export/", leaderboard_views.leaderboard_export, name="leaderboard-export"),
    path("assessments/", assessment_views.assessment_list, name="assessment-list"),
    path("assessments/new/", assessment_views.assessment_new, name="assessment-new"),
    path("assessments/<int:pk>/", assessment_views.assessment, name="assessment"),
    path("assessments/<int:pk>/edit/", assessment_views.assessment_edit, name="assessment-edit"),
    path("assessments/<int:pk>/publish/", assessment_views.assessment_publish, name="assessment-publish"),
    path("assessments/<int:pk>/revise/", assessment_views.assessment_revise, name="assessment-revise"),
    path("assessments/<int:pk>/delete/", assessment_views.assessment_delete, name="assessment-delete"),
    path("assessments/<int:pk>/freeze/", assessment_views.assessment_freeze, name="assessment-freeze"),
    path("assessments/<int:pk>/export/", assessment_views.assessment_export, name="assessment-export"),
    path(
        "assessments/<int:pk>/organisations/<int:organisation>/",
        assessment_views.assessment_result,
        name="assessment-result",
    ),
    path("dashboard/parts/<slug:name>/", dashboard_views.dashboard_part, name="dashboard-part"),
    path("dashboard/export/", dashboard_views.dashboard_export, name="dashboard-export"),
    path("dashboard/wall/", wall_views.wall, name="wall"),
    path("measures/", dashboard_views.measure_list, name="measure-list"),
    path("reports/", reports.report_list, name="report-list"),
    path("reports/subscriptions/<int:pk>/end/", reports.unsubscribe, name="report-unsubscribe"),
    path("reports/files/<int:pk>/", reports.saved_file, name="report-saved-file"),
    *(
        path(f"reports/{code}/{end}", view, {"kind": kind}, name=f"report-{code}{name}")
        for code, kind in KINDS.items()
        for end, view, name in (
            ("", reports.report, ""),
            ("file/", reports.report_file, "-file"),
            ("subscribe/", reports.subscribe, "-subscribe"),
        )
    ),
    path("me/", views.my_account, name="my-account"),
    path("me/reminders/", reminders.reminders, name="reminders"),
    path("robots/", reminders.robot_list, name="robot-list"),
    path("robots/new/", reminders.robot_new, name="robot-new"),
    path("robots/<int:pk>/", reminders.robot, name="robot"),
    path("robots/<int:pk>/edit/", reminders.robot_edit, name="robot-edit"),
    path("robots/<int:pk>/test/", reminders.robot_test, name="robot-test"),
    path("robots/<int:pk>/delete/", reminders.robot_delete, name="robot-delete"),
    *(
        path(f"robots/<int:pk>/{to}/", reminders.robot_switch, {"to": to}, name=f"robot-{to}")
        for to in reminders.SWITCHES
    ),
    path("robots/messages/<int:pk>/again/", reminders.robot_resend, name="robot-resend"),
    path("search/", views.search, name="search"),
    path("saved-filters/", views.save_filter, name="saved-filter-save"),
    path("saved-filters/<int:pk>/delete/", views.delete_filter, name="saved-filter-delete"),
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("robots.txt", health.robots, name="robots"),
]
