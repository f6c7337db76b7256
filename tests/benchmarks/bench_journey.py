"""The main job from end to end, on one web, one worker with its default concurrency, and durable servers."""

import smtplib
import time
from collections.abc import Callable
from email.message import EmailMessage
from urllib.parse import urlsplit

from django.db import connection
from django.db.models import F
from django.utils import timezone

from accounts.users.models import User
from consents.notices.models import Delivery
from consents.policies.draft import draft
from consents.policies.models import Version
from consents.policies.publish import publish
from dsar.requests.ask import ask
from dsar.requests.models import Request
from privacycenter.demo.shop import ShopPerson, make_shop
from privacycenter.servers.bench import Measured, figure
from privacycenter.servers.stack import Stack
from tests.consents.policies import approved
from tests.people import person

ASKING = 60
TOLD = 600
PATIENCE = 600


@figure("journey.access", unit="per minute")
def access(stack: Stack) -> float:
    """From asking to a sealed archive and a mail, for people with rows here and in the shop's database."""
    people = [person(f"Asking{number}", password=None) for number in range(ASKING)]
    make_shop(stack.env["SHOP_DATABASE_URL"], [ShopPerson(user.email, "Somebody Else") for user in people])
    began = time.monotonic()
    for user in people:
        assert user.subject is not None
        ask(user.subject, Request.Kind.ACCESS, actor=user.subject, signed_in_at=timezone.now())
    wait_until(lambda: Request.objects.filter(kind="access", state="done").count() >= ASKING)
    return ASKING * 60 / (time.monotonic() - began)


@figure("journey.mail", unit="per minute")
def mail(stack: Stack) -> Measured:
    """From publishing a material version to the last mail accepted, beside smtplib alone with mails of that size."""
    editor = User.objects.create_superuser("editor@staff.example", "not signed in by anybody")
    for number in range(TOLD - User.objects.filter(subject__isnull=False).count()):
        person(f"Told{number}", password=None)
    version = publish(_version(editor, "1.0", ""), actor=editor)
    following = _version(editor, "2.0", "What changes is only the number.")
    told = User.objects.filter(subject__isnull=False).count()
    began = time.monotonic()
    publish(following, actor=editor)
    sent = Delivery.objects.filter(notice=F("notice"), notice__kind="policy-change", state="sent")
    wait_until(lambda: sent.count() >= told)
    value = told * 60 / (time.monotonic() - began)
    assert version.pk != following.pk
    return Measured(value, baseline=round(_bare(stack, told), 3))


def _version(editor: User, number: str, summary: str) -> Version:
    text = draft(
        "privacy", language="en", title="Privacy Policy", body="# Privacy\n\nText.", summary=summary, number=number
    )
    Version.objects.filter(pk=text.version.pk).update(material=bool(summary), reason="It is measured.")
    return approved(text.version, editor)


def _bare(stack: Stack, count: int) -> float:
    """Mails per minute of one smtplib connection to the same sink."""
    sample = stack.mails()[-1]
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sample["From"], "nobody@example.org", "The same size"
    message.set_content("x" * len(sample.as_bytes()))
    address = urlsplit(stack.env["SMTP_URL"])
    began = time.monotonic()
    with smtplib.SMTP(address.hostname or "", address.port or 0) as connected:
        for _number in range(count):
            connected.send_message(message)
    return count * 60 / (time.monotonic() - began)


def wait_until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not reached():
        if time.monotonic() > deadline:
            raise TimeoutError("The stack did not finish in time.")
        time.sleep(0.05)
    connection.close()
