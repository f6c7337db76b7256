"""Choices are read here, never written: they come from people, by `record`."""

import json
from typing import Any, cast
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.staff.looked import looked
from accounts.staff.models import Look
from accounts.staff.watched import WatchedAdmin
from accounts.subjects.admin import ReadOnlyAdmin
from accounts.subjects.models import Subject
from accounts.users.models import User
from consents.choices import receipts
from consents.choices.evidence_view import lines
from consents.choices.models import Current, Event, Wording
from consents.choices.person import person_by
from consents.webhooks.told import told

# Counting millions of rows takes longer than showing a page of them, and nobody leafs through more than this.
FARTHEST = 10_000
LINE = "<div>{}: {}</div>"
LINKED = '<div>{}: <a href="{}">{}</a></div>'


def found(rows: QuerySet[Any], term: str) -> QuerySet[Any]:
    """By whole numbers and addresses, which have an index; parts of words would read millions of rows."""
    person = person_by(term)
    wanted = Q(subject__in=Subject.objects.of_person(person)) if person else Q(pk=None)
    try:
        number = UUID(term.strip())
    except ValueError:
        return rows.filter(wanted)
    # That of a receipt, or of somebody since erased.
    return rows.filter(wanted | Q(pk=number) | Q(subject=number))


class NearPaginator(Paginator[Any]):
    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        found: int = rows.order_by()[:FARTHEST].count()
        return found


class ChoiceAdmin(WatchedAdmin):
    what_is_opened, what_is_listed = Look.What.CHOICE, Look.What.CHOICES
    # Only shows the box; what it finds is said above.
    search_fields = ["subject__id"]
    ordering = ["-id"]
    paginator = NearPaginator
    show_full_result_count = False
    # The person sees it there, staff do not.
    view_on_site = False

    def searched(self, term: str) -> Subject | None:
        return person_by(term)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return (found(queryset, search_term) if search_term else queryset), False


@admin.register(Event)
class EventAdmin(ChoiceAdmin):
    list_display = ["received_at", "subject", "purpose", "decision", "version", "method", "said_at", "policy_version"]
    # Not by jurisdiction, whose values would have to be gathered from all rows.
    list_filter = ["decision", "method", "purpose"]
    list_select_related = ["subject__merged_into", "purpose", "policy_version__document"]
    search_help_text = _(
        "A subject’s number, an e-mail address, a telephone number or the number of a receipt, each in full."
    )
    PROOF = ("evidence_of_the_call", "receipt")

    def get_urls(self) -> list[URLPattern]:
        file = self.admin_site.admin_view(self.receipt_file)
        return [path("<uuid:pk>/receipt.json", file, name="choices_event_receipt"), *super().get_urls()]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        said: list[Any] = [
            (None, {"fields": ["purpose", "decision", "version", "subject", "actor", "recorder", "method", "others"]}),
            (_("Words"), {"fields": ["words"]}),
            (_("Circumstances"), {"fields": ["said_at", "received_at", "client_id", "jurisdiction", "policy_version"]}),
            (_("What followed"), {"fields": ["systems"]}),
        ]
        return [*said, (_("Proof"), {"fields": self.PROOF})] if self._may_prove(request) else said

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = [name for name in super().get_readonly_fields(request, obj) if name != "evidence"]
        shown = [*fields, "words", "systems", "others"]
        return [*shown, *self.PROOF] if self._may_prove(request) else shown

    @admin.display(description=_("words shown"))
    def words(self, event: Event) -> SafeString | str:
        if event.wording is None:
            return gettext("None: the decision came by a signal or a link.")
        wording = event.wording
        template = '<div lang="{}"><strong>{}</strong><br>{}</div><div>{}</div>'
        return format_html(template, wording.language, wording.name, wording.description, f"SHA-256 {wording.sha256}")

    @admin.display(description=_("systems that were told"))
    def systems(self, event: Event) -> SafeString | str:
        heard = told([event.pk]).get(event.pk, [])
        each_state = (
            (each.name, each.state.label, date_format(each.at, "DATETIME_FORMAT") if each.at else "") for each in heard
        )
        return format_html_join("", "<div>{}: {} {}</div>", each_state) or gettext("None")

    @admin.display(description=_("all on this purpose"))
    def others(self, event: Event) -> SafeString:
        """What the same person decided on the same purpose, before and since."""
        query = {"q": str(event.subject_id), "purpose__id__exact": str(event.purpose_id)}
        address = reverse("admin:choices_event_changelist", query=query)
        return format_html('<a href="{}">{}</a>', address, _("Show the decisions of this person on this purpose"))

    @admin.display(description=_("evidence of the call"))
    def evidence_of_the_call(self, event: Event) -> SafeString | str:
        each_line = [
            format_html(LINKED, line.label, line.href, line.value)
            if line.href
            else format_html(LINE, line.label, line.value)
            for line in lines(event)
        ]
        return format_html_join("", "{}", ((line,) for line in each_line)) or gettext(
            "None, or gone with the person’s key."
        )

    @admin.display(description=_("receipt"))
    def receipt(self, event: Event) -> SafeString:
        address = reverse("admin:choices_event_receipt", args=[event.pk])
        return format_html('<a href="{}">{}</a>', address, _("Save the signed receipt"))

    def receipt_file(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """The document that the person holds too."""
        if not self._may_prove(request) or not self.has_view_permission(request):
            raise PermissionDenied
        event = get_object_or_404(receipts.with_facts(Event.objects.all()), pk=pk)
        looked(cast(User, request.user), event.subject, Look.What.RECEIPT, event.pk)
        document = json.dumps(receipts.receipt(event), ensure_ascii=False, indent=1)
        name = f'attachment; filename="receipt-{event.pk}.json"'
        return HttpResponse(document, content_type="application/ld+json", headers={"Content-Disposition": name})

    def opens(self, request: HttpRequest) -> Look.What:
        return Look.What.EVIDENCE if self._may_prove(request) else Look.What.CHOICE

    def _may_prove(self, request: HttpRequest) -> bool:
        return request.user.has_perm("choices.see_evidence")


@admin.register(Current)
class CurrentAdmin(ChoiceAdmin):
    list_display = ["subject", "purpose", "decision", "version", "since", "expires_at"]
    list_filter = ["decision", "purpose"]
    list_select_related = ["subject__merged_into", "purpose"]
    search_help_text = _("A subject’s number, an e-mail address or a telephone number, each in full.")


@admin.register(Wording)
class WordingAdmin(ReadOnlyAdmin):
    list_display = ["purpose", "language", "name", "version", "sha256", "published_at"]
    list_filter = ["language", "purpose"]
    list_select_related = ["purpose"]
    search_fields = ["name", "description", "=sha256"]
    ordering = ["-id"]
