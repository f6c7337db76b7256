"""Telling one person."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.subjects.keys import seal_for_service
from accounts.subjects.models import Subject
from consents.notices.announce import keep_texts
from consents.notices.letter import address_context
from consents.notices.models import Delivery, Notice
from consents.notices.tasks import send_due
from consents.notices.write import nearest, write


@transaction.atomic
def tell(
    subject: Subject,
    kind: str,
    *,
    link: str = "",
    context: Mapping[str, Any],
    address: str | None = None,
    language: str = "",
) -> Notice:
    """Write `templates/notices/<kind>.md` to the person, in their language.

    `context` names nobody: it holds references, dates and counts; its `reference` also stands in the mail. `address` is
    for people whose account is gone when the mail is sent, and `language` for those of whom we know none any more.
    """
    language = nearest(subject.language or language, [code for code, _name in settings.LANGUAGES])
    notice = Notice.objects.create(kind=kind, link=link, reference=context.get("reference", ""))
    keep_texts(notice, {language: write(kind, language, context)})
    sealed = seal_for_service(address_context(notice.pk, subject.pk), address.encode()) if address else None
    Delivery.objects.create(notice=notice, subject=subject, language=language, address=sealed)
    send_due.delay_on_commit()  # type: ignore[attr-defined]  # celery-types does not know Django's tasks
    return notice
