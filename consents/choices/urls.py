from django.urls import path

from consents.choices import views

app_name = "choices"
urlpatterns = [
    path("", views.centre, name="centre"),
    path("history/", views.history, name="history"),
    path("receipts/<uuid:event_id>/", views.receipt, name="receipt"),
    path("for/<uuid:subject_id>/", views.centre, name="for"),
    path("for/<uuid:subject_id>/history/", views.history, name="history_for"),
]
