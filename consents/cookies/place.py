"""By the law of which place a visitor is asked. No third party is asked where they are; unknown is the strictest."""

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request

from accounts.subjects.models import Subject

# The European Economic Area, by ISO 3166.
EEA = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK".split()  # noqa: SIM905
)
LAWS = {
    "AE": "AE_PDPL",
    "AU": "AU_PRIVACY",
    "BR": "BR_LGPD",
    "CH": "CH_FADP",
    "CN": "CN_PIPL",
    "GB": "UK_GDPR",
    "IN": "IN_DPDP",
    "JP": "JP_APPI",
    "KR": "KR_PIPA",
    "SA": "SA_PDPL",
    "SG": "SG_PDPA",
}
# Countries whose regions have laws of their own, by ISO 3166-2; under "" what holds where the region is not known.
REGIONS = {"US": {"CA": "US_CA", "": "US_CA"}, "CA": {"QC": "CA_QC", "": "CA_QC"}}
OTHER_REGIONS = {"US": "US_STATES"}


def place_of(request: HttpRequest | Request, subject: Subject | None = None) -> str:
    """What the account says goes first, then the country that a trusted proxy names; "" where it is none that we know.

    Where no proxy names countries, the deployment says by whose law it asks. A site may say it for all its visitors.
    """
    return subject.jurisdiction if subject else _by_proxy(request)


def _by_proxy(request: HttpRequest | Request) -> str:
    if not (settings.COUNTRY_HEADER and settings.TRUSTED_PROXIES):
        return settings.JURISDICTION
    country = request.headers.get(settings.COUNTRY_HEADER, "").strip().upper()
    region = request.headers.get(settings.REGION_HEADER, "").strip().upper() if settings.REGION_HEADER else ""
    if country in EEA:
        return f"EU_GDPR/{country}"
    if country in REGIONS:
        return REGIONS[country].get(region) or OTHER_REGIONS.get(country, "")
    return LAWS.get(country, "")
