from activities.urls import duties

app_name = "activities"
urlpatterns = [
    *duties.urlpatterns,
]
