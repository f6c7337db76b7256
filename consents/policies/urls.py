from django.urls import path, register_converter
from django.urls.converters import StringConverter

from consents.policies import views


class NumberConverter(StringConverter):
    regex = r"\d{1,4}\.\d{1,4}"


register_converter(NumberConverter, "version")

app_name = "policies"
urlpatterns = [
    path("", views.index, name="index"),
    path("<slug:slug>/", views.current, name="current"),
    path("<slug:slug>/versions/", views.versions, name="versions"),
    path("<slug:slug>/compare/", views.choose, name="choose"),
    path("<slug:slug>/compare/<version:old>/<version:new>/", views.compare, name="compare"),
    path("<slug:slug>/<version:number>/", views.version, name="version"),
    path("<slug:slug>/<version:number>/acknowledge/", views.acknowledge, name="acknowledge"),
]
