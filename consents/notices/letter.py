"""One delivery as a mail."""

from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from accounts.subjects.models import Subject
from accounts.subjects.sealing import open_for_service
from consents.notices.blocks import to_text
from consents.notices.models import Delivery


class NoRecipient(Exception):
    """Nobody is to get this delivery any more; `args[0]` says why, as a code."""


class Recipient(NamedTuple):
    stage: str
    frozen_at: datetime | None
    email: str | None


def address_context(notice: UUID, subject: UUID) -> str:
    """What a sealed address is bound to, so that it opens in its own delivery only."""
    return f"notices.Delivery.address:{notice}:{subject}"


def recipient_of(delivery: Delivery) -> str:
    """Where to send it, looked up at the last moment. Raises NoRecipient.

    What many are told does not go to people who asked to be erased; news of their own request still does. Nothing goes
    to an erased person but what was addressed when the address was still known.
    """
    if delivery.address is not None:
        context = address_context(delivery.notice_id, delivery.subject_id)
        return open_for_service(context, bytes(delivery.address)).decode()
    people = Subject.objects.filter(pk=delivery.subject_id)
    found = Recipient(*people.values_list("stage", "frozen_at", "user__email").get())
    if found.stage == Subject.Stage.TOMBSTONE:
        raise NoRecipient("erased")
    if delivery.bulk and found.frozen_at:
        raise NoRecipient("erasure-asked")
    if not found.email:
        raise NoRecipient("no-address")
    return found.email


def letter(delivery: Delivery, recipient: str) -> EmailMultiAlternatives:
    """Its Message-ID is the delivery's: should it ever be sent twice, mail programs see one."""
    notice, text = delivery.notice, delivery.text
    with translation.override(delivery.language):
        context = {
            "subject": text.subject,
            "body_html": mark_safe(text.html),  # noqa: S308  # made by markdown.render
            "body_text": to_text(text.body),
            "link": notice.address,
            "link_label": text.action or _("Open it in the privacy centre"),
            "reference": notice.reference,
            "organisation": {
                "name": settings.ORGANISATION,
                "contact": settings.ORGANISATION_CONTACT,
                "address": settings.ORGANISATION_ADDRESS,
            },
        }
        message = EmailMultiAlternatives(
            subject=text.subject,
            body=render_to_string("mail/notice.txt", context),
            to=[recipient],
            headers={
                "Message-ID": f"<{delivery.pk}@{urlsplit(settings.BASE_URL).hostname}>",
                "Auto-Submitted": "auto-generated",
                "X-Auto-Response-Suppress": "All",
            },
        )
        message.attach_alternative(render_to_string("mail/notice.html", context), "text/html")
    return message
