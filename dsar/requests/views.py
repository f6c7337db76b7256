from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.calls.refusals import Refusal
from accounts.subjects.models import Subject
from accounts.users.freshness import StaleSignIn, fresh_sign_in_page, signed_in_at
from accounts.users.person import PersonRequest
from dsar.archives.models import Archive
from dsar.requests.ask import ask, require_authority
from dsar.requests.cancel import TooLate
from dsar.requests.cancel import cancel as cancel_request
from dsar.requests.certified import certified
from dsar.requests.for_whom import for_whom
from dsar.requests.forms import EraseForm
from dsar.requests.models import Request
from dsar.requests.progress import progress, standing
from dsar.requests.rehearsal import rehearse, together
from dsar.requests.words import TAGS, happened, words
from dsar.work.models import Certificate


@require_safe
def all_mine(request: PersonRequest) -> HttpResponse:
    """What I asked for, and what can be asked for."""
    mine = Request.objects.for_subject(request.subject).order_by("-id")
    entries = [{"request": each, "tag": TAGS[each.state], "words": words(each)} for each in mine]
    return render(request, "requests/list.html", {"entries": entries})


@require_http_methods(["GET", "HEAD", "POST"])
@fresh_sign_in_page
def new(request: PersonRequest, kind: str) -> HttpResponse:
    """Before asking: what will happen. An open request of the kind is shown instead of a second one."""
    if kind not in Request.Kind.values:
        raise Http404
    subject = for_whom(request.subject, request.GET.get("for"))
    if found := Request.objects.open().for_subject(request.subject).filter(subject=subject, kind=kind).first():
        return redirect(found)
    try:
        require_authority(subject, kind, request.subject)
        return _new_erasure(request, subject) if kind == Request.Kind.ERASURE else _new_copy(request, subject)
    except StaleSignIn:
        raise
    except Refusal as refusal:
        return render(request, "requests/refused.html", {"refusal": refusal}, status=refusal.status)


def _new_copy(request: PersonRequest, subject: Subject) -> HttpResponse:
    if request.method == "POST":
        return redirect(ask(subject, Request.Kind.ACCESS, actor=request.subject, signed_in_at=signed_in_at(request)))
    today = timezone.now()
    context = {
        "for_other": subject != request.subject,
        "today": today,
        "expires_at": today + settings.ARCHIVE_LIFETIME,
    }
    return render(request, "requests/new_copy.html", context)


def _new_erasure(request: PersonRequest, subject: Subject) -> HttpResponse:
    form = EraseForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        asked = ask(subject, Request.Kind.ERASURE, actor=request.subject, signed_in_at=signed_in_at(request))
        if subject != request.subject:
            return redirect(asked)
        # The session has ended already; this lets go of its cookie.
        logout(request)
        return redirect("requests:scheduled", asked.token)
    rehearsal = rehearse(subject)
    context = {
        "form": form,
        "rehearsal": rehearsal,
        "staying": together(rehearsal.staying),
        "until": _moment(timezone.now() + settings.ERASURE_GRACE),
        "for_other": subject != request.subject,
    }
    return render(request, "requests/new_erasure.html", context)


@require_safe
@never_cache
def detail(request: PersonRequest, pk: UUID) -> HttpResponse:
    asked = _mine(request, pk)
    archives = Archive.objects.for_subject(request.subject)
    archive = archives.filter(plan_id=asked.plan_id).first() if asked.plan_id else None
    steps = progress(asked)
    context = {
        "asked": asked,
        "tag": TAGS[asked.state],
        "words": words(asked, archive),
        "steps": steps,
        "standing": standing(steps),
        "working": asked.state in {Request.State.WORKING, Request.State.STUCK},
        "timeline": [
            {"at": event.at, "text": happened(event, is_subject=asked.subject_id == request.subject.pk)}
            for event in asked.events.all()
        ],
        "archive": archive if archive and archive.state == Archive.State.READY else None,
    }
    return render(request, "requests/detail.html", context)


@require_POST
def cancel(request: PersonRequest, pk: UUID) -> HttpResponse:
    asked = _mine(request, pk)
    try:
        cancel_request(asked, actor=request.subject)
    except TooLate as too_late:
        messages.error(request, str(too_late.message))
    else:
        messages.success(request, _("The deletion was stopped. The account is as it was."))
    return redirect(asked)


@login_not_required
@require_safe
@never_cache
def scheduled(request: HttpRequest, token: str) -> HttpResponse:
    """How a deletion stands, for whoever was signed out by asking for it. It names nobody."""
    try:
        asked = Request.from_token(token)
    except Request.DoesNotExist as error:
        raise Http404 from error
    context = {"asked": asked, "tag": TAGS[asked.state], "words": words(asked)}
    return render(request, "requests/scheduled.html", context)


@login_not_required
@require_safe
def certificate(request: HttpRequest, token: str) -> HttpResponse:
    """What an erasure did. For people without an account, who were given the address; it names nobody."""
    found = _certificate(token)
    content = found.content
    context = {
        "certificate": found,
        "content": content,
        "systems": certified(content),
        "asked_at": datetime.fromisoformat(content["asked_at"]),
        "erased_at": datetime.fromisoformat(content["erased_at"]),
    }
    return render(request, "requests/certificate.html", context)


@login_not_required
@require_safe
def certificate_file(request: HttpRequest, token: str) -> JsonResponse:
    """The certificate as it is signed, for `manage.py verify_certificate` and for anybody's JOSE library."""
    found = _certificate(token)
    response = JsonResponse(found.signed, json_dumps_params={"indent": 1}, content_type="application/jose+json")
    response["Content-Disposition"] = f'attachment; filename="certificate-{found.plan.reference}.json"'
    return response


def _mine(request: PersonRequest, pk: UUID) -> Request:
    mine = Request.objects.for_subject(request.subject).select_related("plan", "subject", "asked_by")
    return get_object_or_404(mine, pk=pk)


def _certificate(token: str) -> Certificate:
    try:
        return Certificate.from_token(token)
    except Certificate.DoesNotExist as error:
        raise Http404 from error


def _moment(at: datetime) -> str:
    return date_format(timezone.localtime(at), "DATETIME_FORMAT")
