from django.urls import path

from dsar.requests import views

app_name = "requests"
urlpatterns = [
    path("", views.all_mine, name="list"),
    path("new/<slug:kind>/", views.new, name="new"),
    path("<uuid:pk>/", views.detail, name="detail"),
    path("<uuid:pk>/cancel/", views.cancel, name="cancel"),
    path("scheduled/<str:token>/", views.scheduled, name="scheduled"),
    path("certificates/<str:token>/", views.certificate, name="certificate"),
    path("certificates/<str:token>/file/", views.certificate_file, name="certificate-file"),
]
