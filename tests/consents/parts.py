"""Purposes that are part of others, for tests: mail of partners is a part of their ads, and those of all ads."""

from django.db import transaction

from consents.catalogue.models import Purpose
from tests.consents.purposes import make_purpose

WHOLE, PART, INNER = "ads", "partner-ads", "partner-mail"


# What a purpose means may be put together within a transaction.
@transaction.atomic
def make_parts() -> None:
    above = None
    for position, slug in enumerate([WHOLE, PART, INNER]):
        made = make_purpose(slug)
        Purpose.objects.filter(pk=made.pk).update(parent=above, position=position)
        above = made
    # Before the others in the alphabet, after them in the catalogue, and apart from all.
    other = make_purpose("about-us")
    Purpose.objects.filter(pk=other.pk).update(position=9)


def purpose(slug: str) -> Purpose:
    return Purpose.objects.get(slug=slug)


def means_more(slug: str) -> None:
    found = purpose(slug)
    found.version = found.asks_since = found.version + 1
    found.save()


def make_essential(slug: str) -> None:
    Purpose.objects.filter(slug=slug).update(essential=True, legal_basis="contract")
