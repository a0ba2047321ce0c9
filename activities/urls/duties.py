from django.urls import path

from activities.views import appraisals, duties

urlpatterns = [
    path("duties/", duties.own, name="duties"),
    path("duties/map/", duties.duty_map, name="duty-map"),
    path("duties/list/", duties.duty_list, name="duty-list"),
    path("duties/rates/", duties.duty_rates, name="duty-rates"),
    path("duties/branches/<int:pk>/", duties.branch, name="duty-branch"),
    path("appraisals/", appraisals.appraisal_list, name="appraisal-list"),
    path("appraisals/<int:pk>/", appraisals.appraisal, name="appraisal"),
    path("appraisals/branches/<int:pk>/<int:year>/", appraisals.appraisal_edit, name="appraisal-edit"),
]
