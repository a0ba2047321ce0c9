from activities.urls import duties, papers, records, signing

app_name = "activities"
urlpatterns = [
    *records.urlpatterns,
    *signing.urlpatterns,
    *papers.urlpatterns,
    *duties.urlpatterns,
]
