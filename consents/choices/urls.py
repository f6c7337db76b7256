from django.urls import path

from consents.choices import receipt_pages, views

app_name = "choices"
urlpatterns = [
    path("", views.centre, name="centre"),
    path("history/", views.history, name="history"),
    path("receipts/<uuid:event_id>/", receipt_pages.receipt, name="receipt"),
    path("receipts/<uuid:event_id>/receipt.json", receipt_pages.file, name="receipt_file"),
    path("receipts/all.json", receipt_pages.all_receipts, name="receipts"),
    path("for/<uuid:subject_id>/", views.centre, name="for"),
    path("for/<uuid:subject_id>/history/", views.history, name="history_for"),
    path("for/<uuid:subject_id>/receipts/all.json", receipt_pages.all_receipts, name="receipts_for"),
]
