"""What became of purposes since somebody decided on them, in words."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q

from consents.catalogue import meaning
from consents.catalogue.meaning import Meaning
from consents.catalogue.models import Purpose, PurposeVersion
from consents.catalogue.told import told_of
from consents.choices.models import Current


def changes(outdated: Iterable[tuple[Purpose, Current]]) -> dict[UUID, list[str]]:
    """By purpose, what makes it mean more than in the version that the choice is about."""
    pairs = list(outdated)
    meant = _meanings(pairs)
    found = {
        purpose.pk: meaning.changes(meant[purpose.pk, choice.version], meant[purpose.pk, purpose.version])
        for purpose, choice in pairs
    }
    return told_of({pk: [change for change in changed if change.asks] for pk, changed in found.items()})


def _meanings(pairs: Iterable[tuple[Purpose, Current]]) -> dict[tuple[UUID, int], Meaning]:
    wanted = Q(pk=None)
    for purpose, choice in pairs:
        wanted |= Q(purpose=purpose, number__in=[choice.version, purpose.version])
    found = PurposeVersion.objects.filter(wanted).values_list("purpose_id", "number", "meaning")
    return {(purpose_id, number): meant for purpose_id, number, meant in found}
