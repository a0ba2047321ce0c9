from activities.urls import duties, papers, records, signing, training

app_name = "activities"
urlpatterns = [
    *records.urlpatterns,
    *signing.urlpatterns,
    *papers.urlpatterns,
    *training.urlpatterns,
    *duties.urlpatterns,
]
