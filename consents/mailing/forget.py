"""What nobody confirmed is forgotten, and with it the guests of whom nothing else is known."""

from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone

from accounts.subjects.models import Subject
from consents.mailing.models import Confirmation

# Bounds what one transaction holds.
BLOCK = 200


def forget_unconfirmed() -> int:
    """How many questions are forgotten. Safe to run twice, also at once."""
    forgotten = 0
    while block := _forget_block():
        forgotten += block
    return forgotten


@transaction.atomic
def _forget_block() -> int:
    over = Confirmation.objects.over(timezone.now()).select_for_update(skip_locked=True, of=("self",))
    found = list(over.select_related("subject")[:BLOCK])
    for question in found:
        forget_one(question)
    return len(found)


@transaction.atomic
def forget_one(question: Confirmation) -> None:
    question.delete()
    if question.opened_guest:
        _forget_guest(question.subject)


def _forget_guest(guest: Subject) -> None:
    """Only one who is still a guest, and to whom no other row points."""
    person = (
        Subject.objects.select_for_update().filter(pk=guest.pk, stage=Subject.Stage.GUEST, merged_into=None).first()
    )
    if person is None:
        return
    try:
        with transaction.atomic():
            person.addresses.all().delete()
            person.delete()
    except ProtectedError:
        # Something else is known of them by now, and the addresses are back. If it is only another question, they are
        # forgotten with that.
        Confirmation.objects.unconfirmed().filter(subject=person).update(opened_guest=True)
