"""The routes of the API."""

urlpatterns = []
