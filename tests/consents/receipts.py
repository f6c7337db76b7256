"""A purpose with all that a receipt can tell of, and what was decided on it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.subjects.life import open_subject
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
from consents.choices import receipts
from consents.choices.models import Event, Method
from consents.choices.record import Choice, record
from consents.choices.verify import Reason, examine
from tests.consents.purposes import say

SAID = datetime(2026, 3, 3, 12, 0, 5, tzinfo=UTC)


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


def told(event: Event) -> dict[str, Any]:
    """As it is read back from the database."""
    return receipts.receipt(receipts.with_facts(Event.objects.filter(pk=event.pk)).get())


def verdicts(*documents: Any) -> list[Reason | None]:
    return [finding.reason for finding in examine(json.dumps(documents).encode())]


def every_kind(alice: User, bob: User, mia: User) -> list[dict[str, Any]]:
    """Receipts of all decisions, methods and persons that differ in their form."""
    seen = {"address": "192.0.2.1", "user_agent": "Browser", "gpc": "1"}
    events = [
        decide(alice, ads=True, said_at=SAID, language="de", evidence=seen),
        decide(alice, ads=False),
        decide(alice, ads=False, method=Method.APP, client_id="1"),
        decide(mia, ads=True, actor=bob, method=Method.GUARDIAN),
        *record(bob.subject, [Choice("ads", allow=False)], method=Method.GPC, actor=bob.subject, language="en"),
        *record(
            bob.subject,
            [Choice("ads", allow=False)],
            method=Method.PAPER,
            actor=bob.subject,
            language="en",
            recorder="staff:7",
        ),
    ]
    past = open_subject(Subject.Stage.DEVICE, jurisdiction="US_CA")
    then = timezone.now() - timedelta(days=1)
    expired = Event.objects.create(
        subject=past,
        purpose=Purpose.objects.get(slug="ads"),
        version=1,
        decision="expired",
        method="expiry",
        jurisdiction="US_CA",
        said_at=then,
        received_at=then,
    )
    return [told(event) for event in [*events, expired]]
