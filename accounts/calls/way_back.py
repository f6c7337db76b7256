"""Where somebody goes on to after what a page asked of them."""

from django.http import HttpRequest, QueryDict
from django.utils.http import url_has_allowed_host_and_scheme


def way_back(request: HttpRequest, said: QueryDict) -> str:
    """The page that `next` names; empty where that is none of ours, as a link may have been made by anybody."""
    wanted = said.get("next", "")
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if ours and wanted.startswith("/") else ""
