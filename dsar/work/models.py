from __future__ import annotations

import json
from typing import Any, Self

from django.core.signing import BadSignature, Signer
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import UUID7, Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.subjects import signing
from accounts.subjects.models import Subject
from accounts.subjects.sealing import SealedTextField


class PlanQuerySet(models.QuerySet["Plan"]):
    def open(self) -> Self:
        return self.filter(state__in=Plan.OPEN)

    def due(self) -> Self:
        """Their time has come and they have not begun. An answer that is still being gathered is not erased."""
        unanswered = Plan.objects.filter(
            subject=OuterRef("subject"), kind=Plan.Kind.ACCESS, state__in=[Plan.State.WAITING, Plan.State.RUNNING]
        )
        due = self.filter(state=Plan.State.WAITING, starts_at__lte=timezone.now())
        return due.exclude(Exists(unanswered), kind=Plan.Kind.ERASURE)


class Plan(models.Model):
    """The work of one request."""

    class Kind(models.TextChoices):
        ACCESS = "access", _("Copy")
        ERASURE = "erasure", _("Erasure")

    class State(models.TextChoices):
        """waiting -> running -> done; waiting -> cancelled; running -> stuck -> running; any open one -> cancelled by
        the erasure of its subject.
        """

        WAITING = "waiting", _("Not yet started")
        RUNNING = "running", _("In progress")
        STUCK = "stuck", _("There is a problem")
        DONE = "done", _("Completed")
        CANCELLED = "cancelled", _("Stopped")

    OPEN = [State.WAITING, State.RUNNING, State.STUCK]

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="plans", verbose_name=_("subject"))
    # Who gets the result: the subject, or the guardian who asked.
    recipient = models.ForeignKey(Subject, models.PROTECT, related_name="+", verbose_name=_("for"))
    reference = models.CharField(_("reference"), max_length=32, unique=True)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.WAITING)
    # The address by which other systems know the person, as it was at the request; the last step erases our own copy.
    email = SealedTextField(_("e-mail address"))
    created_at = models.DateTimeField(_("made"), db_default=Now(), editable=False)
    starts_at = models.DateTimeField(_("starts"))
    began_at = models.DateTimeField(_("began"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("plan")
        verbose_name_plural = _("plans")
        indexes = [
            models.Index(fields=["starts_at"], condition=Q(state="waiting"), name="work_plan_waiting"),
            models.Index(fields=["subject"], name="work_plan_subject"),
        ]
        constraints = [
            models.CheckConstraint(
                name="work_plan_state",
                condition=Q(state="waiting", began_at=None, finished_at=None)
                | Q(state__in=["running", "stuck"], began_at__isnull=False, finished_at=None)
                | Q(state="done", began_at__isnull=False, finished_at__isnull=False)
                | Q(state="cancelled", finished_at__isnull=False),
                violation_error_message=_("The times of a plan do not fit its state."),
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class StepQuerySet(models.QuerySet["Step"]):
    def waiting(self) -> Self:
        return self.filter(state=Step.State.WAITING)

    def running(self) -> Self:
        return self.filter(state=Step.State.RUNNING)

    def blocking(self) -> Self:
        """What later stages wait for."""
        return self.filter(
            Q(state__in=[Step.State.WAITING, Step.State.RUNNING]) | Q(state=Step.State.FAILED, required=True)
        )

    def runnable(self) -> Self:
        """Waiting, its time has come, its plan is at work, and nothing before it is open.

        Joins nothing, so that an UPDATE looks at the row's own state again when another worker was first.
        """
        before = Step.objects.blocking().filter(plan=OuterRef("plan"), stage__lt=OuterRef("stage"))
        at_work = Plan.objects.filter(state=Plan.State.RUNNING).values("pk")
        return self.waiting().filter(~Exists(before), plan__in=at_work, next_try_at__lte=timezone.now())

    def abandoned(self) -> Self:
        """Held by a worker that has not been heard of for the length of a lease."""
        return self.running().filter(leased_until__lt=timezone.now())


class Step(models.Model):
    """One collection or one system touched once. Whoever holds the lease works on it; the result is in the row."""

    class Action(models.TextChoices):
        GATHER = "gather", _("Collect")
        SEAL = "seal", _("Put together the archive")
        ERASE = "erase", _("Delete")
        VERIFY = "verify", _("Check that nothing is left")
        FINISH = "finish", _("Delete the account and certify")

    class State(models.TextChoices):
        """waiting -> running -> done; running -> waiting, to be tried again; running -> failed, when it was tried
        often enough; failed -> waiting, when staff say so; waiting, running or failed -> cancelled, with its plan.
        """

        WAITING = "waiting", _("Not yet started")
        RUNNING = "running", _("In progress")
        DONE = "done", _("Completed")
        FAILED = "failed", _("There is a problem")
        CANCELLED = "cancelled", _("Stopped")

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    plan = models.ForeignKey(Plan, models.CASCADE, related_name="steps", verbose_name=_("plan"))
    # Steps of the same stage may run at the same time, those of a later one after all of it.
    stage = models.PositiveSmallIntegerField(_("stage"))
    action = models.CharField(_("action"), max_length=8, choices=Action)
    system = models.CharField(_("system"), max_length=64, blank=True)
    collection = models.CharField(_("collection"), max_length=128, blank=True)
    # Without it the plan can not be done. A copy is delivered without a source that stays away, and says so.
    required = models.BooleanField(_("required"), default=True)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.WAITING)
    error = models.CharField(_("error"), max_length=64, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_try_at = models.DateTimeField(_("next try"), default=timezone.now)
    # When a message was last sent for it; the message may be lost.
    queued_at = models.DateTimeField(_("queued"), null=True, blank=True)
    holder = models.UUIDField(_("held by"), null=True, blank=True)
    leased_until = models.DateTimeField(_("lease ends"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    rows = models.BigIntegerField(_("rows"), null=True, blank=True)
    # Counts, names of files and columns, outcomes; never a value from a row.
    outcome = models.JSONField(_("outcome"), default=dict, blank=True)

    objects = StepQuerySet.as_manager()

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ["stage", "id"]
        permissions = [("retry_step", _("Can have a failed step tried again"))]
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(state="waiting"), name="work_step_waiting"),
            models.Index(fields=["leased_until"], condition=Q(state="running"), name="work_step_running"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["plan", "action", "system", "collection"], name="work_step_once"),
            models.CheckConstraint(
                name="work_step_lease",
                condition=Q(state="running", holder__isnull=False, leased_until__isnull=False)
                | (~Q(state="running") & Q(holder=None, leased_until=None)),
                violation_error_message=_("A running step is held by a worker; no other is."),
            ),
            models.CheckConstraint(
                name="work_step_finished",
                condition=Q(state__in=["waiting", "running"], finished_at=None)
                | Q(state__in=["done", "failed", "cancelled"], finished_at__isnull=False),
            ),
            models.CheckConstraint(name="work_step_error", condition=~Q(state="failed") | ~Q(error="")),
            models.CheckConstraint(
                name="work_step_rows", condition=~Q(state="done") | Q(rows__isnull=False, rows__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return " · ".join(filter(None, [self.get_action_display(), self.system, self.collection]))


class Certificate(models.Model):
    """What an erasure did, signed. Rows are only ever added; a trigger refuses the rest.

    It names systems, collections, counts and laws, never a value, so that it may outlive the person's data.
    """

    KIND = "privacy-center-erasure"

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="certificates", verbose_name=_("subject"))
    plan = models.OneToOneField(Plan, models.PROTECT, related_name="certificate", verbose_name=_("plan"))
    # A JWS in flattened JSON form; see accounts.subjects.signing.
    signed = models.JSONField(_("signed text"))
    issued_at = models.DateTimeField(_("issued"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("certificate of erasure")
        verbose_name_plural = _("certificates of erasure")

    def __str__(self) -> str:
        return self.plan.reference

    @property
    def content(self) -> dict[str, Any]:
        """Raises NotSigned."""
        return json.loads(signing.verify(self.signed, kind=self.KIND))

    @property
    def token(self) -> str:
        """What the person is given to see the certificate without an account: 256 bits that nobody can guess and that
        are kept nowhere.
        """
        return _signer().sign(str(self.pk))

    @classmethod
    def from_token(cls, token: str) -> Certificate:
        """Raises DoesNotExist."""
        try:
            pk = _signer().unsign(token)
        except BadSignature as error:
            raise cls.DoesNotExist from error
        return cls.objects.select_related("plan").get(pk=pk)


def _signer() -> Signer:
    return Signer(salt="dsar.work.Certificate", sep=".")
