from django.urls import path

from members.views import own

urlpatterns = [
    path("own/", own.own_record, name="own-record"),
    path("<int:pk>/account/", own.member_account, name="member-account"),
]
