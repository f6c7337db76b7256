"""What became of a purpose since somebody decided on it, in words."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from consents.catalogue.entries import EntryQuerySet
from consents.catalogue.models import DataCategory, Purpose, PurposeVersion, Recipient
from consents.choices.models import Current

type Meaning = Mapping[str, Any]
type Names = Mapping[str, str]


def changes(pairs: Iterable[tuple[Purpose, Current]]) -> dict[UUID, list[str]]:
    """By purpose, a sentence for each thing that it means more than in the version the choice is about."""
    asked = list(pairs)
    if not asked:
        return {}
    meanings = _meanings(asked)
    seen = list(meanings.values())
    data, recipients = _names(DataCategory.objects.all(), seen), _names(Recipient.objects.all(), seen)
    return {
        purpose.pk: _differences(
            meanings.get((purpose.pk, choice.version), {}),
            meanings.get((purpose.pk, purpose.version), {}),
            data,
            recipients,
        )
        for purpose, choice in asked
    }


def _meanings(asked: Sequence[tuple[Purpose, Current]]) -> dict[tuple[UUID, int], Meaning]:
    wanted = Q()
    for purpose, choice in asked:
        wanted |= Q(purpose=purpose, number__in=[choice.version, purpose.version])
    found = PurposeVersion.objects.filter(wanted).values_list("purpose_id", "number", "meaning")
    return {(purpose_id, number): meaning for purpose_id, number, meaning in found}


def _names(entries: EntryQuerySet[Any], meanings: Sequence[Meaning]) -> Names:
    key = "categories" if entries.model is DataCategory else "recipients"
    slugs = {slug for meaning in meanings for slug in meaning.get(key, [])}
    return {entry.slug: entry.text.name for entry in entries.filter(slug__in=slugs).with_texts()}


def _differences(old: Meaning, new: Meaning, data: Names, recipients: Names) -> list[str]:
    found = []
    if names := _added(old, new, "categories", data):
        found.append(_("It now also uses: %(names)s.") % {"names": names})
    if names := _added(old, new, "recipients", recipients):
        found.append(_("It now also gives data to: %(names)s.") % {"names": names})
    if old.get("parent") != new.get("parent") or old.get("basis") != new.get("basis"):
        found.append(_("It is now used for more."))
    if [old.get("kept_from"), old.get("kept_for")] != [new.get("kept_from"), new.get("kept_for")]:
        found.append(_("The data is now kept for another time."))
    return found


def _added(old: Meaning, new: Meaning, key: str, names: Names) -> str:
    before = set(old.get(key, []))
    return ", ".join(names.get(slug, slug) for slug in new.get(key, []) if slug not in before)
