from django.urls import path

from consents.cookies import views

app_name = "cookies"
urlpatterns = [path("", views.list_cookies, name="list"), path("choose/", views.choose, name="choose")]
