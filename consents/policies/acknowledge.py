"""People take note of what changed. Doing so in one language holds in all, and for all earlier versions too."""

from collections.abc import Sequence

from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.calls.refusals import Refusal
from accounts.subjects.models import Subject
from consents.notices.models import Delivery
from consents.policies.models import Acknowledgement, Version


class NotPublished(Refusal):
    code = "not-published"
    field = "version"
    message = _("There is no such published version.")


def acknowledge(
    subject: Subject, version: Version, *, method: Acknowledgement.Method, language: str = ""
) -> tuple[Acknowledgement, bool]:
    """Doing it twice keeps the first; the second value tells whether it is new. Raises NotPublished."""
    if not version.is_published:
        raise NotPublished
    return Acknowledgement.objects.said().get_or_create(
        subject=subject,
        version=version,
        defaults={"method": method, "language": _shown(version, language)},
    )


def acknowledge_on_joining(subject: Subject, request: HttpRequest) -> None:
    """Who signs up agrees to what is in force that day; what was announced for later is still to be told."""
    Acknowledgement.objects.bulk_create(
        Acknowledgement(
            subject=subject, version=version, method=Acknowledgement.Method.SIGNUP, language=_shown(version, "")
        )
        for version in Version.objects.one_in_force_each().with_titles()
    )


def go_on(subject: Subject, versions: Sequence[Version]) -> None:
    """They use the service after the day of these versions. It counts of those that they were told of before."""
    told = Delivery.objects.filter(subject=subject, notice__in=[version.notice_id for version in versions])
    languages = dict(told.exclude(sent_at=None, read_at=None).values_list("notice_id", "language"))
    Acknowledgement.objects.bulk_create(
        [
            Acknowledgement(
                subject=subject,
                version=version,
                method=Acknowledgement.Method.CONTINUED,
                language=languages[version.notice_id],
            )
            for version in versions
            if version.notice_id in languages
        ],
        # Two tabs.
        ignore_conflicts=True,
    )


def outstanding(subject: Subject) -> list[Version]:
    """Material changes that the person has not taken note of, oldest first."""
    return list(Version.objects.outstanding(subject).with_titles())


def _shown(version: Version, language: str) -> str:
    """The language that the text was really shown in."""
    text = version.text_in(language or get_language() or "")
    return text.language if text else ""
