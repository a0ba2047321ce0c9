from django.urls import path

from members.views import documents, prints, recruiting

urlpatterns = [
    path("recruiting/", recruiting.board, name="recruiting"),
    path("recruiting/list/", recruiting.case_list, name="recruiting-list"),
    path("recruiting/new/", recruiting.case_new, name="case-new"),
    path("recruiting/adopt/", recruiting.adopt, name="case-adopt"),
    path("recruiting/roster/", prints.roster, name="recruiting-roster"),
    path("recruiting/export/", prints.recruiting_export, name="recruiting-export"),
    path("recruiting/<int:pk>/", recruiting.case_detail, name="case"),
    path("recruiting/<int:pk>/step/<int:number>/", recruiting.case_step, name="case-step"),
    path("recruiting/<int:pk>/edit/", recruiting.case_edit, name="case-edit"),
    path("recruiting/<int:pk>/reveal/", recruiting.case_reveal, name="case-reveal"),
    path("recruiting/<int:pk>/reverse/", recruiting.case_reverse, name="case-reverse"),
    path("recruiting/<int:pk>/stop/", recruiting.case_stop, name="case-stop"),
    path("recruiting/<int:pk>/move/", recruiting.case_move, name="case-move"),
    path("recruiting/<int:pk>/archive/", documents.case_archive, name="case-archive"),
    path("recruiting/<int:pk>/step/<int:number>/documents/", documents.case_documents, name="case-documents"),
    path("recruiting/<int:pk>/documents/<uuid:document>/", documents.case_document, name="case-document"),
    path(
        "recruiting/<int:pk>/documents/<uuid:document>/withdraw/",
        documents.case_document_withdraw,
        name="case-document-withdraw",
    ),
    path("recruiting/<int:pk>/prints/<slug:slug>/", prints.case_print, name="case-print"),
    path("recruiting/<int:pk>/prints/<slug:slug>/file/", prints.case_print_file, name="case-print-file"),
]
