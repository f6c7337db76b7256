from django.urls import path

from dsar.datamap import views

app_name = "datamap"
urlpatterns = [path("", views.data, name="data")]
