"""consent.js and its parts at addresses that websites can name for years."""

import gzip
import hashlib
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

from django.contrib.auth.decorators import login_not_required
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe
from rjsmin import jsmin

TYPES = {"consent.js": "text/javascript", "consent-ui.js": "text/javascript", "consent.css": "text/css"}
# A mended script reaches every visitor within the hour.
MAX_AGE = 3600


class Served(NamedTuple):
    plain: bytes
    packed: bytes
    etag: str


@cache
def served(name: str) -> Served:
    found = finders.find(f"consent/{name}")
    assert isinstance(found, str)
    slim = jsmin if TYPES[name] == "text/javascript" else _slim
    plain = slim(Path(found).read_text(encoding="utf-8")).encode()
    return Served(plain, gzip.compress(plain, mtime=0), f'"{hashlib.sha256(plain).hexdigest()[:32]}"')


def _slim(style: str) -> str:
    """Without comments and indentation, which every visitor would have to load."""
    lines = (line.strip() for line in re.sub(r"/\*.*?\*/", "", style, flags=re.DOTALL).splitlines())
    return "\n".join(filter(None, lines))


@login_not_required
@require_safe
def script(request: HttpRequest, name: str) -> HttpResponseBase:
    """For pages of any origin, also those that take nothing in without being told that they may."""
    file = served(name)
    takes_packed = "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(
        file.packed if takes_packed else file.plain,
        content_type=f"{TYPES[name]}; charset=utf-8",
        headers={
            "ETag": file.etag,
            "Cache-Control": f"public, max-age={MAX_AGE}",
            "Vary": "Accept-Encoding",
            "Access-Control-Allow-Origin": "*",
            "Cross-Origin-Resource-Policy": "cross-origin",
        },
    )
    if takes_packed:
        response["Content-Encoding"] = "gzip"
    return get_conditional_response(request, etag=file.etag, response=response) or response
