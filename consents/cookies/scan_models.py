"""What a browser of ours met on a site of the organisation, and when."""

from datetime import timedelta
from typing import Any, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, TextChoices
from django.db.models.functions import UUID7, Now
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consents.catalogue.durations import ISO_DURATION, in_words
from consents.catalogue.entries import one_of

DEEPEST, MOST_PAGES, LONGEST_ADDRESS = 5, 200, 500
# How often a scan is begun whose worker dies: one that kills every worker must not go round for ever.
TRIES = 3
# What closing the browser and writing may take, after the time for looking is over.
SPARE = timedelta(seconds=60)


class Phase(TextChoices):
    """What the visitor has said so far; each time by a browser that knows nothing of the others."""

    BEFORE = "before", _("Before consent")
    REFUSED = "refused", _("After refusal")
    ACCEPTED = "accepted", _("After acceptance")

    @property
    def rank(self) -> int:
        return list(Phase).index(self)


class Kind(TextChoices):
    """What the inventory lists, by the same values."""

    COOKIE = "cookie", _("Cookie")
    LOCAL = "local-storage", _("Local storage")
    SESSION = "session-storage", _("Session storage")
    REQUEST = "request", _("Request")


class Verdict(TextChoices):
    UNDECLARED = "undeclared", _("Not declared")
    BEFORE = "before-consent", _("Before consent")
    REFUSED = "after-refusal", _("After refusal")
    NEVER = "never-seen", _("Declared, never seen")
    # A request of which nothing is declared, and that waits for a yes.
    NOTED = "noted", _("Noted")
    DECLARED = "declared", _("As declared")

    @property
    def meaning(self) -> Promise:
        """And what is to be done about it."""
        return MEANINGS[self]


MEANINGS: dict[str, Promise] = {
    Verdict.UNDECLARED: _("The cookie page does not tell of it. Declare it, or take it off the site."),
    Verdict.BEFORE: _("Its purpose needs a yes, and it was there before anybody was asked."),
    Verdict.REFUSED: _("Its purpose needs a yes, and it came after a no."),
    Verdict.NEVER: _("It is listed, and this scan did not meet it: look whether it is still used."),
    Verdict.NOTED: _(
        "Other companies of whom nothing is declared, and that were asked for something after a yes only."
    ),
    Verdict.DECLARED: _("It is listed, and came when it may."),
}
# Who meets one of these has something to mend.
FAULTY = (Verdict.UNDECLARED, Verdict.BEFORE, Verdict.REFUSED)


class State(TextChoices):
    """queued -> running -> done | failed. Running again: its worker died."""

    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Under way")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class Fault(TextChoices):
    NO_BROWSER = "no-browser", _("There is no browser that could be started.")
    UNREACHABLE = "unreachable", _("The first page did not answer, or with an error.")
    KEPT_OUT = "kept-out", _("The robots.txt of the site keeps us out, or could not be read.")
    ELSEWHERE = "elsewhere", _("The first page leads to another origin.")
    NOT_REGISTERED = "not-registered", _("The address is no longer registered for the site.")
    BROKE_OFF = "broke-off", _("The browser broke off.")
    GIVEN_UP = "given-up", _("The worker died each time.")


class Owner(TextChoices):
    """Of whom the host is; the values are those of the inventory."""

    FIRST = "first", _("This site")
    THIRD = "third", _("Another company")


class ScanQuerySet(models.QuerySet["Scan"]):
    def open(self) -> Self:
        return self.filter(state__in=[State.QUEUED, State.RUNNING])

    def due(self) -> Self:
        """Waiting, or held by a worker that must be dead."""
        return self.open().filter(due_at__lte=timezone.now())

    def newest(self) -> Self:
        """Of each site the last that is over."""
        last = Scan.objects.filter(site=OuterRef("site"), state__in=[State.DONE, State.FAILED]).order_by("-id")
        return self.filter(pk=Subquery(last.values("pk")[:1]))

    def with_faults(self) -> QuerySet[Any]:
        """`to_mend`: how many there are."""
        return self.annotate(to_mend=Count("findings", filter=Q(findings__verdict__in=FAULTY)))


