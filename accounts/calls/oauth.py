"""Where systems get their access tokens (RFC 6749, 4.4) and give them back (RFC 7009)."""

from allauth.core.exceptions import RateLimited
from allauth.core.internal.ratelimit import consume
from allauth.idp.oidc import views
from allauth.idp.oidc.models import Client
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from accounts.calls.systems import offered


class TokenView(views.TokenView):
    """Client credentials only: people sign in on our own pages and nowhere else."""

    def post(self, request: HttpRequest) -> HttpResponse:
        # Comparing a secret takes time on purpose, so a caller may not make us do it without end.
        try:
            consume(request=request, app="allauth.idp.oidc", action="token", raise_exception=True)
        except RateLimited:
            return JsonResponse({"error": "slow_down"}, status=429, headers={"Retry-After": "60"})
        if request.POST.get("grant_type") != Client.GrantType.CLIENT_CREDENTIALS:
            return JsonResponse({"error": "unsupported_grant_type"}, status=400)
        return super().post(request)


@require_safe
@login_not_required
def metadata(request: HttpRequest) -> JsonResponse:
    """What a client library wants to know (RFC 8414)."""
    methods = ["client_secret_basic", "client_secret_post"]
    return JsonResponse(
        {
            "issuer": settings.BASE_URL,
            "token_endpoint": settings.BASE_URL + reverse("oauth-token"),
            "token_endpoint_auth_methods_supported": methods,
            "revocation_endpoint": settings.BASE_URL + reverse("oauth-revoke"),
            "revocation_endpoint_auth_methods_supported": methods,
            "grant_types_supported": [Client.GrantType.CLIENT_CREDENTIALS],
            "response_types_supported": [],
            "scopes_supported": sorted(offered()),
        }
    )


urlpatterns = [
    path("oauth/token", TokenView.as_view(), name="oauth-token"),
    path("oauth/revoke", views.revoke, name="oauth-revoke"),
    path(".well-known/oauth-authorization-server", metadata, name="oauth-metadata"),
]
