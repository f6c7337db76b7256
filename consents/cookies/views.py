from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from accounts.calls.refusals import Refusal
from accounts.calls.way_back import way_back
from consents.cookies.configuration import own_site
from consents.cookies.forms import DecisionForm
from consents.cookies.kept import Kept
from consents.cookies.models import Site, Tracker, TrackerVersion
from consents.cookies.own import Visit, say, visit
from consents.cookies.signal import obeyed_since


@login_not_required
@require_safe
def list_cookies(request: HttpRequest) -> HttpResponse:
    """Everything that may be kept in a visitor's browser, here or on the site that is named, and what they said."""
    trackers = Tracker.objects.current().with_details()
    site = None
    if slug := request.GET.get("site", "").replace("\0", ""):
        site = get_object_or_404(Site.objects.current(), slug=slug)
    is_here = slug in ("", own_site())
    if slug or own_site():
        trackers = trackers.used_on(slug or own_site())
    return render(
        request,
        "cookies/list.html",
        {
            "needed": trackers.needed(),
            "by_choice": trackers.by_choice(),
            "site": None if is_here else site,
            "here": visit(request) if is_here else None,
            "changed_at": TrackerVersion.objects.aggregate(last=Max("published_at"))["last"],
        },
    )


@login_not_required
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """The banner and the settings of our own pages."""
    here = visit(request)
    if here is None:
        raise Http404
    response = HttpResponseRedirect(way_back(request, request.POST) or "/")
    if kept := _said(here, DecisionForm(request.POST, here)):
        kept.write(response)
    return response


def _said(here: Visit, form: DecisionForm) -> Kept | None:
    if not form.is_valid():
        messages.error(here.request, _("That was not understood. Nothing was changed."))
        return None
    choices = form.choices()
    if not choices:
        messages.info(here.request, _("Nothing was changed."))
        return None
    try:
        _decided, kept = say(here, choices, form.pressed())
    except Refusal as refusal:
        messages.error(here.request, str(refusal.message))
        return None
    messages.success(here.request, _("Your choice is saved. You can change it at any time in the cookie settings."))
    return kept


@login_not_required
@require_safe
@cache_control(public=True, max_age=3600)
def global_privacy_control(request: HttpRequest) -> JsonResponse:
    """That this site abides by the signal, at the address that its specification names."""
    since = obeyed_since()
    return JsonResponse({"gpc": True} | ({"lastUpdate": since.isoformat()} if since else {}))
