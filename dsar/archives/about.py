"""What GDPR Art. 15(1) and (2) want said beside the copy, for this person: only what applies to what was found."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.subjects.models import Subject
from consents.catalogue.kinds import LegalBasis
from consents.catalogue.models import DataCategory, Purpose, Recipient
from consents.choices.summary import allowed_now, standing_choices
from dsar.datamap.systems import Action, Collection

# The keys are the letters of Art. 15(1), with a word each.
type About = dict[str, Any]


def about(subject: Subject, held: Sequence[tuple[str, Collection]]) -> About:
    """`held`: the collections in which something was found, each with the name of its system. Words are in the language
    that is active.
    """
    purposes = _purposes(subject, {slug for _system, collection in held for slug in collection.why})
    categories = DataCategory.objects.with_texts().filter(slug__in={found.category for _system, found in held})
    recipients = _recipients(purposes)
    return {
        "law": "GDPR Art. 15(1), 15(2)",
        "controller": {
            "name": settings.ORGANISATION,
            "address": settings.ORGANISATION_ADDRESS,
            "contact": settings.ORGANISATION_CONTACT,
        },
        "a_purposes": [_purpose(purpose) for purpose in purposes],
        "b_categories": [_named(category) for category in categories],
        "c_recipients": [_recipient(recipient) for recipient in recipients],
        "d_storage": [_storage(name, found) for name, found in held],
        "e_rights": _rights(),
        "f_complaint": _(
            "You may complain to a data protection authority, above all where you live, where you work, or where you "
            "think that the law was broken."
        ),
        "g_sources": [
            {"system": name, "collection": str(found.title), "source": str(found.source)} for name, found in held
        ],
        "h_automated_decisions": _(
            "Our record of processing holds no decision that is made about you by software alone."
        ),
        "transfers": [_transfer(recipient) for recipient in recipients if recipient.safeguard],
    }


def _purposes(subject: Subject, slugs: set[str]) -> list[Purpose]:
    """Without those that the person could allow and did not: their data is not used for these."""
    allowed = allowed_now(standing_choices(subject), timezone.now())
    applying = Purpose.objects.filter(Q(essential=True) | Q(pk__in=allowed), slug__in=slugs)
    return list(applying.with_details())


def _named(entry: Any) -> dict[str, str]:
    return {"slug": entry.slug, "name": entry.text.name, "description": entry.text.description}


def _purpose(purpose: Purpose) -> dict[str, Any]:
    basis = LegalBasis(purpose.legal_basis)
    return {
        **_named(purpose),
        "legal_basis": f"{basis.label} (GDPR Art. {basis.article})",
        "categories": [category.slug for category in purpose.categories.all()],
        "kept": purpose.retention.duration,
    }


def _recipients(purposes: Sequence[Purpose]) -> list[Recipient]:
    found = {recipient.pk: recipient for purpose in purposes for recipient in purpose.recipients.all()}
    return sorted(found.values(), key=lambda recipient: (recipient.position, recipient.slug))


def _recipient(recipient: Recipient) -> dict[str, str]:
    return {**_named(recipient), "kind": recipient.get_kind_display(), "country": recipient.country}


def _transfer(recipient: Recipient) -> dict[str, str]:
    return {
        "recipient": recipient.slug,
        "name": recipient.text.name,
        "country": recipient.country,
        "safeguard": recipient.get_safeguard_display(),
    }


def _storage(system: str, collection: Collection) -> dict[str, Any]:
    ending = collection.erasure
    kept = {"law": ending.law, "why": str(ending.why), "until": ending.until_in_words}
    return {
        "system": system,
        "collection": str(collection.title),
        "category": collection.category,
        "purposes": list(collection.why),
        "on_erasure": str(Action(ending.action).label),
        **(kept if ending.action == Action.KEEP else {}),
    }


def _rights() -> list[str]:
    return [
        _("You may have wrong data corrected and missing data added (Art. 16)."),
        _("You may have your data erased (Art. 17)."),
        _("You may have its use restricted (Art. 18)."),
        _("You may object to uses that rest on our legitimate interests, and to advertising at any time (Art. 21)."),
        _("You may take back a consent at any time (Art. 7(3))."),
    ]
