from django.urls import path

from activities.views import papers

urlpatterns = [
    path("<int:pk>/minutes/", papers.minutes, name="minutes"),
    path("<int:pk>/minutes/file/", papers.minutes_file, name="minutes-file"),
    path("<int:pk>/sheet/", papers.sign_in_sheet, name="sign-in-sheet"),
    path("<int:pk>/sheet/file/", papers.sign_in_sheet_file, name="sign-in-sheet-file"),
    path("organisations/<int:pk>/record-book/", papers.record_book, name="record-book"),
]
