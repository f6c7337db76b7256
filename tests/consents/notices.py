"""Notices for the tests of their sending."""

import os
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path
from typing import Any

from django.contrib.auth.models import Group
from django.core import mail
from django.utils import timezone
from pytest_django import Settings

from accounts.staff.duties import Duty
from accounts.subjects.life import entomb, open_account
from accounts.subjects.models import Subject
from accounts.users.models import User
from consents.notices.announce import announce
from consents.notices.audience import ACCOUNTS
from consents.notices.models import Notice
from consents.notices.turn import NotNow
from consents.notices.write import NoticeDraft
from privacycenter import environment
from tests.people import subject_of

DRAFTS = {
    "en": NoticeDraft("We change something", "From **tomorrow** on.\n\nBye & <b>good</b>.", "Read it"),
    "de": NoticeDraft("Wir ändern etwas", "Ab **morgen**."),
}


def tell_all(actor: User | None = None, approved_by: User | None = None) -> Notice:
    return announce("policy-change", DRAFTS, "/policies/", ACCOUNTS, actor=actor, approved_by=approved_by)


def people(number: int) -> list[User]:
    """Bare accounts, as signing up does more than a mail needs."""
    return [
        User.objects.create(email=f"person{count}@example.org", subject=open_account(language="en"))
        for count in range(number)
    ]


def recipients() -> list[str]:
    return [message.to[0] for message in mail.outbox]


def erase(user: User) -> Subject:
    subject = subject_of(user)
    subject.profile.delete()
    user.delete()
    entomb(subject, evidence_until=timezone.localdate() + timedelta(days=1))
    return subject


def with_smtp(settings: Settings, **options: Any) -> None:
    """The real mail sink instead of Django's outbox."""
    mailer = environment.mailer(os.environ["SMTP_URL"])
    settings.MAILERS = {**settings.MAILERS, "notices": mailer | {"OPTIONS": mailer["OPTIONS"] | options}}


def sent_to(address: str) -> list[bytes]:
    """What the mail sink received for somebody, byte by byte, oldest first."""
    paths = sorted((Path(os.environ["MAIL_DIR"]) / "new").glob("*"), key=lambda path: path.stat().st_mtime_ns)
    return [mail for path in paths if (mail := path.read_bytes()).startswith(f"X-RcptTo: {address}\r\n".encode())]


def parsed(mail: bytes) -> EmailMessage:
    return BytesParser(policy=default).parsebytes(mail)


def colleague(name: str = "erin", duty: Duty | None = Duty.EDITOR) -> User:
    """One more of the staff."""
    user = User.objects.create_user(f"{name}@staff.example", is_staff=True)
    user.groups.set(Group.objects.filter(name=duty))
    return user


def for_many(settings: Settings, **campaigns: Any) -> None:
    """Other sizes, so that a few people are many."""
    settings.CAMPAIGNS = {**settings.CAMPAIGNS, **campaigns}


def deeds(notice: Notice) -> list[tuple[str, str]]:
    """What happened to it, and by whom."""
    return list(notice.events.order_by("pk").values_list("deed", "who"))


def state(notice: Notice) -> str:
    notice.refresh_from_db()
    return notice.state


def presses(deed: Callable[..., Notice], notice: Notice, actor: User, refused: list[NotNow]) -> Callable[[], None]:
    """One who presses a button; what they are told is kept."""

    def press() -> None:
        try:
            deed(notice, actor=actor)
        except NotNow as refusal:
            refused.append(refusal)

    return press
