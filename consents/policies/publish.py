"""An approved version becomes what people read and are bound by. From then on nothing can change it."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.calls.refusals import Refusal
from accounts.users.models import User
from consents.catalogue.text_hash import text_hash
from consents.notices.announce import announce
from consents.notices.audience import ACCOUNTS
from consents.notices.markdown import render
from consents.notices.models import Notice
from consents.notices.write import write
from consents.policies.complete import check
from consents.policies.gate import look_again
from consents.policies.hints import purposes_now
from consents.policies.locked import locked
from consents.policies.models import Version, VersionText
from consents.policies.period import may_take_effect
from consents.policies.render import render_policy


class AlreadyPublished(Refusal):
    code = "already-published"
    status = 409
    message = _("This version is published already.")


class NotApproved(Refusal):
    code = "not-approved"
    status = 409
    message = _("Somebody else has to approve this version before it is published.")


@transaction.atomic
def publish(version: Version, *, actor: User, seen: datetime | None = None) -> Version:
    """Freezes the texts and, if the change is material, tells everybody.

    `seen`: the `edited_at` of what the actor looked at. Raises PermissionDenied and Refusal.
    """
    if not actor.has_perm("policies.publish_version"):
        raise PermissionDenied
    version, previous = locked(version, seen)
    if version.is_published or version.is_withdrawn:
        raise AlreadyPublished
    if version.state != Version.State.APPROVED:
        raise NotApproved
    now = timezone.now()
    texts = list(version.texts.all())
    check(version, texts, previous)
    for text in texts:
        _freeze(text)
    version.effective_at = version.effective_at or (may_take_effect(version, now) if previous else now)
    version.notice = _tell(version, texts, previous, now) if version.material else None
    last = Version.objects.filter(document=version.document_id).aggregate(last=Max("sequence"))["last"]
    version.sequence, version.catalogue = 1 + (last or 0), purposes_now()
    version.state, version.published_at, version.published_by = Version.State.PUBLISHED, now, actor
    version.save()
    look_again()
    return version


def _freeze(text: VersionText) -> None:
    rendered = render_policy(text.body)
    text.html = rendered.html
    text.contents = [vars(heading) for heading in rendered.contents]
    text.summary_html = render(text.summary)
    text.sha256 = text_hash(text.title, text.body)
    text.save()


def _tell(version: Version, texts: list[VersionText], previous: Version | None, now: datetime) -> Notice:
    slug = version.document.slug
    link = (
        reverse("policies:compare", args=[slug, previous.number, version.number])
        if previous
        else version.get_absolute_url()
    )
    drafts = {
        text.language: write(
            "policy-change",
            text.language,
            {
                "title": text.title,
                "number": version.number,
                "effective_at": version.effective_at,
                "at_once": version.effective_at is None or version.effective_at <= now,
                "summary": text.summary,
                "first": previous is None,
                "link": link,
                "version_link": version.get_absolute_url(),
            },
        )
        for text in texts
    }
    return announce(
        "policy-change", drafts, link, ACCOUNTS, actor=version.submitted_by, approved_by=version.approved_by
    )
