from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import UUID7, Now
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.subjects.models import Subject
from consents.catalogue.text_hash import TextHash
from consents.notices.write import nearest
from consents.policies.import_text import MAX_BYTES

if TYPE_CHECKING:
    from accounts.users.models import User


class Acceptance(models.TextChoices):
    """What a material version of a document needs before it counts for a person."""

    NOTICE = "notice", _("It was told")
    CONTINUED = "continued", _("It was told, and they go on to use the service after its day")
    EXPLICIT = "explicit", _("They say so; from its day on the portal and the API wait for it")


class Document(models.Model):
    """A legal document, such as the privacy policy. What it says stands in its versions."""

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    slug = models.SlugField(_("slug"), max_length=50, unique=True, help_text=_("Its address: /policies/<slug>/"))
    title = models.CharField(_("title"), max_length=200)
    position = models.PositiveSmallIntegerField(
        _("position"), default=0, help_text=_("The first one stands at the foot of every page.")
    )
    acceptance = models.CharField(
        _("how a change comes to bind people"),
        max_length=10,
        choices=Acceptance,
        default=Acceptance.CONTINUED,
        help_text=_("Only material versions ask anybody anything."),
    )

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ["position", "slug"]
        constraints = [
            models.CheckConstraint(name="policies_acceptance_is_known", condition=Q(acceptance__in=Acceptance.values)),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("policies:current", args=[self.slug])


def by_staff(words: Any) -> models.ForeignKey[User | None, User | None]:
    """Without a constraint, because the row outlives their account and can not be emptied."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,
        null=True,
        editable=False,
        related_name="+",
        db_constraint=False,
        verbose_name=words,
    )


class VersionQuerySet(models.QuerySet["Version"]):
    def published(self) -> Self:
        return self.filter(state=Version.State.PUBLISHED)

    def public(self) -> Self:
        """What people were ever told, also what was withdrawn before its day came."""
        return self.filter(state__in=[Version.State.PUBLISHED, Version.State.WITHDRAWN])

    def binding(self, at: datetime | None = None) -> Self:
        """Published, and their day has come: of each document the last of these is in force."""
        return self.published().filter(effective_at__lte=at or timezone.now())

    def coming(self) -> Self:
        """Announced for a later day."""
        return self.published().filter(effective_at__gt=timezone.now())

    def in_force(self, slug: str, at: datetime | None = None) -> Version | None:
        return self.binding(at).filter(document__slug=slug).order_by("-sequence").first()

    def one_in_force_each(self, at: datetime | None = None) -> Self:
        """Of each document the version in force."""
        return self.binding(at).order_by("document_id", "-sequence").distinct("document_id")

    def outstanding(self, subject: Subject) -> Self:
        """Material versions of which the person has acknowledged neither that one nor a later one, oldest first.

        Who only went on to use the service may not have seen it: it stays on their pages until they say so.
        """
        later = Acknowledgement.objects.said().filter(
            subject=subject, version__document=OuterRef("document"), version__sequence__gte=OuterRef("sequence")
        )
        asked = self.published().filter(~Exists(later), material=True)
        return asked.order_by("document__position", "document__slug", "sequence")

    def with_texts(self) -> Self:
        return self.select_related("document").prefetch_related("texts")

    def with_titles(self) -> Self:
        """For lists, which do not show what the texts say."""
        light = VersionText.objects.defer("body", "html", "contents")
        return self.select_related("document").prefetch_related(models.Prefetch("texts", light))


class Version(models.Model):
    """A numbered state of a document, with its texts.

    draft -> in review -> approved by another person -> published. What is in review can not be changed, only taken back
    to a draft; what is published never changes. Whether it is announced, in force or superseded the days tell. Before
    its day it may be withdrawn.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        REVIEW = "review", _("In review")
        APPROVED = "approved", _("Approved")
        PUBLISHED = "published", _("Published")
        WITHDRAWN = "withdrawn", _("Withdrawn before its day")

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    document = models.ForeignKey(Document, models.PROTECT, related_name="versions", verbose_name=_("document"))
    number = models.CharField(
        _("number"), max_length=9, help_text=_("Such as 1.0; small corrections count after the point.")
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT, editable=False)
    # The place in the order of publication.
    sequence = models.PositiveIntegerField(_("sequence"), null=True, editable=False)
    material = models.BooleanField(
        _("material"),
        default=False,
        help_text=_("It affects people’s rights: new data, purpose, recipient, retention or right. Everybody is told."),
    )
    reason = models.TextField(
        _("why it is material, or is not"),
        blank=True,
        validators=[MaxLengthValidator(2000)],
        help_text=_("Staff read it. It is kept as the proof that somebody thought about it."),
    )
    # What it is about: the version of each purpose when it was published.
    catalogue = models.JSONField(_("catalogue"), default=dict, editable=False)
    effective_at = models.DateTimeField(
        _("takes effect"),
        null=True,
        blank=True,
        help_text=_("Empty: as soon as it may, which is at once where it is not material."),
    )
    submitted_at = models.DateTimeField(_("given to review"), null=True, editable=False)
    submitted_by = by_staff(_("given to review by"))
    approved_at = models.DateTimeField(_("approved"), null=True, editable=False)
    approved_by = by_staff(_("approved by"))
    published_at = models.DateTimeField(_("published"), null=True, editable=False)
    published_by = by_staff(_("published by"))
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, editable=False)
    withdrawn_by = by_staff(_("withdrawn by"))
    notice = models.ForeignKey(
        "notices.Notice", models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("notice")
    )
    # Tells the second of two editors that the first was faster.
    edited_at = models.DateTimeField(_("last edited"), auto_now=True)

    objects = VersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        ordering = ["document", "-sequence", "-id"]
        permissions = [
            ("approve_version", _("Can approve versions")),
            ("publish_version", _("Can publish versions")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["document", "number"],
                name="policies_number_once",
                violation_error_message=_("The document has a version with this number."),
            ),
            models.UniqueConstraint(fields=["document", "sequence"], name="policies_sequence_once"),
            models.CheckConstraint(
                name="policies_number",
                condition=Q(number__regex=r"^(0|[1-9]\d{0,3})\.(0|[1-9]\d{0,3})$"),
                violation_error_message=_("A number is two whole numbers with a point between them, such as 2.0."),
            ),
            models.CheckConstraint(
                name="policies_state_has_its_columns",
                condition=Q(state="draft", submitted_by=None, approved_by=None, sequence=None)
                | Q(state="review", submitted_by__isnull=False, approved_by=None, sequence=None)
                | Q(state="approved", submitted_by__isnull=False, approved_by__isnull=False, sequence=None)
                | Q(
                    Q(withdrawn_at=None, state="published") | Q(withdrawn_at__isnull=False, state="withdrawn"),
                    approved_by__isnull=False,
                    sequence__isnull=False,
                    published_at__isnull=False,
                    effective_at__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="policies_two_people",
                condition=Q(approved_by=None) | ~Q(approved_by=F("submitted_by")),
                violation_error_message=_("Somebody else has to approve it than who gave it to review."),
            ),
        ]
        indexes = [
            models.Index(fields=["document", "-sequence"], name="policies_published", condition=Q(state="published")),
        ]

    def __str__(self) -> str:
        return f"{self.document} {self.number}"

    def get_absolute_url(self) -> str:
        """Permanent."""
        return reverse("policies:version", args=[self.document.slug, self.number])

    @property
    def is_draft(self) -> bool:
        return self.state == self.State.DRAFT

    @property
    def is_published(self) -> bool:
        return self.state == self.State.PUBLISHED

    @property
    def is_withdrawn(self) -> bool:
        return self.state == self.State.WITHDRAWN

    @property
    def may_be_withdrawn(self) -> bool:
        return self.is_published and not self.binds

    @property
    def binds(self) -> bool:
        return self.is_published and self.effective_at is not None and self.effective_at <= timezone.now()

    @property
    def number_parts(self) -> tuple[int, ...]:
        return tuple(int(part) for part in self.number.split("."))

    def text_in(self, language: str) -> VersionText | None:
        """In the language, else in the nearest there is."""
        texts = {text.language: text for text in self.texts.all()}
        return texts[nearest(language, sorted(texts))] if texts else None

    @property
    def text(self) -> VersionText | None:
        """In the reader's language, or the nearest."""
        return self.text_in(get_language() or settings.LANGUAGE_CODE)


class VersionText(models.Model):
    """What a version says in one language. HTML, contents and hash are made at publication and stay."""

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    version = models.ForeignKey(Version, models.CASCADE, related_name="texts", verbose_name=_("version"))
    language = models.CharField(_("language"), max_length=16, default=settings.LANGUAGE_CODE)
    title = models.CharField(_("title"), max_length=200)
    body = models.TextField(_("text"), help_text=_("Markdown"), validators=[MaxLengthValidator(MAX_BYTES)])
    summary = models.TextField(
        _("what changes"),
        blank=True,
        validators=[MaxLengthValidator(20_000)],
        help_text=_("Markdown. It begins the mail and stands on top of the page."),
    )
    html = models.TextField(_("text as HTML"), blank=True, editable=False)
    summary_html = models.TextField(_("what changes, as HTML"), blank=True, editable=False)
    # Its headings: level, anchor, text.
    contents = models.JSONField(_("contents"), default=list, blank=True, editable=False)
    # SHA-256 of title, line feed and body in UTF-8. Choices and acknowledgements name it as evidence.
    sha256 = models.CharField(_("hash of the text"), max_length=64, blank=True, editable=False)

    class Meta:
        verbose_name = _("text of a version")
        verbose_name_plural = _("texts of versions")
        ordering = ["language"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "language"],
                name="policies_one_text_per_language",
                violation_error_message=_("The version has a text in this language."),
            ),
            # The database computes it too, so that no way of writing can put a wrong hash beside a text.
            models.CheckConstraint(
                name="policies_sha256",
                condition=Q(sha256="") | Q(sha256=TextHash("title", "body")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.language})"


