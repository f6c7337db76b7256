from django.urls import path

from consents.policies import publications, views
from consents.policies.addresses import NUMBER

app_name = "policies"
urlpatterns = [
    path("", views.index, name="index"),
    path("feed.atom", publications.of_all, name="feed-of-all"),
    path("<slug:slug>/feed.atom", publications.of_document, name="feed"),
    path(f"<slug:slug>/<{NUMBER}:number>.jsonld", publications.linked, name="linked-data"),
    path("<slug:slug>/", views.current, name="current"),
    path("<slug:slug>/versions/", views.versions, name="versions"),
    path("<slug:slug>/compare/", views.choose, name="choose"),
    path("<slug:slug>/since/", views.since, name="since"),
    path(f"<slug:slug>/compare/<{NUMBER}:old>/<{NUMBER}:new>/", views.compare, name="compare"),
    path(f"<slug:slug>/<{NUMBER}:number>/", views.version, name="version"),
    path(f"<slug:slug>/<{NUMBER}:number>/acknowledge/", views.acknowledge, name="acknowledge"),
]
