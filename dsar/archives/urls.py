from django.urls import path

from dsar.archives import views

app_name = "archives"
urlpatterns = [
    path("<uuid:pk>/", views.download, name="download"),
    path("<uuid:pk>/content/", views.content, name="content"),
    path("<uuid:pk>/revoke/", views.revoke, name="revoke"),
]
