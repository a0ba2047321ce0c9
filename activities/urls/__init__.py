from activities.urls import papers, records, signing

app_name = "activities"
urlpatterns = [
    *records.urlpatterns,
    *signing.urlpatterns,
    *papers.urlpatterns,
]
