"""Purposes for tests about choices, and the words that go with them."""

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.subjects.models import Subject
from accounts.users.models import User
from consents.catalogue.models import Purpose, PurposeText, Retention
from consents.choices.models import Current, Event, Method
from consents.choices.record import as_published, record
from consents.cookies.models import Tracker


def make_purpose(slug: str, *, essential: bool = False, **words: str) -> Purpose:
    """`words`: the name per language; English is the slug made a title."""
    retention, _ = Retention.objects.get_or_create(slug="usage", defaults={"counts_from": "account-closed"})
    purpose = Purpose.objects.create(
        slug=slug, essential=essential, legal_basis="contract" if essential else "consent", retention=retention
    )
    for language, name in ({"en": slug.replace("-", " ").title()} | words).items():
        PurposeText.objects.create(purpose=purpose, language=language, name=name, description=f"About {name}.")
    return purpose


@transaction.atomic
def make_asked() -> None:
    """What a website asks about: ads, to which a browser's signal says no, and statistics. It does not ask for mail."""
    for slug in ("ads", "statistics"):
        kept = {"name": f"_{slug}", "storage": "cookie", "party": "first"}
        Tracker.objects.create(slug=slug, purpose=make_purpose(slug), **kept)
    make_purpose("mail")
    Purpose.objects.filter(slug="ads").update(gpc=True)


def say(
    person: User | Subject,
    *,
    actor: User | Subject | None = None,
    said_at: datetime | None = None,
    method: Method = Method.PORTAL,
    language: str = "en",
    client_id: str | None = None,
    evidence: dict[str, str] | None = None,
    **decisions: bool,
) -> list[Event]:
    """What a person says, with the words as published: `say(alice, ads=True, marketing_mail=False)`."""
    subject = _subject(person)
    return record(
        subject,
        as_published({slug.replace("_", "-"): allow for slug, allow in decisions.items()}, language),
        method=method,
        actor=_subject(actor or person),
        language=language,
        said_at=said_at,
        client_id=client_id,
        evidence=evidence,
    )


def current(person: User) -> dict[str, str]:
    """What they say to each purpose, by its slug."""
    choices = Current.objects.filter(subject=person.subject).select_related("purpose")
    return {choice.purpose.slug: choice.decision for choice in choices}


def _subject(person: User | Subject) -> Subject:
    if isinstance(person, Subject):
        return person
    subject: Any = person.subject
    return subject
