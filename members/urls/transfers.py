from django.urls import path

from members.views import absences, exits, transfers

urlpatterns = [
    path("transfers/", transfers.transfer_list, name="transfer-list"),
    path("transfers/in/", transfers.transfer_in, name="transfer-in"),
    path("transfers/<int:pk>/", transfers.transfer, name="transfer"),
    path("transfers/<int:pk>/letter/", transfers.transfer_letter, name="transfer-letter"),
    path("transfers/<int:pk>/letter/file/", transfers.transfer_letter_file, name="transfer-letter-file"),
    *(
        path(f"transfers/<int:pk>/{act}/", transfers.transfer_act, {"act": act}, name=f"transfer-{act}")
        for act in transfers.ACTS
    ),
    path("absences/", absences.absence_list, name="absence-list"),
    path("absences/guest/", absences.guest_new, name="guest-new"),
    path("absences/<int:pk>/", absences.absence, name="absence"),
    path("absences/<int:pk>/end/", absences.absence_end, name="absence-end"),
    path("absences/<int:pk>/report/", absences.absence_report, name="absence-report"),
    path("absences/<int:pk>/contact/", absences.contact_add, name="contact-add"),
    path("disposals/<int:pk>/", exits.disposal, name="disposal"),
    path("disposals/<int:pk>/step/", exits.disposal_step, name="disposal-step"),
    path("disposals/<int:pk>/drop/", exits.disposal_drop, name="disposal-drop"),
    path("<int:pk>/transfer/", transfers.transfer_new, name="transfer-new"),
    path("<int:pk>/absence/", absences.absence_new, name="absence-new"),
    path("<int:pk>/leave/", exits.member_leave, name="member-leave"),
    path("<int:pk>/remove/", exits.member_remove, name="member-remove"),
    path("<int:pk>/return/", exits.member_return, name="member-return"),
    path("<int:pk>/event/", exits.event_add, name="event-add"),
    path("<int:pk>/disposal/", exits.disposal_new, name="disposal-new"),
]
