from django.urls import path

from members.views import own

urlpatterns = [
    path("own/", own.own_record, name="own-record"),
    path("own/correction/", own.own_correction, name="own-correction"),
    path("corrections/", own.correction_list, name="correction-list"),
    path("corrections/<int:pk>/", own.correction, name="correction"),
    path("corrections/<int:pk>/reveal/", own.correction_reveal, name="correction-reveal"),
    path("<int:pk>/account/", own.member_account, name="member-account"),
    path("<int:pk>/account/unlink/", own.member_unlink, name="member-unlink"),
]
