"""Writing to the organisation's privacy contact about a system that does not hear what people choose."""

import logging
import smtplib
from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from consents.notices.line import Line, Unreachable, Unsendable
from consents.notices.mail import Mail
from consents.notices.sender import organisation
from consents.webhooks.models import Endpoint
from consents.webhooks.trouble import Trouble, troubles

log = logging.getLogger(__name__)

# Often enough not to be forgotten, seldom enough to be read.
EVERY = timedelta(days=1)


def raise_alarms() -> int:
    """The number of mails. Two at once write once: whoever marks the system writes, and takes the mark back on failure.

    Should a worker die in between, that day's mail is lost; the front page of the staff area warns all the same.
    """
    line = Line()
    try:
        return sum(_raise(trouble, line) for trouble in troubles())
    finally:
        line.close()


def _raise(trouble: Trouble, line: Line) -> bool:
    now = timezone.now()
    endpoint = trouble.endpoint
    before = endpoint.alarmed_at
    not_lately = Endpoint.objects.filter(Q(alarmed_at=None) | Q(alarmed_at__lte=now - EVERY), pk=endpoint.pk)
    if not not_lately.update(alarmed_at=now):
        return False
    try:
        line.open()
        line.send(letter(trouble))
    except (Unreachable, Unsendable, OSError, smtplib.SMTPException) as error:
        log.error("The alarm about endpoint %s could not be sent: %s", endpoint.pk, type(error).__name__)
        Endpoint.objects.filter(pk=endpoint.pk, alarmed_at=now).update(alarmed_at=before)
        return False
    return True


def letter(trouble: Trouble) -> Mail:
    with translation.override(settings.LANGUAGE_CODE):
        context = {
            "subject": trouble.title,
            "trouble": trouble,
            "link": settings.BASE_URL + trouble.path,
            "link_label": _("Look at this system"),
            # The contact is who reads this, and needs not be told whom to ask.
            "organisation": organisation() | {"contact": ""},
        }
        text = render_to_string("webhooks/alarm.txt", context)
        html = render_to_string("webhooks/alarm.html", context)
    headers = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
    mail = Mail(subject=trouble.title, body=text, to=[settings.ORGANISATION_CONTACT], headers=headers)
    mail.attach_alternative(html, "text/html")
    return mail
