from django.urls import path

from privacycenter.home import views

app_name = "home"
urlpatterns = [path("", views.front, name="overview")]
