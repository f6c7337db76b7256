import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from accounts.subjects.models import Subject
from accounts.users.person import PersonRequest
from consents.choices import receipts
from consents.choices.models import Event
from consents.choices.receipt_words import rows, title
from consents.choices.verify import Difference, Finding, Unreadable, differences, examine
from consents.choices.whose import about, decided_for

# Several hundred receipts; who has more can check them offline.
LARGEST_FILE = 5_000_000


@never_cache
@require_safe
def receipt(request: PersonRequest, event_id: UUID) -> HttpResponse:
    """The proof of one decision, to read or to print. What it says is read from the signed document itself."""
    event = _visible(request, event_id)
    document = receipts.receipt(event)
    whose = about(request, event.subject.merged_into or event.subject)
    context = {
        **whose,
        "event": event,
        "rows": rows(document),
        "proof": document["proof"],
        # Whole, because it is read on paper too.
        "verify_href": settings.BASE_URL + reverse("verify"),
    }
    return render(request, "choices/receipt.html", context)


@never_cache
@require_safe
def file(request: PersonRequest, event_id: UUID) -> HttpResponse:
    """The same to keep."""
    event = _visible(request, event_id)
    response = HttpResponse(_written(receipts.receipt(event)), content_type="application/ld+json")
    return _to_be_saved(response, f"receipt-{event.pk}.json")


@never_cache
@require_safe
def all_receipts(request: PersonRequest, subject_id: UUID | None = None) -> StreamingHttpResponse:
    """One list, as long as it may be, that can be checked in one go."""
    parts = _list(receipts.all_of(decided_for(request, subject_id)))
    response = StreamingHttpResponse(parts, content_type="application/ld+json")
    return _to_be_saved(response, "receipts.json")


def _visible(request: PersonRequest, event_id: UUID) -> Event:
    event = receipts.find(event_id, request.subject)
    if event is None:
        raise Http404
    return event


def _list(documents: Iterator[dict[str, Any]]) -> Iterator[str]:
    before = "[\n"
    for document in documents:
        yield before + _written(document)
        before = ",\n"
    yield "[]" if before == "[\n" else "\n]\n"


def _written(document: dict[str, Any]) -> str:
    """With lines for people; the signature does not mind."""
    return json.dumps(document, ensure_ascii=False, indent=1)


def _to_be_saved[R: (HttpResponse, StreamingHttpResponse)](response: R, name: str) -> R:
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


class VerifyForm(forms.Form):
    file = forms.FileField(
        label=_("The receipt as a file"),
        required=False,
        help_text=_("As you downloaded it. A file with many receipts may have up to 5 megabytes."),
        widget=forms.FileInput(attrs={"accept": ".json,.jsonld,application/json,application/ld+json"}),
    )
    text = forms.CharField(
        label=_("Or its text"), required=False, strip=False, widget=forms.Textarea(attrs={"spellcheck": "false"})
    )

    def clean_file(self) -> UploadedFile[Any] | None:
        uploaded: UploadedFile[Any] | None = self.cleaned_data["file"]
        if uploaded and (uploaded.size or 0) > LARGEST_FILE:
            raise forms.ValidationError(_("This file is larger than 5 megabytes."))
        return uploaded

    def clean(self) -> dict[str, Any]:
        if not self.errors and not (self.cleaned_data["file"] or self.cleaned_data["text"].strip()):
            self.add_error("file", _("Choose a file, or paste the text of a receipt."))
        return self.cleaned_data

    def content(self) -> bytes:
        uploaded = self.cleaned_data["file"]
        return uploaded.read() if uploaded else self.cleaned_data["text"].encode()


# A check changes nothing, so nobody can be made to do harm by it; and so a large body is refused before it is read.
@csrf_exempt
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """For whoever holds a receipt. It looks nothing up about anybody, but for those who may see it anyway."""
    if request.method != "POST":
        return render(request, "choices/verify.html", {"form": VerifyForm()})
    try:
        form = _posted(request)
    except RequestDataTooBig:
        form = VerifyForm({})
        form.add_error("file", _("This is more than can be checked here at once."))
        return render(request, "choices/verify.html", {"form": form}, status=413)
    findings: list[Finding] = []
    if form.is_valid():
        try:
            findings = examine(form.content())
        except Unreadable as unreadable:
            form.add_error("file" if form.cleaned_data["file"] else "text", str(unreadable.message))
    context = {"form": form, "results": [_result(request, finding) for finding in findings]}
    return render(request, "choices/verify.html", context)


def _posted(request: HttpRequest) -> VerifyForm:
    # Somewhat more than the file, for the form around it.
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_FILE + 10_000:
        raise RequestDataTooBig
    return VerifyForm(request.POST, request.FILES)


def _result(request: HttpRequest, finding: Finding) -> dict[str, Any]:
    if finding.genuine:
        return {"finding": finding, "title": title(finding.document), "rows": rows(finding.document)}
    return {"finding": finding, "differences": list(_differences(finding, getattr(request, "subject", None)))}


def _differences(finding: Finding, viewer: Subject | None) -> Iterator[Difference]:
    """Only a person who may see the receipt of this number is told where another one departs from it."""
    if viewer and finding.number and (event := receipts.find(finding.number, viewer)):
        yield from differences(finding.document, receipts.receipt(event))
