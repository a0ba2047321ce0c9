from activities.urls import papers, signing

app_name = "activities"
urlpatterns = [
    *signing.urlpatterns,
    *papers.urlpatterns,
]
