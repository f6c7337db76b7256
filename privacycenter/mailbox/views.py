from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.csp import CSP
from django.views.decorators.csp import csp_override

from privacycenter.mailbox.letters import Letter, letter, letters


def _maildir() -> Path:
    # The addresses of this room exist only where it is set.
    return Path(settings.MAIL_DIR or "")


def _found(key: str) -> Letter:
    found = letter(_maildir(), key)
    if found is None:
        raise Http404
    return found


@login_not_required
def inbox(request: HttpRequest) -> HttpResponse:
    return render(request, "mailbox/inbox.html", {"letters": letters(_maildir())})


@login_not_required
def read(request: HttpRequest, key: str) -> HttpResponse:
    return render(request, "mailbox/letter.html", {"letter": _found(key), "text": _found(key).part("plain")})


@csp_override({"default-src": [CSP.NONE], "style-src": [CSP.UNSAFE_INLINE], "base-uri": [CSP.NONE]})
@login_not_required
def as_html(request: HttpRequest, key: str) -> HttpResponse:
    """As a mail program shows it: its own styles, no scripts, nothing from elsewhere."""
    html = _found(key).part("html")
    if not html:
        raise Http404
    return HttpResponse(html)
