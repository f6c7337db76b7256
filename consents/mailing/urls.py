from django.urls import path

from consents.mailing import views

app_name = "mailing"
urlpatterns = [
    path("unsubscribe/<str:token>/", views.unsubscribe_page, name="unsubscribe"),
    path("choices/confirm/<str:token>/", views.confirm_page, name="confirm"),
]
