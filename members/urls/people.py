from django.urls import path

from members.views import leading, lookups

urlpatterns = [
    path("pioneers/", leading.overview, name="pioneers"),
    path("options/", lookups.member_options, name="member-options"),
]
