"""What the frame of every page says about policies. Each is one query, so no worker ever shows what another changed."""

from datetime import datetime
from typing import TypedDict

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.subjects.models import Subject
from consents.policies.acknowledge import outstanding
from consents.policies.models import Version

# The same for statements of other rooms that must not cost one more: columns id, number and slug, parameter said_at.
POLICY_IN_FORCE = """
SELECT version.id, version.number, document.slug
FROM policies_version AS version JOIN policies_document AS document ON document.id = version.document_id
WHERE version.state = 'published' AND version.effective_at <= %(said_at)s
ORDER BY document.position, document.slug, version.sequence DESC LIMIT 1
"""


class OutstandingNotice(TypedDict):
    title: str
    text: str
    href: str
    label: str
    # Where the text that the person knows stands beside the new one; empty for the first version.
    since: str


def policy_in_force(at: datetime | None = None) -> Version | None:
    """The version in force of the first document, for the foot of the page and as evidence of a choice."""
    binding = Version.objects.binding(at).select_related("document")
    return binding.order_by("document__position", "document__slug", "-sequence").first()


def outstanding_notices(subject: Subject) -> list[OutstandingNotice]:
    """Of each document the newest change that the person has not taken note of."""
    newest = {version.document_id: version for version in outstanding(subject)}
    return [_notice(version) for version in newest.values()]


def _notice(version: Version) -> OutstandingNotice:
    text, day = version.text, version.effective_at
    title = text.title if text else version.document.title
    words = _("%(title)s has changed.") if version.binds else _("%(title)s is going to change.")
    since = _("Version %(number)s, since %(day)s.") if version.binds else _("Version %(number)s, from %(day)s.")
    slug, is_first = version.document.slug, version.sequence == 1
    return {
        "title": words % {"title": title},
        "text": since % {"number": version.number, "day": date_format(localtime(day)) if day else ""},
        "href": reverse("policies:acknowledge", args=[slug, version.number]),
        "label": _("See what changes") if not version.binds else _("See what changed"),
        "since": "" if is_first else reverse("policies:since", args=[slug]) + f"?to={version.number}",
    }
