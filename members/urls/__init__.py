from members.urls import dues, own, pairings, people, recruiting, register, transfers

app_name = "members"
urlpatterns = [
    *register.urlpatterns,
    *recruiting.urlpatterns,
    *transfers.urlpatterns,
    *dues.urlpatterns,
    *people.urlpatterns,
    *pairings.urlpatterns,
    *own.urlpatterns,
]
