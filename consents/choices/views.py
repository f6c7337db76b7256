from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.guardians.authority import is_minor, may_decide
from accounts.subjects.models import Subject
from accounts.users.person import PersonRequest
from consents.catalogue.models import Purpose
from consents.choices.evidence import seen
from consents.choices.forms import ChoicesForm
from consents.choices.models import Event, Method
from consents.choices.record import record
from consents.choices.refusals import NotRecorded
from consents.choices.rows import asked_again, essential_rows, honoured, optional_rows
from consents.choices.summary import standing_choices
from consents.choices.timeline import items
from consents.choices.words import summary_rows

PAGE = 50


# Never from the browser's store: an old page would show choices that do not hold any more.
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def centre(request: PersonRequest, subject_id: UUID | None = None) -> HttpResponse:
    """What is done with the person's data, and what they say to it."""
    subject = _decided_for(request, subject_id)
    posted = request.POST if request.method == "POST" else None
    form = ChoicesForm(standing_choices(subject), posted)
    if posted is not None and _save(request, subject, form):
        return redirect(request.path)
    rows = optional_rows(form, subject, request.subject)
    return render(
        request,
        "choices/centre.html",
        {
            **_about(request, subject),
            "form": form,
            "optional_rows": rows,
            "asked_again": asked_again(rows),
            "signal_rows": honoured(rows) if request.headers.get("Sec-GPC") == "1" else [],
            "essential_rows": essential_rows(Purpose.objects.current().essential().with_details()),
            # Always new: what was posted before is either recorded, or refused and nothing was kept.
            "client_id": uuid4(),
            "needs_guardian": subject == request.subject and is_minor(subject),
            "frozen": subject.is_frozen,
        },
    )


def _decided_for(request: PersonRequest, subject_id: UUID | None) -> Subject:
    """Oneself, or a minor of whom one is the guardian."""
    if subject_id is None or subject_id == request.subject.pk:
        return request.subject
    minor = Subject.objects.living().filter(pk=subject_id).first()
    if minor is None or not may_decide(request.subject, minor):
        raise Http404
    return minor


def _about(request: PersonRequest, subject: Subject) -> dict[str, object]:
    """Whose page it is: `minor` is None on one's own."""
    minor = subject if subject != request.subject else None
    return {
        "minor": minor,
        "minor_name": minor and (minor.profile.full_name or minor.user.email),
        "centre_href": reverse("choices:for", args=[minor.pk]) if minor else reverse("choices:centre"),
        "history_href": reverse("choices:history_for", args=[minor.pk]) if minor else reverse("choices:history"),
    }


def _save(request: PersonRequest, subject: Subject, form: ChoicesForm) -> bool:
    if not form.is_valid():
        return False
    client_id = str(form.cleaned_data["client_id"])
    decisions = form.decisions()
    if not decisions:
        # The second of two clicks finds everything as it wanted it.
        if Event.objects.for_subject(subject).filter(client_id=client_id).exists():
            messages.success(request, _("Your choices are saved and hold from now on."))
        else:
            messages.info(request, _("Nothing was changed."))
        return True
    try:
        record(
            subject,
            decisions,
            method=Method.PORTAL if subject == request.subject else Method.GUARDIAN,
            actor=request.subject,
            language=get_language() or "",
            client_id=client_id,
            evidence=seen(request),
        )
    except NotRecorded as refusal:
        form.add_refusal(refusal, decisions)
        return False
    messages.success(request, _("Your choices are saved and hold from now on."))
    return True


@never_cache
@require_safe
def history(request: PersonRequest, subject_id: UUID | None = None) -> HttpResponse:
    """Every decision ever made, or all on one purpose, newest first. `before` is the last event of the page before."""
    subject = _decided_for(request, subject_id)
    events = Event.objects.for_subject(subject).with_details().newest_first()
    purpose = _purpose(request.GET.get("purpose"))
    if purpose:
        events = events.filter(purpose=purpose)
    if before := request.GET.get("before"):
        events = events.filter(pk__lt=_event_id(before))
    page = list(events[: PAGE + 1])
    about = _about(request, subject)
    place = {"purpose": purpose.slug} if purpose else {}
    first = f"{about['history_href']}?{urlencode(place)}" if purpose else about["history_href"]
    older = urlencode({**place, "before": str(page[PAGE - 1].pk)}) if len(page) > PAGE else ""
    return render(
        request,
        "choices/history.html",
        {
            **about,
            "purpose": purpose,
            "items": items(page[:PAGE], subject, request.subject),
            "previous_href": first if before else "",
            "next_href": f"{about['history_href']}?{older}" if older else "",
        },
    )


def _purpose(slug: str | None) -> Purpose | None:
    """Also one that is retired: what was decided on it stays."""
    if not slug:
        return None
    purpose = Purpose.objects.with_texts().filter(slug=slug.replace("\0", "")).first()
    if purpose is None:
        raise Http404
    return purpose


def _event_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Http404 from error


@never_cache
@require_safe
def receipt(request: PersonRequest, event_id: UUID) -> HttpResponse:
    """The proof of one decision, to keep or to print."""
    event = Event.objects.select_related("subject").with_details().filter(pk=event_id).first()
    if event is None or not event.is_visible_to(request.subject):
        raise Http404
    return render(
        request,
        "choices/receipt.html",
        {"event": event, "rows": summary_rows(event), **_about(request, event.subject)},
    )
