"""Questions to the owners of addresses, for the tests of double opt-in."""

from consents.catalogue.models import Purpose
from consents.choices.record import Choice, as_published
from consents.mailing.ask import ask_address
from consents.mailing.models import Confirmation
from consents.mailing.send import send_due
from tests.consents.purposes import make_purpose

ADDRESS = "gwen@example.org"


def make_topics() -> None:
    for slug, german in [("news", "Neuigkeiten"), ("surveys", "Umfragen"), ("ads", "Werbung")]:
        make_purpose(slug, de=german)
    Purpose.objects.exclude(slug="ads").update(channel="email")


def choices(*slugs: str, language: str = "en") -> list[Choice]:
    return as_published(dict.fromkeys(slugs or ("news",), True), language)


def want(*slugs: str, address: str = ADDRESS, language: str = "en", jurisdiction: str = "EU_GDPR/DE") -> Confirmation:
    asked = ask_address(
        address,
        choices(*slugs, language=language),
        language=language,
        jurisdiction=jurisdiction,
        evidence={"source": "https://shop.example/newsletter", "address": "192.0.2.7"},
        recorder="system:shop",
    )
    assert asked is not None
    return asked


def path(question: Confirmation) -> str:
    return question.address.removeprefix("http://testserver")


def sent_question(*slugs: str) -> Confirmation:
    question = want(*slugs)
    send_due()
    question.refresh_from_db()
    return question
