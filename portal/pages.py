"""Names of the portal's own pages (home, dashboard, health)."""

app_name = "portal"
urlpatterns = []
