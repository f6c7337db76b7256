"""The API under /api/v1/: each room's routes, in the order of the house."""

from django.urls import URLPattern, URLResolver

from consents.catalogue import api as catalogue
from consents.choices import api as choices
from consents.cookies import api as cookies
from consents.mailing import api as mailing
from consents.notices import api as notices
from consents.policies import api as policies
from dsar.archives import api as archives
from dsar.datamap import api as datamap
from dsar.requests import api as requests

urlpatterns: list[URLPattern | URLResolver] = [
    *catalogue.urlpatterns,
    *notices.urlpatterns,
    *policies.urlpatterns,
    *choices.urlpatterns,
    *mailing.urlpatterns,
    *cookies.urlpatterns,
    *datamap.urlpatterns,
    *archives.urlpatterns,
    *requests.urlpatterns,
]
