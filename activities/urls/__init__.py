from activities.urls import papers, records, signing, training

app_name = "activities"
urlpatterns = [
    *records.urlpatterns,
    *signing.urlpatterns,
    *papers.urlpatterns,
    *training.urlpatterns,
]
