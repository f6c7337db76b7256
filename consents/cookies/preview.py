"""A site's banner as it would be, before anybody is shown it."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import override

from consents.catalogue.load import rehearsal
from consents.cookies.configuration import made
from consents.cookies.models import Site

LANGUAGES = dict(settings.LANGUAGES)


def preview(model_admin: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    """Saves what the form says, looks at it and takes it back. A form with faults is shown with them."""
    site = model_admin.get_object(request, unquote(object_id))
    if site is None or not model_admin.has_change_permission(request, site):
        raise PermissionDenied
    language = request.GET.get("language", "")
    language = language if language in LANGUAGES else settings.LANGUAGE_CODE
    with rehearsal():
        answer: HttpResponse = model_admin.change_view(request, object_id)
        if answer.status_code != 302:
            return answer.render() if hasattr(answer, "render") else answer
        # Nothing was saved, so nothing is said of it.
        list(messages.get_messages(request))
        changed = Site.objects.get(pk=site.pk)
        said = made(changed, changed.jurisdiction or settings.JURISDICTION, language).said
    with override(language):
        return render(request, "cookies/staff/preview.html", {"site": changed, "said": said})
