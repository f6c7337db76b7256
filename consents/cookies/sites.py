"""What the script on a website is told: which purposes it asks about there, in which words, and what each keeps."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from accounts.calls.refusals import Refusal
from consents.catalogue.models import Purpose
from consents.choices.wholes import wholes_of
from consents.cookies.models import Site, Tracker


class OriginNotRegistered(Refusal):
    code = "origin-not-registered"
    status = 403
    message = _("This address is not registered for the site. Staff register it, with scheme and port.")


@dataclass(frozen=True)
class Asked:
    """One purpose, and what it keeps in a browser."""

    purpose: Purpose
    trackers: Sequence[Tracker]


def asked_about(site: Site, language: str | None = None) -> list[Asked]:
    """The optional purposes for which the site keeps something, and their wholes, in the order of the catalogue."""
    kept: dict[UUID, list[Tracker]] = {}
    for tracker in Tracker.objects.current().by_choice().used_on(site.slug).with_texts(language):
        kept.setdefault(tracker.purpose_id, []).append(tracker)
    purposes = list(Purpose.objects.current().optional().select_related("parent").with_texts(language))
    above = wholes_of(purpose for purpose in purposes if purpose.pk in kept)
    # A part does not count without its wholes: they are asked about too, and where one was retired, neither is.
    asked = {part: wholes for part, wholes in above.items() if not any(whole.retired_at for whole in wholes)}
    wanted = asked.keys() | {whole.pk for wholes in asked.values() for whole in wholes}
    return [Asked(purpose, kept.get(purpose.pk, [])) for purpose in purposes if purpose.pk in wanted]
