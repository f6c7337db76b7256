"""What must be right before a version can be reviewed, and still when it is published."""

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from accounts.calls.refusals import Refusal
from consents.policies.models import Version, VersionText
from consents.policies.period import may_take_effect


class NoText(Refusal):
    code = "no-text"
    field = "body"
    message = _("Write the text in at least one language, with a title, before you publish it.")


class NoSummary(Refusal):
    code = "no-summary"
    field = "summary"
    message = _("Say in each language what changes: everybody will be told so.")


class NoReason(Refusal):
    code = "no-reason"
    field = "reason"
    message = _("Say why the change is material, or why it is not.")


class NumberNotGreater(Refusal):
    code = "number-not-greater"
    field = "number"


class EffectiveInThePast(Refusal):
    code = "effective-in-the-past"
    field = "effective_at"
    message = _(
        "This moment is over. A change binds nobody before it was published; leave the field empty, and it takes "
        "effect as soon as it may."
    )


class EffectiveTooEarly(Refusal):
    code = "effective-too-early"
    field = "effective_at"
    message = _("The version before this one takes effect later. This one can not overtake it.")


class NoticeTooShort(Refusal):
    code = "notice-too-short"
    field = "effective_at"


def check(version: Version, texts: list[VersionText], previous: Version | None) -> None:
    """Raises the refusals above."""
    if not texts or not all(text.title.strip() and text.body.strip() for text in texts):
        raise NoText
    if previous is None:
        # A first version may have been in force before this software knew of it.
        return
    if version.number_parts <= previous.number_parts:
        words = _("The number must be greater than %(number)s, the last one published.") % {"number": previous.number}
        raise NumberNotGreater(words)
    if not version.reason.strip():
        raise NoReason
    if not all(text.summary.strip() for text in texts) and version.material:
        raise NoSummary
    _check_day(version, previous, timezone.now())


def _check_day(version: Version, previous: Version, now: datetime) -> None:
    if version.effective_at and version.effective_at < now:
        raise EffectiveInThePast
    earliest = may_take_effect(version, now)
    if previous.effective_at and (version.effective_at or earliest) < previous.effective_at:
        raise EffectiveTooEarly
    if version.effective_at and version.effective_at < earliest:
        day = date_format(timezone.localtime(earliest), "DATETIME_FORMAT")
        raise NoticeTooShort(_("People have a right to know it in time: it can take effect on %(day)s.") % {"day": day})
