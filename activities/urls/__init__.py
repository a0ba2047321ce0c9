from activities.urls import records

app_name = "activities"
urlpatterns = [
    *records.urlpatterns,
]
