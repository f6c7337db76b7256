"""A draft becomes what people read and are bound by. From then on nothing can change it."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
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
from consents.policies.models import Document, Version, VersionText
from consents.policies.render import canonical, render_policy


class AlreadyPublished(Refusal):
    code = "already-published"
    status = 409
    message = _("This version is published already.")


class EditedMeanwhile(Refusal):
    code = "edited-meanwhile"
    status = 409
    message = _("Somebody changed this version since you opened it. Look at it again before you go on.")


class NoText(Refusal):
    code = "no-text"
    field = "body"
    message = _("Write the text in at least one language, with a title, before you publish it.")


class NoSummary(Refusal):
    code = "no-summary"
    field = "summary"
    message = _("Say in each language what changes: everybody will be told so.")


class NumberNotGreater(Refusal):
    code = "number-not-greater"
    field = "number"


class EffectiveInThePast(Refusal):
    code = "effective-in-the-past"
    field = "effective_at"
    message = _(
        "This moment is over. A change binds nobody before it was published; leave the field empty for “at once”."
    )


class EffectiveTooEarly(Refusal):
    code = "effective-too-early"
    field = "effective_at"
    message = _("The version before this one takes effect later. This one can not overtake it.")


@transaction.atomic
def publish(version: Version, *, actor: User, seen: datetime | None = None) -> Version:
    """Freezes the texts and, if the change is material, tells everybody.

    `seen`: the `edited_at` of what the actor looked at. Raises PermissionDenied and the refusals above.
    """
    if not actor.has_perm("policies.publish_version"):
        raise PermissionDenied
    # In line with anybody else who publishes a version of this document.
    Document.objects.select_for_update().get(pk=version.document_id)
    version = Version.objects.select_for_update(of=("self",)).select_related("document").get(pk=version.pk)
    previous = Version.objects.published().filter(document=version.document_id).order_by("-sequence").first()
    if seen is not None and seen != version.edited_at:
        raise EditedMeanwhile
    now = timezone.now()
    texts = list(version.texts.all())
    check(version, texts, previous, now)
    for text in texts:
        _freeze(text)
    version.effective_at = version.effective_at or now
    version.notice = _tell(version, texts, previous, now, actor) if version.material else None
    version.sequence = 1 + (previous.sequence or 0) if previous else 1
    version.state, version.published_at, version.published_by = Version.State.PUBLISHED, now, actor
    version.save()
    return version


def check(version: Version, texts: list[VersionText], previous: Version | None, now: datetime) -> None:
    """What must be right before a version can be published."""
    if version.is_published:
        raise AlreadyPublished
    if not texts or not all(text.title.strip() and text.body.strip() for text in texts):
        raise NoText
    if previous is None:
        # A first version may have been in force before this software knew of it.
        return
    if version.number_parts <= previous.number_parts:
        words = _("The number must be greater than %(number)s, the last one published.") % {"number": previous.number}
        raise NumberNotGreater(words)
    if version.material and not all(text.summary.strip() for text in texts):
        raise NoSummary
    if version.effective_at and version.effective_at < now:
        raise EffectiveInThePast
    if previous.effective_at and (version.effective_at or now) < previous.effective_at:
        raise EffectiveTooEarly


def _freeze(text: VersionText) -> None:
    text.title, text.body, text.summary = canonical(text.title), canonical(text.body), canonical(text.summary)
    rendered = render_policy(text.body)
    text.html = rendered.html
    text.contents = [vars(heading) for heading in rendered.contents]
    text.summary_html = render(text.summary)
    text.sha256 = text_hash(text.title, text.body)
    text.save()


def _tell(version: Version, texts: list[VersionText], previous: Version | None, now: datetime, actor: User) -> Notice:
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
    return announce("policy-change", drafts, link, ACCOUNTS, actor=actor)
