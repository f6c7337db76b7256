"""Versions for the tests of policies."""

from datetime import datetime

from accounts.users.models import User
from consents.policies.draft import draft
from consents.policies.models import Version
from consents.policies.publish import publish
from consents.policies.review import approve, submit
from tests.consents.notices import colleague

BODY = "We keep your name.\n\n## 1. What we keep\n\nYour name and your address.\n\n## 2. How long\n\nA year.\n"


def write(
    number: str, body: str = BODY, *, document: str = "privacy", language: str = "en", summary: str = ""
) -> Version:
    """A draft with one text."""
    title = {"en": "Privacy Policy", "de": "Datenschutzerklärung"}[language]
    return draft(document, language=language, title=title, body=body, number=number, summary=summary).version


def approver() -> User:
    """Erin, an editor as well, who approves what another one wrote."""
    return User.objects.filter(email="erin@staff.example").first() or colleague()


def approved(version: Version, author: User, reason: str = "We thought about it.") -> Version:
    """As far as a version goes before somebody publishes it."""
    version.refresh_from_db()
    version.reason = reason
    version.save()
    return approve(submit(version, actor=author), actor=approver())


def release(
    number: str,
    actor: User,
    *,
    material: bool = False,
    effective_at: datetime | None = None,
    body: str = BODY,
    document: str = "privacy",
) -> Version:
    """A published version, in English and German."""
    write(number, body, document=document, summary="We keep **more**.")
    version = write(number, body, document=document, language="de", summary="Wir behalten **mehr**.")
    version.material, version.effective_at = material, effective_at
    version.save()
    return publish(approved(version, actor), actor=actor)
