from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import UUID7, Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.subjects.models import Subject

# Whoever began the one download keeps the file until it has surely ended.
DOWNLOAD = timedelta(hours=1)


class ArchiveQuerySet(models.QuerySet["Archive"]):
    def for_subject(self, subject: Subject) -> ArchiveQuerySet:
        """What was made for this person to fetch. A guardian's reach ends with the guardianship."""
        guarded = Q(subject__guardians__guardian=subject, subject__guardians__ended_at=None)
        return self.filter(Q(subject=subject) | guarded, recipient=subject).distinct()

    def unused(self) -> ArchiveQuerySet:
        return self.filter(downloaded_at=None, revoked_at=None)

    def unexpired(self) -> ArchiveQuerySet:
        return self.filter(expires_at__gt=timezone.now())

    def spent(self) -> ArchiveQuerySet:
        """Their files have no use any more and are still there."""
        now = timezone.now()
        over = Q(expires_at__lte=now) | Q(revoked_at__isnull=False) | Q(downloaded_at__lte=now - DOWNLOAD)
        return self.filter(over, cleared_at=None)


class Archive(models.Model):
    """The package a person downloads, once. Its file is sealed with the key of the subject whose data it holds."""

    class State(models.TextChoices):
        """Derived from the times: ready -> downloaded | revoked | expired."""

        READY = "ready", _("Ready")
        DOWNLOADED = "downloaded", _("Downloaded")
        REVOKED = "revoked", _("Deleted by you")
        EXPIRED = "expired", _("Expired")

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="archives", verbose_name=_("subject"))
    # The subject, or the guardian who asked.
    recipient = models.ForeignKey(Subject, models.PROTECT, related_name="+", verbose_name=_("for"))
    reference = models.CharField(_("reference"), max_length=32)
    # The plan that made it. Not a foreign key: plans know archives, not the other way round.
    plan_id = models.UUIDField(_("plan"), unique=True)
    path = models.CharField(_("file"), max_length=200, unique=True)
    size = models.BigIntegerField(_("size"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    # Keys of systems that could not be reached; the archive names them too.
    missing = models.JSONField(_("missing systems"), default=list, blank=True)
    created_at = models.DateTimeField(_("made"), db_default=Now(), editable=False)
    expires_at = models.DateTimeField(_("expires"))
    downloaded_at = models.DateTimeField(_("downloaded"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("deleted by the person"), null=True, blank=True)
    cleared_at = models.DateTimeField(_("file removed"), null=True, blank=True)

    objects = ArchiveQuerySet.as_manager()

    class Meta:
        verbose_name = _("archive")
        verbose_name_plural = _("archives")
        indexes = [
            models.Index(fields=["recipient"], name="archives_recipient"),
            models.Index(fields=["expires_at"], condition=Q(cleared_at=None), name="archives_uncleared"),
        ]
        constraints = [
            models.CheckConstraint(name="archives_size", condition=Q(size__gt=0)),
            models.CheckConstraint(name="archives_sha256", condition=Q(sha256__regex=r"^[0-9a-f]{64}$")),
            models.CheckConstraint(name="archives_expires_later", condition=Q(expires_at__gt=F("created_at"))),
            models.CheckConstraint(
                name="archives_downloaded_or_revoked",
                condition=Q(downloaded_at=None) | Q(revoked_at=None),
                violation_error_message=_("An archive is downloaded or deleted, not both."),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def state(self) -> Archive.State:
        if self.downloaded_at:
            return self.State.DOWNLOADED
        if self.revoked_at:
            return self.State.REVOKED
        return self.State.READY if timezone.now() < self.expires_at else self.State.EXPIRED
