from members.urls import dues, own, people, recruiting, register, transfers

app_name = "members"
urlpatterns = [
    *register.urlpatterns,
    *recruiting.urlpatterns,
    *transfers.urlpatterns,
    *dues.urlpatterns,
    *people.urlpatterns,
    *own.urlpatterns,
]
