from django.urls import path

from activities.views import roll_lists

urlpatterns = [
    path("<int:pk>/roll-list/", roll_lists.roll_list, name="roll-list"),
    path("<int:pk>/roll-list/save/", roll_lists.roll_list_save, name="roll-list-save"),
    path("<int:pk>/roll-list/sample/", roll_lists.roll_list_sample, name="roll-list-sample"),
]