class AcknowledgementQuerySet(models.QuerySet["Acknowledgement"]):
    def said(self) -> Self:
        """By the person, and not by their going on."""
        return self.exclude(method=Acknowledgement.Method.CONTINUED)


class Acknowledgement(models.Model):
    """A person took note of a version, in whatever language. Rows are only ever added; a trigger refuses the rest."""

    class Method(models.TextChoices):
        SIGNUP = "signup", _("By signing up")
        CONTINUED = "continued", _("By going on to use the service")
        EXPLICIT = "explicit", _("By saying so")

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    subject = models.ForeignKey(
        "subjects.Subject", models.PROTECT, related_name="acknowledgements", verbose_name=_("subject")
    )
    version = models.ForeignKey(Version, models.PROTECT, related_name="acknowledgements", verbose_name=_("version"))
    method = models.CharField(_("method"), max_length=10, choices=Method)
    # The language that the text was shown in.
    language = models.CharField(_("language"), max_length=16)
    at = models.DateTimeField(_("at"), db_default=Now(), editable=False)

    objects = AcknowledgementQuerySet.as_manager()

    class Meta:
        verbose_name = _("acknowledgement")
        verbose_name_plural = _("acknowledgements")
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "version"], name="policies_acknowledged_once", condition=~Q(method="continued")
            ),
            models.UniqueConstraint(
                fields=["subject", "version"], name="policies_went_on_once", condition=Q(method="continued")
            ),
            models.CheckConstraint(
                name="policies_method_is_known", condition=Q(method__in=["signup", "continued", "explicit"])
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
