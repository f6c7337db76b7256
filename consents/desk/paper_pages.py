"""The staff's pages around a paper: whose it is, what stands on it, its scan."""

from typing import cast
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.calls.refusals import Refusal
from accounts.staff.looked import looked
from accounts.staff.models import Look
from accounts.subjects.addresses import guest
from accounts.subjects.models import Address, Subject
from accounts.users.models import User
from consents.choices.person import person_by
from consents.desk.enter import enter
from consents.desk.models import Paper
from consents.desk.paper_form import PaperForm, PersonForm


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def person_page(request: HttpRequest) -> HttpResponse:
    """Whose paper it is."""
    require(request, "desk.add_paper")
    form = PersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if subject := _person(form):
            sheet = reverse("admin:desk_paper_sheet", args=[subject.pk])
            return redirect(f"{sheet}?language={form.cleaned_data['language']}")
        form.add_error("term", _("Nobody is known by this."))
    return render(request, "desk/person.html", _context(request) | {"title": _("Enter a paper"), "form": form})


def _person(form: PersonForm) -> Subject | None:
    term = form.cleaned_data["term"]
    found = person_by(term)
    if found is None and form.cleaned_data["new"] and "@" in term:
        return guest(term, language=form.cleaned_data["language"])
    return found


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sheet_page(request: HttpRequest, subject_id: UUID) -> HttpResponse:
    """What stands on the paper."""
    require(request, "desk.add_paper")
    subject = get_object_or_404(Subject.objects.living().filter(merged_into=None), pk=subject_id)
    language = request.GET.get("language", settings.LANGUAGE_CODE)
    if language not in dict(settings.LANGUAGES):
        raise Http404
    looked(cast(User, request.user), subject, Look.What.SHEET)
    if request.method == "POST":
        form = PaperForm(subject, language, request.POST, request.FILES)
        if form.is_valid() and (paper := _enter(request, subject, form)):
            return redirect("admin:desk_paper_change", paper.pk)
    else:
        form = PaperForm(subject, language, initial={"number": uuid4(), "signer": str(subject.pk)})
    context = {
        "title": _("Enter a paper"),
        "form": form,
        "subject": subject,
        "addresses": Address.objects.filter(subject__in=Subject.objects.of_person(subject)).select_related("subject"),
        "language": dict(settings.LANGUAGES)[language],
    }
    return render(request, "desk/sheet.html", _context(request) | context)


def _enter(request: HttpRequest, subject: Subject, form: PaperForm) -> Paper | None:
    try:
        paper = enter(
            subject,
            form.sheet(),
            form.decisions(),
            number=form.cleaned_data["number"],
            staff=cast(User, request.user),
        )
    except Refusal as refusal:
        form.add_refusal(refusal)
        return None
    count = paper.events.count()
    told = ngettext(
        "The paper and %(count)d decision are recorded.", "The paper and %(count)d decisions are recorded.", count
    )
    messages.success(request, told % {"count": count})
    return paper


@never_cache
@require_safe
def scan_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The scan as it was, to be saved; never shown inside our own pages."""
    require(request, "desk.view_paper")
    require(request, "choices.see_evidence")
    paper = get_object_or_404(Paper.objects.select_related("subject__merged_into"), pk=pk)
    looked(cast(User, request.user), paper.subject, Look.What.SCAN, paper.pk)
    scan = paper.opened_scan()
    if scan is None:
        raise Http404
    ending = Paper.Kind(paper.kind).name.lower()
    return HttpResponse(
        scan,
        content_type=paper.kind,
        headers={"Content-Disposition": f'attachment; filename="paper-{paper.pk}.{ending}"'},
    )


def require(request: HttpRequest, permission: str) -> None:
    if not cast(User, request.user).has_perm(permission):
        raise PermissionDenied


def _context(request: HttpRequest) -> dict[str, object]:
    return {
        **admin.site.each_context(request),
        "opts": Paper._meta,
        "list_url": "admin:desk_paper_changelist",
        "list_title": _("Papers"),
    }
