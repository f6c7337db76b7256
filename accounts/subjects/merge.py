"""A device or a guest turns out to be somebody: from then on what is known about it is known about that person.

The merged subject keeps its number, and its key for what was sealed with it; both end with the person's. Rooms that
hold more than evidence under a subject register here from their `apps.py` what they do then.
"""

from collections.abc import Callable

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.calls.refusals import Refusal
from accounts.subjects.models import Subject

# Called in the transaction of the merger with (source, person), both locked.
type Merged = Callable[[Subject, Subject], None]

_callbacks: list[Merged] = []

# How much is known about whom. Nobody turns out to be less than they were.
STAGES = (Subject.Stage.DEVICE, Subject.Stage.GUEST, Subject.Stage.ACCOUNT)


class NotMerged(Refusal):
    status = 409


class IsAnAccount(NotMerged):
    code = "is-an-account"
    message = _("An account is never made part of another.")


class BelongsToAnother(NotMerged):
    code = "belongs-to-another"
    message = _("This device or address belongs to somebody else already.")


class CannotTakeOver(NotMerged):
    code = "cannot-take-over"
    message = _("Nothing can be taken over here: it is known for less, or its data was erased.")


class ErasureAsked(NotMerged):
    code = "erasure-asked"
    message = _("The erasure of this data was asked for. Until it is stopped, nothing else is done with it.")


def on_merge(callback: Merged) -> None:
    if callback not in _callbacks:
        _callbacks.append(callback)


@transaction.atomic
def merge(source: Subject, target: Subject) -> Subject:
    """Gives the person that both are from now on. Merging twice is the same as once. Raises NotMerged."""
    locked, person = _locked(source, target)
    if person.merged_into is not None and person.merged_into != locked:
        return merge(source, person.merged_into)
    if locked in (person, person.merged_into):
        return locked
    if locked.merged_into != person:
        _check(locked, person)
        # Those that were merged into the source follow, so that one look always leads to the person.
        Subject.objects.filter(Q(pk=locked.pk) | Q(merged_into=locked)).update(merged_into=person)
        for callback in _callbacks:
            callback(locked, person)
    source.merged_into = person
    return person


def _locked(source: Subject, target: Subject) -> tuple[Subject, Subject]:
    """Always in the same order, so that two mergers never wait for each other."""
    rows = Subject.objects.filter(pk__in=[source.pk, target.pk]).order_by("pk").select_for_update(no_key=True)
    found = {row.pk: row for row in rows}
    return found[source.pk], found[target.pk]


def _check(source: Subject, target: Subject) -> None:
    if source.stage == Subject.Stage.ACCOUNT:
        raise IsAnAccount
    if source.merged_into is not None:
        raise BelongsToAnother
    if Subject.Stage.TOMBSTONE in (source.stage, target.stage) or _rank(target) < _rank(source):
        raise CannotTakeOver
    if source.is_frozen:
        raise ErasureAsked


def _rank(subject: Subject) -> int:
    return [str(stage) for stage in STAGES].index(subject.stage)
