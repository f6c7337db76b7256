from django.urls import path

from accounts.users import views

app_name = "users"
urlpatterns = [
    path("security/", views.security, name="security"),
    path("language/", views.choose_language, name="language"),
]
