"""A draft is given to review and approved by another person, or taken back; from then on its words do not change."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.calls.refusals import Refusal
from accounts.users.models import User
from consents.policies.complete import check
from consents.policies.locked import locked
from consents.policies.models import Version
from consents.policies.render import canonical

State = Version.State


class NotADraft(Refusal):
    code = "not-a-draft"
    status = 409
    message = _("Only a draft can be given to review.")


class NotInReview(Refusal):
    code = "not-in-review"
    status = 409
    message = _("This version is not in review.")


class SameHands(Refusal):
    code = "same-hands"
    status = 403
    message = _("You gave it to review yourself. Somebody else has to approve it.")


@transaction.atomic
def submit(version: Version, *, actor: User, seen: datetime | None = None) -> Version:
    """Gives a draft to review, complete. Raises PermissionDenied and Refusal."""
    if not actor.has_perm("policies.change_version"):
        raise PermissionDenied
    version, previous = locked(version, seen)
    if not version.is_draft:
        raise NotADraft
    texts = list(version.texts.all())
    check(version, texts, previous)
    for text in texts:
        text.title, text.body, text.summary = canonical(text.title), canonical(text.body), canonical(text.summary)
        text.save()
    version.state, version.submitted_at, version.submitted_by = State.REVIEW, timezone.now(), actor
    version.save()
    return version


@transaction.atomic
def take_back(version: Version, *, actor: User, seen: datetime | None = None) -> Version:
    """To a draft again, by whoever writes or approves; also what was approved already."""
    if not (actor.has_perm("policies.change_version") or actor.has_perm("policies.approve_version")):
        raise PermissionDenied
    version, _previous = locked(version, seen)
    if version.state not in {State.REVIEW, State.APPROVED}:
        raise NotInReview
    version.state = State.DRAFT
    version.submitted_at = version.submitted_by = version.approved_at = version.approved_by = None
    version.save()
    return version


@transaction.atomic
def approve(version: Version, *, actor: User, seen: datetime | None = None) -> Version:
    """`seen`: the `edited_at` of what the actor read. Raises PermissionDenied and Refusal."""
    if not actor.has_perm("policies.approve_version"):
        raise PermissionDenied
    version, _previous = locked(version, seen)
    if version.state != State.REVIEW:
        raise NotInReview
    if version.submitted_by_id == actor.pk:
        raise SameHands
    version.state, version.approved_at, version.approved_by = State.APPROVED, timezone.now(), actor
    version.save()
    return version
