"""A purpose with all that a receipt can tell of, and what was decided on it."""

from typing import Any

from django.db import transaction

from accounts.subjects.models import Subject
from accounts.users.models import User
from consents.catalogue.models import (
    DataCategory,
    DataCategoryText,
    Purpose,
    PurposeText,
    Recipient,
    RecipientText,
    Retention,
    Service,
    ServiceText,
)
from consents.choices.models import Event
from tests.consents.purposes import say


@transaction.atomic
def rich_purpose(slug: str = "ads", **more: Any) -> Purpose:
    retention = Retention.objects.create(slug=f"{slug}-kept", counts_from="last-used", period="P6M")
    service = Service.objects.create(slug=f"{slug}-shop")
    ServiceText.objects.create(service=service, language="en", name="The shop")
    purpose = Purpose.objects.create(
        slug=slug, essential=False, legal_basis="consent", retention=retention, service=service, **more
    )
    for language, name in {"en": "Personal ads", "de": "Persönliche Werbung"}.items():
        PurposeText.objects.create(purpose=purpose, language=language, name=name, description=f"About “{name}”.")
    for name, sensitive in {"device": False, "health": True}.items():
        category = DataCategory.objects.create(slug=f"{slug}-{name}", sensitive=sensitive)
        DataCategoryText.objects.create(category=category, language="en", name=name.title())
        purpose.categories.add(category)
    for kind, country in {"processor": "DE", "partner": "", "authority": "US"}.items():
        recipient = Recipient.objects.create(slug=f"{slug}-{kind}", kind=kind, country=country)
        RecipientText.objects.create(recipient=recipient, language="en", name=f"The {kind}")
        purpose.recipients.add(recipient)
    return purpose


def decide(person: User | Subject, **how: Any) -> Event:
    [event] = say(person, **how)
    return event
