from django.urls import path

from consents.policies import views
from consents.policies.addresses import NUMBER

app_name = "policies"
urlpatterns = [
    path("", views.index, name="index"),
    path("<slug:slug>/", views.current, name="current"),
    path("<slug:slug>/versions/", views.versions, name="versions"),
    path("<slug:slug>/compare/", views.choose, name="choose"),
    path(f"<slug:slug>/compare/<{NUMBER}:old>/<{NUMBER}:new>/", views.compare, name="compare"),
    path(f"<slug:slug>/<{NUMBER}:number>/", views.version, name="version"),
    path(f"<slug:slug>/<{NUMBER}:number>/acknowledge/", views.acknowledge, name="acknowledge"),
]
