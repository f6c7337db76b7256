from __future__ import annotations

from django.db import models
from django.db.models.functions import UUID7, Now
from django.utils.translation import gettext_lazy as _

from accounts.subjects.sealing import SealedTextField


class Answer(models.Model):
    """The answer that a creating call got, kept for a day so that the same call with the same key gets it again."""

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    subject = models.ForeignKey("subjects.Subject", models.CASCADE, related_name="+", verbose_name=_("subject"))
    key = models.CharField(_("idempotency key"), max_length=200)
    # SHA-256 over method, path and body: another call under the same key is a mistake of the client.
    fingerprint = models.CharField(_("fingerprint of the call"), max_length=64)
    status = models.PositiveSmallIntegerField(_("status"), null=True)
    body = SealedTextField(_("body"))
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False, db_index=True)

    class Meta:
        verbose_name = _("kept answer")
        verbose_name_plural = _("kept answers")
        constraints = [models.UniqueConstraint(fields=["subject", "key"], name="calls_one_answer_per_key")]

    def __str__(self) -> str:
        return str(self.pk)
