"""The letter as everybody will get it, to the member of staff who wants to see it. It is nobody's delivery."""

import logging
import smtplib
from uuid import uuid4

from django.core.exceptions import PermissionDenied
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.calls.refusals import Refusal
from accounts.users.models import User
from consents.notices.letter import letter
from consents.notices.line import Line, Unreachable, Unsendable
from consents.notices.mail import Mail
from consents.notices.models import Delivery, Notice, NoticeEvent, NoticeText
from consents.notices.turn import who

log = logging.getLogger(__name__)


class NotTaken(Refusal):
    code = "not-taken"
    status = 502
    message = gettext_lazy("The mail server did not take the test. The log of the web server says more.")


def try_out(notice: Notice, *, actor: User) -> int:
    """One mail for each language; how many. Raises PermissionDenied, NotTaken."""
    if not actor.has_perm("notices.steer_notice"):
        raise PermissionDenied
    mails = [_mail(notice, text, actor) for text in notice.texts.order_by("language")]
    line = Line()
    try:
        for mail in mails:
            line.open()
            line.send(mail)
    except (Unreachable, Unsendable, OSError, smtplib.SMTPException) as error:
        # Not what the mail server said, which may quote the address.
        log.warning("A test of notice %s was not taken: %s", notice.pk, type(error).__name__)
        raise NotTaken from error
    finally:
        line.close()
    NoticeEvent.objects.create(notice=notice, deed=NoticeEvent.Deed.TESTED, who=who(actor))
    return len(mails)


def _mail(notice: Notice, text: NoticeText, actor: User) -> Mail:
    """Of a person whom there is not, so that its links change nobody's choices."""
    mail = letter(Delivery(pk=uuid4(), notice=notice, subject_id=uuid4(), language=text.language), actor.email)
    with translation.override(text.language):
        mail.subject = _("Test: %(subject)s") % {"subject": mail.subject}
    return mail
