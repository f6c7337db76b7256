"""The mail that asks. It advertises nothing, and its link only leads to a page with the question: programs that look
into mails open links, so what confirms is the button there.
"""

from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import F
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from consents.choices.models import Wording
from consents.mailing.models import Confirmation
from consents.notices.mail import Mail
from consents.notices.sender import organisation


@dataclass(frozen=True)
class Question:
    mail: Mail
    message_id: str
    body_sha256: str


def words(confirmation: Confirmation) -> list[Wording]:
    """What is to be allowed, in the very words that were shown where it was asked."""
    wanted = [(said["purpose"], said["text_sha256"]) for said in confirmation.choices]
    slugs, hashes = zip(*wanted, strict=True)
    published = Wording.objects.filter(purpose__slug__in=slugs, sha256__in=hashes).annotate(slug=F("purpose__slug"))
    # The same words may stand in two languages: then those of the language that was asked in.
    in_order = sorted(published, key=lambda wording: (wording.language == confirmation.language, wording.language))
    best = {(wording.slug, wording.sha256): wording for wording in in_order}
    return [best[each] for each in wanted]


def question(confirmation: Confirmation, recipient: str) -> Question:
    """The same at each try, but for what is written around the two parts."""
    message_id = f"<{confirmation.pk}@{urlsplit(settings.BASE_URL).hostname}>"
    with translation.override(confirmation.language):
        subject = _("%(organisation)s: please confirm") % {"organisation": settings.ORGANISATION}
        context = {
            "subject": subject,
            "words": words(confirmation),
            "link": confirmation.address,
            "link_label": _("Answer"),
            "over_at": confirmation.over_at,
            "organisation": organisation(),
        }
        text = render_to_string("mail/confirmation.txt", context)
        html = render_to_string("mail/confirmation.html", context)
    headers = {"Message-ID": message_id, "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
    mail = Mail(subject=subject, body=text, to=[recipient], headers=headers)
    mail.attach_alternative(html, "text/html")
    return Question(mail, message_id, sha256((text + html).encode()).hexdigest())
