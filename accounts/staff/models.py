from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import UUID7, Now
from django.utils.translation import gettext_lazy as _

from accounts.subjects.models import Subject

# As long as somebody could claim that their data was looked at without need (limitation of claims).
KEPT = timedelta(days=1096)


class LookQuerySet(models.QuerySet["Look"]):
    def of_person(self, subject: Subject) -> Self:
        """Also at the device or guest that turned out to be this person."""
        return self.filter(Q(subject=subject) | Q(subject__merged_into=subject))

    def before(self, moment: datetime) -> Self:
        return self.filter(at__lt=moment)


class Look(models.Model):
    """One look of a member of staff at somebody's data: who, whose, what and when, never what was seen.

    A trigger refuses every change, and to delete what is younger than KEPT.
    """

    class What(models.TextChoices):
        CHOICES = "choices", _("List of choices")
        CHOICE = "choice", _("Choice")
        EVIDENCE = "evidence", _("Evidence of a choice")
        RECEIPT = "receipt", _("Receipt")
        QUESTION = "question", _("Evidence of a confirmation")
        SHEET = "sheet", _("Choices, to enter a paper")
        PAPER = "paper", _("Paper")
        SCAN = "scan", _("Scan of a paper")

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    # No reference: the record outlives the sign-in.
    who = models.CharField(_("number of who looked"), max_length=64, help_text=_("“staff:” and their number."))
    subject = models.ForeignKey(
        Subject, models.PROTECT, db_index=False, related_name="looks", verbose_name=_("whose data")
    )
    what = models.CharField(_("what"), max_length=8, choices=What)
    # Of the row in its room above this one; none of a list.
    number = models.UUIDField(_("number of what was seen"), null=True)
    at = models.DateTimeField(_("when"), db_default=Now(), editable=False)

    objects = LookQuerySet.as_manager()

    class Meta:
        verbose_name = _("look at data")
        verbose_name_plural = _("looks at data")
        indexes = [
            models.Index(fields=["subject", "id"], name="staff_look_of_subject"),
            models.Index(fields=["who", "id"], name="staff_look_by_whom"),
            models.Index(fields=["at"], name="staff_look_at"),
        ]

    def __str__(self) -> str:
        return str(self.pk)
