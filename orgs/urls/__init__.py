from orgs.urls import accounts, enterprises, organisations

app_name = "orgs"
urlpatterns = [*organisations.urlpatterns, *enterprises.urlpatterns, *accounts.urlpatterns]
