from __future__ import annotations

from functools import cached_property
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import UUID7, Now
from django.utils.translation import gettext_lazy as _

from accounts.subjects.keys import KeyDestroyed, open_for_service
from accounts.subjects.sealing import SealedTextField


def default_jurisdiction() -> str:
    return settings.JURISDICTION


class SubjectQuerySet(models.QuerySet["Subject"]):
    def living(self) -> SubjectQuerySet:
        return self.exclude(stage=Subject.Stage.TOMBSTONE)

    def of_person(self, subject: Subject | UUID) -> SubjectQuerySet:
        """The subject, and the devices and guests that turned out to be this person."""
        pk = subject.pk if isinstance(subject, Subject) else subject
        return self.filter(Q(pk=pk) | Q(merged_into=pk))

    def with_account(self) -> SubjectQuerySet:
        return self.filter(stage=Subject.Stage.ACCOUNT)


class Subject(models.Model):
    """A person the organisation holds data about, before, during and after any account."""

    class Stage(models.TextChoices):
        """device -> guest -> account -> tombstone; a stage may be skipped, a tombstone never comes back."""

        DEVICE = "device", _("Device")
        GUEST = "guest", _("Guest")
        ACCOUNT = "account", _("Account")
        TOMBSTONE = "tombstone", _("Erased")

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    stage = models.CharField(_("stage"), max_length=10, choices=Stage, default=Stage.DEVICE)
    wrapped_key = models.BinaryField(_("data key"), null=True, editable=False)
    language = models.CharField(_("language"), max_length=12, blank=True, default="")
    jurisdiction = models.CharField(_("jurisdiction"), max_length=20, default=default_jurisdiction)
    created_at = models.DateTimeField(_("known since"), db_default=Now(), editable=False)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged", verbose_name=_("merged into")
    )
    frozen_at = models.DateTimeField(_("erasure asked"), null=True, blank=True)
    erased_at = models.DateTimeField(_("erased"), null=True, blank=True)
    evidence_until = models.DateField(_("evidence kept until"), null=True, blank=True)

    objects = SubjectQuerySet.as_manager()

    class Meta:
        verbose_name = _("subject")
        verbose_name_plural = _("subjects")
        constraints = [
            models.CheckConstraint(
                name="subjects_tombstone_has_no_key",
                condition=Q(
                    stage="tombstone",
                    wrapped_key=None,
                    erased_at__isnull=False,
                    evidence_until__isnull=False,
                    language="",
                )
                | (~Q(stage="tombstone") & Q(wrapped_key__isnull=False, erased_at=None, evidence_until=None)),
                violation_error_message=_("An erased subject has no data key; everybody else has one."),
            ),
            models.CheckConstraint(
                name="subjects_accounts_are_not_merged",
                condition=Q(merged_into=None) | (~Q(stage="account") & ~Q(merged_into=F("id"))),
                violation_error_message=_("Devices and guests are merged into others, accounts are not."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @cached_property
    def data_key(self) -> AESGCM:
        """Raises KeyDestroyed for a tombstone."""
        if self.wrapped_key is None:
            raise KeyDestroyed(str(self.pk))
        return AESGCM(open_for_service(f"subjects.Subject:{self.pk}", bytes(self.wrapped_key)))

    @property
    def is_frozen(self) -> bool:
        """Erasure was asked for; until it begins nothing but stopping it is done with the data."""
        return self.frozen_at is not None


class Address(models.Model):
    """An address that leads to a subject. Of accounts it is the one they sign in with, and their telephone number.

    Written by `addresses.py` only. The hash is keyed, so that whoever reads the table can not try out addresses.
    """

    class Kind(models.TextChoices):
        EMAIL = "email", _("E-mail")
        PHONE = "phone", _("Telephone")

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="addresses", verbose_name=_("subject"))
    kind = models.CharField(_("kind"), max_length=5, choices=Kind)
    hash = models.CharField(_("keyed hash"), max_length=64)
    value = SealedTextField(_("address"))
    created_at = models.DateTimeField(_("known since"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        constraints = [models.UniqueConstraint(fields=["hash", "kind"], name="subjects_address_of_one_subject")]

    def __str__(self) -> str:
        return str(self.pk)
