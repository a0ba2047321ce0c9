from activities.urls import duties, records

app_name = "activities"
urlpatterns = [
    *records.urlpatterns,
    *duties.urlpatterns,
]
