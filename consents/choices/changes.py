"""What became of purposes since somebody decided on them, in words."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Q

from consents.catalogue.meaning import changes as differences
from consents.catalogue.models import Purpose, PurposeVersion
from consents.catalogue.told import sentences
from consents.choices.models import Current


def changes(outdated: Iterable[tuple[Purpose, Current]]) -> dict[UUID, list[str]]:
    """By purpose, what makes it mean more than in the version that the choice is about."""
    pairs = list(outdated)
    meanings = _meanings(pairs)
    return {
        purpose.pk: sentences(
            change
            for change in differences(meanings[purpose.pk, choice.version], meanings[purpose.pk, purpose.version])
            if change.asks
        )
        for purpose, choice in pairs
    }


def _meanings(pairs: Iterable[tuple[Purpose, Current]]) -> dict[tuple[UUID, int], Mapping[str, Any]]:
    wanted = Q(pk=None)
    for purpose, choice in pairs:
        wanted |= Q(purpose=purpose, number__in=[choice.version, purpose.version])
    found = PurposeVersion.objects.filter(wanted).values_list("purpose_id", "number", "meaning")
    return {(purpose_id, number): meaning for purpose_id, number, meaning in found}
