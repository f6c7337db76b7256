from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.calls.way_back import way_back
from accounts.users.person import PersonRequest
from consents.policies import acknowledge as acknowledging
from consents.policies import languages
from consents.policies.addresses import is_number
from consents.policies.compared import compared
from consents.policies.languages import wanted
from consents.policies.models import Acknowledgement, Version, VersionQuerySet
from consents.policies.permanent import with_addresses
from consents.policies.read import before, in_one_language
from consents.policies.since import since as since_last_agreed


@login_not_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What holds now, document by document."""
    in_force = Version.objects.one_in_force_each().with_titles()
    return render(
        request,
        "policies/index.html",
        {"versions": sorted(in_force, key=lambda version: (version.document.position, version.document.slug))},
    )


@login_not_required
@require_safe
def current(request: HttpRequest, slug: str) -> HttpResponse:
    """The version in force, or the one that will be the first to be."""
    found = (
        Version.objects.in_force(slug)
        or Version.objects.published().filter(document__slug=slug).order_by("sequence").first()
    )
    if found is None:
        raise Http404
    return _show(request, found)


@login_not_required
@require_safe
def version(request: HttpRequest, slug: str, number: str) -> HttpResponse:
    return _show(request, get_object_or_404(_published(slug), number=number))


def _published(slug: str) -> VersionQuerySet:
    return Version.objects.public().filter(document__slug=slug)


def _show(request: HttpRequest, shown: Version) -> HttpResponse:
    shown = Version.objects.with_texts().get(pk=shown.pk)
    language = wanted(request)
    text = shown.text_in(language)
    # A published version has one.
    assert text is not None
    address = shown.get_absolute_url() + (f"?language={text.language}" if "language" in request.GET else "")
    paragraphs = request.GET.get("links") == "paragraphs"
    context = {
        "version": shown,
        "text": text,
        "html": with_addresses(text.html, address, paragraphs=paragraphs),
        "paragraphs": paragraphs,
        "address": address,
        "languages": [languages.language(each.language) for each in shown.texts.all()],
        "language": languages.language(text.language),
        "missing": languages.missing(language, text),
        "previous": before(shown),
        "in_force": Version.objects.in_force(shown.document.slug),
        "coming": _published(shown.document.slug).coming().order_by("sequence").last(),
        "is_asked": _is_asked(request, shown),
    }
    return render(request, "policies/version.html", context)


@login_not_required
@require_safe
def versions(request: HttpRequest, slug: str) -> HttpResponse:
    """All that were ever published, newest first."""
    found = list(_published(slug).with_titles().order_by("-sequence"))
    if not found:
        raise Http404
    return render(
        request,
        "policies/versions.html",
        {"document": found[0].document, "versions": found, "in_force": Version.objects.in_force(slug)},
    )


@login_not_required
@require_safe
def choose(request: HttpRequest, slug: str) -> HttpResponse:
    """Where the form on the page of all versions leads: to the comparison of the two that were chosen."""
    numbers = [request.GET.get(name, "") for name in ("old", "new")]
    if not all(is_number(number) for number in numbers):
        raise Http404
    old, new = (get_object_or_404(_published(slug), number=number) for number in numbers)
    return redirect("policies:compare", slug, old.number, new.number)


@login_not_required
@require_safe
def compare(request: HttpRequest, slug: str, old: str, new: str) -> HttpResponse:
    both = [get_object_or_404(_published(slug).with_texts(), number=number) for number in (old, new)]
    return render(request, "policies/compare.html", _compared(request, *both))


def _compared(request: HttpRequest, old: Version, new: Version) -> dict[str, Any]:
    language = wanted(request)
    texts = in_one_language(old, new, language)
    return {
        "document": new.document,
        "old": old,
        "new": new,
        "text": texts[1],
        "language": languages.language(texts[1].language),
        "missing": languages.missing(language, texts[1]),
        # Of the older text, where the two have none in common.
        "other_language": languages.language(texts[0].language) if texts[0].language != texts[1].language else None,
        "comparison": compared(*texts),
        "view": "side" if request.GET.get("view") == "side" else "inline",
        "is_asked": _is_asked(request, new),
    }


@require_safe
def since(request: PersonRequest, slug: str) -> HttpResponse:
    """What the person knows beside what is in force, or beside what was announced (`?to=2.0`)."""
    number = request.GET.get("to", "")
    found = since_last_agreed(request.subject, slug, number if is_number(number) else "")
    if found is None:
        raise Http404
    old, new = (
        Version.objects.with_texts().get(pk=version.pk) if version else None for version in (found.known, found.now)
    )
    assert new is not None
    compared = _compared(request, old, new) if old and old != new else {"document": new.document, "text": new.text}
    return render(request, "policies/since.html", {"since": found, "new": new, **compared})


@require_http_methods(["GET", "HEAD", "POST"])
def acknowledge(request: PersonRequest, slug: str, number: str) -> HttpResponse:
    """What changes, and the button that says so much."""
    found = get_object_or_404(_published(slug).published().with_texts(), number=number)
    if request.method == "POST":
        acknowledging.acknowledge(request.subject, found, method=Acknowledgement.Method.EXPLICIT)
        messages.success(request, _("Thank you. We noted that you know version %(number)s.") % {"number": number})
        return redirect(way_back(request, request.POST) or found)
    return render(
        request,
        "policies/acknowledge.html",
        {
            "version": found,
            "text": found.text,
            "previous": before(found),
            "is_asked": _is_asked(request, found),
            "back": way_back(request, request.GET),
        },
    )


def _is_asked(request: HttpRequest, asked: Version) -> bool:
    subject = cast(Any, request).subject
    return subject is not None and Version.objects.outstanding(subject).filter(pk=asked.pk).exists()
