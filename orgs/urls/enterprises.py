from django.urls import path

from orgs.views import coverage, enterprises, surveys

urlpatterns = [
    path("enterprises/", enterprises.enterprise_list, name="enterprise-list"),
    path("enterprises/export/", enterprises.enterprise_export, name="enterprise-export"),
    path("enterprises/new/", enterprises.enterprise_create, name="enterprise-create"),
    path("enterprises/<int:pk>/", enterprises.enterprise_detail, name="enterprise"),
    path("enterprises/<int:pk>/edit/", enterprises.enterprise_edit, name="enterprise-edit"),
    path("enterprises/<int:pk>/flag/", enterprises.enterprise_flag, name="enterprise-flag"),
    path("enterprises/<int:pk>/phone/", enterprises.enterprise_reveal, name="enterprise-reveal"),
    path("enterprises/<int:pk>/founding/", enterprises.enterprise_founding, name="enterprise-founding"),
    path(
        "enterprises/<int:pk>/not-founded/", enterprises.enterprise_not_founded, name="enterprise-not-founded"
    ),
    path("enterprises/<int:pk>/coverage/", coverage.coverage_create, name="coverage-create"),
    path("enterprises/<int:pk>/visits/", coverage.visit_create, name="visit-create"),
    path("enterprises/<int:pk>/survey/", surveys.survey_task_create, name="survey-task-create"),
    path("should-found/", enterprises.should_found, name="should-found"),
    path("coverage/", coverage.coverage_list, name="coverage-list"),
    path("coverage/export/", coverage.coverage_export, name="coverage-export"),
    path("coverage/assign/", coverage.coverage_assign, name="coverage-assign"),
    path("coverage/<int:pk>/end/", coverage.coverage_end, name="coverage-end"),
    path("instructors/", coverage.instructor_list, name="instructor-list"),
    path("surveys/", surveys.round_list, name="survey-round-list"),
    path("surveys/<int:pk>/", surveys.survey_round, name="survey-round"),
    path("surveys/<int:pk>/complete/", surveys.survey_complete, name="survey-complete"),
    path("survey-tasks/<int:pk>/", surveys.survey_task, name="survey-task"),
    path("survey-tasks/<int:pk>/reopen/", surveys.survey_task_reopen, name="survey-task-reopen"),
    path("survey-tasks/<int:pk>/cancel/", surveys.survey_task_cancel, name="survey-task-cancel"),
    path("survey-tasks/<int:pk>/reassign/", surveys.survey_task_reassign, name="survey-task-reassign"),
]
