from django.urls import path

from members.views import composition, register

urlpatterns = [
    path("", register.member_list, name="member-list"),
    path("lookup/", register.member_lookup, name="member-lookup"),
    path("new/", register.member_new, name="member-new"),
    path("export/", register.member_export, name="member-export"),
    path("composition/", composition.composition_page, name="composition"),
    path("composition/file/", composition.composition_file, name="composition-file"),
    path("<int:pk>/", register.member_detail, name="member"),
    path("<int:pk>/edit/", register.member_edit, name="member-edit"),
    path("<int:pk>/reveal/", register.member_reveal, name="member-reveal"),
    path("<int:pk>/who-can-see/", register.member_readers, name="member-readers"),
    path("<int:pk>/verify/", register.member_verify, name="member-verify"),
]
