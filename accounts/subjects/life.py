"""The stages of a subject's life. Only this module writes them."""

import os
from datetime import date
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.subjects.keys import seal_for_service
from accounts.subjects.models import Subject
from accounts.subjects.numbers import new_number


def open_subject(
    stage: Subject.Stage, *, language: str = "", jurisdiction: str = "", number: UUID | None = None
) -> Subject:
    """A new subject with a data key of its own. `number`: one that was promised before."""
    pk = number or new_number()
    return Subject.objects.create(
        id=pk,
        stage=stage,
        wrapped_key=seal_for_service(f"subjects.Subject:{pk}", os.urandom(32)),
        language=language,
        jurisdiction=jurisdiction or settings.JURISDICTION,
    )


def open_account(*, language: str = "", jurisdiction: str = "") -> Subject:
    return open_subject(Subject.Stage.ACCOUNT, language=language, jurisdiction=jurisdiction)


def speak(subject: Subject, language: str) -> None:
    """From now on we write to the subject in this language."""
    Subject.objects.living().filter(pk=subject.pk).update(language=language)


def freeze(subject: Subject) -> None:
    """Erasure was asked: from now on the data is only kept, not used."""
    now = timezone.now()
    if Subject.objects.living().filter(pk=subject.pk, frozen_at=None).update(frozen_at=now):
        subject.frozen_at = now


def thaw(subject: Subject) -> None:
    Subject.objects.filter(pk=subject.pk).update(frozen_at=None)
    subject.frozen_at = None


@transaction.atomic
def entomb(subject: Subject, *, evidence_until: date) -> None:
    """Destroy the data key and leave a tombstone, also of whoever was merged into it. Twice is the same as once."""
    Subject.objects.living().of_person(subject).update(
        stage=Subject.Stage.TOMBSTONE,
        wrapped_key=None,
        language="",
        erased_at=timezone.now(),
        evidence_until=evidence_until,
    )
    subject.refresh_from_db()
    subject.__dict__.pop("data_key", None)
