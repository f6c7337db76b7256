"""Who took note of a version, as an audience of notices."""

from django.db.models import Exists, OuterRef

from consents.notices.audience import ACCOUNTS, Audience
from consents.policies.models import Acknowledgement, Version


def who_acknowledged(version: Version) -> Audience:
    took_note = Acknowledgement.objects.filter(version=version, subject=OuterRef("pk"))
    name = f"acknowledged {version.document.slug} {version.number}"
    return ACCOUNTS.where(name, lambda: Exists(took_note))
