from django.urls import URLPattern

app_name = "datamap"
urlpatterns: list[URLPattern] = []
