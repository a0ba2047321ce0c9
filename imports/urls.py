from django.urls import path

from imports import views

app_name = "imports"
urlpatterns = [
    path("", views.run_list, name="run-list"),
    path("new/", views.upload, name="upload"),
    path("templates/<slug:kind>/", views.template, name="template"),
    path("<int:pk>/", views.run, name="run"),
    path("<int:pk>/progress/", views.run_progress, name="run-progress"),
    path("<int:pk>/columns/", views.run_columns, name="run-columns"),
    path("<int:pk>/options/", views.run_options, name="run-options"),
    path("<int:pk>/select/", views.run_select, name="run-select"),
    path("<int:pk>/rows/<int:row_pk>/", views.run_row, name="run-row"),
    path("<int:pk>/rows/<int:row_pk>/keep/", views.run_row_keep, name="run-row-keep"),
    path("<int:pk>/errors/", views.run_errors, name="run-errors"),
    path("<int:pk>/apply/", views.run_apply, name="run-apply"),
    path("<int:pk>/retry/", views.run_retry, name="run-retry"),
    path("<int:pk>/discard/", views.run_discard, name="run-discard"),
    path("<int:pk>/undo/", views.run_undo, name="run-undo"),
]