class Scan(models.Model):
    """One look at a site, from one address."""

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    site = models.ForeignKey("cookies.Site", models.PROTECT, related_name="scans", verbose_name=_("site"))
    address = models.CharField(_("start address"), max_length=LONGEST_ADDRESS)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.QUEUED)
    fault = models.CharField(_("fault"), max_length=16, choices=Fault, blank=True)
    depth = models.PositiveSmallIntegerField(
        _("depth"),
        default=2,
        validators=[MaxValueValidator(DEEPEST)],
        help_text=_("How many links away from the first page."),
    )
    pages = models.PositiveSmallIntegerField(
        _("pages"),
        default=10,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_PAGES)],
        help_text=_("At the most, each time that the site is walked through: before consent, refused and accepted."),
    )
    scheduled = models.BooleanField(
        _("scheduled"), default=False, editable=False, help_text=_("Its turn had come; nobody asked for it.")
    )
    asked_at = models.DateTimeField(_("asked for"), db_default=Now(), editable=False)
    started_at = models.DateTimeField(_("started"), null=True, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, editable=False)
    # When a worker may take it: at once, and while one holds it, when that one must be dead.
    due_at = models.DateTimeField(_("due"), db_default=Now(), editable=False)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0, editable=False)
    claim = models.UUIDField(_("claim"), null=True, editable=False)
    visited = models.PositiveSmallIntegerField(_("pages visited"), default=0, editable=False)
    unanswered = models.PositiveSmallIntegerField(_("pages that did not answer"), default=0, editable=False)
    kept_out = models.PositiveSmallIntegerField(_("pages that robots.txt forbids"), default=0, editable=False)
    # None: it did not come to that.
    refusal_pressed = models.BooleanField(_("could refuse"), null=True, editable=False)
    acceptance_pressed = models.BooleanField(_("could accept"), null=True, editable=False)
    out_of_time = models.BooleanField(_("ran out of time"), default=False, editable=False)
    overflowed = models.BooleanField(_("found too much"), default=False, editable=False)

    objects = ScanQuerySet.as_manager()

    class Meta:
        verbose_name = _("scan")
        verbose_name_plural = _("scans")
        ordering = ["-id"]
        constraints = [
            one_of("state", State),
            one_of("fault", Fault, blank=True),
            models.CheckConstraint(
                name="cookies_scan_fault_when_failed",
                condition=(Q(state="failed") & ~Q(fault="")) | (~Q(state="failed") & Q(fault="")),
            ),
            models.CheckConstraint(
                name="cookies_scan_finished_when_over",
                condition=Q(state__in=["done", "failed"], finished_at__isnull=False, claim=None)
                | Q(state="queued", finished_at=None, claim=None)
                | Q(state="running", finished_at=None, claim__isnull=False, started_at__isnull=False),
            ),
            models.CheckConstraint(
                name="cookies_scan_limits", condition=Q(depth__lte=DEEPEST, pages__gte=1, pages__lte=MOST_PAGES)
            ),
            models.UniqueConstraint(
                name="cookies_scan_one_at_a_time", fields=["site"], condition=Q(state__in=["queued", "running"])
            ),
        ]

    def __str__(self) -> str:
        return self.address

    @property
    def is_over(self) -> bool:
        return self.state in (State.DONE, State.FAILED)

    @staticmethod
    def lease() -> timedelta:
        """A walk ends by itself when its time is over; a worker that says nothing for longer is dead."""
        return settings.SCANNER["TIME"] + SPARE + settings.LEASE


class FindingQuerySet(models.QuerySet["Finding"]):
    def faulty(self) -> Self:
        return self.filter(verdict__in=FAULTY)


class Finding(models.Model):
    """Something met, or declared and not met: its name and where, never what it holds."""

    id = models.BigAutoField(primary_key=True)
    scan = models.ForeignKey(Scan, models.CASCADE, related_name="findings", verbose_name=_("scan"))
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    # Of a request the path, without what follows the question mark.
    name = models.CharField(_("name"), max_length=200)
    host = models.CharField(_("host"), max_length=255, blank=True)
    party = models.CharField(_("party"), max_length=8, choices=Owner)
    # Empty, as the host and the page: never seen.
    phase = models.CharField(_("first seen"), max_length=8, choices=Phase, blank=True)
    page = models.CharField(_("on page"), max_length=500, blank=True)
    lifetime = models.CharField(_("lifetime"), max_length=32, blank=True)
    verdict = models.CharField(_("verdict"), max_length=16, choices=Verdict)
    tracker = models.ForeignKey(
        "cookies.Tracker", models.PROTECT, null=True, related_name="findings", verbose_name=_("declared as")
    )

    objects = FindingQuerySet.as_manager()

    class Meta:
        verbose_name = _("finding")
        verbose_name_plural = _("findings")
        ordering = ["id"]
        constraints = [
            one_of("kind", Kind),
            one_of("party", Owner),
            one_of("phase", Phase, blank=True),
            one_of("verdict", Verdict),
            models.UniqueConstraint(
                name="cookies_finding_once", fields=["scan", "kind", "name", "host", "tracker"], nulls_distinct=False
            ),
            models.CheckConstraint(
                name="cookies_finding_lifetime", condition=Q(lifetime="") | Q(lifetime__regex=ISO_DURATION)
            ),
            models.CheckConstraint(
                name="cookies_finding_seen",
                condition=Q(verdict="never-seen", phase="", host="", page="", tracker__isnull=False)
                | (~Q(verdict="never-seen") & ~Q(phase="") & ~Q(host="") & ~Q(page="")),
            ),
            models.CheckConstraint(
                name="cookies_finding_tracker_when_declared",
                condition=Q(verdict__in=["undeclared", "noted"], tracker=None)
                | Q(verdict__in=["before-consent", "after-refusal", "never-seen", "declared"], tracker__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def full_name(self) -> str:
        return self.host + self.name if self.kind == Kind.REQUEST else self.name

    @property
    def is_faulty(self) -> bool:
        return self.verdict in FAULTY

    @property
    def duration(self) -> str:
        """Of a cookie: how long it stays."""
        if self.kind != Kind.COOKIE or not self.phase:
            return ""
        return in_words(self.lifetime) if self.lifetime else gettext("Until you close the browser")
