from django.urls import path

from activities.views import services

urlpatterns = [
    path("services/", services.service_list, name="service-list"),
    path("services/export/", services.service_export, name="service-export"),
    path("services/new/", services.service_new, name="service-new"),
    path("services/<int:pk>/", services.service, name="service"),
    path("services/<int:pk>/edit/", services.service_edit, name="service-edit"),
    path("services/<int:pk>/withdraw/", services.service_withdraw, name="service-withdraw"),
]
