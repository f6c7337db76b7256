"""Who writes, as every mail and every page names it."""

from django.conf import settings


def organisation() -> dict[str, str]:
    return {
        "name": settings.ORGANISATION,
        "contact": settings.ORGANISATION_CONTACT,
        "address": settings.ORGANISATION_ADDRESS,
    }
