from activities.urls import duties, papers, records, roll_lists, services, signing, studies, training, venues

app_name = "activities"
urlpatterns = [
    *records.urlpatterns,
    *signing.urlpatterns,
    *papers.urlpatterns,
    *roll_lists.urlpatterns,
    *training.urlpatterns,
    *studies.urlpatterns,
    *services.urlpatterns,
    *venues.urlpatterns,
    *duties.urlpatterns,
]
