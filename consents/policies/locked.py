"""A version that somebody is about to act on: in line with everybody else who acts on its document."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts.calls.refusals import Refusal
from consents.policies.models import Document, Version


class EditedMeanwhile(Refusal):
    code = "edited-meanwhile"
    status = 409
    message = _("Somebody changed this version since you opened it. Look at it again before you go on.")


def locked(version: Version, seen: datetime | None) -> tuple[Version, Version | None]:
    """As it is now, and the last one published before it. `seen`: the `edited_at` of what the actor looked at."""
    Document.objects.select_for_update().get(pk=version.document_id)
    fresh = (
        Version.objects.select_for_update(of=("self",))
        .select_related("document", "submitted_by", "approved_by")
        .get(pk=version.pk)
    )
    previous = Version.objects.published().filter(document=version.document_id).order_by("-sequence").first()
    if seen is not None and seen != fresh.edited_at:
        raise EditedMeanwhile
    return fresh, previous
