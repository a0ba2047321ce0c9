from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

admin.autodiscover()
# allauth's limits do not cover the admin's own sign-in page.
admin.site.login = secure_admin_login(admin.site.login)

urlpatterns = [
    path("", include("portal.pages")),
    path("", include("orgs.urls")),
    path("members/", include("members.urls")),
    path("activities/", include("activities.urls")),
    path("agreements/", include("linkages.urls")),
    path("imports/", include("imports.urls")),
    path("api/", include("portal.api")),
    path("accounts/", include("portal.sign_in")),
    path("admin/", admin.site.urls),
]

handler400 = "portal.errors.bad_request"
handler500 = "portal.errors.server_error"
