from django.urls import path

from activities.views import acts, entry, files, records, series

urlpatterns = [
    path("", records.activity_list, name="activity-list"),
    path("export/", records.activity_export, name="activity-export"),
    path("archive/", acts.archive_many, name="activity-archive-many"),
    path("record/", entry.record, name="record"),
    path("record/roll/", entry.record_roll, name="record-roll"),
    path("plan/", entry.plan, name="activity-plan"),
    path("series/", series.series_list, name="series-list"),
    path("series/new/", series.series_new, name="series-new"),
    path("series/<int:pk>/", series.series, name="series"),
    path("series/<int:pk>/edit/", series.series_edit, name="series-edit"),
    path("resolutions/<int:pk>/close/", acts.resolution_close, name="resolution-close"),
    path("votes/<int:pk>/withdraw/", acts.vote_withdraw, name="vote-withdraw"),
    path("<int:pk>/", records.activity, name="activity"),
    path("<int:pk>/edit/", entry.edit, name="activity-edit"),
    path("<int:pk>/hold/", entry.hold, name="activity-hold"),
    path("<int:pk>/files/", files.file_add, name="file-add"),
    path("<int:pk>/files/<uuid:file>/", files.file, name="file"),
    path("<int:pk>/files/<uuid:file>/withdraw/", files.file_withdraw, name="file-withdraw"),
    path("<int:pk>/votes/", acts.vote_add, name="vote-add"),
    path("<int:pk>/resolutions/", acts.resolution_add, name="resolution-add"),
    *(path(f"<int:pk>/{act}/", acts.take, {"act": act}, name=f"activity-{act}") for act in acts.ACTS),
]
