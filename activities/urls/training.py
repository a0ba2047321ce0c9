from django.urls import path

from activities.views import participation, training

urlpatterns = [
    path("participation/", participation.participation_list, name="participation-list"),
    path("training/", training.training_list, name="training-list"),
    path("training/members/<int:pk>/", training.member_training, name="member-training"),
    path("training/organisations/<int:pk>/new/", training.credit_new, name="training-credit-new"),
    path("training/credits/<int:pk>/withdraw/", training.credit_withdraw, name="training-credit-withdraw"),
]
