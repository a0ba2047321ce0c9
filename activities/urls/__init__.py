from activities.urls import signing

app_name = "activities"
urlpatterns = [
    *signing.urlpatterns,
]
