from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import UUID7, Now
from django.utils.translation import gettext_lazy as _

from accounts.subjects.models import Subject


class GuardianshipQuerySet(models.QuerySet["Guardianship"]):
    def active(self) -> GuardianshipQuerySet:
        return self.filter(ended_at=None)

    def for_subject(self, subject: Subject) -> GuardianshipQuerySet:
        return self.filter(Q(minor=subject) | Q(guardian=subject))


class Guardianship(models.Model):
    """Who decides for a minor. The guardian's relation was checked by staff before the row was made."""

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    minor = models.ForeignKey(Subject, models.PROTECT, related_name="guardians", verbose_name=_("minor"))
    guardian = models.ForeignKey(Subject, models.PROTECT, related_name="minors", verbose_name=_("guardian"))
    since = models.DateTimeField(_("since"), db_default=Now(), editable=False)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = GuardianshipQuerySet.as_manager()

    class Meta:
        verbose_name = _("guardianship")
        verbose_name_plural = _("guardianships")
        constraints = [
            models.UniqueConstraint(
                fields=["minor", "guardian"], condition=Q(ended_at=None), name="guardians_once_at_a_time"
            ),
            models.CheckConstraint(
                name="guardians_not_of_oneself",
                condition=~Q(minor=F("guardian")),
                violation_error_message=_("Nobody is their own guardian."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
