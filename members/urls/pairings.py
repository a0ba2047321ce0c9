from django.urls import path

from members.views import pairings, talent

urlpatterns = [
    path("pairings/", pairings.pairing_list, name="pairing-list"),
    path("pairings/export/", pairings.pairing_export, name="pairing-export"),
    path("pairings/new/", pairings.pairing_new, name="pairing-new"),
    path("pairings/cases/", pairings.case_options, name="pairing-case-options"),
    path("pairings/<int:pk>/", pairings.pairing_detail, name="pairing"),
    path("pairings/<int:pk>/edit/", pairings.pairing_edit, name="pairing-edit"),
    path("pairings/<int:pk>/contact/", pairings.pairing_contact, name="pairing-contact"),
    path("pairings/<int:pk>/end/", pairings.pairing_end, name="pairing-end"),
    path(
        "pairings/contacts/<int:pk>/withdraw/",
        pairings.pairing_contact_withdraw,
        name="pairing-contact-withdraw",
    ),
    path("talent/", talent.talent_list, name="talent-list"),
    path("talent/figures/", talent.talent_figures, name="talent-figures"),
    path("talent/export/", talent.talent_export, name="talent-export"),
    path("talent/outside/", talent.outside_list, name="talent-outside-list"),
    path("talent/outside/new/", talent.outside_new, name="talent-outside-new"),
    path("talent/outside/<int:pk>/", talent.outside_person, name="talent-outside"),
    path("talent/outside/<int:pk>/edit/", talent.outside_edit, name="talent-outside-edit"),
    path("talent/outside/<int:pk>/reveal/", talent.outside_reveal, name="talent-outside-reveal"),
    path("talent/outside/<int:pk>/in/", talent.outside_in, name="talent-outside-in"),
    path("talent/outside/<int:pk>/out/", talent.outside_out, name="talent-outside-out"),
    path("talent/outside/<int:pk>/withdraw/", talent.outside_withdraw, name="talent-outside-withdraw"),
    path("<int:pk>/talent/add/", talent.talent_add, name="talent-add"),
    path("<int:pk>/talent/out/", talent.talent_out, name="talent-out"),
    path("<int:pk>/talent/back/", talent.talent_back, name="talent-back"),
    path("<int:pk>/talent/withdraw/", talent.talent_withdraw, name="talent-withdraw"),
]
