from django.urls import path

from privacycenter.mailbox import views

app_name = "mailbox"
urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("<str:key>/", views.read, name="read"),
    path("<str:key>/html/", views.as_html, name="html"),
]
