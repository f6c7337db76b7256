from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.subjects import signing
from accounts.users.freshness import fresh_sign_in_page, signed_in_at
from accounts.users.person import PersonRequest
from dsar.archives.hand_over import REASONS, Gone, hand_over
from dsar.archives.models import Archive
from dsar.archives.revoke import revoke as revoke_archive
from dsar.archives.stream import stream


def _mine(request: PersonRequest, pk: UUID) -> Archive:
    return get_object_or_404(Archive.objects.for_subject(request.subject).select_related("subject"), pk=pk)


@require_safe
@never_cache
def download(request: PersonRequest, pk: UUID) -> HttpResponse:
    """What is to be had, and until when. Looking spends nothing."""
    archive = _mine(request, pk)
    if archive.state != Archive.State.READY:
        return _gone(request, archive, REASONS[archive.state])
    return render(request, "archives/download.html", {"archive": archive})


@require_POST
@never_cache
@fresh_sign_in_page
def content(request: PersonRequest, pk: UUID) -> HttpResponseBase:
    archive = _mine(request, pk)
    try:
        chunks = hand_over(archive, signed_in_at=signed_in_at(request))
    except Gone as gone:
        return _gone(request, archive, gone.message)
    return stream(archive, chunks)


@require_POST
def revoke(request: PersonRequest, pk: UUID) -> HttpResponse:
    archive = _mine(request, pk)
    try:
        revoke_archive(archive)
    except Gone as gone:
        return _gone(request, archive, gone.message)
    return redirect("archives:download", pk)


@login_not_required
@require_safe
@cache_control(public=True, max_age=3600)
def keys(request: HttpRequest) -> JsonResponse:
    """The public keys by which archives, certificates and receipts are checked (a JWKS, RFC 7517)."""
    return JsonResponse(signing.public_keys(), content_type="application/jwk-set+json")


def _gone(request: PersonRequest, archive: Archive, reason: object) -> HttpResponse:
    return render(request, "archives/gone.html", {"archive": archive, "reason": reason}, status=410)
