"""One delivery as a mail."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from accounts.subjects.keys import open_for_service
from accounts.subjects.models import Address, Subject
from consents.notices import optional
from consents.notices.attempt import Begun
from consents.notices.mail import Copy, Mail, printed
from consents.notices.models import NOT_ALLOWED, Delivery
from consents.notices.sender import organisation

# Texts in as many languages and of as many notices stay in memory while one worker sends.
KEPT = 20


class NoRecipient(Exception):
    """Nobody is to get this delivery any more; `args[0]` says why, as a code."""


def address_context(notice: UUID, subject: UUID) -> str:
    """What a sealed address is bound to, so that it opens in its own delivery only."""
    return f"notices.Delivery.address:{notice}:{subject}"


def recipient_of(delivery: Delivery, person: Begun) -> str:
    """Where to send it, as of this moment. Raises NoRecipient.

    What many are told does not go to people who asked to be erased; news of their own request still does. Nothing goes
    to an erased person but what was addressed when the address was still known. What is optional goes only to those who
    still allow it at this moment.
    """
    if delivery.address is not None:
        context = address_context(delivery.notice_id, delivery.subject_id)
        return open_for_service(context, bytes(delivery.address)).decode()
    if person.stage == Subject.Stage.TOMBSTONE:
        raise NoRecipient("erased")
    if delivery.bulk and person.frozen_at:
        raise NoRecipient("erasure-asked")
    purpose = delivery.notice.purpose
    if purpose is not None and not optional.may_be_told(delivery.subject_id, purpose):
        raise NoRecipient(NOT_ALLOWED)
    email = person.email or guest_email(delivery.subject_id)
    if not email:
        raise NoRecipient("no-address")
    return email


def guest_email(subject_id: UUID) -> str | None:
    known = Address.objects.filter(subject=subject_id, kind=Address.Kind.EMAIL).select_related("subject")
    address = known.order_by("-id").first()
    return address.value if address else None


class Letters:
    """What many are told is made once for each language. What each may end by a link of their own is not."""

    def __init__(self) -> None:
        self._made: dict[tuple[UUID, str], tuple[Mail, bytes]] = {}

    def to(self, recipient: str, delivery: Delivery) -> Mail:
        if not delivery.bulk or delivery.notice.purpose is not None:
            return letter(delivery, recipient)
        key = (delivery.notice_id, delivery.language)
        if key not in self._made:
            if len(self._made) >= KEPT:
                self._made.clear()
            first = letter(delivery, recipient)
            self._made[key] = (first, printed(first))
        first, rest = self._made[key]
        return Copy(first, recipient, {"Message-ID": message_id(delivery)}, rest)


def letter(delivery: Delivery, recipient: str) -> Mail:
    with translation.override(delivery.language):
        context = _context(delivery)
        message = Mail(
            subject=delivery.text.subject,
            body=render_to_string("mail/notice.txt", context),
            to=[recipient],
            headers={
                "Message-ID": message_id(delivery),
                "Auto-Submitted": "auto-generated",
                "X-Auto-Response-Suppress": "All",
                **_list_headers(delivery),
            },
        )
        message.attach_alternative(render_to_string("mail/notice.html", context), "text/html")
    return message


def message_id(delivery: Delivery) -> str:
    """The delivery's: should it ever be sent twice, mail programs see one."""
    return f"<{delivery.pk}@{urlsplit(settings.BASE_URL).hostname}>"


def _context(delivery: Delivery) -> dict[str, Any]:
    notice, text = delivery.notice, delivery.text
    return {
        "subject": text.subject,
        "body_html": mark_safe(text.html),  # noqa: S308  # made by markdown.render
        "body_text": text.plain,
        "link": notice.address,
        "link_label": text.action or _("Open it in the privacy centre"),
        "reference": notice.reference,
        "purpose": notice.purpose,
        "unsubscribe": notice.purpose and optional.rules().link(delivery.subject_id, notice.purpose.slug),
        "organisation": organisation(),
    }


def _list_headers(delivery: Delivery) -> Mapping[str, str]:
    """None for what the law makes us send: nobody can unsubscribe from it."""
    purpose = delivery.notice.purpose
    return optional.rules().headers(delivery.subject_id, purpose.slug) if purpose else {}
