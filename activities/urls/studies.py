from django.urls import path

from activities.views import studies

urlpatterns = [
    path("studies/", studies.study_list, name="study-list"),
    path("studies/new/", studies.study_new, name="study-new"),
    path("studies/mine/", studies.own_studies, name="own-studies"),
    path("studies/mine/<int:pk>/", studies.own_mark, name="own-study-mark"),
    path("studies/mine/<int:pk>/take-back/", studies.own_take_back, name="own-study-take-back"),
    path("studies/<int:pk>/", studies.study, name="study"),
    path("studies/<int:pk>/edit/", studies.study_edit, name="study-edit"),
    path("studies/<int:pk>/items/", studies.item_new, name="study-item-new"),
    path("studies/items/<int:pk>/withdraw/", studies.item_withdraw, name="study-item-withdraw"),
    path("studies/items/<int:pk>/members/<int:member>/take-back/", studies.study_unmark, name="study-unmark"),
    path("studies/<int:pk>/publish/", studies.study_publish, name="study-publish"),
    path("studies/<int:pk>/withdraw/", studies.study_withdraw, name="study-withdraw"),
    path("studies/<int:pk>/branches/<int:branch>/", studies.study_branch, name="study-branch"),
    path("studies/<int:pk>/branches/<int:branch>/mark/", studies.study_mark, name="study-mark"),
]
