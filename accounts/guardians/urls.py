from django.urls import path

from accounts.guardians import views

app_name = "guardians"
urlpatterns = [path("family/", views.family, name="family")]
