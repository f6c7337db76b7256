"""What was announced does not come after all. Everybody who was told so is told."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.calls.refusals import Refusal
from accounts.users.models import User
from consents.notices.announce import announce
from consents.notices.audience import ACCOUNTS
from consents.notices.write import write
from consents.policies.locked import locked
from consents.policies.models import Version


class TooLate(Refusal):
    code = "too-late"
    status = 409
    message = _("Only what is announced and not yet in force can be withdrawn. Publish another version instead.")


@transaction.atomic
def withdraw(version: Version, *, actor: User, seen: datetime | None = None) -> Version:
    """It stays readable under its address, marked as withdrawn. Raises PermissionDenied and TooLate."""
    if not actor.has_perm("policies.publish_version"):
        raise PermissionDenied
    version, _previous = locked(version, seen)
    if not version.may_be_withdrawn:
        raise TooLate
    version.state, version.withdrawn_at, version.withdrawn_by = Version.State.WITHDRAWN, timezone.now(), actor
    version.save()
    if version.notice is not None:
        _tell(version, actor)
    return version


def _tell(version: Version, actor: User) -> None:
    """To the accounts there are now: also who joined since saw it announced."""
    link = version.get_absolute_url()
    drafts = {
        text.language: write(
            "policy-withdrawn",
            text.language,
            {"title": text.title, "number": version.number, "effective_at": version.effective_at, "link": link},
        )
        for text in version.texts.all()
    }
    announce("policy-withdrawn", drafts, link, ACCOUNTS, actor=actor)
