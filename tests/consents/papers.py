"""Consent on paper: entered by the act, and filled in on the staff's page."""

import re
from datetime import date
from typing import Any
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.users.models import User
from consents.choices.record import as_published
from consents.desk.enter import Sheet, enter
from consents.desk.models import Paper
from tests.consents.purposes import make_purpose
from tests.people import subject_of

PDF = b"%PDF-1.7\nsigned by hand"
PAPERS = "/staff/desk/paper/"


def ads_and_mail() -> None:
    make_purpose("ads", de="Werbung")
    make_purpose("mail")


def clerk() -> User:
    known = User.objects.filter(email="clerk@example.org").first()
    return known or User.objects.create_user("clerk@example.org", is_staff=True)


def sheet(person: User, signed_on: date | None = None, scan: bytes = PDF) -> Sheet:
    return Sheet(scan, signed_on or timezone.localdate(), subject_of(person), "en")


def put(person: User, page: Sheet, **decisions: bool) -> Paper:
    return enter(subject_of(person), page, as_published(decisions, "en"), number=uuid4(), staff=clerk())


def fields_of(html: str) -> dict[str, str]:
    fields = dict(re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"', html))
    fields.pop("csrfmiddlewaretoken", None)
    return fields


def fill_in(client: Client, person: User, language: str = "en", words: str = "", **answers: str) -> Any:
    """The form of the sheet, opened and sent as a browser would."""
    path = f"{PAPERS}for/{subject_of(person).pk}/?language={language}"
    html = client.get(path).content.decode()
    said = {f"choice-{slug}": answer for slug, answer in answers.items()}
    if words:
        said["words-ads"] = words
    return client.post(path, fields_of(html) | said | on_paper(person), follow=True)


def on_paper(person: User) -> dict[str, Any]:
    return {
        "signed_on": timezone.localdate().isoformat(),
        "signer": str(subject_of(person).pk),
        "scan": SimpleUploadedFile("scan.pdf", PDF),
    }
