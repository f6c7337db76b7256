from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.guardians.authority import is_minor
from accounts.subjects.models import Subject
from accounts.users.person import PersonRequest
from consents.catalogue.models import Purpose
from consents.choices.evidence import seen, signals_no
from consents.choices.forms import ChoicesForm
from consents.choices.models import Event, Method
from consents.choices.record import record
from consents.choices.refusals import NotRecorded
from consents.choices.rows import asked_again, essential_rows, honoured, optional_rows
from consents.choices.summary import standing_choices
from consents.choices.timeline import items
from consents.choices.whose import about, decided_for
from consents.policies import gate

PAGE = 50


# Never from the browser's store: an old page would show choices that do not hold any more.
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def centre(request: PersonRequest, subject_id: UUID | None = None) -> HttpResponse:
    """What is done with the person's data, and what they say to it."""
    subject = decided_for(request, subject_id)
    posted = request.POST if request.method == "POST" else None
    form = ChoicesForm(standing_choices(subject), posted)
    if posted is not None and _save(request, subject, form):
        return redirect(request.path)
    rows = optional_rows(form, subject, request.subject)
    return render(
        request,
        "choices/centre.html",
        {
            **about(request, subject),
            "form": form,
            "optional_rows": rows,
            "asked_again": asked_again(rows),
            "signal_rows": honoured(rows) if signals_no(request) else [],
            "essential_rows": essential_rows(Purpose.objects.current().essential().with_details()),
            # Always new: what was posted before is either recorded, or refused and nothing was kept.
            "client_id": uuid4(),
            "needs_guardian": subject == request.subject and is_minor(subject),
            "frozen": subject.is_frozen,
        },
    )


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
    if any(choice.allow for choice in decisions) and gate.first_wanted(request.subject) is not None:
        form.add_error(None, gate.NotAccepted.message)
        return False
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
    subject = decided_for(request, subject_id)
    events = Event.objects.for_subject(subject).with_details().newest_first()
    purpose = _purpose(request.GET.get("purpose"))
    if purpose:
        events = events.filter(purpose=purpose)
    if before := request.GET.get("before"):
        events = events.filter(pk__lt=_event_id(before))
    page = list(events[: PAGE + 1])
    whose = about(request, subject)
    place = {"purpose": purpose.slug} if purpose else {}
    first = f"{whose['history_href']}?{urlencode(place)}" if purpose else whose["history_href"]
    older = urlencode({**place, "before": str(page[PAGE - 1].pk)}) if len(page) > PAGE else ""
    return render(
        request,
        "choices/history.html",
        {
            **whose,
            "purpose": purpose,
            "items": items(page[:PAGE], subject, request.subject),
            "previous_href": first if before else "",
            "next_href": f"{whose['history_href']}?{older}" if older else "",
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
